"""Processes that share a directory: killed in the middle of a fill, taking over from one that was killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from tests.conftest import ROOT
from tests.gateway.feeding import left
from tests.gateway.replicas import ids, path_in, reading

PAGES = 300


@contextmanager
def consuming_process(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that consumes; it is killed (SIGKILL) in any case."""
    process = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "tests.gateway.feeding", str(directory), str(PAGES)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    """The next line that it writes."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def asked_until(process: subprocess.Popen[str], last: str) -> list[str]:
    """The lines that it writes until this one."""
    lines = [line(process)]
    while lines[-1] != last:
        assert lines[-1], lines
        lines.append(line(process))
    return lines


def integrity(directory: Path) -> str:
    """What SQLite finds in the copy's file."""
    connection = apsw.Connection(str(path_in(directory)))
    try:
        return str(connection.pragma("integrity_check"))
    finally:
        connection.close()


async def test_a_kill_in_the_middle_of_a_fill_loses_nothing(tmp_path: Path) -> None:
    """Three times: the next process goes on from a page that the last one had asked for, and all is there."""
    asked = 0
    for stop in ("60", "130", "220"):
        with consuming_process(tmp_path) as process:
            first = line(process)
            assert first == ("None" if asked == 0 else first)
            # A page may have been kept and the next not yet asked for, never the other way round.
            assert asked == 0 or asked <= int(first) <= asked + 1
            asked_until(process, stop)
            process.kill()
            assert process.stdout is not None
            rest = process.stdout.read().split()
            asked = int(rest[-1]) if rest else int(stop)
        assert integrity(tmp_path) == "ok"
    with consuming_process(tmp_path) as process:
        assert asked <= int(line(process)) <= asked + 1
        asked_until(process, "whole")
    async with reading(path_in(tmp_path)) as replica:
        found = await ids(replica)
    assert len(found) == len(set(found))
    assert set(found) == left(PAGES)


async def test_the_other_goes_on_when_the_holder_is_killed(tmp_path: Path) -> None:
    """The second process asks nothing while the first lives, then goes on from the stored cursor."""
    with consuming_process(tmp_path) as holder:
        asked_until(holder, "whole")
        with consuming_process(tmp_path) as other:
            assert line(other) == "whole"
            holder.kill()
            assert line(other) == str(PAGES)
    assert integrity(tmp_path) == "ok"
