"""Every desk against its simulator: one case a kind of slot, one test each thing that all keep to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from mocks.world import World
from tests.connectors import desk_checks
from tests.connectors.desk_checks import IN_DOUBT, NOT_DONE
from tests.connectors.desks import DeskCase, Hall, SlotId, open_hall

RESERVED = "440307014018-03/spec-metro-day-440307014018-03/spec-metro-day-440307014018-03"
"""A metro car park's bays for one day: a day's date follows."""
PASS = "440307014007-01/spec-city-office-monthly"
TOMORROW_NIGHT = datetime.fromisoformat("2026-11-26T00:00:00+08:00")


def capacity(source: str, left: int, *, dated: bool = False, closed: bool = False) -> Callable[[World], str]:
    """Find the first capacity of a directory of which so many places are left, of services that are open."""

    def find(world: World) -> str:
        directory = world.directories[source]
        return next(
            f"{entry.id}/{place.id}"
            for entry in directory.standing()
            for place, free in directory.places(entry)
            if (entry.status != "active") is closed
            and (place.interval is not None) is dated
            and (free == left or closed)
        )

    return find


def unknown_capacity(source: str) -> Callable[[World], str]:
    """Name a capacity that a service does not have."""
    return lambda world: f"{world.directories[source].standing()[0].id}/none-such"


def assigned(source: str, slot: SlotId, specification: str, **more: object) -> DeskCase:
    """Give the case of a right over APDS v4."""
    right = "/rights/assigned/{reference}"
    fields: dict[str, object] = {
        "source": source,
        "kind": "parking-right",
        "slot": slot,
        "commits": ("POST", "/rights/assigned"),
        "revokes": ("DELETE", "/rights/assigned"),
        "written": ("assignedRight.created", "assignedRight.deleted"),
        "book": (f"GET /rights/specs/{specification}", "POST /rights/assigned", f"GET {right}"),
        "find": (f"GET {right}",),
        "miss": (f"GET {right}", "GET /rights/assigned"),
        "cancel": (f"DELETE {right}",),
        "malformed": ("", "lot", "lot/", "/spec", "a/b/c/d", "lot/..", "../spec", "lot/%2E%2E"),
        "gone": ("440307014018-03/none-such", "440307014018-03/spec-metro-visit"),
        "too_many": 2,
    }
    return DeskCase(**{**fields, **more})  # type: ignore[arg-type]  # a case's fields, each once


def referred(source: str, kind: str, slot: SlotId, **more: object) -> DeskCase:
    """Give the case of a place in a service of HSDS."""
    referral = "/referrals/{reference}"
    fields: dict[str, object] = {
        "source": source,
        "kind": kind,
        "slot": slot,
        "commits": ("POST", "/referrals"),
        "revokes": ("DELETE", "/referrals"),
        "written": ("referral.created", "referral.cancelled"),
        "book": ("POST /referrals",),
        "find": (f"GET {referral}",),
        "miss": (f"GET {referral}",),
        "cancel": (f"DELETE {referral}",),
        "malformed": ("", "service", "service/", "/capacity"),
        "gone": ("none-such/none-such", unknown_capacity(source)),
        "few": capacity(source, 2),
        "places": 2,
    }
    return DeskCase(**{**fields, **more})  # type: ignore[arg-type]  # as above


CASES = (
    assigned(
        "parking-metro",
        f"{RESERVED}-20261125",
        "spec-metro-day-440307014018-03",
        gone=("440307014018-03/none-such", f"{RESERVED}-20270101", "440307014018-03/spec-metro-visit"),
        few=f"{RESERVED}-20261126",
        places=2,
        too_late=TOMORROW_NIGHT,
    ),
    assigned("parking-city", PASS, "spec-city-office-monthly", few=PASS, places=17),
    referred(
        "childcare-longgang",
        "childcare-slot",
        capacity("childcare-longgang", 3),
        gone=(
            "none-such/none-such",
            unknown_capacity("childcare-longgang"),
            capacity("childcare-longgang", 0, closed=True),
        ),
    ),
    referred("eldercare-longgang", "eldercare-slot", capacity("eldercare-longgang", 3)),
    referred(
        "hostels-longgang",
        "hostel-night",
        capacity("hostels-longgang", 4, dated=True),
        few=capacity("hostels-longgang", 2, dated=True),
        too_late=datetime.fromisoformat("2026-12-31T14:00:00+08:00"),
    ),
)
"""Each kind of slot at one source; where a connector has several ways to book a kind, each of them."""

every = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """Simulators of this module's own, for it writes."""
    with open_hall(tmp_path_factory.mktemp("copies")) as opened:
        yield opened


@every
async def test_a_booking_and_its_end(hall: Hall, case: DeskCase) -> None:
    """Booked once, found, cancelled once: in exactly the calls that the standard needs."""
    async with hall.open(case) as desk:
        await desk_checks.check_a_booking_and_its_end(desk)


@every
async def test_what_is_held_is_booked_then(hall: Hall, case: DeskCase) -> None:
    """Where the standard has a lease; nobody is asked where it has none."""
    async with hall.open(case) as desk:
        await desk_checks.check_what_is_held(desk)


@every
async def test_an_order_is_booked_once(hall: Hall, case: DeskCase) -> None:
    """Where the system sees to it itself, however often and however much at once it is sent."""
    async with hall.open(case) as desk:
        if desk.desk.repeatable:
            await desk_checks.check_that_an_order_is_booked_once(desk)


@every
async def test_an_unknown_order_is_not_found(hall: Hall, case: DeskCase) -> None:
    """And nobody else's is taken for it."""
    async with hall.open(case) as desk:
        await desk_checks.check_that_an_unknown_order_is_not_found(desk)


@every
async def test_what_is_no_slots_id_is_not_asked_for(hall: Hall, case: DeskCase) -> None:
    """Not offered, and nothing is sent."""
    async with hall.open(case) as desk:
        await desk_checks.check_that_no_slots_id_is_not_asked_for(desk)


@every
async def test_what_is_gone_is_not_offered(hall: Hall, case: DeskCase) -> None:
    """Slots that the system does not have, or gives to nobody now: nothing is written."""
    async with hall.open(case) as desk:
        await desk_checks.check_that_what_is_gone_is_not_offered(desk)


@pytest.mark.parametrize("case", [case for case in CASES if case.few is not None], ids=str)
async def test_the_last_places(hall: Hall, case: DeskCase) -> None:
    """As many as there are places win, the others hear that it is full; a place given back is had again."""
    async with hall.open(case) as desk:
        await desk_checks.check_the_last_places(desk)


@pytest.mark.parametrize("case", [case for case in CASES if case.too_many is not None], ids=str)
async def test_a_party_that_is_too_many(hall: Hall, case: DeskCase) -> None:
    """Not possible, and nothing is sent."""
    async with hall.open(case) as desk:
        await desk_checks.check_a_party_that_is_too_many(desk)


@pytest.mark.parametrize("fault", IN_DOUBT)
@every
async def test_a_booking_in_doubt(hall: Hall, case: DeskCase, fault: str) -> None:
    """Whether it was done is found out, and there is one booking in the end."""
    async with hall.open(case, patient=fault != "hangs") as desk:
        await desk_checks.check_a_booking_in_doubt(desk, fault)


@every
async def test_a_booking_with_half_an_answer(hall: Hall, case: DeskCase) -> None:
    """It is found afterwards, whatever the answer was worth."""
    async with hall.open(case) as desk:
        await desk_checks.check_a_booking_with_half_an_answer(desk)


@pytest.mark.parametrize("status", NOT_DONE)
@every
async def test_a_booking_that_was_not_taken(hall: Hall, case: DeskCase, status: str) -> None:
    """A status that says nothing of the wish is no refusal of it, and leaves nothing in doubt."""
    async with hall.open(case) as desk:
        await desk_checks.check_a_booking_that_was_not_taken(desk, status)


@every
async def test_a_system_that_is_not_there(hall: Hall, case: DeskCase) -> None:
    """Without a connection nothing is in doubt."""
    async with hall.open(case, reachable=False) as desk:
        await desk_checks.check_a_system_that_is_not_there(desk)


@pytest.mark.parametrize("fault", IN_DOUBT)
@every
async def test_a_cancellation_in_doubt(hall: Hall, case: DeskCase, fault: str) -> None:
    """It can be asked for again, and is done once."""
    async with hall.open(case, patient=fault != "hangs") as desk:
        await desk_checks.check_a_cancellation_in_doubt(desk, fault)


@pytest.mark.parametrize("case", [case for case in CASES if case.too_late is not None], ids=str)
async def test_a_cancellation_too_late(hall: Hall, case: DeskCase) -> None:
    """Refused as too late, and the booking stands."""
    async with hall.open(case) as desk:
        await desk_checks.check_a_cancellation_too_late(desk)
