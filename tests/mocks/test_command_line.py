"""`python -m mocks` as a process of its own: how it starts, what it prints, how it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def _cli(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 — our own program
        [sys.executable, "-W", "error", "-m", "mocks", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_line_serves_and_ends_cleanly(stop: signal.Signals) -> None:
    """The ready line names a listening address; a signal ends it with 0, even with a request hanging."""
    arguments = ("--port", "0", "--at", "2026-11-24T10:00+08:00", "--only", "events,parking-city")
    with _cli("serve", *arguments, "--fault", "parking-city:hang=true") as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("mocks: 2 simulators at http://127.0.0.1:")
        url = httpx.URL(ready.split()[4])
        with socket.create_connection((url.host, url.port or 80), timeout=5) as client:
            client.sendall(b"GET /parking-city/places HTTP/1.1\r\nHost: x\r\n\r\n")
            listed = httpx.get(f"{url}/events/requests.json?service_request_id=261124004").json()
            assert listed[0]["requested_datetime"] == "2026-11-24T09:54:13+08:00"
            process.send_signal(stop)
            out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")


def test_the_command_line_lists_the_simulators() -> None:
    """One line each: id, standard, ways to authenticate."""
    with _cli("list") as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in out.splitlines()}
    assert " ".join(lines["parking-metro"].split()) == "APDS v4 oauth2-client-credentials"
    assert " ".join(lines["events"].split()) == "Open311 GeoReport v2 api-key"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fault", "events"), "write simulator:switch=value"),
        (("--fault", "events:nonsense=1"), "events has no switch nonsense"),
        (("--fault", "nobody:hang=true"), "no simulator is called nobody"),
        (("--only", "nobody"), "no simulator is called nobody"),
        (("--at", "2026-11-24T10:00"), "lacks a zone"),
    ],
)
def test_a_wrong_argument_is_a_sentence_and_exit_code_2(arguments: tuple[str, ...], message: str) -> None:
    """No traceback: one line that says what is wrong."""
    with _cli("serve", "--port", "0", *arguments) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_taken_port_is_a_sentence_and_exit_code_2() -> None:
    """So is an address that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = ("serve", "--port", str(port), "--only", "events")
        with _cli(*arguments) as process:
            _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "in use" in err
    assert "Traceback" not in err
