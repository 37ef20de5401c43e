"""Booking by a command: what residents are told, what the desk is asked, what is kept."""

from __future__ import annotations

import asyncio
from collections import Counter

from msgspec.structs import replace

from connectors.kit import Booked, Order, Refusal, Refused, Standing
from schema.booking.words import REFUSALS
from tests.commands.asks import MINE, ONE, book, cancel, comes_to, move, standing, try_to_book
from tests.commands.conftest import StartWriting, free_slots
from tests.commands.scripted import ScriptedDesk
from tests.conftest import Graph


async def test_a_booking_is_confirmed_and_shown_at_once(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """One call of the desk; the booking is in `me { bookings }` when the answer is there."""
    ada = graph.of("ada")
    result = await book(ada, slots[0])
    assert result["__typename"] == "BookingConfirmed"
    assert (result["booking"]["status"], result["booking"]["number"]) == ("CONFIRMED", "A1")
    assert desk.asked == ["book"]
    mine = (await ada(MINE)).data["me"]["bookings"]
    assert [edge["node"]["id"] for edge in mine["edges"]] == [result["booking"]["id"]]
    assert mine["totalCount"] == 1


async def test_the_same_key_is_the_same_booking(graph: Graph, slots: list[str], desk: ScriptedDesk) -> None:
    """Sent again, also many times at once, it is one booking and one call."""
    ada = graph.of("ada")
    results = await asyncio.gather(*(book(ada, slots[0]) for _ in range(10)))
    assert len({result["booking"]["id"] for result in results}) == 1
    assert {result["__typename"] for result in results} == {"BookingConfirmed"}
    assert desk.asked == ["book"]


async def test_a_key_used_for_something_else_is_refused(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """Another slot, another number of people or another note under the same key: IDEMPOTENCY_CONFLICT."""
    ada = graph.of("ada")
    await book(ada, slots[0])
    for slot, more in ((slots[1], {}), (slots[0], {"party": 2}), (slots[0], {"note": "window"})):
        answer = await try_to_book(ada, slot, **more)
        assert answer.codes == ["IDEMPOTENCY_CONFLICT"]
        assert answer.data == {"book": None}
    assert desk.asked == ["book"]


async def test_two_residents_may_use_the_same_key(graph: Graph, slots: list[str], desk: ScriptedDesk) -> None:
    """A key is a resident's own."""
    desk.places = 2
    first = await book(graph.of("ada"), slots[0])
    second = await book(graph.of("bo"), slots[0])
    assert first["booking"]["id"] != second["booking"]["id"]
    assert desk.asked == ["book", "book"]


async def test_whoever_has_the_slot_is_not_booked_again(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """DUPLICATE, without a call; once it is cancelled, it can be booked anew."""
    ada = graph.of("ada")
    first = await book(ada, slots[0])
    again = await book(ada, slots[0], "key-00000002")
    assert (again["__typename"], again["reason"]) == ("BookingRejected", "DUPLICATE")
    assert desk.asked == ["book"]
    await cancel(ada, first["booking"]["id"])
    assert (await book(ada, slots[0], "key-00000003"))["__typename"] == "BookingConfirmed"


async def test_nobody_is_booked_at_two_places_at_once(graph: Graph, desk: ScriptedDesk) -> None:
    """OVERLAPPING with another doctor's slot of the same time, without a call; what follows is no clash."""
    desk.places = 5
    answer = await graph('{ slots(day: "2026-11-25", first: 400) { edges { node { id start end } } } }')
    nodes = [edge["node"] for edge in answer.data["slots"]["edges"]]
    first = nodes[0]
    other = next(n for n in nodes if n["start"] == first["start"] and n["id"] != first["id"])
    after = next(n for n in nodes if n["start"] == first["end"])
    ada = graph.of("ada")
    await book(ada, first["id"])
    clash = await book(ada, other["id"], "key-00000002")
    assert (clash["__typename"], clash["reason"]) == ("BookingRejected", "OVERLAPPING")
    assert desk.asked == ["book"]
    assert (await book(ada, after["id"], "key-00000003"))["__typename"] == "BookingConfirmed"


async def test_every_refusal_is_told_in_both_languages(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """Whatever the source says no for is a BookingRejected with the reason in words, and no error."""
    for number, reason in enumerate(Refusal):

        async def refuse(_: Order, reason: Refusal = reason) -> Booked:
            raise Refused(reason, "a test")

        desk.script = [refuse]
        result = await book(graph.of(f"resident-{number}"), slots[0])
        assert (result["__typename"], result["reason"]) == ("BookingRejected", reason.value)
        assert (result["message"], result["messageEn"]) == REFUSALS[reason]
        assert (result["booking"]["status"], result["booking"]["reason"]) == ("REJECTED", reason.value)
    assert desk.asked == ["book"] * len(Refusal)


async def test_racers_are_served_in_order_and_the_others_told_at_once(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """Forty at once for three places: the first three have them, the others hear FULL, in four calls."""
    desk.places = 3
    gate = asyncio.Event()

    async def wait(order: Order) -> Booked:
        await gate.wait()
        return desk.commit(order)

    desk.script = [wait]
    racers = [asyncio.create_task(book(graph.of(f"racer-{number}"), slots[0])) for number in range(40)]
    await desk.called()
    await asyncio.sleep(0.5)
    gate.set()
    results = await asyncio.gather(*racers)
    outcomes = Counter(result.get("reason") or result["__typename"] for result in results)
    assert outcomes == {"BookingConfirmed": 3, "FULL": 37}
    assert desk.asked == ["book"] * 4
    assert [result["__typename"] for result in results[:1]] == ["BookingConfirmed"]


async def test_a_cancellation_gives_the_place_back(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """Cancelled at the source, once; the same key again is the same answer."""
    ada = graph.of("ada")
    booking = (await book(ada, slots[0]))["booking"]["id"]
    for _ in range(2):
        result = await cancel(ada, booking)
        assert (result["__typename"], result["booking"]["status"]) == ("BookingCancelled", "CANCELLED")
    assert desk.asked == ["book", "cancel"]
    assert (await book(graph.of("bo"), slots[0]))["__typename"] == "BookingConfirmed"


async def test_a_cancellation_that_comes_too_late_leaves_the_booking(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """The source says no: TOO_LATE, and the booking stands."""
    ada = graph.of("ada")
    booking = (await book(ada, slots[0]))["booking"]["id"]
    desk.too_late = True
    result = await cancel(ada, booking)
    assert (result["__typename"], result["reason"]) == ("BookingRejected", "TOO_LATE")
    assert (await ada(ONE, id=booking)).data["booking"] == {
        "id": booking,
        "status": "CONFIRMED",
        "reason": "TOO_LATE",
        "position": None,
    }


async def test_a_booking_is_moved_without_being_lost(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """The new one is booked before the old one is cancelled."""
    desk.places = 2
    ada = graph.of("ada")
    old = (await book(ada, slots[0]))["booking"]["id"]
    result = await move(ada, old, slots[1])
    assert result["__typename"] == "BookingConfirmed"
    await comes_to(ada, old, "CANCELLED")
    assert desk.asked == ["book", "book", "cancel"]
    mine = (await ada(MINE)).data["me"]["bookings"]["edges"]
    assert {edge["node"]["id"]: edge["node"]["replaces"] for edge in mine} == {
        old: None,
        result["booking"]["id"]: old,
    }


async def test_what_cannot_be_moved_stays(graph: Graph, slots: list[str], desk: ScriptedDesk) -> None:
    """The new slot is full: the old booking stands, and nothing is cancelled."""
    ada = graph.of("ada")
    old = (await book(ada, slots[0]))["booking"]["id"]
    result = await move(ada, old, slots[1])
    assert (result["__typename"], result["reason"]) == ("BookingRejected", "FULL")
    assert await standing(ada, old) == "CONFIRMED"
    assert desk.asked == ["book", "book"]


async def test_where_the_old_one_cannot_be_given_up_the_new_one_is(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """Nobody ends with both: the new booking is cancelled, the old one stands and says why."""
    desk.places = 2
    ada = graph.of("ada")
    old = (await book(ada, slots[0]))["booking"]["id"]
    desk.too_late = True

    result = await move(ada, old, slots[1])
    new = result["booking"]["id"]
    await desk.called(3)
    desk.too_late = False
    await comes_to(ada, new, "CANCELLED")
    assert (await ada(ONE, id=old)).data["booking"]["reason"] == "TOO_LATE"
    assert await standing(ada, old) == "CONFIRMED"


async def test_who_waits_is_booked_when_somebody_cancels(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """A source without a waiting list: ours, first come first served, promoted at once."""
    ada, bo, cy = (graph.of(name) for name in ("ada", "bo", "cy"))
    has = (await book(ada, slots[0]))["booking"]["id"]
    second = await book(bo, slots[0], waitlist=True)
    third = await book(cy, slots[0], waitlist=True)
    assert [second["__typename"], third["__typename"]] == ["BookingWaitlisted"] * 2
    assert [second["booking"]["position"], third["booking"]["position"]] == [1, 2]
    await cancel(ada, has)
    await comes_to(bo, second["booking"]["id"], "CONFIRMED")
    waits = (await cy(ONE, id=third["booking"]["id"])).data["booking"]
    assert (waits["status"], waits["position"]) == ("WAITLISTED", 1)
    assert desk.asked == ["book", "book", "book", "cancel", "book"]


async def test_who_waits_may_leave(graph: Graph, slots: list[str], desk: ScriptedDesk) -> None:
    """No call is made for one who waits on our list, and nobody is booked for him later."""
    ada, bo = graph.of("ada"), graph.of("bo")
    has = (await book(ada, slots[0]))["booking"]["id"]
    waits = (await book(bo, slots[0], waitlist=True))["booking"]["id"]
    assert (await cancel(bo, waits))["__typename"] == "BookingCancelled"
    await cancel(ada, has)
    assert desk.asked == ["book", "book", "cancel"]


async def test_a_promotion_by_the_source_is_seen(start_writing: StartWriting, desk: ScriptedDesk) -> None:
    """A source's own waiting list: how a booking stands there is how it stands here, soon after."""
    desk.waits = True
    async with start_writing(waitlist_check_s=1) as graph:
        slot = (await free_slots(graph))[0]
        bo = graph.of("bo")
        await book(graph.of("ada"), slot)
        waits = await book(bo, slot, waitlist=True)
        assert (waits["__typename"], waits["booking"]["position"]) == ("BookingWaitlisted", 1)
        reference = desk.calls[-1][1]
        desk.known[reference] = replace(desk.known[reference], standing=Standing.CONFIRMED, position=None)
        await comes_to(bo, waits["booking"]["id"], "CONFIRMED")
        assert set(desk.calls[2:]) == {("find", reference)}
