"""Signing up for missions: both platforms, and what else may stand before one, at the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
import respx

from connectors.engagement import CONNECTOR
from connectors.engagement.connector import Engagement
from connectors.kit import Booked, Code, Desk, Order, Refusal, Refused, SourceError, Standing, StatusError
from mocks.server import RunningMocks
from mocks.world import Clock, World
from mocks.world.missions import Mission
from schema.core.record import Ref
from schema.volunteering.lookups import MISSION_BY_REF, MISSIONS
from schema.volunteering.records import VolunteerMissionRecord
from tests.conftest import NOW
from tests.connectors.at_simulators import at_simulator, order
from tests.connectors.conftest import Connect

PLATFORMS = ["volunteers-union", "volunteers-redcross"]
KIND = "volunteer-mission"
_TESTS = count()


@pytest.fixture(scope="module")
def own_mocks() -> Iterator[RunningMocks]:
    """The platforms in a world of their own: who signs up here, no other test sees."""
    with RunningMocks(World(7, Clock.frozen(NOW)), only=PLATFORMS) as running:
        yield running


@pytest.fixture
def mocks(own_mocks: RunningMocks) -> Iterator[RunningMocks]:
    """The platforms at NOW, with no fault and an empty log of calls."""
    own_mocks.clear_calls()
    yield own_mocks
    own_mocks.clear_faults()
    own_mocks.world.clock.move_to(NOW)


class Counter:
    """One platform's desk, and a mission to come that is nobody's yet, with places for two or more."""

    def __init__(self, mocks: RunningMocks, connector: Engagement) -> None:
        self.mocks = mocks
        self.connector = connector
        self.platform = connector.upstream.source
        self.desk = connector.desk(KIND)
        taken = {entry["mission_id"] for entry in mocks.ledger(self.platform)}
        self.mission = min(
            (m for m in self.missions() if open_(m) and m.id not in taken), key=lambda m: m.places or 99
        )
        self._first = next(_TESTS) * 100
        self._before = len(mocks.ledger(self.platform))

    def missions(self) -> tuple[Mission, ...]:
        return self.mocks.world.volunteering[self.platform].missions

    def order(self, number: int = 1, *, mission: Mission | None = None, **fields: Any) -> Order:
        """Volunteer `number`'s wish."""
        wanted = mission or self.mission
        slot = f"{wanted.id}:{wanted.client_id}"
        reference = self._first + number
        given: dict[str, Any] = {"account": f"4403070{reference:06d}", **fields}
        return order(KIND, self.platform, slot, reference, **given)

    def calls(self) -> list[str]:
        """What was asked since the last time, ids left aside."""
        found = self.mocks.calls(self.platform)
        self.mocks.clear_calls()
        return [
            f"{call.method} {'/'.join(call.path.split('/')[2:3] + call.path.split('/')[4:])}"
            for call in found
        ]

    def ledger(self) -> list[tuple[str, str]]:
        """What was committed in this test."""
        entries = self.mocks.ledger(self.platform)[self._before :]
        return [(entry["kind"], entry["client_reference"]) for entry in entries]

    async def places(self) -> int | None:
        ref = self.order().slot
        found = await self.connector.mission_by_ref([ref])
        self.mocks.clear_calls()
        return found[ref].places_left

    async def fill(self) -> list[tuple[Order, Booked]]:
        wishes = [self.order(50 + number) for number in range(self.mission.places or 0)]
        made = [(wish, await self.desk.book(wish)) for wish in wishes]
        self.mocks.clear_calls()
        return made


def open_(mission: Mission) -> bool:
    return (
        mission.deleted is None
        and not mission.refused
        and not mission.kind.months
        and mission.start > NOW + timedelta(days=2)
        and (mission.places or 0) >= 2
    )


@asynccontextmanager
async def opened(mocks: RunningMocks, platform: str = "volunteers-union") -> AsyncIterator[Counter]:
    async with at_simulator(mocks, platform) as connector:
        assert isinstance(connector, Engagement)
        yield Counter(mocks, connector)


@pytest.fixture
async def counter(mocks: RunningMocks) -> AsyncIterator[Counter]:
    """The volunteers' union's."""
    async with opened(mocks) as found:
        yield found


async def refused(desk: Desk, wish: Order) -> Refused:
    with pytest.raises(Refused) as told:
        await desk.book(wish)
    return told.value


# What a platform does


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_place_is_taken_found_and_given_back(mocks: RunningMocks, platform: str) -> None:
    """One call each; cancelled twice, it is cancelled once."""
    async with opened(mocks, platform) as counter:
        wish, places = counter.order(), counter.mission.places
        booked = await counter.desk.book(wish)
        assert booked == Booked(standing=Standing.CONFIRMED, id=booked.id)
        assert booked.id.startswith(f"{platform}-")
        assert counter.calls() == ["POST mission/application"]
        assert await counter.places() == (places or 0) - 1
        assert await counter.desk.find(wish) == booked
        assert counter.calls() == ["GET application"]
        cancelled = msgspec.structs.replace(booked, standing=Standing.CANCELLED)
        for _ in range(2):
            assert await counter.desk.cancel(wish, booked) == cancelled
            assert counter.calls() == ["DELETE application"]
        assert await counter.places() == places
        assert await counter.desk.find(wish) == cancelled
        assert counter.ledger() == [
            ("application.made", wish.reference),
            ("application.cancelled", wish.reference),
        ]


async def test_one_reference_signs_up_once(counter: Counter) -> None:
    """The same order again is the same application; the platform sees to it."""
    wish = counter.order()
    booked = await counter.desk.book(wish)
    assert await counter.desk.book(wish) == booked
    assert counter.calls() == ["POST mission/application"] * 2
    assert counter.ledger() == [("application.made", wish.reference)]
    assert counter.desk.repeatable is True


async def test_the_gateway_is_told_what_to_forget(counter: Counter) -> None:
    """Missions by id and in lists tell what is left; the connector books that one kind; no lease."""
    assert counter.desk.shows == (MISSION_BY_REF, MISSIONS)
    assert CONNECTOR.books == (VolunteerMissionRecord,)
    assert await counter.desk.hold(counter.order()) is None
    assert counter.calls() == []


async def test_a_full_mission_is_full(counter: Counter) -> None:
    """Who asks for no waiting list gets no place on it, and nothing is written."""
    made = await counter.fill()
    told = await refused(counter.desk, counter.order())
    assert (told.reason, told.detail) == (Refusal.FULL, "409 MISSION_FULL")
    assert counter.calls() == ["POST mission/application"]
    assert len(counter.ledger()) == len(made)


async def test_who_waits_moves_up(counter: Counter) -> None:
    """WAITLISTED with a position; a cancellation confirms the first, which `find` sees."""
    (first, booked), *_ = await counter.fill()
    wishes = [counter.order(number, waitlist=True) for number in (1, 2)]
    waiting = [await counter.desk.book(wish) for wish in wishes]
    assert [(w.standing, w.position) for w in waiting] == [
        (Standing.WAITLISTED, 1),
        (Standing.WAITLISTED, 2),
    ]
    assert [await counter.desk.find(wish) for wish in wishes] == waiting
    assert await counter.desk.book(wishes[1]) == waiting[1]
    await counter.desk.cancel(first, booked)
    found = [await counter.desk.find(wish) for wish in wishes]
    assert found == [
        Booked(standing=Standing.CONFIRMED, id=waiting[0].id),
        Booked(standing=Standing.WAITLISTED, id=waiting[1].id, position=1),
    ]
    assert counter.ledger()[-2:] == [
        ("application.cancelled", first.reference),
        ("application.promoted", wishes[0].reference),
    ]


async def test_who_waits_can_leave_the_list(counter: Counter) -> None:
    """Nobody moves up for it, and no place is free."""
    await counter.fill()
    wish = counter.order(waitlist=True)
    waiting = await counter.desk.book(wish)
    assert (await counter.desk.cancel(wish, waiting)).standing is Standing.CANCELLED
    assert await counter.places() == 0
    assert counter.ledger()[-1] == ("application.cancelled", wish.reference)


async def test_a_burst_has_as_many_winners_as_places(counter: Counter) -> None:
    """All at once, two more than there are places for: two hear FULL."""
    places = counter.mission.places or 0
    answers = await asyncio.gather(
        *(counter.desk.book(counter.order(number)) for number in range(places + 2)), return_exceptions=True
    )
    assert [a.reason for a in answers if isinstance(a, Refused)] == [Refusal.FULL] * 2
    assert sum(isinstance(answer, Booked) for answer in answers) == places
    assert await counter.places() == 0


# What cannot be booked


async def test_a_volunteer_signs_up_once_for_a_mission(counter: Counter) -> None:
    """Another order of the same volunteer's is DUPLICATE."""
    await counter.desk.book(counter.order(1))
    again = counter.order(2, account=counter.order(1).account)
    told = await refused(counter.desk, again)
    assert (told.reason, told.detail) == (Refusal.DUPLICATE, "409 ALREADY_APPLIED")
    assert len(counter.ledger()) == 1


async def test_what_has_begun_is_too_late(counter: Counter) -> None:
    """To sign up, and to withdraw."""
    wish = counter.order(1)
    booked = await counter.desk.book(wish)
    counter.mocks.world.clock.move_to(counter.mission.start)
    told = await refused(counter.desk, counter.order(2))
    assert (told.reason, told.detail) == (Refusal.TOO_LATE, "409 MISSION_CLOSED")
    with pytest.raises(Refused) as kept:
        await counter.desk.cancel(wish, booked)
    assert (kept.value.reason, kept.value.detail) == (Refusal.TOO_LATE, "409 MISSION_CLOSED")
    assert len(counter.ledger()) == 1


async def test_what_was_withdrawn_is_not_offered(counter: Counter) -> None:
    """A deleted mission, a refused one, and one that there never was."""
    gone = next(mission for mission in counter.missions() if mission.deleted)
    rejected = next(mission for mission in counter.missions() if mission.refused)
    for wish in (
        counter.order(mission=gone),
        counter.order(mission=rejected),
        order(KIND, counter.platform, "nothing:c", account="1"),
    ):
        told = await refused(counter.desk, wish)
        assert (told.reason, told.detail) == (Refusal.NOT_OFFERED, "404 NOT_FOUND")
    assert counter.ledger() == []


async def test_what_the_platform_does_not_take_is_refused(counter: Counter) -> None:
    """A number that is too long, a reference that was used for another mission: no word of it is told."""
    other = next(m for m in counter.missions() if open_(m) and m.id != counter.mission.id)
    await counter.desk.book(counter.order())
    for wish, detail in (
        (counter.order(2, account="4" * 65), "400"),
        (counter.order(mission=other), "409"),
    ):
        told = await refused(counter.desk, wish)
        assert (told.reason, told.detail) == (Refusal.SOURCE_REFUSED, detail)
    assert len(counter.ledger()) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"account": None}, Refusal.ACCOUNT_NEEDED), ({"party": 2}, Refusal.NOT_POSSIBLE)],
    ids=["no volunteer number", "two people"],
)
async def test_what_need_not_be_asked_is_not(
    counter: Counter, fields: dict[str, Any], reason: Refusal
) -> None:
    """Refused without a call."""
    assert (await refused(counter.desk, counter.order(**fields))).reason is reason
    assert counter.calls() == []


@pytest.mark.parametrize("id_", ["", "m1", ":c", "m1:", "..:c", "../zz:c", "a\\b:c", "..;x:c"])
async def test_what_no_mission_is_called_is_sent_nowhere(counter: Counter, id_: str) -> None:
    """NOT_OFFERED, and no call."""
    wish = msgspec.structs.replace(counter.order(), slot=Ref(counter.platform, id_))
    assert (await refused(counter.desk, wish)).reason is Refusal.NOT_OFFERED
    assert counter.calls() == []


async def test_what_was_never_asked_for_is_unknown(counter: Counter) -> None:
    """None, by one call; and there is nothing to cancel."""
    wish = counter.order(99)
    assert await counter.desk.find(wish) is None
    assert counter.calls() == ["GET application"]
    gone = await counter.desk.cancel(wish, Booked(standing=Standing.CONFIRMED, id="x"))
    assert gone == Booked(standing=Standing.CANCELLED, id="x")
    assert counter.ledger() == []


# When the platform fails


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_was_done_before_the_connection_broke_is_found(mocks: RunningMocks, platform: str) -> None:
    """The reset leaves it in doubt; the reference finds it, once. So with a cancellation."""
    async with opened(mocks, platform) as counter:
        wish = counter.order()
        mocks.fault(platform, reset_after_commit=True, method="POST", count=1)
        with pytest.raises(SourceError) as broken:
            await counter.desk.book(wish)
        assert (broken.value.code, broken.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, True)
        found = await counter.desk.find(wish)
        assert found is not None
        assert found.standing is Standing.CONFIRMED
        mocks.fault(platform, reset_after_commit=True, method="DELETE", count=1)
        with pytest.raises(SourceError) as broken:
            await counter.desk.cancel(wish, found)
        assert broken.value.in_doubt is True
        assert (await counter.desk.cancel(wish, found)).standing is Standing.CANCELLED
        assert counter.ledger() == [
            ("application.made", wish.reference),
            ("application.cancelled", wish.reference),
        ]


@pytest.mark.parametrize(
    ("fault", "code", "in_doubt"),
    [
        ({"hang": True}, Code.SOURCE_TIMEOUT, True),
        ({"error_rate": 1.0}, Code.SOURCE_UNAVAILABLE, True),
        ({"error_rate": 1.0, "error_status": 429}, Code.SOURCE_BUSY, False),
        ({"error_rate": 1.0, "error_status": 403}, Code.SOURCE_REJECTED, False),
    ],
    ids=["hang", "503", "429", "403"],
)
async def test_no_answer_is_no_refusal(
    mocks: RunningMocks, counter: Counter, fault: dict[str, Any], code: Code, in_doubt: bool
) -> None:
    """The error goes on as it is, with its doubt; one call, nothing written."""
    mocks.fault(counter.platform, **fault)
    async with at_simulator(mocks, counter.platform, timeout_ms=300) as connector:
        with pytest.raises(SourceError) as failed:
            await connector.desk(KIND).book(counter.order())
    assert (failed.value.code, failed.value.in_doubt) == (code, in_doubt)
    assert counter.calls() == ["POST mission/application"]
    assert counter.ledger() == []


async def test_half_an_answer_leaves_it_in_doubt(counter: Counter) -> None:
    """It was carried out, and is found."""
    counter.mocks.fault(counter.platform, malformed=True, count=1)
    with pytest.raises(SourceError) as failed:
        await counter.desk.book(counter.order())
    assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_MALFORMED, True)
    assert await counter.desk.find(counter.order()) is not None


async def test_a_platform_that_is_not_there_has_done_nothing(mocks: RunningMocks) -> None:
    """A refused connection is not in doubt."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with at_simulator(mocks, "volunteers-union", url=url) as connector:
        with pytest.raises(SourceError) as failed:
            await connector.desk(KIND).book(order(KIND, "volunteers-union", "m1:c1", account="1"))
    assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_UNAVAILABLE, False)


# What may stand before a platform, at the wire


@pytest.fixture
async def desk(connect: Connect) -> Desk:
    """At a platform that is only a wire."""
    connector: Engagement = await connect(CONNECTOR, id="union")
    return connector.desk(KIND)


WISH = order(KIND, "union", "m1:c1", account="44030700001")
BOOKED = Booked(standing=Standing.CONFIRMED, id="a1")
APPLIED = "/v0/mission/m1/application"
MADE = f"/v0/application/{WISH.reference}"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, Refusal.NOT_POSSIBLE),
        (405, Refusal.NOT_POSSIBLE),
        (413, Refusal.SOURCE_REFUSED),
    ],
)
async def test_a_platform_without_the_companion_takes_nobody(
    desk: Desk, wire: respx.Router, status: int, reason: Refusal
) -> None:
    """It is not the platform's own 404 that says so."""
    wire.post(APPLIED).respond(status, text="<h1>Not Found</h1>")
    told = await refused(desk, WISH)
    assert (told.reason, told.detail) == (reason, str(status))


async def test_an_unknown_code_is_not_told(desk: Desk, wire: respx.Router) -> None:
    """It may be anything, a person's number too."""
    wire.post(APPLIED).respond(409, json={"ok": False, "code": "44030700001"})
    told = await refused(desk, WISH)
    assert (told.reason, told.detail) == (Refusal.SOURCE_REFUSED, "409")


async def test_a_lost_proxy_does_not_say_that_there_is_none(desk: Desk, wire: respx.Router) -> None:
    """404 without the platform's code is a failure to find, and no cancellation."""
    wire.get(MADE).respond(404, text="<h1>Not Found</h1>")
    with pytest.raises(StatusError):
        await desk.find(WISH)
    wire.delete(MADE).respond(404, text="<h1>Not Found</h1>")
    with pytest.raises(StatusError):
        await desk.cancel(WISH, BOOKED)


async def test_a_success_that_says_it_is_none_is_malformed(desk: Desk, wire: respx.Router) -> None:
    """`ok: false` with 200, and a status that is none of the companion's."""
    data = {"id": "a1", "status": "CONFIRMED"}
    for body in ({"ok": False, "data": data}, {"ok": True, "data": data | {"status": "LOST"}}):
        wire.post(APPLIED).respond(json=body)
        with pytest.raises(SourceError) as failed:
            await desk.book(WISH)
        assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_MALFORMED, True)
