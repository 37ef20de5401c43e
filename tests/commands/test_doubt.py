"""Commands whose source fails: nothing is lost, nothing is sent twice, and residents hear the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from connectors.kit import Booked, Code, Order, SourceError
from gateway.commands import ledger
from gateway.sources import SourceConfig
from tests.commands.asks import book, cancel, comes_to, standing, try_to_book, until
from tests.commands.conftest import StartWriting, free_slots
from tests.commands.scripted import SOURCE, ScriptedDesk, in_doubt, unreached
from tests.conftest import Graph


def fail(error: Exception) -> Callable[[Order], Awaitable[Booked]]:
    """Give a step that raises."""

    async def step(_: Order) -> Booked:
        raise error

    return step


def commit_and_fail(desk: ScriptedDesk, error: Exception) -> Callable[[Order], Awaitable[Booked]]:
    """Give a step that books and raises all the same, as a connection that is reset after the commit."""

    async def step(order: Order) -> Booked:
        desk.commit(order)
        raise error

    return step


async def test_what_was_booked_in_spite_of_a_failure_is_found(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """A reset after the commit: the source is asked by our reference, and not sent the same again."""
    desk.script = [commit_and_fail(desk, in_doubt())]
    result = await book(graph.of("ada"), slots[0])
    assert result["__typename"] == "BookingConfirmed"
    assert desk.asked == ["book", "find"]
    assert len({reference for _, reference in desk.calls}) == 1


async def test_what_the_source_does_not_know_is_sent_again(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """In doubt, asked, not known, and the source holds a reference to be done once: sent again, the same."""
    desk.script = [fail(in_doubt())]
    result = await book(graph.of("ada"), slots[0])
    assert result["__typename"] == "BookingConfirmed"
    assert desk.asked == ["book", "find", "book"]
    assert len({reference for _, reference in desk.calls}) == 1


async def test_where_sending_again_could_double_it_waits(
    hospital: tuple[SourceConfig, ...],
    start_writing: StartWriting,
    desk: ScriptedDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not repeatable: what is not known is asked for three timeouts long before it is sent again."""
    timeout_s = hospital[0].limits.timeout_ms / 1000
    monkeypatch.setattr(desk, "repeatable", False, raising=False)
    desk.script = [fail(in_doubt())]
    async with start_writing() as graph:
        slot = (await free_slots(graph))[0]
        loop = asyncio.get_running_loop()
        began = loop.time()
        ada = graph.of("ada")
        result = await book(ada, slot)
        await comes_to(ada, result["booking"]["id"], "CONFIRMED", within_s=5 * timeout_s)
        assert loop.time() - began >= 3 * timeout_s
    assert desk.asked[0] == "book"
    assert desk.asked[-2:] == ["find", "book"]
    assert desk.asked.count("book") == 2


async def test_a_fault_of_the_connector_is_in_doubt(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """An exception that nobody expected may have come after the commit: the source is asked."""
    desk.script = [commit_and_fail(desk, KeyError("a bug"))]
    assert (await book(graph.of("ada"), slots[0]))["__typename"] == "BookingConfirmed"
    assert desk.asked == ["book", "find"]


async def test_while_the_source_is_down_the_wish_is_kept_and_carried_out_later(
    start_writing: StartWriting, desk: ScriptedDesk
) -> None:
    """BookingAccepted with its receipt at once; CONFIRMED once the source is back."""
    desk.down = unreached()
    async with start_writing(command_wait_ms=300) as graph:
        slot = (await free_slots(graph))[0]
        ada = graph.of("ada")
        result = await book(ada, slot)
        assert (result["__typename"], result["booking"]["status"]) == ("BookingAccepted", "PENDING")
        desk.down = None
        await comes_to(ada, result["booking"]["id"], "CONFIRMED")
        assert set(desk.asked) == {"book"}
        assert len(desk.known) == 1


async def test_what_cannot_be_sent_until_its_deadline_is_refused(
    start_writing: StartWriting, desk: ScriptedDesk
) -> None:
    """SOURCE_SILENT after the command's own deadline, and nothing is sent any more."""
    desk.down = unreached()
    async with start_writing(command_deadline_s=1) as graph:
        slot = (await free_slots(graph))[0]
        ada = graph.of("ada")
        result = await book(ada, slot)
        assert (result["__typename"], result["reason"]) == ("BookingRejected", "SOURCE_SILENT")
        calls = len(desk.calls)
        desk.down = None
        await asyncio.sleep(1)
        assert len(desk.calls) == calls


async def test_what_waits_can_be_cancelled_without_a_call(
    start_writing: StartWriting, desk: ScriptedDesk
) -> None:
    """The source is down and has heard nothing: it is not asked to cancel, nor to book once it is back."""
    desk.down = unreached()
    async with start_writing(command_wait_ms=300) as graph:
        slot = (await free_slots(graph))[0]
        ada = graph.of("ada")
        booking = (await book(ada, slot))["booking"]["id"]
        assert (await cancel(ada, booking))["__typename"] == "BookingCancelled"
        desk.down = None
        calls = len(desk.calls)
        await asyncio.sleep(1)
        assert len(desk.calls) == calls
        assert desk.known == {}
        assert await standing(ada, booking) == "CANCELLED"


async def test_a_refusal_of_the_sources_own_is_final(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """A 4xx that no connector has words for: SOURCE_REFUSED, once."""
    desk.script = [fail(SourceError(Code.SOURCE_REJECTED, SOURCE, "status 422"))]
    result = await book(graph.of("ada"), slots[0])
    assert (result["__typename"], result["reason"]) == ("BookingRejected", "SOURCE_REFUSED")
    assert desk.asked == ["book"]


async def test_a_gateway_that_ends_in_the_middle_goes_on_when_it_starts(
    start_writing: StartWriting, desk: ScriptedDesk
) -> None:
    """Ended while the desk was called: the next asks what became of it, and the receipt is still good."""

    async def commit_and_hang(order: Order) -> Booked:
        desk.commit(order)
        await asyncio.Event().wait()
        raise AssertionError

    desk.script = [commit_and_hang]
    async with start_writing(command_wait_ms=200) as graph:
        slot = (await free_slots(graph))[0]
        first = await book(graph.of("ada"), slot)
        assert first["__typename"] == "BookingAccepted"
    async with start_writing() as graph:
        ada = graph.of("ada")
        await comes_to(ada, first["booking"]["id"], "CONFIRMED")
        again = await book(ada, slot)
        assert (again["__typename"], again["booking"]["id"]) == ("BookingConfirmed", first["booking"]["id"])
    assert desk.asked == ["book", "find"]


async def test_what_was_kept_and_not_begun_is_carried_out_in_order_after_a_restart(
    start_writing: StartWriting, desk: ScriptedDesk
) -> None:
    """Behind a source that is down: after a restart the first who asked has the place."""
    desk.down = unreached()
    async with start_writing(command_wait_ms=100) as graph:
        slot = (await free_slots(graph))[0]
        receipts = [(await book(graph.of(f"r{n}"), slot))["booking"]["id"] for n in range(3)]
    desk.down = None
    async with start_writing() as graph:
        await comes_to(graph.of("r0"), receipts[0], "CONFIRMED")
        for number in (1, 2):
            await comes_to(graph.of(f"r{number}"), receipts[number], "REJECTED")
    assert len(desk.known) == 1


async def test_a_cancellation_in_doubt_is_asked_for_and_sent_again(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """Cancelling may be repeated whatever became of it."""
    ada = graph.of("ada")
    booking = (await book(ada, slots[0]))["booking"]["id"]
    reference = desk.calls[0][1]
    cancelled = desk.cancel
    failures = [in_doubt()]

    async def once(order: Order, booked: Booked) -> Booked:
        if failures:
            desk.calls.append(("cancel", order.reference))
            raise failures.pop()
        return await cancelled(order, booked)

    desk.cancel = once  # type: ignore[method-assign]  # a desk that fails once
    assert (await cancel(ada, booking))["__typename"] == "BookingCancelled"
    assert desk.calls == [(name, reference) for name in ("book", "cancel", "find", "cancel")]


async def test_a_start_that_fails_half_way_is_tried_again(
    start_writing: StartWriting, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away once DBOS is up: soon after, bookings are taken all the same."""
    real = ledger.beat
    failures = [OperationalError("", {}, Exception())]

    def beat(*given: Any) -> int:
        if failures:
            raise failures.pop()
        return real(*given)

    monkeypatch.setattr(ledger, "beat", beat)
    async with start_writing() as graph:
        slot = (await free_slots(graph))[0]
        ada = graph.of("ada")

        async def booked() -> bool:
            return (await try_to_book(ada, slot)).errors == []

        await until(booked)
        assert desk.asked == ["book"]


async def test_without_a_database_nothing_is_promised(
    start_writing: StartWriting, desk: ScriptedDesk
) -> None:
    """GATEWAY_DATABASE_URL=none: WRITES_UNAVAILABLE, reads go on."""
    async with start_writing(database_url="none") as graph:
        slot = (await free_slots(graph))[0]
        answer = await try_to_book(graph.of("ada"), slot)
        assert answer.codes == ["WRITES_UNAVAILABLE"]
    assert desk.calls == []
