"""The load generator: wrk, one thread, a fixed number of connections that each post one operation.

wrk and not a client in Python: at the rates of the fastest rivals even pyreqwest would be what is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec

_SCRIPT = Path(__file__).parent / "load.lua"


class Load(msgspec.Struct, frozen=True):
    """What wrk saw; times in microseconds."""

    requests: int
    microseconds: int
    p50: int
    p99: int
    failed: int


class _Body(msgspec.Struct):
    data: msgspec.Raw
    errors: list[object] = []


def put_load(url: str, document: str, seconds: float, connections: int) -> Load:
    """Post for so many seconds; a request that fails ends the benchmark."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "--timeout", "30s"]
    done = subprocess.run(
        [*command, "-s", str(_SCRIPT), url],
        env={**os.environ, "BENCH_BODY": _body(document).decode()},
        stdout=subprocess.PIPE,
        check=True,
    )
    load = msgspec.json.decode(done.stdout.splitlines()[-1], type=Load)
    if load.failed:
        raise SystemExit(f"bench: {url} failed {load.failed} of {load.requests} requests: {document}")
    return load


def data_of(url: str, document: str) -> bytes:
    """Post once and give the bytes of the answer's `data`; any error ends the benchmark."""
    request = Request(url, _body(document), {"content-type": "application/json"})  # noqa: S310  # our own server
    with urlopen(request, timeout=60) as response:  # noqa: S310  # our own server
        body = msgspec.json.decode(response.read(), type=_Body)
    if body.errors:
        raise SystemExit(f"bench: {url} answered with errors: {body.errors[:3]}")
    return bytes(body.data)


def _body(document: str) -> bytes:
    return json.dumps({"query": document}).encode()
