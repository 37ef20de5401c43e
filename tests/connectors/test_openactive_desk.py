"""Orders over OpenActive at the simulators: what is asked, what they have committed, what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.kit import Booked, Code, Order, Refusal, Refused, SourceError, Standing
from gateway.sources import Limits, NoCredential, SourceConfig
from mocks.server import RunningMocks
from schema.core.record import Ref
from tests.conftest import NOW
from tests.connectors.openactive import OpenDesk, desks

DAYUN, STREET, FAMILY = "sports-dayun", "sports-street", "classes-family"
COURT = f"{DAYUN}-v01-badminton-20261125-12"
"""All of its 8 courts can be had."""
EACH = [
    ("court-slot", DAYUN, COURT, 40),
    ("court-slot", STREET, f"{STREET}-v01-badminton-20261125-12-1", 40),
    ("sports-session", DAYUN, f"{DAYUN}-p010-20261125", 30),
    ("sports-session", STREET, f"{STREET}-p008-20261125", 10),
    ("parent-child-class", FAMILY, f"{FAMILY}-p005-20261125", 40),
    ("parent-child-course", FAMILY, f"{FAMILY}-c007-20261127", 0),
]
"""A slot of each kind at each system that has such, and its price."""
REFERENCE = "0d5a1f0e-6f3c-4a53-9a3e-3f1f0c2b7a11"
OTHER = "7c1e2d3b-1111-4222-8333-944455566677"


def order(slot: str = COURT, *, source: str = DAYUN, kind: str = "court-slot", **change: Any) -> Order:
    given: dict[str, Any] = {"reference": REFERENCE, "resident": "3f" * 16, "made": NOW, **change}
    return Order(kind=kind, slot=Ref(source, slot), **given)


@pytest.fixture
async def open_desk(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], filled_copies: Path
) -> AsyncIterator[OpenDesk]:
    """Open a desk of a source: `await open_desk("sports-dayun", url=…)`."""
    async with desks(mocks, sources, filled_copies) as make:
        yield make


def asked(mocks: RunningMocks, source: str = DAYUN) -> list[str]:
    """What was called, without the tokens."""
    return [f"{call.method} {call.path}" for call in mocks.calls(source, token=False)]


def committed(mocks: RunningMocks, source: str = DAYUN) -> list[tuple[str, str]]:
    return [(entry["kind"], entry["uuid"]) for entry in mocks.ledger(source)]


async def refusal(asking: Awaitable[Any]) -> tuple[Refusal, str]:
    with pytest.raises(Refused) as refused:
        await asking
    return refused.value.reason, refused.value.detail


QUOTE, B = f"PUT /openbooking/order-quotes/{REFERENCE}", f"PUT /openbooking/orders/{REFERENCE}"
STATUS, PATCH = f"GET /openbooking/orders/{REFERENCE}", f"PATCH /openbooking/orders/{REFERENCE}"
MADE, CANCELLED = ("order.created", REFERENCE), ("order.cancelled", REFERENCE)


@pytest.mark.parametrize(("kind", "source", "slot", "price"), EACH)
async def test_one_call_books(
    mocks: RunningMocks, open_desk: OpenDesk, kind: str, source: str, slot: str, price: int
) -> None:
    """Of each kind; asked again it is the same, found it is the same, and it is there once."""
    desk, wish = await open_desk(source, kind), order(slot, source=source, kind=kind)
    booked = await desk.book(wish)
    assert asked(mocks, source) == [B]
    assert booked == Booked(
        standing=Standing.CONFIRMED,
        id=f"https://{source}.example/openbooking/orders/{REFERENCE}",
        number="LG000001",
    )
    assert await desk.book(wish) == booked
    assert await desk.find(wish) == booked
    assert asked(mocks, source) == [B, B, STATUS]
    (entry,) = mocks.ledger(source)
    assert (entry["kind"], entry["uuid"]) == MADE
    assert (entry["items"], entry["total"]) == ([slot], price)
    assert desk.repeatable
    assert desk.shows == ()


@pytest.mark.parametrize(("kind", "source", "slot", "price"), EACH)
async def test_a_place_is_held_booked_and_given_back(
    mocks: RunningMocks, open_desk: OpenDesk, kind: str, source: str, slot: str, price: int
) -> None:
    """C2 leases for a quarter of an hour and may be asked again; cancelled twice is cancelled once."""
    desk, wish = await open_desk(source, kind), order(slot, source=source, kind=kind)
    assert [await desk.hold(wish) for _ in range(2)] == [NOW + timedelta(minutes=15)] * 2
    assert committed(mocks, source) == []
    booked = await desk.book(wish)
    cancelled = await desk.cancel(wish, booked)
    assert cancelled == msgspec.structs.replace(booked, standing=Standing.CANCELLED)
    assert await desk.cancel(wish, booked) == cancelled
    assert await desk.find(wish) == cancelled
    assert await desk.book(wish) == cancelled
    assert asked(mocks, source) == [QUOTE, QUOTE, B, STATUS, PATCH, STATUS, STATUS, B]
    assert committed(mocks, source) == [MADE, CANCELLED]


async def test_a_party_takes_as_many_places_and_gives_them_back(
    mocks: RunningMocks, open_desk: OpenDesk
) -> None:
    """An item for each; what is left is one too few for the next, until the first are cancelled."""
    desk, wish, late = await open_desk(), order(party=5), order(reference=OTHER, party=4)
    booked = await desk.book(wish)
    assert await refusal(desk.book(late)) == (Refusal.FULL, "OpportunityHasInsufficientCapacityError")
    await desk.cancel(wish, booked)
    await desk.book(late)
    assert [(e["kind"], e["uuid"], e["items"]) for e in mocks.ledger(DAYUN)] == [
        (*MADE, [COURT] * 5),
        (*CANCELLED, [COURT] * 5),
        ("order.created", OTHER, [COURT] * 4),
    ]
    assert [entry.get("total") for entry in mocks.ledger(DAYUN)] == [200, None, 160]


async def test_others_hold_the_last_places(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """For the others it is full, whether they ask to hold or to book; for who holds them it is not."""
    desk, mine, others = await open_desk(), order(party=8), order(reference=OTHER)
    await desk.hold(mine)
    held = (Refusal.FULL, "OpportunityCapacityIsReservedByLeaseError")
    assert [await refusal(desk.hold(others)), await refusal(desk.book(others))] == [held, held]
    await desk.book(mine)
    assert await refusal(desk.book(others)) == (Refusal.FULL, "OpportunityIsFullError")
    assert committed(mocks) == [MADE]


@pytest.mark.parametrize(
    ("kind", "source", "slot", "reason", "detail"),
    [
        ("court-slot", DAYUN, f"{DAYUN}-v02-badminton-20261124-19", Refusal.FULL, "OpportunityIsFullError"),
        ("parent-child-course", FAMILY, f"{FAMILY}-c002-20261129", Refusal.FULL, "OpportunityIsFullError"),
        *(
            (kind, source, slot, reason, "OpportunityOfferPairNotBookableError")
            for kind, source, slot, reason in (
                ("court-slot", DAYUN, f"{DAYUN}-v01-badminton-20261124-10", Refusal.TOO_LATE),
                ("parent-child-class", FAMILY, f"{FAMILY}-p010-20261124", Refusal.TOO_LATE),
                ("sports-session", STREET, f"{STREET}-p008-20261202", Refusal.TOO_EARLY),
                ("sports-session", DAYUN, f"{DAYUN}-p008-20261127", Refusal.NOT_OFFERED),
            )
        ),
    ],
)
async def test_what_cannot_be_had(
    mocks: RunningMocks, open_desk: OpenDesk, kind: str, source: str, slot: str, reason: Refusal, detail: str
) -> None:
    """Full, begun, not open yet, called off: each after one call; nothing is committed."""
    desk, wish = await open_desk(source, kind), order(slot, source=source, kind=kind)
    assert await refusal(desk.book(wish)) == (reason, detail)
    assert await refusal(desk.hold(wish)) == (reason, detail)
    assert asked(mocks, source) == [B, QUOTE]
    assert committed(mocks, source) == []


@pytest.mark.parametrize("slot", ["", "..", "a/../b", "a\\b", "./x", "..;x/y"])
async def test_what_is_no_id(mocks: RunningMocks, open_desk: OpenDesk, slot: str) -> None:
    """It is not offered, and nobody is asked, not even for a token."""
    desk = await open_desk()
    no = (Refusal.NOT_OFFERED, "no id of a slot")
    assert [await refusal(desk.hold(order(slot))), await refusal(desk.book(order(slot)))] == [no, no]
    assert mocks.calls() == []


async def test_what_is_not_in_the_feed_and_what_is_too_much(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """No order is sent: an earlier attempt is asked for, and there is none; to hold it nothing is asked."""
    desk = await open_desk()
    for wish, no in (
        (order("unheard-of"), (Refusal.NOT_OFFERED, "not in the feed")),
        (order(f"{DAYUN}-p010-20261125"), (Refusal.NOT_OFFERED, "not in the feed")),
        (order(party=9), (Refusal.NOT_POSSIBLE, "a party of 9 where 8 are all")),
    ):
        assert await refusal(desk.hold(wish)) == no
        assert await refusal(desk.book(wish)) == no
    assert asked(mocks) == [STATUS] * 3
    assert committed(mocks) == []


async def test_an_order_is_not_lost_with_its_slot(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """What was booked before the slot left the feed is the answer, not that there is no such slot."""
    desk = await open_desk()
    booked = await desk.book(order())
    assert await desk.book(order("gone-meanwhile")) == booked
    assert asked(mocks) == [B, STATUS]
    assert committed(mocks) == [MADE]


async def test_an_order_is_the_same_however_it_is_written(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """OrderAlreadyExistsError is no failure: what was made is found, and nothing of it can be held again."""
    desk = await open_desk()
    booked = await desk.book(order())
    assert await desk.book(order(party=2)) == booked
    assert await desk.hold(order(party=2)) is None
    assert await desk.hold(order()) is None
    assert asked(mocks) == [B, B, STATUS, QUOTE, QUOTE]
    assert committed(mocks) == [MADE]


async def test_nothing_is_known_of_an_order_that_was_not_made(
    mocks: RunningMocks, open_desk: OpenDesk
) -> None:
    """None; cancelling it is refused, for there is nothing to cancel. A lease alone is no order."""
    desk, wish = await open_desk(), order()
    await desk.hold(wish)
    assert await desk.find(wish) is None
    booked = Booked(standing=Standing.CONFIRMED, id="x")
    assert await refusal(desk.cancel(wish, booked)) == (Refusal.NOT_OFFERED, "UnknownOrderError")
    assert asked(mocks) == [QUOTE, STATUS, STATUS]
    assert committed(mocks) == []


async def test_cancelling_too_late(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """Courts until four hours before; a second too late it is refused, and the booking stands."""
    desk, wish = await open_desk(), order()
    booked = await desk.book(wish)
    mocks.world.clock.move_to(NOW + timedelta(hours=22, seconds=1))
    assert await refusal(desk.cancel(wish, booked)) == (Refusal.TOO_LATE, "CancellationNotPermittedError")
    assert await desk.find(wish) == booked
    mocks.world.clock.move_to(NOW + timedelta(hours=22))
    assert (await desk.cancel(wish, booked)).standing is Standing.CANCELLED
    assert committed(mocks) == [MADE, CANCELLED]


async def test_an_answer_that_was_lost(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """The order was made: it is in doubt until it is found; so with its cancellation. Each is done once."""
    desk, wish = await open_desk(), order()
    mocks.fault(DAYUN, reset_after_commit=True, count=1)
    with pytest.raises(SourceError) as failure:
        await desk.book(wish)
    assert (failure.value.code, failure.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
    booked = await desk.find(wish)
    assert booked is not None
    assert booked == await desk.book(wish)
    mocks.fault(DAYUN, reset_after_commit=True, method="PATCH", count=1)
    with pytest.raises(SourceError) as failure:
        await desk.cancel(wish, booked)
    assert failure.value.in_doubt
    assert (await desk.cancel(wish, booked)).standing is Standing.CANCELLED
    assert asked(mocks) == [B, STATUS, B, STATUS, PATCH, STATUS]
    assert committed(mocks) == [MADE, CANCELLED]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"hang": True}, Code.SOURCE_TIMEOUT),
        ({"error_rate": 1}, Code.SOURCE_UNAVAILABLE),
        ({"error_rate": 1, "error_status": 500}, Code.SOURCE_UNAVAILABLE),
        ({"malformed": True}, Code.SOURCE_MALFORMED),
    ],
)
async def test_no_answer_leaves_it_in_doubt(
    mocks: RunningMocks, open_desk: OpenDesk, fault: dict[str, Any], code: Code
) -> None:
    """It hangs, fails or is cut short: it is asked once, and again only when asked to."""
    desk, wish = await open_desk(limits=Limits(timeout_ms=300)), order()
    mocks.fault(DAYUN, method="PUT", **fault)
    with pytest.raises(SourceError) as failure:
        await desk.book(wish)
    assert (failure.value.code, failure.value.in_doubt) == (code, True)
    assert asked(mocks) == [B]
    mocks.clear_faults()
    assert (await desk.find(wish) is not None) == ("malformed" in fault)
    assert (await desk.book(wish)).standing is Standing.CONFIRMED
    assert committed(mocks) == [MADE]


async def test_a_system_that_is_not_reached_is_not_in_doubt(mocks: RunningMocks, open_desk: OpenDesk) -> None:
    """The connection is refused: nothing can have been booked."""
    desk = await open_desk(url="http://127.0.0.1:9/x", credential=NoCredential())
    with pytest.raises(SourceError) as failure:
        await desk.book(order())
    assert (failure.value.code, failure.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)
    assert committed(mocks) == []


async def test_a_source_without_a_booking_api(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], open_desk: OpenDesk
) -> None:
    """Whose entry has no `booking`: whatever is asked of its desk is not possible, and nobody is asked."""
    (options,) = (source.options for source in sources if source.id == DAYUN)
    wish = order()
    desk = await open_desk(options={name: path for name, path in options.items() if name != "booking"})
    no = (Refusal.NOT_POSSIBLE, "the source takes no bookings")
    booked = Booked(standing=Standing.CONFIRMED, id="x")
    for asking in (desk.hold(wish), desk.book(wish), desk.find(wish), desk.cancel(wish, booked)):
        assert await refusal(asking) == no
    assert mocks.calls() == []
