"""`python -m gateway token` and `query --token`, as front-end teams use them."""

from __future__ import annotations

import json
import os
import shlex
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from typer.testing import CliRunner

from gateway.__main__ import cli
from gateway.auth.pseudonyms import Pseudonyms
from gateway.auth.who import WhoAsks
from gateway.settings import Settings
from gateway.upstream.transport import pooled_transport
from mocks.environment import environment
from mocks.server import RunningMocks
from schema.core.scalars import CHINA
from schema.core.viewer import Viewer
from tests.conftest import ROOT
from tests.gateway.test_command_line import GATEWAY, run, serving

ME = "{ me { role scopes linked } }"


@pytest.fixture
def configured(mocks: RunningMocks, tmp_path: Path) -> dict[str, str]:
    """An environment with the libraries alone, whose gateway waits for no feed, and its own directory."""
    tables = (ROOT / "sources.toml").read_text(encoding="utf-8").replace("http://127.0.0.1:8100", mocks.url)
    libraries = [table for table in tables.split("[[source]]") if 'connector = "koha"' in table]
    path = tmp_path / "sources.toml"
    path.write_text("[[source]]".join(["", *libraries]), encoding="utf-8")
    state = {"GATEWAY_STATE_DIR": str(tmp_path / "state")}
    return {**os.environ, **environment(), **state, "SOURCES": str(path), "PORT": "0"}


def sign(configured: dict[str, str], *arguments: str) -> str:
    """A token of the command."""
    done = run("token", *arguments, env=configured)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


async def test_a_token_says_what_was_asked_for(configured: dict[str, str]) -> None:
    """To a gateway with the same directory, for an hour."""
    text = sign(
        configured,
        *("--sub", "li", "--role", "librarian", "--scope", "a", "--scope", "b"),
        *("--account", "library-district=B00=1", "--account", "volunteers-union=7"),
        *("--birthdate", "1990-01-02"),
    )
    settings = Settings(state_dir=Path(configured["GATEWAY_STATE_DIR"]))
    instant = [time.time()]
    who = WhoAsks(settings, now=lambda: datetime.fromtimestamp(instant[0], CHINA), transport=pooled_transport)
    issuer = "urn:longgang-community-graph:development"
    assert await who.bearer(f"Bearer {text}".encode()) == Viewer(
        resident=Pseudonyms.open(settings).resident(issuer, "li"),
        role="librarian",
        scopes=frozenset({"a", "b"}),
        accounts={"library-district": "B00=1", "volunteers-union": "7"},
        born=date(1990, 1, 2),
    )
    instant[0] += 3600 - 60
    await who.bearer(f"Bearer {text}".encode())
    instant[0] += 60 + 31
    with pytest.raises(Exception, match="The token has expired"):
        await who.bearer(f"Bearer {text}".encode())


def test_query_takes_a_token(configured: dict[str, str], mocks: RunningMocks) -> None:
    """And says in one sentence if it is not good; nobody is asked then."""
    text = sign(configured, "--sub", "li", "--account", "library-district=B1", "--minutes", "5")
    done = run("query", "--token", text, ME, env=configured)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"] == {
        "me": {"role": "resident", "scopes": [], "linked": ["library-district"]}
    }
    spoilt = text[:-6] + "AAAAAA"
    done = run("query", "--token", spoilt, "{ libraries(first: 1) { totalCount } }", env=configured)
    assert (done.returncode, done.stdout) == (2, "")
    assert "gateway: --token: The token is not of a sign-on that is trusted here" in done.stderr
    assert "Traceback" not in done.stderr
    assert text[-40:-6] not in done.stderr
    assert mocks.calls() == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "Missing option '--sub'"),
        ("--sub ''", "gateway: No gateway would take such a token. The token's claim `sub`"),
        ("--sub li --role Mayor!", "The token's claim `role` is missing or malformed"),
        ("--sub li --account library", "gateway: --account wants source=number."),
        ("--sub li --birthdate 2/1/1990", "The token's claim `birthdate` is missing or malformed"),
        ("--sub li --minutes 0", "Invalid value for '--minutes'"),
    ],
)
def test_a_token_that_would_not_do_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: str, sentence: str
) -> None:
    """Exit code 2 and a sentence."""
    monkeypatch.setenv("GATEWAY_STATE_DIR", str(tmp_path))
    done = CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["token", *shlex.split(arguments)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_where_a_sign_on_is_configured_no_token_is_made(configured: dict[str, str]) -> None:
    """No gateway there would take it."""
    done = run("token", "--sub", "li", env={**configured, "GATEWAY_JWKS": "x"})
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "gateway: GATEWAY_JWKS names a sign-on: tokens come from there, and none is made here.\n"
    )
    assert not Path(configured["GATEWAY_STATE_DIR"]).exists()


def test_a_running_gateway_takes_the_commands_tokens(configured: dict[str, str]) -> None:
    """The two share a directory; which key came first makes no difference."""
    first = sign(configured, "--sub", "li")
    with serving([*GATEWAY, "serve"], configured) as (_, url):
        for text in (first, sign(configured, "--sub", "wu", "--role", "guest")):
            answer = ask(url, {"query": ME}, f"Bearer {text}")
            assert answer["data"]["me"]["role"] == ("resident" if text is first else "guest")


def ask(url: str, body: dict[str, Any], authorization: str) -> dict[str, Any]:
    """Post one question with a token."""
    headers = {"content-type": "application/json", "authorization": authorization}
    request = Request(f"{url}/graphql", json.dumps(body).encode(), headers)  # noqa: S310  # our own server
    with urlopen(request) as response:  # noqa: S310  # our own server
        answer: dict[str, Any] = json.loads(response.read())
    return answer
