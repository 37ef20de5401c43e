"""What the kit gives to all connectors."""

from __future__ import annotations

import asyncio

import pytest

from connectors.kit import Code, SourceError, chunked, gather_all


async def test_results_come_in_order() -> None:
    """Whoever is done first; of nothing, nothing."""

    async def after(turns: int, result: str) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return result

    assert await gather_all(*(after(turns, str(turns)) for turns in (3, 1, 2))) == ("3", "1", "2")
    assert await gather_all() == ()


async def test_the_first_failure_ends_the_others() -> None:
    """It is raised itself, with the cause it had, when no call is left under way."""
    cause, ended = ValueError("cause"), []

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def fail(pause: float, source: str) -> None:
        await asyncio.sleep(pause)
        raise SourceError(Code.SOURCE_TIMEOUT, source) from cause

    before = asyncio.all_tasks()
    with pytest.raises(SourceError) as caught:
        await gather_all(hang(), fail(0.05, "later"), fail(0, "first"), hang())
    assert (caught.value.source, caught.value.__cause__) == ("first", cause)
    assert ended == [True, True]
    assert asyncio.all_tasks() == before


async def test_a_cancellation_ends_them_all() -> None:
    """Nobody waits any more: nothing is left under way."""
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(gather_all(asyncio.sleep(60), asyncio.sleep(60), asyncio.sleep(60)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == before


def test_keys_are_cut_by_number_and_by_length() -> None:
    """A hundred short ids fit into one URL; long ones, as they are quoted, do not."""
    assert [len(chunk) for chunk in chunked(map(str, range(250)), 100)] == [100, 100, 50]
    assert [len(chunk) for chunk in chunked(["x" * 997] * 10, 100)] == [6, 4]
    assert [len(chunk) for chunk in chunked(["龙" * 110] * 10, 100)] == [6, 4]
    assert [len(chunk) for chunk in chunked(["x" * 9000, "y"], 100)] == [1, 1]
