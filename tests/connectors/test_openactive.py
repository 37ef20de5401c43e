"""OpenActive at the wire: pages, quirks of feeds, and what opportunities of many shapes come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from connectors.kit import Code, DecodeError, FeedReset, SourceError, Upstream
from connectors.openactive.connector import OpenActive
from connectors.openactive.feeds import version_of
from connectors.openactive.options import OpenActiveOptions
from connectors.openactive.times import duration, instant
from gateway.replica.replicas import Replicas
from gateway.sources import SourceConfig
from schema.classes.lookups import ClassesKey
from schema.core.agenda import Agenda
from schema.core.geo import Near
from schema.core.record import Position, Ref
from schema.core.slot import Price
from schema.sports.lookups import SportsKey, VenuesKey
from tests.conftest import NOW
from tests.connectors.conftest import BASE, Connect

FEEDS = {
    "facility_uses": "facilities",
    "slots": "slots",
    "session_series": "series",
    "scheduled_sessions": "sessions",
    "course_instances": "courses",
}
HALL: dict[str, Any] = {
    "@type": "Place",
    "@id": "https://x.example/hall",
    "name": "龙岭体育馆",
    "geo": {"latitude": 22.6, "longitude": 114.12},
}
COURTS: dict[str, Any] = {
    "@type": "FacilityUse",
    "@id": "https://x.example/courts",
    "name": "羽毛球场",
    "url": "https://x.example/web/courts",
    "location": HALL,
    "provider": {"@type": "Organization", "name": "运营方"},
    "facilityType": [{"@id": "https://x.example/types#1", "prefLabel": "Badminton Court"}],
}
YOGA: dict[str, Any] = {
    "@type": "SessionSeries",
    "@id": "https://x.example/yoga",
    "name": "瑜伽",
    "location": HALL,
    "activity": [{"@id": "https://openactive.io/activity-list#bf1a5e00", "prefLabel": "Yoga"}],
    "organizer": {"@type": "Organization", "name": "主办方"},
    "offers": [{"@type": "Offer", "@id": "https://x.example/yoga#/offers/1", "price": 30}],
}
AT_THE_COUNTER = {"openBookingInAdvance": "https://openactive.io/Unavailable", "price": 5}
AT_NOON = "2026-11-25T12:00:00+08:00"
ALL = Agenda(start=NOW, end=NOW + timedelta(days=60), count=1000)

Item = dict[str, Any]
Feed = Callable[..., respx.Route]
Copied = Callable[..., Awaitable[OpenActive]]


def item(kind: str, id_: str | int, data: Mapping[str, Any] | None, modified: int | str = 1) -> Item:
    """An item of a feed; without data it is deleted."""
    found = {"state": "updated" if data else "deleted", "kind": kind, "id": id_, "modified": modified}
    return found | ({"data": data} if data else {})


def facility(id_: str = "f1", /, modified: int | str = 1, **change: Any) -> Item:
    return item("FacilityUse", id_, {**COURTS, **change}, modified)


def slot(id_: str = "s1", /, modified: int | str = 1, **change: Any) -> Item:
    data = {
        "@type": "Slot",
        "@id": f"https://x.example/slots/{id_}",
        "facilityUse": COURTS["@id"],
        "startDate": AT_NOON,
        "duration": "PT1H",
        "remainingUses": 2,
        "offers": [{"price": 40, "priceCurrency": "CNY"}],
    }
    return item("FacilityUse/Slot", id_, {**data, **change}, modified)


def series(id_: str = "y1", /, modified: int | str = 1, **change: Any) -> Item:
    return item("SessionSeries", id_, {**YOGA, **change}, modified)


def session(id_: str = "e1", /, modified: int | str = 1, **change: Any) -> Item:
    data = {"@type": "ScheduledSession", "superEvent": YOGA["@id"], "startDate": AT_NOON}
    return item("ScheduledSession", id_, {**data, **change}, modified)


def course(id_: str = "c1", /, modified: int | str = 1, **change: Any) -> Item:
    data = {**YOGA, "@type": "CourseInstance", "startDate": "2026-12-01", "endDate": "2026-12-22"}
    return item("CourseInstance", id_, {**data, **change}, modified)


@pytest.fixture
def feed(wire: respx.Router) -> Feed:
    """Serve a feed: `feed("slots", [item, …], [item, …])`, page after page, then the last one for ever."""

    def serve(path: str, *pages: Sequence[Item]) -> respx.Route:
        def answer(request: httpx.Request) -> httpx.Response:
            number = int(request.url.params.get("page", "0"))
            items = pages[number] if number < len(pages) else []
            following = number + 1 if items else number
            url = f"{BASE}/{path}?page={following}"
            return httpx.Response(200, json={"next": url, "items": list(items), "license": "x"})

        return wire.get(f"/{path}").mock(side_effect=answer)

    return serve


@pytest.fixture
async def copied(connect: Connect, feed: Feed, tmp_path: Path) -> AsyncIterator[Copied]:
    """Give a connector whose copy is whole: `await copied(slots=[[…]], courses=[[…]])`, pages by feed.

    A feed that is not given is empty. `options` take the place of all feeds; `whole=False` waits for nothing.
    """
    replicas = Replicas(tmp_path, lambda: NOW)

    class Connected(OpenActive):
        """The connector, over a copy of this test's own."""

        def __init__(self, upstream: Upstream, options: OpenActiveOptions) -> None:
            super().__init__(upstream, options, replicas.of("system"))

    async with AsyncExitStack() as stack:
        stack.callback(replicas.close)

        async def make(
            options: Mapping[str, Any] | None = None, *, whole: bool = True, **pages: Sequence[Sequence[Item]]
        ) -> OpenActive:
            chosen = {"pause_s": 0.01, **(FEEDS if options is None else options)}
            for path in {path for path in chosen.values() if isinstance(path, str)}:
                if whole or path in pages:
                    feed(path, *pages.get(path, ()))
            connector: OpenActive = await connect(Connected, chosen)
            config = SourceConfig(id="system", name="系统", connector="openactive", url=BASE, options=chosen)
            await stack.enter_async_context(replicas.filling(config, connector.feeds()))
            if whole:
                async with asyncio.timeout(10):
                    await replicas.copies["system"].filled()
            return connector

        yield make


async def slots_of(connector: OpenActive, **key: Any) -> list[Any]:
    wanted = SportsKey(**{"agenda": ALL, **key})
    return list((await connector.court_slots([wanted]))[wanted])


async def sessions_of(connector: OpenActive, **key: Any) -> list[Any]:
    wanted = SportsKey(**{"agenda": ALL, **key})
    return list((await connector.sessions([wanted]))[wanted])


async def courses_of(connector: OpenActive, **key: Any) -> list[Any]:
    wanted = ClassesKey(**{"agenda": ALL, **key})
    return list((await connector.courses([wanted]))[wanted])


def ids(records: Sequence[Any]) -> list[str]:
    return [record.ref.id for record in records]


# Feeds


async def test_next_is_followed_as_it_is(wire: respx.Router, copied: Copied) -> None:
    """Whatever a `next` looks like is asked for unchanged; a page without items is the end."""
    odd = f"{BASE}/slots?x=%2B+%20&afterId=a/b&afterId=c"
    last = wire.get(url=odd).respond(json={"next": odd, "items": [], "license": ""})
    first = wire.get("/slots").respond(json={"next": odd, "items": [slot()], "license": ""})
    connector = await copied({"slots": "slots", "facility_uses": "facilities"}, whole=False, facilities=[])
    (read,) = [found for found in connector.feeds() if found.name == "slots"]
    page = await read.read(None)
    assert (page.cursor, page.more) == (odd, True)
    page = await read.read(page.cursor)
    assert (page.cursor, page.more, page.changes) == (odd, False, [])
    assert first.called
    assert last.called
    assert first.calls[0].request.headers["accept"] == (
        "application/vnd.openactive.rpde+json; version=1, application/json"
    )


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_a_cursor_that_is_not_known_any_more(wire: respx.Router, copied: Copied, status: int) -> None:
    """It is a reset of the feed; the same answer to its beginning is the source's failure."""
    wire.get("/slots").respond(status)
    connector = await copied({"slots": "slots"}, whole=False)
    (read,) = connector.feeds()
    with pytest.raises(FeedReset):
        await read.read(f"{BASE}/slots?afterTimestamp=1&afterId=a")
    with pytest.raises(SourceError) as failure:
        await read.read(None)
    assert failure.value.code is Code.SOURCE_REJECTED


@pytest.mark.parametrize(
    "body", ["[]", '{"items": []}', '{"next": "x", "items": {}}', '{"next": 1, "items": []}', "<html>"]
)
async def test_what_is_no_page(wire: respx.Router, copied: Copied, body: str) -> None:
    """SOURCE_MALFORMED for who reads the feed; a copy that was never whole is SOURCE_UNAVAILABLE."""
    wire.get("/slots").respond(text=body)
    connector = await copied({"slots": "slots"}, whole=False)
    with pytest.raises(SourceError) as failure:
        await connector.feeds()[0].read(None)
    assert failure.value.code is Code.SOURCE_MALFORMED
    with pytest.raises(SourceError) as failure:
        await slots_of(connector)
    assert failure.value.code is Code.SOURCE_UNAVAILABLE


async def test_one_bad_item_leaves_the_others(copied: Copied) -> None:
    """What breaks the standard is left out with one warning a page; kinds that are not kept, without any."""
    with capture_logs() as logs:
        connector = await copied(
            facilities=[[facility()]],
            slots=[
                [
                    slot("no-uses", remainingUses=None),
                    slot("no-start", startDate="tomorrow"),
                    {"kind": "FacilityUse/Slot", "state": "updated"},
                    item("HeadlineEvent", "h", {"name": "x"}),
                    item("FacilityUse", "f9", COURTS),
                    slot("good"),
                ]
            ],
        )
    assert ids(await slots_of(connector)) == ["good"]
    assert sorted((log["fault"], log["count"]) for log in logs if log["log_level"] == "warning") == [
        ("ValidationError", 2),
        ("ValueError", 1),
    ]
    assert "tomorrow" not in str(logs)


@pytest.mark.parametrize(
    ("modified", "version"),
    [
        (1521565719, 1521565719),
        ("1521565719", 1521565719),
        ("2018-03-20T17:08:39Z", 1521565719000),
        ("2018-03-20T17:08:39.5+00:00", 1521565719500),
    ],
)
def test_how_systems_write_modified(modified: int | str, version: int) -> None:
    """A number, a number as text, or an instant in milliseconds."""
    assert version_of(modified) == version


@pytest.mark.parametrize("newer", [10, "10"])
async def test_pages_out_of_order(copied: Copied, newer: int | str) -> None:
    """The newest wins wherever it stands, and 10 is newer than 9 also as text; so with removals."""
    nine = 9 if isinstance(newer, int) else "9"
    connector = await copied(
        facilities=[[facility()]],
        slots=[
            [slot("a", newer, remainingUses=1), item("Slot", "b", None, newer)],
            [slot("a", nine, remainingUses=2), slot("b", nine), slot("a", nine, remainingUses=2)],
        ],
    )
    (found,) = await slots_of(connector)
    assert (found.ref, found.places_left) == (Ref("system", "a"), 1)


async def test_what_is_deleted_is_gone(copied: Copied) -> None:
    """Whatever it was; a slot whose courts are gone is still told, without them."""
    connector = await copied(
        facilities=[[facility()], [item("FacilityUse", "f1", None, 2)]],
        slots=[[slot("a"), slot("b")], [item("FacilityUse/Slot", "a", None, 2)]],
        series=[[series()], [item("SessionSeries", "y1", None, 2)]],
        sessions=[[session()]],
        courses=[[course()], [item("CourseInstance", "c1", None, 2)]],
    )
    (left,) = await slots_of(connector)
    assert (left.ref.id, left.facility, left.venue, left.title) == ("b", None, None, None)
    assert await sessions_of(connector) == []
    assert await courses_of(connector) == []
    assert (await connector.venues([VenuesKey()]))[VenuesKey()] == []


async def test_a_feed_without_the_others(copied: Copied) -> None:
    """A system that publishes courses alone has no venues of sports, no slots and no sessions."""
    connector = await copied({"course_instances": "courses"}, courses=[[course()]])
    assert [found.name for found in connector.feeds()] == ["courses"]
    assert ids(await courses_of(connector)) == ["c1"]
    assert await slots_of(connector, near=Near(22.6, 114.12, 100)) == []
    assert await sessions_of(connector, activity="瑜伽") == []
    assert (await connector.venues([VenuesKey()]))[VenuesKey()] == []
    gone = Ref("system", "x")
    for lookup in (connector.facilities, connector.facilities_of_venue, connector.court_slots_by_ref):
        assert await lookup([gone]) == {}
    assert ids((await connector.class_venues([None]))[None]) == [HALL["@id"]]


async def test_one_feed_for_several_kinds(copied: Copied) -> None:
    """Two options may name the same path."""
    options = {"facility_uses": "all", "slots": "all"}
    connector = await copied(options, all=[[slot(), facility()]])
    assert [found.name for found in connector.feeds()] == ["all"]
    assert [found.title for found in await slots_of(connector)] == ["羽毛球场"]


def test_how_often_feeds_are_read() -> None:
    """Every 8 s at the end, and anew before what was gone for a week could be missed."""
    options = OpenActiveOptions(slots="slots")
    assert (options.pause_s, options.reread_h) == (8.0, 6.5 * 24)


# Courts


async def test_a_slot_of_courts_that_are_counted(copied: Copied) -> None:
    """What the slot says, what its facility says, and the terms of its offer."""
    offers = [
        {
            "name": "标准价",
            "price": 40,
            "priceCurrency": "CNY",
            "validFromBeforeStartDate": "P7D",
            "validThroughBeforeStartDate": "PT30M",
            "latestCancellationBeforeStartDate": "PT4H",
        }
    ]
    told = slot(offers=offers, maximumUses=8, endDate="2026-11-25T13:30:00Z")
    connector = await copied(facilities=[[facility()]], slots=[[told]])
    (found,) = await slots_of(connector)
    noon = datetime.fromisoformat(AT_NOON)
    assert found.title == "羽毛球场"
    assert (found.start, found.end) == (noon, datetime.fromisoformat("2026-11-25T21:30:00+08:00"))
    assert (found.places_left, found.places_total, found.court) == (2, 8, None)
    assert found.price == found.prices[0] == Price(amount=found.price.amount, currency="CNY", note="标准价")
    assert str(found.price.amount) == "40.00"
    assert found.book_from == noon - timedelta(days=7)
    assert found.book_until == noon - timedelta(minutes=30)
    assert found.cancel_until == noon - timedelta(hours=4)
    assert [(a.name, a.name_en) for a in found.activities] == [("羽毛球", "Badminton")]
    assert (found.facility, found.venue) == (Ref("system", "f1"), Ref("system", HALL["@id"]))
    assert found.position == Position(lat=22.6, lng=114.12)
    assert (found.as_of, found.stale) == (NOW, False)
    assert (await connector.court_slots_by_ref([found.ref]))[found.ref] == found


async def test_slots_of_single_courts(copied: Copied) -> None:
    """A court that stands within its facility is found by its own `@id`, and named."""
    courts = [{"@type": "IndividualFacilityUse", "@id": "https://x.example/courts/2", "name": "2号场"}]
    connector = await copied(
        facilities=[[facility(individualFacilityUse=courts)]],
        slots=[[slot(facilityUse="https://x.example/courts/2", remainingUses=1)]],
    )
    (found,) = await slots_of(connector, facility="f1")
    assert (found.title, found.court, found.facility) == ("羽毛球场", "2号场", Ref("system", "f1"))
    assert (await connector.facilities([found.facility]))[found.facility].courts == ("2号场",)


async def test_a_slot_that_carries_its_facility(copied: Copied) -> None:
    """Without a feed of facilities, they are what the slots carry."""
    connector = await copied({"slots": "slots"}, slots=[[slot(facilityUse=COURTS)]])
    (found,) = await slots_of(connector, activity="badminton")
    assert (found.title, found.facility) == ("羽毛球场", Ref("system", COURTS["@id"]))
    assert ids((await connector.venues([VenuesKey()]))[VenuesKey()]) == [HALL["@id"]]


@pytest.mark.parametrize(
    ("offers", "price", "offered"),
    [
        ([], None, True),
        ([{"price": 0}], "0.00", True),
        ([{"price": 10.5}], "10.50", True),
        ({"price": 8}, "8.00", True),
        ([{"price": -1}], None, True),
        ([AT_THE_COUNTER], "5.00", False),
        (
            [AT_THE_COUNTER, {"price": 9}],
            "9.00",
            True,
        ),
        ([{"ageRestriction": {"minValue": 60}, "price": 5}, {"price": 9}], "9.00", True),
        ([{"eligibleEntitlementType": ["x"], "price": 5}, {"price": 9}], "9.00", True),
    ],
)
async def test_which_offer_counts(copied: Copied, offers: Any, price: str | None, offered: bool) -> None:
    """The one that most can take: online, for anybody, of any age. What is sold elsewhere is not offered."""
    connector = await copied(facilities=[[facility()]], slots=[[slot(offers=offers)]])
    (found,) = await slots_of(connector)
    assert (found.price and str(found.price.amount), found.offered) == (price, offered)
    assert (ids(await slots_of(connector, free=True)) == ["s1"]) is offered


async def test_slots_that_are_wanted(copied: Copied) -> None:
    """By facility, venue, activity, circle, and places left; each by itself."""
    far = {**HALL, "@id": "https://x.example/far", "geo": {"latitude": 22.7, "longitude": 114.3}}
    tennis: dict[str, Any] = {
        "@id": "https://x.example/tennis",
        "activity": ["Tennis"],
        "facilityType": None,
        "location": far,
    }
    connector = await copied(
        facilities=[[facility(), facility("f2", **tennis)]],
        slots=[[slot("a"), slot("b", remainingUses=0), slot("c", facilityUse="https://x.example/tennis")]],
    )
    assert ids(await slots_of(connector)) == ["a", "b", "c"]
    assert ids(await slots_of(connector, free=True)) == ["a", "c"]
    assert ids(await slots_of(connector, facility="f2")) == ["c"]
    assert ids(await slots_of(connector, venue=far["@id"])) == ["c"]
    assert ids(await slots_of(connector, activity="羽毛")) == ["a", "b"]
    assert ids(await slots_of(connector, activity="Tennis")) == ["c"]
    assert ids(await slots_of(connector, near=Near(22.601, 114.121, 200))) == ["a", "b"]
    assert ids(await slots_of(connector, activity="swimming")) == []
    assert ids(await slots_of(connector, facility="f2", near=Near(22.601, 114.121, 200))) == []


async def test_the_order_of_slots_goes_on_where_a_page_ended(copied: Copied) -> None:
    """Ties go by source and id: after another source's slot of the same second, ours come or have come."""
    later = "2026-11-25T13:00:00+08:00"
    connector = await copied(slots=[[slot("a"), slot("b"), slot("c", startDate=later)]])
    noon = int(datetime.fromisoformat(AT_NOON).timestamp())

    async def after(*mark: Any) -> list[str]:
        agenda = Agenda(start=ALL.start, end=ALL.end, count=1000, after=mark)
        return ids(await slots_of(connector, agenda=agenda))

    assert await after(noon, "system", "a") == ["b", "c"]
    assert await after(noon, "a-source-before", "z") == ["a", "b", "c"]
    assert await after(noon, "z-source-behind", "a") == ["c"]
    assert await after(noon + 1, "system", "") == ["c"]
    brief = Agenda(start=ALL.start, end=datetime.fromisoformat(later), count=2)
    assert ids(await slots_of(connector, agenda=brief)) == ["a", "b"]


# Sessions


async def test_a_session_takes_from_its_series_what_it_does_not_say(copied: Copied) -> None:
    """And the series from its own parent; what the session says itself stands."""
    above = {
        "@type": "EventSeries",
        "name": "瑜伽季",
        "description": "一季的瑜伽",
        "ageRange": {"minValue": 16, "maxValue": 60},
        "genderRestriction": "https://openactive.io/FemaleOnly",
    }
    connector = await copied(
        series=[[series(name=None, superEvent=above, leader={"givenName": "静", "familyName": "李"})]],
        sessions=[
            [
                session(
                    duration="PT1H30M",
                    level=["初级", {"prefLabel": "中级"}],
                    maximumAttendeeCapacity=20,
                    remainingAttendeeCapacity=3,
                    additionalAdmissionRestriction=["请自带瑜伽垫"],
                )
            ]
        ],
    )
    (found,) = await sessions_of(connector)
    assert (found.title, found.description) == ("瑜伽季", "一季的瑜伽")
    assert found.end == datetime.fromisoformat("2026-11-25T13:30:00+08:00")
    assert (found.leader, found.organiser, found.levels) == ("李静", "主办方", ("初级", "中级"))
    assert (found.places_left, found.places_total) == (3, 20)
    assert str(found.price.amount) == "30.00"
    who = found.eligibility
    assert (who.minimum_age, who.maximum_age, who.note) == (16, 60, "仅限女性；请自带瑜伽垫")
    assert found.venue == Ref("system", HALL["@id"])
    assert (await connector.sessions_by_ref([found.ref]))[found.ref] == found


async def test_a_session_that_carries_its_series(copied: Copied) -> None:
    """Without a feed of series, the venue and what is done there are known from the sessions."""
    embedded = session(superEvent=YOGA)
    embedded["kind"] = "ScheduledSession.SessionSeries"
    connector = await copied({"scheduled_sessions": "sessions"}, sessions=[[embedded]])
    assert ids(await sessions_of(connector, activity="yoga", near=Near(22.6, 114.12, 50))) == ["e1"]
    (venue,) = (await connector.venues([VenuesKey()]))[VenuesKey()]
    assert (venue.name, venue.operator) == ("龙岭体育馆", "主办方")
    assert [activity.name for activity in venue.activities] == ["瑜伽"]


async def test_sessions_whose_series_is_not_known(copied: Copied) -> None:
    """They wait for it unseen, and do not stop those behind them from being found."""
    unknown = [session(f"a{n:03d}", superEvent="https://x.example/unknown") for n in range(120)]
    known = [session(f"b{n}") for n in range(3)]
    connector = await copied(series=[[series()]], sessions=[[*unknown, *known]])
    agenda = Agenda(start=ALL.start, end=ALL.end, count=2)
    assert ids(await sessions_of(connector, agenda=agenda)) == ["b0", "b1"]


@pytest.mark.parametrize("status", ["EventCancelled", "EventPostponed"])
async def test_a_session_that_is_called_off(copied: Copied, status: str) -> None:
    """It is shown as such, is not offered, and is not among what is free."""
    called_off = session(eventStatus=f"https://schema.org/{status}", remainingAttendeeCapacity=5)
    connector = await copied(series=[[series()]], sessions=[[called_off]])
    (found,) = await sessions_of(connector)
    assert (found.cancelled, found.offered, found.places_left) == (True, False, 5)
    assert await sessions_of(connector, free=True) == []


async def test_free_of_charge(copied: Copied) -> None:
    """`isAccessibleForFree` is a price of nothing, whatever offers say or do not say."""
    connector = await copied(series=[[series(isAccessibleForFree=True, offers=None)]], sessions=[[session()]])
    (found,) = await sessions_of(connector)
    assert found.price == Price(amount=found.price.amount)
    assert (str(found.price.amount), found.offered) == ("0.00", True)


async def test_a_session_online(copied: Copied) -> None:
    """It has no venue and lies in no circle."""
    connector = await copied(series=[[series(location=None)]], sessions=[[session()]])
    (found,) = await sessions_of(connector)
    assert (found.venue, found.position) == (None, None)
    assert await sessions_of(connector, near=Near(22.6, 114.12, 50_000)) == []


async def test_older_ways_of_writing(copied: Copied) -> None:
    """`id` without the sign, numbers for ids, numbers as text, one object for a list, activities as text."""
    old: dict[str, Any] = {
        "id": "https://x.example/yoga",
        "@id": None,
        "activity": "Yoga",
        "offers": {"id": 7, "price": "12.5", "priceCurrency": "CNY"},
        "location": {**HALL, "@id": None, "id": 5},
    }
    connector = await copied(
        series=[[series(**old)]], sessions=[[item("ScheduledSession", 77, session()["data"])]]
    )
    (found,) = await sessions_of(connector, activity="瑜伽")
    assert (found.ref.id, str(found.price.amount), found.venue) == ("77", "12.50", Ref("system", "5"))


# Courses


async def test_a_course_with_its_lessons(copied: Copied) -> None:
    """It begins with its first lesson; what its course says stands where it says nothing."""
    lessons = [
        {"startDate": "2026-12-08T16:00:00+08:00", "duration": "PT45M"},
        {"startDate": "2026-12-01T16:00:00+08:00", "endDate": "2026-12-01T17:00:00+08:00"},
    ]
    about = {"name": "亲子瑜伽系统课", "ageRange": {"minValue": 3, "maxValue": 6}, "category": ["亲子"]}
    connector = await copied(
        courses=[[course(name=None, instanceOfCourse=about, subEvent=lessons, remainingAttendeeCapacity=4)]]
    )
    (found,) = await courses_of(connector)
    assert (found.title, found.topics, found.places_left) == ("亲子瑜伽系统课", ("亲子",), 4)
    assert (found.start.isoformat(), found.end.isoformat()) == (
        "2026-12-01T16:00:00+08:00",
        "2026-12-08T16:45:00+08:00",
    )
    assert [lesson.start.day for lesson in found.lessons] == [1, 8]
    assert found.lesson_times == ()
    assert (await connector.courses_by_ref([found.ref]))[found.ref] == found


async def test_a_course_by_a_rule(copied: Copied) -> None:
    """Days of its own, times of its schedule."""
    rule = {"byDay": ["https://schema.org/Tuesday"], "startTime": "09:00", "endTime": "10:30"}
    connector = await copied(courses=[[course(eventSchedule=[rule])]])
    (found,) = await courses_of(connector)
    assert (found.start.isoformat(), found.end.isoformat()) == (
        "2026-12-01T09:00:00+08:00",
        "2026-12-22T10:30:00+08:00",
    )
    assert found.lessons == ()
    assert [(times.days, f"{times.opens:%H:%M}") for times in found.lesson_times] == [(("TUESDAY",), "09:00")]


@pytest.mark.parametrize(
    ("age", "found"),
    [(None, ["c1", "c2"]), (2.9, ["c2"]), (3, ["c1", "c2"]), (6.9, ["c1", "c2"]), (7, ["c2"])],
)
async def test_courses_for_an_age(copied: Copied, age: float | None, found: list[str]) -> None:
    """Both ends of a range are included, the whole last year of it; without a range anyone may come."""
    connector = await copied(courses=[[course(ageRange={"minValue": 3, "maxValue": 6}), course("c2")]])
    assert ids(await courses_of(connector, age=age)) == found


async def test_courses_that_are_wanted(copied: Copied) -> None:
    """By circle, venue, activity and places left; those that have begun are left out."""
    connector = await copied(
        courses=[
            [
                course("full", remainingAttendeeCapacity=0),
                course("begun", startDate="2026-11-01"),
                course("far", location={**HALL, "@id": "far", "geo": {"latitude": 23, "longitude": 114}}),
                course("open", remainingAttendeeCapacity=1),
            ]
        ]
    )
    assert ids(await courses_of(connector)) == ["far", "full", "open"]
    assert ids(await courses_of(connector, free=True)) == ["open"]
    assert ids(await courses_of(connector, venue="far")) == ["far"]
    assert ids(await courses_of(connector, near=Near(22.6, 114.12, 1000))) == ["full", "open"]
    assert ids(await courses_of(connector, activity="舞蹈")) == []


# Venues


async def test_a_venue_is_put_together_from_what_is_told_of_there(copied: Copied) -> None:
    """Courts and sessions at one place are one venue; without an `@id` it is known by name and address."""
    place = {
        "name": "文体中心",
        "telephone": "0755-1",
        "url": "https://x.example/web/hall",
        "address": {
            "streetAddress": "龙岭路1号",
            "addressLocality": "龙岗区",
            "addressRegion": "深圳市",
            "addressCountry": "CN",
        },
        "openingHoursSpecification": [
            {"dayOfWeek": ["https://schema.org/Monday", "Tuesday"], "opens": "09:00", "closes": "24:00"},
            {"dayOfWeek": "https://schema.org/PublicHolidays", "opens": "10:00", "closes": "12:00"},
            {"dayOfWeek": ["Sunday"], "opens": "x", "closes": "12:00"},
            {"dayOfWeek": ["Sunday"], "opens": "09:00", "closes": "12:00", "validThrough": "2026-11-23"},
            {"opens": "00:00", "closes": "00:00", "validFrom": "2027-01-01"},
        ],
        "amenityFeature": [
            {"@type": "Showers", "value": True},
            {"@type": "Lockers", "value": False},
            {"@type": "Sauna", "value": True},
        ],
    }
    connector = await copied(facilities=[[facility(location=place)]], series=[[series(location=place)]])
    (venue,) = (await connector.venues([VenuesKey()]))[VenuesKey()]
    assert (venue.name, venue.address, venue.position) == ("文体中心", "深圳市龙岗区龙岭路1号", None)
    assert (venue.phone, venue.website, venue.operator) == ("0755-1", "https://x.example/web/hall", "运营方")
    assert [(hours.days, f"{hours.closes:%H:%M}") for hours in venue.opening_hours] == [
        (("MONDAY", "TUESDAY"), "00:00")
    ]
    assert venue.amenities == ("SHOWERS",)
    assert [activity.name for activity in venue.activities] == ["羽毛球", "瑜伽"]
    assert len(venue.ref.id) == 32
    assert await connector.venues_by_ref([venue.ref, Ref("system", "x")]) == {venue.ref: venue}
    (courts,) = (await connector.facilities_of_venue([venue.ref]))[venue.ref]
    assert courts.venue == venue.ref
    for activity, count in (("瑜伽", 1), ("游泳", 0)):
        key = VenuesKey(activity=activity)
        assert len((await connector.venues([key]))[key]) == count


# Times


@pytest.mark.parametrize(
    ("written", "before"),
    [
        ("PT2H", "2026-03-31T10:00:00+08:00"),
        ("P1DT30M", "2026-03-30T11:30:00+08:00"),
        ("P2W", "2026-03-17T12:00:00+08:00"),
        ("P1M", "2026-02-28T12:00:00+08:00"),
        ("P1Y", "2025-03-31T12:00:00+08:00"),
    ],
)
def test_durations(written: str, before: str) -> None:
    """Months and years go by the calendar, to its last day where there is no such day."""
    found = duration(written)
    assert found is not None
    assert found.before(instant("2026-03-31T12:00:00+08:00")).isoformat() == before


@pytest.mark.parametrize("written", [None, "", "P", "PT", "1H", "P1.5D", "-P1D", "P999999999999999D"])
def test_what_is_no_duration(written: str | None) -> None:
    """None, and no fault."""
    assert duration(written) is None


def test_a_duration_beyond_the_calendar() -> None:
    """It overflows, which nobody takes for an instant."""
    found = duration("P9999Y")
    assert found is not None
    with pytest.raises(OverflowError):
        found.before(NOW)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-24T02:00:00Z", "2026-11-24T10:00:00+08:00"),
        ("2026-11-24T10:00:00", "2026-11-24T10:00:00+08:00"),
        ("2026-11-24", "2026-11-24T00:00:00+08:00"),
    ],
)
def test_instants(written: str, read: str) -> None:
    """Brought to the district's time; without a zone they are in it already."""
    assert instant(written).isoformat() == read


def test_a_session_needs_a_beginning() -> None:
    """DecodeError: the standard requires startDate."""
    from connectors.openactive.feeds import SESSION, read_page

    with capture_logs() as logs:
        page = read_page(
            b'{"next": "x", "items": [{"id": 1, "kind": "ScheduledSession", "modified": 1,'
            b' "state": "updated", "data": {"superEvent": "y"}}]}',
            (SESSION,),
            "system",
        )
    assert page.changes == []
    assert [log["fault"] for log in logs] == [DecodeError.__name__]
