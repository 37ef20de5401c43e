"""`python -m gateway` and `python -m mocks with` as their users run them: processes, signals, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from connectors.kit import ReplicaConnector
from gateway.composition import find_connector
from gateway.sources import read_sources
from mocks.environment import environment
from mocks.server import RunningMocks
from tests.conftest import ROOT

GATEWAY = [sys.executable, "-m", "gateway"]


@pytest.fixture
def configured(mocks: RunningMocks, tmp_path: Path) -> dict[str, str]:
    """An environment in which the gateway finds the running simulators and a free port."""
    path = tmp_path / "sources.toml"
    text = (ROOT / "sources.toml").read_text(encoding="utf-8").replace("http://127.0.0.1:8100", mocks.url)
    path.write_text(text, encoding="utf-8")
    state = {"GATEWAY_STATE_DIR": str(tmp_path / "state")}
    return {**os.environ, **environment(), **state, "SOURCES": str(path), "PORT": "0"}


def run(
    *arguments: str, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command line
        [*GATEWAY, *arguments],
        cwd=ROOT,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def serving(command: list[str], env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server until it has printed its address."""
    process = subprocess.Popen(  # noqa: S603  # our own command line
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        printed, found = "", None
        # A warning of a source may come before the address.
        while found is None:
            line = process.stdout.readline()
            printed += line
            assert line, printed
            found = re.search(r"http://127\.0\.0\.1:\d+$|http://127\.0\.0\.1:\d+ ", line)
        yield process, found[0].strip()
    finally:
        process.kill()
        process.communicate()


def status(url: str) -> int:
    try:
        with urlopen(url) as response:  # noqa: S310  # our own server
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


def copied() -> set[str]:
    """The sources that are read into a local copy."""
    found = read_sources(ROOT / "sources.toml")
    return {source.id for source in found if issubclass(find_connector(source), ReplicaConnector)}


def test_sources_lists_what_the_file_amounts_to(configured: dict[str, str]) -> None:
    """Each source stands there with its standard, address, kind of credential and lookups."""
    done = run("sources", env=configured)
    assert done.returncode == 0
    assert "events" in re.findall(r"^(\S+)  ", done.stdout, re.MULTILINE)
    assert "HL7 FHIR R4, http://127.0.0.1:" in done.stdout
    assert "/hospital-third/fhir (basic)" in done.stdout
    assert "secret-of" not in done.stdout + done.stderr


def test_query_asks_without_a_server(configured: dict[str, str], mocks: RunningMocks) -> None:
    """A document, a file and standard input are the same question; only what it needs is asked for."""
    document = '{ community(code: "440307014003") { name subdistrict { name } } }'
    wanted = {"data": {"community": {"name": "龙岭社区", "subdistrict": {"name": "布吉街道"}}}}
    for arguments, stdin in (((document,), ""), (("-",), document)):
        done = run("query", *arguments, env=configured, stdin=stdin)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["data"] == wanted["data"]
    variables = json.dumps({"code": "440307014003"})
    done = run(
        "query",
        "query($code: String!) { community(code: $code) { code } }",
        "--variables",
        variables,
        env=configured,
    )
    assert json.loads(done.stdout)["data"] == {"community": {"code": "440307014003"}}
    # A copy is filled wherever a gateway runs; beside that nobody is asked.
    assert {call.simulator for call in mocks.calls()} <= copied()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("query", "{ nothing }"), 1, "GRAPHQL_VALIDATION_FAILED"),
        (("query", "{ sources { id } }", "--variables", "[1]"), 2, "--variables wants a JSON object."),
        (("query", "no/such/file.graphql"), 2, "no/such/file.graphql cannot be read: No such file"),
        (("query", "query.graphql"), 2, "query.graphql cannot be read: No such file"),
        (("query", ".venv/bin/python"), 2, ".venv/bin/python is not UTF-8 text."),
        (("query", "mutation { x }"), 1, "GRAPHQL_VALIDATION_FAILED"),
        (("serve", "--example", "/nope"), 2, "/nope cannot be read: No such file"),
    ],
)
def test_a_bad_question_is_explained(
    configured: dict[str, str], arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """The exit code says that it failed, a sentence says why, no traceback does."""
    done = run(*arguments, env=configured)
    assert done.returncode == code
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "many", "gateway: PORT='many' will not do"),
        ("GATEWAY_PROT", "1", "gateway: GATEWAY_PROT is not a setting"),
        ("SOURCES", "/none.toml", "gateway: SOURCES names /none.toml, which cannot be read"),
        ("PARKING_CITY_SECRET", "", "PARKING_CITY_SECRET, which is not set"),
        ("HOST", "192.0.2.1", "gateway: HOST=192.0.2.1 PORT=0 cannot be listened on"),
    ],
)
def test_what_cannot_work_stops_the_start(
    configured: dict[str, str], name: str, value: str, sentence: str
) -> None:
    """One sentence that names the setting, exit code 2, no traceback."""
    done = run("serve", env={**configured, name: value})
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_answers_an_example_and_stops_cleanly(configured: dict[str, str]) -> None:
    """The address comes first, then question and answer; Ctrl-C ends it with exit code 0."""
    example = "gateway/examples/1-front-door.graphql"
    with serving([*GATEWAY, "serve", "--example", example], configured) as (process, url):
        assert process.stdout is not None
        printed = ""
        while "Ctrl-C" not in printed:
            printed += process.stdout.readline()
        answer = json.loads(printed[printed.index("answer:") + 7 : printed.rindex("Open http")])
        assert "errors" not in answer
        kinds = {source["id"].partition("-")[0] for source in answer["extensions"]["sources"]}
        systems = {"hospital", "library", "parking", "events", "volunteers", "goods"}
        assert kinds == systems | {"sports", "classes", "childcare", "eldercare", "hostels"}
        assert (status(f"{url}/livez"), status(f"{url}/readyz"), status(f"{url}/nothing")) == (200, 200, 404)
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        assert "Traceback" not in process.stdout.read()


def test_readiness_falls_before_the_stop(configured: dict[str, str]) -> None:
    """After SIGTERM /readyz says no while requests are still served, then the process ends."""
    with serving([*GATEWAY, "serve"], {**configured, "GATEWAY_DRAIN_MS": "1500"}) as (process, url):
        assert status(f"{url}/readyz") == 200
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert (status(f"{url}/readyz"), status(f"{url}/livez")) == (503, 200)
        assert process.wait(15) == 0


def test_the_simulators_come_and_go_with_a_command() -> None:
    """`mocks with` gives the command its credentials, its exit code is the command's, a signal ends both."""
    script = (
        "import os, time; print('http://127.0.0.1:1', os.environ['PARKING_CITY_SECRET'], flush=True);"
        " time.sleep(60)"
    )
    command = [sys.executable, "-m", "mocks", "with", "--port", "0", "--", sys.executable, "-c", script]
    done = subprocess.run(  # noqa: S603  # our own command line
        [*command[:-2], "-c", "raise SystemExit(7)"], cwd=ROOT, check=False, timeout=30
    )
    assert done.returncode == 7
    with serving(command, dict(os.environ)) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) != 0
