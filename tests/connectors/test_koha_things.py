"""Koha's items and bookings at the wire: what is lent beside books, and on which days."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from schema.core.record import Position, Ref
from schema.core.scalars import CHINA
from schema.goods.loans import is_free
from schema.goods.lookups import AllThings
from schema.goods.records import GoodsCategory, ThingCopyRecord, ThingRecord, ThingTaken
from tests.conftest import NOW
from tests.connectors.conftest import Connect

OPTIONS = {
    "things": ["THING", "TOY"],
    "branches": {"BJ": {"lat": 22.6, "lng": 114.12}},
    "categories": {"LT": "GAMES"},
}
ALL = AllThings()


def item(id_: int = 1, **fields: Any) -> dict[str, Any]:
    given = {"item_id": id_, "biblio_id": 7, "holding_library_id": "BJ", "bookable": True, **fields}
    return {"biblio": {"biblio_id": 7, "title": "四人帐篷"}, **given}


def booking(item_id: int | None, start: str, end: str, **fields: Any) -> dict[str, Any]:
    return {"item_id": item_id, "patron_id": 5, "start_date": start, "end_date": end, **fields}


def q(call: Any) -> Any:
    return json.loads(call.request.url.params["q"])


def ref(number: int | str) -> Ref:
    return Ref("lib", str(number))


@pytest.fixture
async def koha(connect: Connect) -> KohaConnector:
    """A library that lends things of two item types."""
    connector: KohaConnector = await connect(CONNECTOR, OPTIONS, id="lib")
    return connector


async def one(koha: KohaConnector, wire: respx.Router, **fields: Any) -> ThingCopyRecord:
    """Read the list of one item."""
    wire.get("/api/v1/items").respond(json=[item(**fields)])
    (found,) = (await koha.copies([ALL]))[ALL]
    return found


async def test_things_are_items_of_their_types_with_the_title_embedded(
    koha: KohaConnector, wire: respx.Router
) -> None:
    """One call; every field where the graph has it."""
    route = wire.get("/api/v1/items").respond(
        json=[
            item(
                callnumber="HW/005",
                location="一楼服务台",
                replacement_price=199,
                collection_code="outdoor",
                biblio={
                    "biblio_id": 7,
                    "title": " 四人帐篷 ",
                    "subtitle": "Four-person tent",
                    "publisher": "牧高笛",
                    "abstract": "请晾干后归还",
                },
            )
        ]
    )
    assert (await koha.copies([ALL]))[ALL] == (
        ThingCopyRecord(
            ref=ref(1),
            as_of=NOW,
            name="四人帐篷",
            name_en="Four-person tent",
            position=Position(lat=22.6, lng=114.12),
            call_number="HW/005",
            storage="一楼服务台",
            replacement_price=Decimal("199.00"),
            lendable=True,
            thing=ThingRecord(
                ref=ref(7),
                as_of=NOW,
                name="四人帐篷",
                name_en="Four-person tent",
                maker="牧高笛",
                description="请晾干后归还",
                category=GoodsCategory.OUTDOOR,
            ),
            library_id="BJ",
        ),
    )
    (call,) = route.calls
    assert q(call) == {"item_type_id": {"-in": ["THING", "TOY"]}}
    assert call.request.headers["x-koha-embed"] == "biblio"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"bookable": None}, {"lendable": True}),
        ({"bookable": False}, {"lendable": False}),
        ({"lost_status": 1}, {"lendable": False}),
        ({"damaged_status": 1}, {"lendable": False}),
        ({"withdrawn": 1}, {"lendable": False}),
        ({"not_for_loan_status": -1}, {"lendable": False}),
        ({"holding_library_id": None, "home_library_id": "BJ"}, {"library_id": "BJ"}),
        ({"holding_library_id": "XX"}, {"position": None, "library_id": "XX"}),
        ({"holding_library_id": None}, {"position": None, "library_id": None}),
        ({"checked_out_date": "2026-11-30"}, {"out_until": date(2026, 11, 30)}),
        ({"checked_out_date": "2026-11-01T23:59:00+08:00"}, {"out_until": date(2026, 11, 24)}),
        ({"checked_out_date": "soon"}, {"out_until": date(2026, 11, 24)}),
        ({"replacement_price": None}, {"replacement_price": None}),
    ],
)
async def test_what_an_item_says_of_itself(
    koha: KohaConnector, wire: respx.Router, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Broken, lost or withdrawn ones are not lent; `checked_out_date` is the day due; overdue is not free."""
    found = await one(koha, wire, **fields)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("code", "category"), [("LT", "GAMES"), ("tools", "TOOLS"), ("FIC", "OTHER"), (None, "OTHER")]
)
async def test_the_collection_is_the_category(
    koha: KohaConnector, wire: respx.Router, code: str | None, category: str
) -> None:
    """As the options say, else by its own name, else OTHER."""
    assert (await one(koha, wire, collection_code=code)).thing.category is GoodsCategory(category)


async def test_pages_go_on_and_broken_items_hide_nothing(koha: KohaConnector, wire: respx.Router) -> None:
    """X-Total-Count says that there are more; an item without its title embedded is left out and logged."""
    pages = {
        "1": [item(1), {"item_id": 2}],
        "2": [item(3), item(4, biblio={"biblio_id": 9, "title": None})],
    }
    route = wire.get("/api/v1/items").mock(
        side_effect=lambda request: httpx.Response(
            200, json=pages[request.url.params["_page"]], headers={"X-Total-Count": "4"}
        )
    )
    with capture_logs() as logs:
        found = (await koha.copies([ALL]))[ALL]
    assert ([copy.ref.id for copy in found], route.call_count) == (["1", "3"], 2)
    assert [entry["event"] for entry in logs] == ["unreadable entry left out"]


async def test_a_library_without_things_is_asked_nothing(connect: Connect, wire: respx.Router) -> None:
    """No item type named: an empty list, nothing found, no call."""
    koha = await connect(CONNECTOR, id="lib")
    assert await koha.copies([ALL]) == {ALL: ()}
    assert await koha.copy_by_ref([ref(1)]) == {}
    assert await koha.thing_by_ref([ref(7)]) == {}
    assert await koha.loan_by_ref([ref("2026-11-25/2026-11-26/1")]) == {}
    assert wire.calls.call_count == 0


async def test_copies_and_things_by_their_ids(koha: KohaConnector, wire: respx.Router) -> None:
    """All of a level in one call, those that are no numbers in none; only items that are things."""
    route = wire.get("/api/v1/items").respond(json=[item(1), item(2)])
    copies = await koha.copy_by_ref([ref(2), ref("x"), ref(1), ref(3)])
    assert list(copies) == [ref(2), ref(1)]
    things = await koha.thing_by_ref([ref(7), ref(8), ref("0")])
    assert list(things) == [ref(7)]
    assert [copy.ref for copy in things[ref(7)].copies] == [ref(1), ref(2)]
    kinds = {"item_type_id": {"-in": ["THING", "TOY"]}}
    assert [q(call) for call in route.calls] == [
        {**kinds, "item_id": {"-in": [2, 1, 3]}},
        {**kinds, "biblio_id": {"-in": [7, 8]}},
    ]


async def test_bookings_are_one_call_and_tell_nobodys_name(koha: KohaConnector, wire: respx.Router) -> None:
    """By item, in order; over, cancelled, unreadable ones and those for any copy hold nothing."""
    route = wire.get("/api/v1/bookings").respond(
        json=[
            booking(1, "2026-12-05T00:00:00+08:00", "2026-12-06T23:59:59+08:00"),
            booking(1, "2026-11-26T01:00:00+00:00", "2026-11-27T01:00:00+00:00", status="new"),
            booking(1, "2026-11-28T00:00:00+08:00", "2026-11-29T00:00:00+08:00", status="cancelled"),
            booking(1, "2026-11-20T00:00:00+08:00", "2026-11-24T10:00:00+08:00"),
            booking(1, "soon", "2026-11-29T00:00:00+08:00"),
            booking(None, "2026-11-28T00:00:00+08:00", "2026-11-29T00:00:00+08:00"),
            booking(9, "2026-11-28T00:00:00+08:00", "2026-11-29T00:00:00+08:00"),
        ]
    )
    found = await koha.taken([ref(1), ref(2), ref("x")])
    assert found == {
        ref(1): (
            ThingTaken(start=at("2026-11-26T09:00"), end=at("2026-11-27T09:00")),
            ThingTaken(start=at("2026-12-05T00:00"), end=at("2026-12-06T23:59:59")),
        ),
        ref(2): (),
    }
    (call,) = route.calls
    assert q(call) == {"item_id": {"-in": [1, 2]}}


async def test_a_loan_is_read_again_from_copies_and_bookings(koha: KohaConnector, wire: respx.Router) -> None:
    """Two calls for all of a level; what is no loan, or no thing, is not found."""
    items = wire.get("/api/v1/items").respond(json=[item(1), item(2)])
    bookings = wire.get("/api/v1/bookings").respond(
        json=[booking(1, "2026-11-26T09:00:00+08:00", "2026-11-27T09:00:00+08:00")]
    )
    free, full = ref("2026-11-28/2026-11-29/1"), ref("2026-11-25/2026-11-26/1")
    wrong = [ref(text) for text in ("1", "2026-11-29/2026-11-28/1", "x/y/1", "2026-11-28/2026-11-29/")]
    absent = ref("2026-11-28/2026-11-29/3")
    found = await koha.loan_by_ref([free, full, absent, *wrong])
    assert {key: loan.places_left for key, loan in found.items()} == {free: 1, full: 0}
    assert (found[free].start, found[free].end) == (at("2026-11-28T00:00"), at("2026-11-30T00:00"))
    assert (found[free].bookable_at(NOW), found[full].bookable_at(NOW)) == (True, False)
    assert (items.call_count, bookings.call_count) == (1, 1)
    assert await koha.loan_by_ref(wrong) == {}
    assert (items.call_count, bookings.call_count) == (1, 1)


@pytest.mark.parametrize(
    ("first", "last", "free"),
    [
        ("2026-11-25", "2026-11-25", True),
        ("2026-11-25", "2026-11-26", False),
        ("2026-11-27", "2026-11-27", False),
        ("2026-11-28", "2026-11-30", True),
        ("2026-11-20", "2026-12-01", False),
    ],
)
async def test_a_day_is_free_if_it_is_free_all_day(
    koha: KohaConnector, wire: respx.Router, first: str, last: str, free: bool
) -> None:
    """A booking from 9:00 to 9:00 takes both days that it touches; what is out is free after its day due."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    taken = [ThingTaken(start=at("2026-11-26T09:00"), end=at("2026-11-27T09:00"))]
    copy = await one(koha, wire)
    assert is_free(copy, taken, *days) is free
    assert is_free(await one(koha, wire, lost_status=1), [], *days) is False
    out = await one(koha, wire, checked_out_date="2026-11-27")
    assert is_free(out, [], *days) is (days[0] > date(2026, 11, 27))


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=CHINA)
