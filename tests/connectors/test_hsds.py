"""HSDS: the reading of its lists as a feed, and what services become, oddities included."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
import respx

from connectors.hsds import CONNECTOR, mapping, schedules, values, wire
from connectors.hsds.connector import HsdsOptions
from connectors.kit import FeedPage, Item, Kept, Removal, Selection, SourceError, Upstream
from schema.core.geo import Near
from schema.core.hours import Weekday
from schema.core.record import Position, Ref
from schema.core.schedule import DayKind, OnDay, open_days, plain_week
from schema.core.service import ServiceStatus, slot_ref
from schema.core.slot import Eligibility, Price
from schema.eldercare.records import EldercareServiceRecord, EldercareType
from tests.conftest import NOW, ROOT
from tests.connectors.conftest import Connect

EXAMPLES = ROOT / "tests/contracts/hsds"
LONGLING = Near(22.598, 114.12, 1000)


class Copy:
    """A replica in memory, as far as the connector reads one."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.whole_at = NOW

    def keep(self, page: FeedPage) -> None:
        for change in page.changes:
            if isinstance(change, Item):
                self.items[change.id] = change
            else:
                self.items.pop(change.id, None)

    def as_of(self, _table: str) -> datetime:
        return self.whole_at

    def stale(self, _table: str) -> bool:
        return False

    async def get(self, _table: str, ids: Collection[str]) -> Mapping[str, bytes]:
        return {id_: self.items[id_].data for id_ in ids if id_ in self.items}

    async def select(self, selection: Selection) -> Sequence[Kept]:
        return [
            Kept(item.id, item.data)
            for item in self.items.values()
            if all(_lies(item.keys.get(key), *bounds) for key, bounds in selection.between.items())
        ]

    async def count(self, selection: Selection) -> int:
        return len(await self.select(selection))


def _lies(value: Any, low: float | None, high: float | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value < high)


class Hsds(CONNECTOR):
    """The connector with a copy of its own."""

    def __init__(self, upstream: Upstream, options: Any) -> None:
        super().__init__(upstream, options, Copy())

    @property
    def copy(self) -> Copy:
        assert isinstance(self.replica, Copy)
        return self.replica

    async def read(self, cursor: str | None = None, pages: int = 20) -> tuple[list[Any], str]:
        """Read to the end; what changed, and where to go on."""
        (feed,) = self.feeds()
        changes: list[Any] = []
        for _ in range(pages):
            page = await feed.read(cursor)
            self.copy.keep(page)
            changes += page.changes
            cursor = page.cursor
            if not page.more:
                return changes, cursor
        raise AssertionError("the feed has no end")


def service(id_: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "name": f"长者食堂{id_}",
        "status": "active",
        "last_modified": "2026-11-20T08:00:00+08:00",
        **fields,
    }


def page(*services: Any, number: int = 1, pages: int = 1, total: int | None = None) -> httpx.Response:
    return httpx.Response(
        200,
        json={
            "total_items": len(services) if total is None else total,
            "total_pages": pages,
            "page_number": number,
            "size": len(services),
            "first_page": number == 1,
            "last_page": number == pages,
            "empty": not services,
            "contents": list(services),
        },
    )


def asked(wire_: respx.Router) -> list[dict[str, str]]:
    return [dict(call.request.url.params) for call in wire_.calls]


def at(lat: Any, lng: Any) -> dict[str, Any]:
    return {
        "id": "a",
        "location": {"id": "l", "location_type": "physical", "latitude": lat, "longitude": lng},
    }


async def found(connector: Hsds, circle: Near | None = None) -> Sequence[EldercareServiceRecord]:
    return (await connector.eldercare_around([circle]))[circle]


# Reading the list


async def test_everything_is_read_page_by_page(connect: Connect, wire: respx.Router) -> None:
    """Full services, page after page; then what was modified since a minute before the newest."""
    wire.get("/services").side_effect = [
        page(service("1"), service("2"), number=1, pages=2, total=3),
        page(service("3", last_modified="2026-11-22T08:00:00Z"), number=2, pages=2, total=3),
    ]
    connector = await connect(Hsds, {"page_size": 2})
    changes, cursor = await connector.read()
    assert [change.id for change in changes] == ["1", "2", "3"]
    assert asked(wire) == [
        {"page": "1", "per_page": "2", "full": "true"},
        {"page": "2", "per_page": "2", "full": "true"},
    ]
    wire.get("/services").side_effect = [page()]
    changes, again = await connector.read(cursor)
    assert changes == []
    assert again == cursor
    assert asked(wire)[2]["modified_after"] == "2026-11-22T15:59:00.000+08:00"


async def test_what_was_modified_in_one_second_is_not_missed(connect: Connect, wire: respx.Router) -> None:
    """The next reading begins before the newest change, for servers that leave out the instant itself."""
    wire.get("/services").side_effect = [page(service("1"))]
    connector = await connect(Hsds, {"overlap_s": 5})
    _, cursor = await connector.read()
    wire.get("/services").side_effect = [page(service("1"), service("2"))]
    changes, _ = await connector.read(cursor)
    assert [change.id for change in changes] == ["1", "2"]
    assert asked(wire)[1]["modified_after"] == "2026-11-20T07:59:55.000+08:00"


async def test_a_clock_ahead_of_ours_carries_nothing_past(connect: Connect, wire: respx.Router) -> None:
    """A change of the year 2099 does not hide those of tomorrow: the beginning of the reading binds."""
    wire.get("/services").side_effect = [page(service("1", last_modified="2099-01-01T00:00:00Z")), page()]
    connector = await connect(Hsds)
    _, cursor = await connector.read()
    await connector.read(cursor)
    assert asked(wire)[1]["modified_after"] == "2026-11-24T09:59:00.000+08:00"


async def test_without_last_modified_the_reading_counts(connect: Connect, wire: respx.Router) -> None:
    """The optional field is null: versions are the instant of reading, and so is what follows."""
    wire.get("/services").side_effect = [page(service("1", last_modified=None)), page()]
    connector = await connect(Hsds)
    (change,), cursor = await connector.read()
    assert change.version == round(NOW.timestamp() * 1000)
    await connector.read(cursor)
    assert asked(wire)[1]["modified_after"] == "2026-11-24T09:59:00.000+08:00"


async def test_a_list_that_shrinks_while_it_is_read_is_begun_anew(
    connect: Connect, wire: respx.Router
) -> None:
    """One is gone after the first page, so that another moved onto it unseen: the total tells."""
    wire.get("/services").side_effect = [
        page(service("1"), service("2"), number=1, pages=2, total=4),
        page(service("4"), number=2, pages=2, total=3),
        page(service("2"), service("3"), number=1, pages=2, total=3),
        page(service("4"), number=2, pages=2, total=3),
    ]
    connector = await connect(Hsds, {"page_size": 2})
    changes, _ = await connector.read()
    assert {change.id for change in changes} == {"1", "2", "3", "4"}
    assert [question["page"] for question in asked(wire)] == ["1", "2", "1", "2"]


async def test_a_service_that_comes_again_tells_of_a_shift(connect: Connect, wire: respx.Router) -> None:
    """The last modified stand first: one that was changed pushes another onto the next page."""
    wire.get("/services").side_effect = [
        page(service("1"), service("2"), number=1, pages=2, total=4),
        page(service("2"), service("3"), number=2, pages=2, total=4),
        page(service("4"), service("1"), number=1, pages=2, total=4),
        page(service("2"), service("3"), number=2, pages=2, total=4),
    ]
    connector = await connect(Hsds, {"page_size": 2})
    changes, _ = await connector.read()
    assert {change.id for change in changes} == {"1", "2", "3", "4"}
    assert len(wire.calls) == 4


async def test_a_list_that_never_rests_is_read_three_times(connect: Connect, wire: respx.Router) -> None:
    """Then what there is must do until everything is read anew."""
    totals = iter(range(100, 200))

    def moving(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        return page(service(f"{number}"), number=number, pages=2, total=next(totals))

    wire.get("/services").mock(side_effect=moving)
    connector = await connect(Hsds, {"page_size": 1})
    await connector.read()
    assert [question["page"] for question in asked(wire)] == ["1", "2", "1", "2", "1", "2"]


async def test_a_server_that_ignores_the_page_has_one_page(connect: Connect, wire: respx.Router) -> None:
    """The same page twice is the end, whatever it says of itself."""
    wire.get("/services").mock(side_effect=lambda _: page(service("1"), pages=9, total=9))
    connector = await connect(Hsds, {"page_size": 1})
    changes, _ = await connector.read()
    assert [change.id for change in changes] == ["1", "1"]


@pytest.mark.parametrize("left_out", [("last_page",), ("last_page", "total_pages", "total_items", "empty")])
async def test_the_end_is_found_without_being_told(
    connect: Connect, wire: respx.Router, left_out: tuple[str, ...]
) -> None:
    """By the number of pages, or by a page that is not full."""

    def bare(response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json={k: v for k, v in response.json().items() if k not in left_out})

    wire.get("/services").side_effect = [
        bare(page(service("1"), service("2"), number=1, pages=2, total=3)),
        bare(page(service("3"), number=2, pages=2, total=3)),
    ]
    connector = await connect(Hsds, {"page_size": 2})
    changes, _ = await connector.read()
    assert [change.id for change in changes] == ["1", "2", "3"]


async def test_lists_without_the_nested_are_read_one_by_one(connect: Connect, wire: respx.Router) -> None:
    """`full_lists = false`: each service by itself; one that went in between is no failure."""
    wire.get("/services").side_effect = [page(service("1"), service("2/x"))]
    wire.get("/services/1").respond(json=service("1", fees_description="免费"))
    wire.get("/services/2/x").respond(404)
    connector = await connect(Hsds, {"full_lists": False})
    changes, _ = await connector.read()
    assert [change.id for change in changes] == ["1"]
    assert [record.fees_note for record in await found(connector)] == ["免费"]
    assert "full" not in asked(wire)[0]
    assert {call.request.url.raw_path for call in list(wire.calls)[1:]} == {
        b"/api/services/1",
        b"/api/services/2%2Fx",
    }


async def test_what_is_given_no_more_is_removed(connect: Connect, wire: respx.Router) -> None:
    """Inactive and defunct services go; what is temporarily closed stays and says so."""
    wire.get("/services").side_effect = [
        page(
            service("1", status="inactive"),
            service("2", status="defunct"),
            service("3", status="Temporarily Closed"),
        )
    ]
    connector = await connect(Hsds)
    changes, _ = await connector.read()
    assert [type(change) for change in changes] == [Removal, Removal, Item]
    (record,) = await found(connector)
    assert record.status is ServiceStatus.TEMPORARILY_CLOSED
    assert record.open_at(NOW) is False


async def test_a_count_of_places_is_a_change(connect: Connect, wire: respx.Router) -> None:
    """A capacity updated later than its service makes a new version."""
    capacity = {
        "id": "c",
        "unit": {"id": "u", "name": "座位"},
        "available": 3,
        "updated": "2026-11-23T09:00:00Z",
    }
    wire.get("/services").side_effect = [page(service("1", capacities=[capacity]))]
    connector = await connect(Hsds)
    (change,), _ = await connector.read()
    assert change.version == round(datetime.fromisoformat("2026-11-23T09:00:00Z").timestamp() * 1000)


async def test_a_bad_service_takes_no_other_with_it(connect: Connect, wire: respx.Router) -> None:
    """One without a name is left out; where none is whole, the answer breaks the standard."""
    bad = {"id": "2", "status": "active"}
    wire.get("/services").side_effect = [page(service("1"), bad)]
    connector = await connect(Hsds)
    changes, _ = await connector.read()
    assert [change.id for change in changes] == ["1"]
    wire.get("/services").side_effect = [page(bad)]
    with pytest.raises(SourceError) as caught:
        await connector.read()
    assert caught.value.code == "SOURCE_MALFORMED"


@pytest.mark.parametrize("body", ["<html>", "{}", "[]", '{"contents": 1}', "42"])
async def test_a_bad_page_is_malformed(connect: Connect, wire: respx.Router, body: str) -> None:
    """Whatever is no page of services."""
    wire.get("/services").respond(text=body)
    connector = await connect(Hsds)
    with pytest.raises(SourceError) as caught:
        await connector.read()
    assert caught.value.code == "SOURCE_MALFORMED"


# What services become


async def records(connect: Connect, wire_: respx.Router, *services: Any, **options: Any) -> Any:
    wire_.get("/services").side_effect = [page(*services)]
    connector = await connect(Hsds, options)
    await connector.read()
    return await found(connector)


async def test_a_bare_service_is_enough(connect: Connect, wire: respx.Router) -> None:
    """Id, name and status are all that the standard requires; nulls are as what is absent."""
    bare = {"id": "1", "name": "长者食堂", "status": "active"}
    nulls = {name: None for name in wire_fields() if name not in bare}
    first, second = await records(connect, wire, bare, {**nulls, **bare, "id": "2"})
    assert first == EldercareServiceRecord(
        ref=Ref("system", "1"), as_of=NOW, name="长者食堂", position=None, type=None
    )
    assert second == msgspec.structs.replace(first, ref=Ref("system", "2"))
    assert first.open_at(NOW) is None


def wire_fields() -> tuple[str, ...]:
    return wire.Service.__struct_fields__


async def test_ages_are_numbers_or_text(connect: Connect, wire: respx.Router) -> None:
    """And what is neither is no condition."""
    both = await records(
        connect,
        wire,
        service("1", minimum_age=60, maximum_age=99.5),
        service("2", minimum_age="60", maximum_age="99.5"),
        service("3", minimum_age="sixty", maximum_age=""),
    )
    assert [record.eligibility for record in both] == [
        Eligibility(minimum_age=60, maximum_age=99.5),
        Eligibility(minimum_age=60, maximum_age=99.5),
        None,
    ]


async def test_terms_say_what_the_standard_has_no_field_for(connect: Connect, wire: respx.Router) -> None:
    """Our words for a directory's own codes: the kind of service, residence, year of graduation."""

    def says(code: str, value: str | None = None) -> dict[str, Any]:
        return {"id": code, "value": value, "taxonomy_term": {"id": "t", "code": code, "name": code}}

    (record,) = await records(
        connect,
        wire,
        service("1", attributes=[says("3101"), says("R1", "龙岗户籍"), says("G1", "2024"), says("other")]),
        terms={"3101": "CANTEEN", "R1": "residence", "G1": "graduated-since"},
    )
    assert record.type is EldercareType.CANTEEN
    assert record.eligibility == Eligibility(residence="龙岗户籍", graduated_since=2024)
    assert [category.code for category in record.categories] == ["3101", "other"]


async def test_a_directory_of_several_scenarios_is_parted_by_terms(
    connect: Connect, wire: respx.Router
) -> None:
    """`only` names the codes of a scenario; what has none of them is not its."""
    attribute = {"id": "a", "taxonomy_term": {"id": "t", "code": "E", "name": "养老"}}
    wire.get("/services").side_effect = [page(service("1", attributes=[attribute]), service("2"))]
    connector = await connect(Hsds, {"only": {"eldercare": ["E"], "schools": ["S"]}})
    await connector.read()
    assert [record.ref.id for record in await found(connector)] == ["1"]
    assert await connector.schools_around([None]) == {None: []}
    assert await connector.eldercare([Ref("system", "2")]) == {}
    assert len((await connector.enterprise_around([None]))[None]) == 2


@pytest.mark.parametrize(
    ("lat", "lng", "position"),
    [
        (22.6, 114.1, Position(lat=22.6, lng=114.1)),
        ("22.6", "114.1", Position(lat=22.6, lng=114.1)),
        (0, 0, None),
        (None, 114.1, None),
        (100, 101, None),
        ("north", "east", None),
    ],
)
async def test_positions(connect: Connect, wire: respx.Router, lat: Any, lng: Any, position: Any) -> None:
    """Numbers or text; nowhere and off the earth are none."""
    (record,) = await records(connect, wire, service("1", service_at_locations=[at(lat, lng)]))
    assert record.position == position


async def test_a_service_is_near_by_any_of_its_places(connect: Connect, wire: respx.Router) -> None:
    """One of two places lies in the circle; what has none, or far ones only, is not found there."""
    wire.get("/services").side_effect = [
        page(
            service("1", service_at_locations=[at(22.72, 114.25), at(22.599, 114.121)]),
            service("2", service_at_locations=[at(22.72, 114.25)]),
            service("3"),
            service("4", service_at_locations=[{"id": "x", "location": None}]),
        )
    ]
    connector = await connect(Hsds)
    await connector.read()
    (record,) = await found(connector, LONGLING)
    assert record.ref.id == "1"
    assert record.distance_from(LONGLING) == 151
    assert len(record.locations) == 2
    assert len(await found(connector)) == 4


async def test_prices_are_those_in_force(connect: Connect, wire: respx.Router) -> None:
    """Amounts as number or text, currencies in capitals; past, future and priceless ones are left out."""
    options = [
        {"id": "1", "option": "60岁以上", "amount": "12.50", "currency": "cny", "amount_description": "每餐"},
        {"id": "2", "option": "80岁以上", "amount": 0, "valid_from": "2026-01-01", "valid_to": "2026-11-24"},
        {"id": "3", "option": "旧价", "amount": 1, "valid_to": "2026-11-23"},
        {"id": "4", "option": "新价", "amount": 1, "valid_from": "2026-11-25"},
        {"id": "5", "option": "面议"},
    ]
    (record,) = await records(connect, wire, service("1", cost_options=options))
    assert record.fees == (
        Price(amount=Decimal("12.5"), note="60岁以上：每餐"),
        Price(amount=Decimal(0), note="80岁以上"),
    )


async def test_capacities_by_kind_and_by_night(connect: Connect, wire: respx.Router) -> None:
    """A unit of scheme ISO 8601 is for the span that it names; others are for no time."""

    def capacity(id_: str, identifier: str | None, scheme: str | None = "ISO 8601") -> dict[str, Any]:
        unit = {"id": id_, "name": "床位", "scheme": scheme, "identifier": identifier}
        updated = "2026-11-24T00:05:00+08:00"
        return {"id": id_, "unit": unit, "available": "3", "maximum": 8, "updated": updated}

    (record,) = await records(
        connect,
        wire,
        service(
            "1",
            capacities=[
                capacity("a", None, None),
                capacity("b", "2026-11-24T14:00+08:00/2026-11-25T12:00+08:00"),
                capacity("c", "2026-11-25/P1D", "ISO-8601"),
                capacity("d", "someday"),
            ],
        ),
    )
    assert [one.id for one in record.capacities] == ["a", "d"]
    assert [(one.id, str(one.start), str(one.end)) for one in record.dated] == [
        ("b", "2026-11-24 14:00:00+08:00", "2026-11-25 12:00:00+08:00"),
        ("c", "2026-11-25 00:00:00+08:00", "2026-11-26 00:00:00+08:00"),
    ]
    assert record.free() == 6


async def test_a_slot_is_found_by_its_id(connect: Connect, wire: respx.Router) -> None:
    """The service's and the capacity's; one that is unknown is absent."""
    capacity = {
        "id": "c",
        "unit": {"id": "u", "name": "座位"},
        "available": 3,
        "updated": "2026-11-23T09:00:00Z",
    }
    wire.get("/services").side_effect = [page(service("1", capacities=[capacity]))]
    connector = await connect(Hsds)
    await connector.read()
    known = slot_ref(Ref("system", "1"), "c")
    slots = await connector.eldercare_slots([known, slot_ref(Ref("system", "1"), "x"), Ref("system", "9")])
    assert list(slots) == [known]
    assert (slots[known].title, slots[known].places_left) == ("长者食堂1 · 座位", 3)


async def test_a_record_is_made_anew_only_where_something_changed(
    connect: Connect, wire: respx.Router
) -> None:
    """The same object for the same bytes; another where the service or the copy's instant is another."""
    wire.get("/services").side_effect = [page(service("1")), page(service("1", name="新名"))]
    connector = await connect(Hsds)
    _, cursor = await connector.read()
    (first,), (again,) = await found(connector), await found(connector)
    assert first is again
    connector.copy.whole_at = NOW + timedelta(minutes=1)
    (later,) = await found(connector)
    assert later == msgspec.structs.replace(first, as_of=NOW + timedelta(minutes=1))
    await connector.read(cursor)
    assert [record.name for record in await found(connector)] == ["新名"]


async def test_contacts_are_offices_and_not_people(connect: Connect, wire: respx.Router) -> None:
    """The person's name is not read."""
    contact = {"id": "c", "name": "王小明", "department": "服务台", "phones": [{"id": "p", "number": "123"}]}
    (record,) = await records(connect, wire, service("1", contacts=[contact, {"id": "d", "name": "李四"}]))
    assert [(one.office, one.phone) for one in record.contacts] == [("服务台", "123")]
    assert "王小明" not in repr(record)


async def test_what_is_kept_has_no_names_of_people(connect: Connect, wire: respx.Router) -> None:
    """Of a service only what is read goes into the copy."""
    contact = {"id": "c", "name": "王小明", "department": "服务台"}
    wire.get("/services").side_effect = [page(service("1", contacts=[contact], assurer_email="a@b.example"))]
    connector = await connect(Hsds)
    await connector.read()
    assert json.loads(connector.copy.items["1"].data)["contacts"] == [{"department": "服务台"}]
    assert "assurer_email" not in json.loads(connector.copy.items["1"].data)


@pytest.mark.parametrize(
    "options", [{"page_size": 0}, {"pause_s": 0}, {"overlap_s": -1}, {"only": {"x": []}}]
)
def test_options_that_cannot_work(options: dict[str, Any]) -> None:
    """The start fails on them."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, HsdsOptions)


# Schedules


def hours(**fields: Any) -> Any:
    return msgspec.convert({"opens_at": "09:00", "closes_at": "17:00", **fields}, wire.Schedule)


def scheduled(*told: Any, working_days: bool = True, **terms: str) -> Any:
    reading = mapping.Reading(
        source="s", as_of=NOW, stale=False, today=NOW.date(), words=terms, working_days=working_days
    )
    return schedules.schedules(list(told), reading.word, working_days)


@pytest.mark.parametrize(
    ("told", "opens", "shift"),
    [
        ({"opens_at": "09:00"}, time(9), 0),
        ({"opens_at": "9:00"}, time(9), 0),
        ({"opens_at": "09:00:00"}, time(9), 0),
        ({"opens_at": "09:00+08:00"}, time(9), 0),
        ({"opens_at": "01:00Z"}, time(9), 0),
        ({"opens_at": "22:00Z"}, time(6), 1),
        ({"opens_at": "09:00", "timezone": 8}, time(9), 0),
        ({"opens_at": "04:00", "timezone": "3"}, time(9), 0),
        ({"opens_at": "03:00+12:00"}, time(23), -1),
    ],
)
def test_times_of_day(told: dict[str, Any], opens: time, shift: int) -> None:
    """With an offset of their own, that of the schedule, or none, which is local time."""
    (schedule,) = scheduled(hours(**told))
    assert (schedule.opens, schedule.shift) == (opens, shift)


def test_times_that_are_none() -> None:
    """A schedule that says no hours says nothing; 24:00 is the end of the day."""
    assert scheduled(hours(opens_at=None)) == ()
    assert scheduled(hours(closes_at="whenever")) == ()
    (schedule,) = scheduled(hours(opens_at="00:00", closes_at="24:00"))
    assert (schedule.opens, schedule.closes) == (time(0), time(0))


def test_monday_to_friday_means_working_days() -> None:
    """As institutions here mean it; an option keeps to the letter, and other days are what they are."""
    week = hours(freq="WEEKLY", byday="MO,TU,WE,TH,FR", interval="1")
    assert scheduled(week)[0].kind is DayKind.WORKING
    assert scheduled(week, working_days=False)[0].kind is DayKind.ANY
    for other in ({"byday": "MO,TU,WE,TH,FR,SA"}, {"interval": 2, "dtstart": "2026-01-05"}):
        fields = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", **other}
        assert scheduled(hours(**fields))[0].kind is DayKind.ANY


def test_rules_as_they_are_written() -> None:
    """Comma lists, signs, small letters; what belongs to another frequency is left out."""
    (monthly,) = scheduled(
        hours(freq="monthly", byday="2MO, -1fr,XX", bymonthday="15,-1,0,99,x", byweekno="3")
    )
    assert monthly.freq == "MONTHLY"
    assert monthly.by_day == (OnDay(0, 2), OnDay(4, -1))
    assert (monthly.by_month_day, monthly.by_week) == ((15, -1), ())
    (weekly,) = scheduled(hours(byday="SA", dtstart="2026-01-10T00:00:00", until="2026-12-31", wkst="SU"))
    assert (weekly.freq, weekly.start, weekly.until) == ("WEEKLY", date(2026, 1, 10), date(2026, 12, 31))
    assert weekly.week_start == 6


def test_every_other_week_of_no_known_week_is_nothing() -> None:
    """The standard needs `dtstart` with an interval."""
    assert scheduled(hours(freq="WEEKLY", byday="SA", interval=2)) == ()
    assert len(scheduled(hours(freq="WEEKLY", byday="SA", interval=2, valid_from="2026-01-10"))) == 1


def test_what_no_calendar_can_count_is_left_out() -> None:
    """Intervals and counts without sense make no schedule; offsets and spans without it are not there."""
    assert scheduled(hours(freq="WEEKLY", byday="MO", interval=1_000_000_000, dtstart="2026-01-05")) == ()
    assert scheduled(hours(freq="DAILY", count=1e9, dtstart="0001-01-01")) == ()
    assert scheduled(hours(timezone=1e12))[0].shift == 0
    assert values.span("ISO8601", "2026-11-24T10:00+08:00/P99999999999D") is None


def test_closures_and_holidays_are_terms_of_a_schedule() -> None:
    """A closure without a date would shut for ever, and is nothing."""

    def with_term(code: str, **fields: Any) -> Any:
        return hours(
            attributes=[{"id": "a", "taxonomy_term": {"id": "t", "code": code, "name": code}}], **fields
        )

    none = {"opens_at": None, "closes_at": None}
    (closed,) = scheduled(with_term("X", dtstart="2026-12-31", **none), X="closed")
    assert (closed.closed, closed.start) == (True, date(2026, 12, 31))
    assert scheduled(with_term("closed", **none)) == ()
    assert scheduled(with_term("free-days"))[0].kind is DayKind.FREE
    assert scheduled(with_term("working-days"))[0].kind is DayKind.WORKING


async def test_hours_of_a_place_stand_in_for_the_services(connect: Connect, wire: respx.Router) -> None:
    """The service's own, else those at the place, else the place's."""
    own, there = ({"id": "s", "opens_at": f"0{h}:00", "closes_at": "18:00"} for h in (8, 9))
    place = {"id": "a", "schedules": [there], "location": {"id": "l", "location_type": "physical"}}
    first, second = await records(
        connect,
        wire,
        service("1", schedules=[own], service_at_locations=[place]),
        service("2", schedules=[], service_at_locations=[place]),
    )
    assert [one.schedules[0].opens for one in (first, second)] == [time(8), time(9)]


@pytest.mark.parametrize(
    ("scheme", "identifier"),
    [
        ("ISO 8601", "2026-11-25"),
        ("ISO 8601", "2026-11-25/2026-11-24"),
        ("ISO 8601", "/P1D"),
        ("SI", "2026-11-25/P1D"),
        (None, None),
    ],
)
def test_what_is_no_span_is_none(scheme: str | None, identifier: str | None) -> None:
    """Neither one instant, nor an end before its beginning, nor another scheme."""
    assert values.span(scheme, identifier) is None


# The official examples


def test_the_official_service_parses() -> None:
    """Every field of the example that the record has, oddities included."""
    told = msgspec.json.decode((EXAMPLES / "service_full.json").read_bytes(), type=wire.Service)
    reading = mapping.Reading(source="s", as_of=NOW, stale=False, today=date(2021, 1, 1))
    record = reading.record(told, EldercareServiceRecord)
    assert record.name == "Community Counselling"
    assert record.name_en == "MyCity Counselling Services"
    assert record.position is None
    assert record.phone == "+44 1234 234567-100"
    assert record.provider == "Example Organization Inc."
    assert record.address == "1-30 Main Street MyVillage, MyRegion, MyCity"
    assert record.languages == ("Urdu",)
    assert record.eligibility is not None
    assert (record.eligibility.minimum_age, record.eligibility.maximum_age) == (12, 100)
    assert record.fees == (
        Price(amount=Decimal(35), currency="GBP", note="Under 18s and Over 60s：per 1 hour session"),
    )
    (schedule,) = record.schedules
    assert (schedule.opens, schedule.closes) == (time(15), time(23))
    assert schedule.by_day == (OnDay(3), OnDay(4))
    assert open_days(record.schedules, date(2026, 11, 24), 7)[0].spans == ()
    assert [hours.days for hours in plain_week(record.schedules, date(2026, 11, 24))] == []


@pytest.mark.parametrize("name", ["service_list.json"])
async def test_the_official_page_is_read(connect: Connect, wire: respx.Router, name: str) -> None:
    """A page of services as the standard's example has it: its one service is kept."""
    body = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    wire.get("/services").respond(json={**body, "total_items": 1, "total_pages": 1, "last_page": True})
    connector = await connect(Hsds)
    (change,), _ = await connector.read()
    assert (change.id, change.keys) == ("ac148810-d857-441c-9679-408f346de14b", {})
    assert change.version == 1678876245123


@pytest.mark.parametrize("name", ["service_at_location_full.json", "organization_full.json"])
def test_the_other_official_examples_parse(name: str) -> None:
    """A service at a location, and an organization with its services, in the structs that hold theirs."""
    body = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    if name.startswith("organization"):
        assert msgspec.convert(body, wire.Organization).name == "Example Organization Inc."
        services = body["services"]
    else:
        assert msgspec.convert(body, wire.ServiceAtLocation).location is not None
        services = [body["service"]]
    assert [msgspec.convert(one, wire.Service).name for one in services] == ["Community Counselling"]


def test_the_defaults_of_the_options() -> None:
    """What docs/scenarios say of them."""
    assert HsdsOptions() == HsdsOptions(
        page_size=100, pause_s=60, reread_s=21_600, overlap_s=60, full_lists=True, working_days=True
    )
    assert Weekday.MONDAY.value == "MONDAY"
