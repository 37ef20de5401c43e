"""What seldom waits costs no clock, no watcher and no second reading, and loses nothing by that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message

from gateway.execution.operation import Operation
from gateway.http import body as body_module
from gateway.http.body import read_body, while_connected
from gateway.http.eager import resume
from gateway.http.errors import HttpError
from gateway.http.parameters import Remembering, from_body


async def present() -> Message:
    """A body that has come."""
    return {"type": "http.request", "body": b"x", "more_body": False}


async def absent() -> Message:
    """A client that stays, and says nothing more."""
    await asyncio.Event().wait()
    raise AssertionError("nobody set it")


@pytest.fixture
async def clocks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times for which clocks were set."""
    loop, set_for = asyncio.get_running_loop(), []
    call_at, call_later = loop.call_at, loop.call_later

    def at(when: float, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:
        set_for.append(when)
        return call_at(when, *args, **kwargs)

    def later(delay: float, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:
        set_for.append(delay)
        return call_later(delay, *args, **kwargs)

    monkeypatch.setattr(loop, "call_at", at)
    monkeypatch.setattr(loop, "call_later", later)
    return set_for


async def done() -> int:
    return 1


async def waiting() -> int:
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return 1


async def test_a_body_that_is_there_sets_no_clock(clocks: list[float]) -> None:
    """The time to read it is for bodies that are still on their way."""
    assert await read_body(present, {}, 10, 5.0) == b"x"
    assert clocks == []


async def test_work_that_waits_for_nothing_is_not_watched(clocks: list[float]) -> None:
    """It is over before its client could leave."""
    assert await while_connected(absent, done()) == 1
    assert clocks == []


async def test_work_that_is_soon_over_has_no_watcher() -> None:
    """Beside it there is no task."""
    before = asyncio.all_tasks()
    work = asyncio.create_task(while_connected(absent, waiting()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == {work}
    assert await work == 1


async def test_work_that_takes_longer_is_watched_and_leaves_no_watcher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From `WATCH_AFTER_S` on, to its end."""
    monkeypatch.setattr(body_module, "WATCH_AFTER_S", 0.01)
    before = asyncio.all_tasks()
    gate = asyncio.Event()
    work = asyncio.create_task(while_connected(absent, gate.wait()))
    await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks() - before) == 2
    gate.set()
    assert await work is True
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


# Going on with what was stepped once


async def test_it_goes_on_to_the_end() -> None:
    """However often it waits, and with what it waits for."""
    coroutine = waiting()
    assert await resume(coroutine, coroutine.send(None)) == 1


@pytest.mark.parametrize("answer", ["raises", "returns", "waits again"])
async def test_a_cancellation_at_the_first_wait_reaches_it(answer: str) -> None:
    """It may pass it on, answer all the same, or wait again before it does."""

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if answer == "raises":
                raise
            if answer == "waits again":
                await asyncio.sleep(0)
        return answer

    async def run() -> str:
        coroutine = work()
        return await resume(coroutine, coroutine.send(None))

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() == (answer == "raises")
    if answer != "raises":
        assert task.result() == answer


async def test_closing_closes_it() -> None:
    """What is thrown away with its task is ended where it waits."""
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    coroutine = work()
    going_on = resume(coroutine, coroutine.send(None))
    going_on.send(None)
    going_on.close()
    assert ended == [True]


# Reading once


class Reads:
    """Counts what is read."""

    def __init__(self) -> None:
        self.read: list[bytes] = []

    def __call__(self, raw: bytes) -> Operation:
        self.read.append(raw)
        return from_body(raw)


A, B, C = (b'{"query":"{ %b }"}' % name for name in (b"a", b"b", b"c"))


def test_the_same_bytes_are_read_once() -> None:
    """And give the same operation."""
    reads = Reads()
    read = Remembering(reads)
    assert read(A) is read(bytes(bytearray(A)))
    assert read(B).document == "{ b }"
    assert reads.read == [A, B]


@pytest.mark.parametrize("raw", [b'{"query":"{ a }","variables":{"id":"440307"}}', b"{", b"42"])
def test_variables_and_refusals_are_not_remembered(raw: bytes) -> None:
    """What a resident entered goes with its request; what is refused is refused anew."""
    reads = Reads()
    read = Remembering(reads)
    for _ in range(2):
        try:
            assert read(raw).variables == {"id": "440307"}
        except HttpError as error:
            assert error.status == 400  # noqa: PT017 - some of them are refused
    assert (reads.read, dict(read._kept), read._bytes) == ([raw, raw], {}, 0)


def test_the_least_recently_used_is_forgotten() -> None:
    """The bound is in bytes."""
    reads = Reads()
    read = Remembering(reads, max_bytes=2 * (len(A) + 500))
    for raw in (A, B, A, C, A, B):
        read(raw)
    assert reads.read == [A, B, C, B]
    assert read._bytes == 2 * (len(A) + 500)


def test_what_is_larger_than_all_is_not_kept() -> None:
    """One body cannot fill the memory."""
    read = Remembering(from_body, max_bytes=100)
    assert read(A).document == "{ a }"
    assert (dict(read._kept), read._bytes) == ({}, 0)
