"""OCPI both ways through PyPI `extrawest-ocpi`, in an environment of its own: it wants pydantic 1.10 (ocpi/).

Its models of OCPI 2.2.1 read all that our simulators say, and its server is read by our connector. The
server has the habits that standards.md names: 307 without a slash at the end, ids in lower case, a `Link`
that leads nowhere.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.sources import ApiKeyCredential, SourceConfig
from mocks.server import RunningMocks
from tests.conftest import ROOT, running_graph

_HERE = Path(__file__).parent / "ocpi"
_VENV = ROOT / "var" / "interop" / "ocpi"
_UV = ROOT / ".venv" / "bin" / "uv"

STATIONS = """{ chargingStations(near: {lat: 22.68, lng: 114.2, radius: 50000}, first: 1000) { totalCount
  edges { distance node { name address operator layout grade directions facilities photos openNow open24h
    openingHours { days opens closes } chargingWhenClosed totalPoints freePoints maxPower changedAt
    position { lat lng } energy { green shares { source percent } supplier product }
    points { uid code label floor status changedAt rules connectors { type format current power } }
    tariffs { name nameEn type summary minimum { amount } lines { unit price { amount } } }
    energyPriceNow { amount } } } } }"""


def _installed() -> Path:
    """Make the environment from its lock file, once for all workers and whenever that has changed."""
    lock, python = _HERE / "requirements.lock", _VENV / "bin" / "python"
    done = _VENV / "requirements.lock"
    with lock.open(encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not done.exists() or done.read_text(encoding="utf-8") != lock.read_text(encoding="utf-8"):
            make = ["venv", "--clear", "--python", sys.executable, str(_VENV)]
            fill = ["pip", "sync", "--require-hashes", "--python", str(python), str(lock)]
            for command in (make, fill):
                subprocess.run([_UV, "-q", *command], check=True, capture_output=True)  # noqa: S603  # our own lock file
            done.write_text(lock.read_text(encoding="utf-8"), encoding="utf-8")
    return python


@contextmanager
def _serving(mocks: RunningMocks, operator: str) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Run the server over a simulator: what it says at its start, and at the end what it was asked."""
    arguments = [mocks.url_of(operator), f"token-of-{operator}"]
    asked: list[Any] = []
    with subprocess.Popen(  # noqa: S603  # our own script
        [_installed(), _HERE / "server.py", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield json.loads(line), asked
        process.stdin.close()
        asked += json.loads(process.stdout.readline())
        process.wait(10)


def _source(url: str) -> SourceConfig:
    token = ApiKeyCredential(header="Authorization", scheme="Token", encoding="base64", secret_env="TOKEN")
    return SourceConfig(
        id="cpo", name="充电", connector="ocpi", url=url, credential=token, options={"page_size": 30}
    )


async def _stations(url: str, operator: str) -> list[dict[str, Any]]:
    secrets = {"TOKEN": f"token-of-{operator}"}
    settings = {"warm_up_ms": 20_000, "max_cost": 1_000_000}
    async with running_graph((_source(url),), environment=secrets, **settings) as graph:
        answer = await graph(STATIONS)
    assert answer.errors == []
    nodes = [edge["node"] for edge in answer.data["chargingStations"]["edges"]]
    for node in nodes:
        for point in node["points"]:
            # Ids have no case; what the server keeps of them is in lower case.
            point.update({name: point[name].lower() for name in ("uid", "code")})
    return nodes


@pytest.mark.parametrize(
    ("operator", "read", "shown"),
    [
        ("charging-grid", {"locations": 76, "tariffs": 4}, 72),
        ("charging-swift", {"locations": 65, "tariffs": 3}, 64),
    ],
)
async def test_read_by_its_models_and_read_from_its_server(
    mocks: RunningMocks, operator: str, read: dict[str, int], shown: int
) -> None:
    """Every object keeps to its models; through its server the graph says what it says without it."""
    with _serving(mocks, operator) as (started, asked):
        assert started["read"] == read
        through = await _stations(f"{started['url']}/ocpi/cpo/2.2.1", operator)
    straight = await _stations(f"{mocks.url_of(operator)}/ocpi/cpo/2.2.1", operator)
    assert through == straight
    assert len(straight) == shown
    root = "/ocpi/cpo/2.2.1"
    assert sorted(map(tuple, asked)) == sorted(
        [
            (f"{root}/locations", "offset=0&limit=30", 307),
            *((f"{root}/locations/", f"offset={offset}&limit=30", 200) for offset in (0, 30, 60)),
            (f"{root}/tariffs", "offset=0&limit=30", 307),
            (f"{root}/tariffs/", "offset=0&limit=30", 200),
        ]
    )
