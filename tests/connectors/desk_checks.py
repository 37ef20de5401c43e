"""What every desk must keep to, in what it calls, what is committed then, and what it says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.kit import Booked, Code, Refusal, Refused, SourceError, Standing
from tests.conftest import NOW
from tests.connectors.desks import Open

_RACERS = 5
"""How many more ask at once than there are places."""


async def check_a_booking_and_its_end(desk: Open) -> None:
    """Booked once, found, cancelled once: with exactly the calls that the case names."""
    case, order = desk.case, desk.order()
    booked = await desk.desk.book(order)
    assert booked.standing is Standing.CONFIRMED
    assert desk.calls() == desk.named(case.book, order, booked)
    assert desk.ledger() == [case.written[0]]
    assert await desk.desk.find(order) == booked
    assert desk.calls() == desk.named(case.find, order, booked)
    cancelled = await desk.desk.cancel(order, booked)
    assert (cancelled.standing, cancelled.id) == (Standing.CANCELLED, booked.id)
    assert desk.calls() == desk.named(case.cancel, order, booked)
    assert await desk.desk.cancel(order, booked) == cancelled
    found = await desk.desk.find(order)
    assert (found is not None) is case.remembers
    assert found is None or (found.standing, found.id) == (Standing.CANCELLED, booked.id)
    assert desk.ledger() == list(case.written)


async def check_what_is_held(desk: Open) -> None:
    """Held until an instant to come, again if asked again, and booked then; or nobody is asked for it."""
    order = desk.order()
    until = await desk.desk.hold(order)
    if desk.case.leases:
        assert until is not None
        assert until > NOW
        assert await desk.desk.hold(order) is not None
    else:
        assert (until, desk.calls()) == (None, [])
    assert desk.case.written[0] not in desk.ledger()
    assert (await desk.desk.book(order)).standing is Standing.CONFIRMED
    assert desk.ledger().count(desk.case.written[0]) == 1


async def check_that_an_order_is_booked_once(desk: Open) -> None:
    """A system that is said to see to it gives the same booking again, also to several at the same time."""
    order = desk.order()
    first = await desk.desk.book(order)
    again = await asyncio.gather(*(desk.desk.book(order) for _ in range(3)))
    assert again == [first] * 3
    other = desk.order(2)
    together = await asyncio.gather(*(desk.desk.book(other) for _ in range(3)))
    assert together == [together[0]] * 3
    assert desk.ledger() == [desk.case.written[0]] * 2


async def check_that_an_unknown_order_is_not_found(desk: Open) -> None:
    """Nothing is found of what was never sent, beside what another has booked; nothing is written."""
    case, order = desk.case, desk.order(2)
    await desk.desk.book(desk.order(1))
    desk.calls()
    assert await desk.desk.find(order) is None
    assert desk.calls() == desk.named(case.miss, order)
    assert desk.ledger() == [case.written[0]]


async def check_that_no_slots_id_is_not_asked_for(desk: Open) -> None:
    """Refused as not offered, with nothing sent."""
    for malformed in desk.case.malformed:
        assert await desk.refused(desk.order(slot=malformed)) is Refusal.NOT_OFFERED, malformed
    assert desk.calls() == []


async def check_that_what_is_gone_is_not_offered(desk: Open) -> None:
    """Refused as not offered, with nothing written, and nothing to be found."""
    for gone in desk.case.gone:
        order = desk.order(slot=gone)
        assert await desk.refused(order) is Refusal.NOT_OFFERED, order.slot
        assert await desk.desk.find(order) is None
    assert desk.ledger() == []


async def check_the_last_places(desk: Open) -> None:
    """Of too many who ask at once as many as there are places for have one; what is given back is had."""
    case = desk.case
    orders = [desk.order(person, slot=case.few) for person in range(1, case.places + _RACERS + 1)]
    answers = await asyncio.gather(*(desk.desk.book(order) for order in orders), return_exceptions=True)
    won = [(o, a) for o, a in zip(orders, answers, strict=True) if isinstance(a, Booked)]
    lost = [(o, a) for o, a in zip(orders, answers, strict=True) if isinstance(a, BaseException)]
    assert [a.reason for _, a in lost if isinstance(a, Refused)] == [Refusal.FULL] * _RACERS
    assert len(won) == case.places
    assert desk.ledger() == [case.written[0]] * case.places
    late, _ = lost[0]
    assert await desk.desk.find(late) is None
    await desk.desk.cancel(*won[0])
    assert (await desk.desk.book(late)).standing is Standing.CONFIRMED
    assert desk.ledger() == [*[case.written[0]] * case.places, case.written[1], case.written[0]]


async def check_a_party_that_is_too_many(desk: Open) -> None:
    """Refused as not possible, with nothing sent."""
    assert await desk.refused(desk.order(party=desk.case.too_many)) is Refusal.NOT_POSSIBLE
    assert desk.calls() == []


IN_DOUBT: Mapping[str, tuple[dict[str, Any], Code, bool]] = {
    "resets the connection": ({"reset_after_commit": True}, Code.SOURCE_UNAVAILABLE, True),
    "hangs": ({"hang": True}, Code.SOURCE_TIMEOUT, False),
    "answers 503": ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE, False),
    "answers 500": ({"error_rate": 1.0, "error_status": 500}, Code.SOURCE_UNAVAILABLE, False),
}
"""What may befall a write, the code that it has then, and whether the system did it nevertheless."""


async def check_a_booking_in_doubt(desk: Open, fault: str) -> None:
    """In doubt; `find` says whether it was done, and after it the order has one booking, not two."""
    switches, code, done = IN_DOUBT[fault]
    case, order = desk.case, desk.order()
    desk.ail(case.commits, **switches)
    with pytest.raises(SourceError) as caught:
        await desk.desk.book(order)
    desk.mocks.clear_faults()
    assert (caught.value.code, caught.value.in_doubt) == (code, True)
    found = await desk.desk.find(order)
    assert desk.ledger() == [case.written[0]] * done
    assert (found is not None) is done
    if found is None or desk.desk.repeatable:
        booked = await desk.desk.book(order)
        assert found in (None, booked)
        assert await desk.desk.find(order) == booked
    assert desk.ledger() == [case.written[0]]


async def check_a_booking_with_half_an_answer(desk: Open) -> None:
    """Booked where the answer says nothing that is needed, in doubt else; it is found in either case."""
    order, booked = desk.order(), None
    desk.ail(desk.case.commits, malformed=True)
    try:
        booked = await desk.desk.book(order)
    except SourceError as error:
        assert (error.code, error.in_doubt) == (Code.SOURCE_MALFORMED, True)  # noqa: PT017  # one of two ends
    desk.mocks.clear_faults()
    found = await desk.desk.find(order)
    assert found is not None
    assert booked in (None, found)
    assert desk.ledger() == [desk.case.written[0]]


NOT_DONE: Mapping[str, tuple[int, Code]] = {
    "asks for fewer calls": (429, Code.SOURCE_BUSY),
    "refuses our credential": (401, Code.SOURCE_REJECTED),
    "forbids it to us": (403, Code.SOURCE_REJECTED),
}
"""Statuses that say nothing of the wish, and the code that each of them has."""


async def check_a_booking_that_was_not_taken(desk: Open, status: str) -> None:
    """No refusal of the wish, and not in doubt: nothing was done."""
    number, code = NOT_DONE[status]
    desk.ail(desk.case.commits, error_rate=1.0, error_status=number)
    with pytest.raises(SourceError) as caught:
        await desk.desk.book(desk.order())
    assert (caught.value.code, caught.value.in_doubt) == (code, False)
    assert desk.ledger() == []


async def check_a_system_that_is_not_there(desk: Open) -> None:
    """Not in doubt: there was no connection to send anything over."""
    with pytest.raises(SourceError) as caught:
        await desk.desk.book(desk.order())
    assert (caught.value.code, caught.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)
    assert desk.ledger() == []


async def check_a_cancellation_in_doubt(desk: Open, fault: str) -> None:
    """In doubt; cancelled again, it is cancelled once."""
    switches, code, done = IN_DOUBT[fault]
    case, order = desk.case, desk.order()
    booked = await desk.desk.book(order)
    desk.ail(case.revokes, **switches)
    with pytest.raises(SourceError) as caught:
        await desk.desk.cancel(order, booked)
    desk.mocks.clear_faults()
    assert (caught.value.code, caught.value.in_doubt) == (code, True)
    assert desk.ledger() == [case.written[0], *[case.written[1]] * done]
    assert (await desk.desk.cancel(order, booked)).standing is Standing.CANCELLED
    assert desk.ledger() == list(case.written)


async def check_a_cancellation_too_late(desk: Open) -> None:
    """Refused, and the booking stands."""
    case, order = desk.case, desk.order()
    booked = await desk.desk.book(order)
    desk.mocks.world.clock.move_to(case.too_late)
    with pytest.raises(Refused) as caught:
        await desk.desk.cancel(order, booked)
    assert caught.value.reason is Refusal.TOO_LATE
    found = await desk.desk.find(order)
    assert found == booked
    assert desk.ledger() == [case.written[0]]
