"""The libraries: Koha's catalogue and desk, DAIA's availability, PAIA's accounts, quirks included."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import etree

from mocks.koha.query import like, parse
from mocks.server import RunningMocks
from mocks.world.books import isbn10, isbn13

Library = Callable[..., Awaitable[httpx.AsyncClient]]
JSON = "application/json"


@pytest.fixture
def library(mocks: RunningMocks, http: httpx.AsyncClient) -> Library:
    """A client of one library that may use its REST API, or with `accounts` its PAIA."""

    async def connected(name: str = "library-district", *, accounts: bool = False) -> httpx.AsyncClient:
        http.base_url = httpx.URL(f"{mocks.url}/{name}")
        http.headers["accept"] = JSON
        if name == "library-district" or accounts:
            path = "/api/v1/oauth/token" if name == "library-district" else "/paia/auth/token"
            answer = await http.post(
                path,
                data={"grant_type": "client_credentials"},
                auth=(name, f"secret-of-{name}"),
            )
            http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        else:
            request = httpx.Request("GET", "http://x")
            flow = httpx.BasicAuth(name, f"password-of-{name}").auth_flow(request)
            http.headers["authorization"] = next(flow).headers["authorization"]
        return http

    return connected


async def find(client: httpx.AsyncClient, path: str, q: Any = None, **more: Any) -> httpx.Response:
    return await client.get(f"/api/v1{path}", params=({"q": json.dumps(q)} if q is not None else {}) | more)


def total(answer: httpx.Response) -> int:
    assert answer.status_code == 200
    return int(answer.headers["x-total-count"])


def links(answer: httpx.Response) -> dict[str, str]:
    parts = [link.partition(">; rel=") for link in answer.headers["link"].split(",<")]
    return {relation.strip('"'): url.lstrip("<") for url, _, relation in parts}


def test_the_world_holds_the_same_books_in_several_libraries(running_mocks: RunningMocks) -> None:
    """Twelve branches, thousands of titles, every ISBN valid, and 1,828 of them in all three libraries."""
    libraries = running_mocks.world.libraries
    assert [len(found.branches) for found in libraries.values()] == [6, 3, 3]
    assert [len(found.biblios) for found in libraries.values()] == [3600, 2600, 2900]
    assert [sum(len(b.items) for b in found.biblios) for found in libraries.values()] == [8537, 6110, 6900]
    held = [{b.edition.isbn for b in found.biblios if b.edition} for found in libraries.values()]
    assert len(set.intersection(*held)) == 1828
    assert all(isbn13(isbn[:12]) == isbn for isbn in held[0])
    assert (isbn13("978030640615"), isbn10("9780306406157")) == ("9780306406157", "0306406152")


async def test_each_library_has_its_own_way_in(mocks: RunningMocks, library: Library) -> None:
    """OAuth2 at the district, Basic elsewhere; the public part needs neither."""
    for name in mocks.world.libraries:
        async with httpx.AsyncClient(base_url=f"{mocks.url}/{name}") as stranger:
            refused = await stranger.get("/api/v1/libraries")
            assert (refused.status_code, refused.json()) == (401, {"error": "Authentication failure."})
            assert (await stranger.get("/api/v1/public/libraries")).status_code == 200
        answer = await find(await library(name), "/libraries")
        assert total(answer) == len(mocks.world.libraries[name].branches)
        assert {row["geolocation"] for row in answer.json()} == {None}
    bearer = {"authorization": "Bearer nonsense"}
    assert (await (await library("library-buji")).get("/api/v1/libraries", headers=bearer)).status_code == 401
    lending = await (await library("library-buji")).post("/api/v1/checkouts", json={})
    assert lending.status_code == 403
    assert lending.json()["required_permissions"] == {"circulate": "circulate_remaining_permissions"}


async def test_biblios_are_json_only_if_the_client_says_so(library: Library) -> None:
    """Koha gives JSON, MARC-in-JSON or MARCXML by Accept, and 406 to whoever takes anything."""
    client = await library()
    row = (await client.get("/api/v1/biblios/1")).json()
    assert (row["title"], row["author"], row["isbn"]) == ("红楼梦", "曹雪芹", "9787020333349")
    assert (row["publication_year"], row["copyright_date"]) == ("1999", 1999)
    refused = await client.get("/api/v1/biblios/1", headers={"accept": "*/*"})
    assert (refused.status_code, refused.json()[0]) == (406, JSON)
    public = "/api/v1/public/biblios/1"
    assert (await client.get(public)).json() == ["application/marcxml+xml", "application/marc-in-json"]
    marc = (await client.get(public, headers={"accept": "application/marc-in-json"})).json()
    assert marc["fields"][1] == {"020": {"ind1": " ", "ind2": " ", "subfields": [{"a": "9787020333349"}]}}
    xml = await client.get(public, headers={"accept": "application/marcxml+xml"})
    record = etree.fromstring(xml.content)
    assert record.xpath("string(//*[@tag='245']/*[@code='a'])") == "红楼梦"
    missing = await client.get("/api/v1/biblios/99999")
    assert (missing.status_code, missing.json()) == (
        404,
        {"error": "Bibliographic record not found", "error_code": "not_found"},
    )


async def test_a_batch_of_titles_with_their_items_in_one_call(library: Library) -> None:
    """Since 25.11 items can be embedded on /biblios; before, the embed is refused with a bare string."""
    query = {"biblio_id": {"-in": [3, 1, 2, 99999]}}
    client = await library()
    client.headers["x-koha-embed"] = "items"
    found = (await find(client, "/biblios", query)).json()
    assert [(row["biblio_id"], len(row["items"])) for row in found] == [(3, 1), (1, 2), (2, 5)]
    client = await library("library-buji")
    refused = await find(client, "/biblios", query)
    assert (refused.status_code, refused.json()) == (
        400,
        "Embedding objects is not allowed on this endpoint.",
    )
    client.headers["x-koha-embed"] = "checkout"
    assert (await find(client, "/biblios/1/items")).status_code == 400
    del client.headers["x-koha-embed"]
    assert total(await find(client, "/items", query)) == sum(
        [len((await find(client, f"/biblios/{key}/items")).json()) for key in (1, 2, 3)]
    )


async def test_an_item_that_is_out_tells_its_due_date_oddly(mocks: RunningMocks, library: Library) -> None:
    """`checked_out_date` holds the date due; the checkout says it plainly."""
    client = await library()
    client.headers["x-koha-embed"] = "checkout,home_library,+strings"
    item = (await find(client, "/biblios/8/items", {"checked_out_date": {"!=": None}})).json()[0]
    assert (item["item_id"], item["checked_out_date"]) == (24, "2026-11-24")
    assert item["checkout"]["due_date"] == "2026-11-24T23:59:00+08:00"
    assert item["home_library"]["name"] == item["_strings"]["home_library_id"]["str"]
    del client.headers["x-koha-embed"]
    assert total(await find(client, "/items", {"checked_out_date": {"!=": None}})) == 1857
    assert total(await find(client, "/items", external_id="04403070000024")) == 1
    public = (await find(client, "/public/biblios/8/items", {"item_id": 24})).json()[0]
    assert "purchase_price" not in public
    assert public["checked_out_date"] == "2026-11-24"


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ({"title": "红楼梦"}, [1, 2]),
        ({"title": {"-like": "%楼%"}}, [1, 2]),
        ({"author": {"like": "JANE%"}}, [3]),
        ({"biblio_id": {">": 1, "<=": 3}}, [2, 3]),
        ({"biblio_id": ["-and", {">": 1}, {"<": 3}]}, [2]),
        ({"biblio_id": [1, 3]}, [1, 3]),
        ({"me.biblio_id": "2"}, [2]),
        ({"biblio_id": {"-not_in": [1, 2]}}, [3, 4]),
        ({"year": {"-between": [1990, 2000]}}, [1]),
        ({"author": None}, [4]),
        ({"author": {"!=": None}}, [1, 2, 3]),
        ({"author": {"!=": "曹雪芹"}}, [3]),
        ({"author": {"-not_like": "%雪%"}}, [3]),
        ([{"biblio_id": 1}, {"biblio_id": 4}], [1, 4]),
        ({"-or": [{"biblio_id": 1}, {"author": None}]}, [1, 4]),
        ({"-and": [{"title": "红楼梦"}, {"year": {">": 2000}}]}, [2]),
        ({"-not": {"title": "红楼梦"}}, [3, 4]),
        ({}, [1, 2, 3, 4]),
    ],
)
def test_q_means_what_sql_would(q: Any, expected: list[int]) -> None:
    """Objects are conjunctions, arrays disjunctions, case does not matter, NULL equals nothing."""
    rows = [
        {"biblio_id": 1, "title": "红楼梦", "author": "曹雪芹", "year": 1999},
        {"biblio_id": 2, "title": "红楼梦", "author": "曹雪芹", "year": 2010},
        {"biblio_id": 3, "title": "Emma", "author": "Jane Austen", "year": 2012},
        {"biblio_id": 4, "title": "冲击钻", "author": None, "year": None},
    ]
    test = parse(json.dumps(q), rows[0])
    assert [row["biblio_id"] for row in rows if test(row)] == expected


async def test_queries_that_koha_refuses(library: Library) -> None:
    """Unknown attributes and operators, and parameters that the specification does not name."""
    client = await library()
    for q in ({"colour": "red"}, {"biblio_id": {"-in": 3}}, 7):
        answer = await find(client, "/biblios", q)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "invalid_query")
    operator = await find(client, "/biblios", {"title": {"~": "x"}})
    assert (operator.status_code, operator.json()) == (400, {"error": 1, "error_code": "invalid_query"})
    malformed = await find(client, "/biblios", title="红楼梦")
    assert (malformed.status_code, malformed.json()) == (
        400,
        [{"message": "Malformed query string", "path": "/query/title"}],
    )
    everything = await find(client, "/biblios", _per_page=-1)
    assert (everything.status_code, everything.json()["error_code"]) == (400, "invalid_parameter_value")
    assert (await find(client, "/biblios", _per_page="ten")).json()["errors"][0]["path"] == "/_per_page"
    assert (await find(client, "/biblios", _order_by="+colour")).status_code == 400
    assert (await client.get("/api/v1/nothing")).json()["errors"][0]["message"] == "Not Found."


async def test_pages_and_order(library: Library) -> None:
    """Twenty by default, a hundred at most, counts and links in the headers."""
    client = await library()
    first = await find(
        client, "/biblios", {"title": {"-like": "红楼梦%"}}, _order_by="-copyright_date", _per_page=7
    )
    assert (total(first), first.headers["x-base-total-count"], len(first.json())) == (18, "3600", 7)
    years = [row["copyright_date"] for row in first.json()]
    assert years == sorted(years, reverse=True)
    assert list(links(first)) == ["next", "first", "last"]
    second = await client.get(links(first)["next"])
    assert second.json()[0]["copyright_date"] <= years[-1]
    assert list(links(second)) == ["prev", "next", "first", "last"]
    assert parse_qs(urlsplit(links(second)["last"]).query)["_page"] == ["3"]
    assert len((await find(client, "/biblios")).json()) == 20
    capped = await find(client, "/biblios", _per_page=500)
    assert (len(capped.json()), parse_qs(urlsplit(links(capped)["next"]).query)["_per_page"]) == (
        100,
        ["100"],
    )
    echoed = await client.get("/api/v1/item_types", headers={"x-koha-request-id": "9"})
    assert (total(echoed), echoed.headers["x-koha-request-id"]) == (5, "9")


async def test_plain_filters_match_parts_unless_told_otherwise(library: Library) -> None:
    """Koha's trap: patron_id=1 also finds 10, 11 and 21; `_match=exact` does not."""
    client = await library()
    loose = await find(client, "/checkouts", patron_id=11, _per_page=100)
    exact = await find(client, "/checkouts", patron_id=11, _match="exact")
    assert {row["patron_id"] for row in exact.json()} == {11}
    assert {row["patron_id"] for row in loose.json()} > {11, 111}
    header = {"x-koha-query": json.dumps({"patron_id": 11})}
    assert total(await client.get("/api/v1/checkouts", headers=header)) == total(exact)
    assert total(await find(client, "/checkouts", checked_in="true")) == 0


async def test_isbns_are_spelt_as_each_library_likes(library: Library) -> None:
    """One title, three spellings: only the plain one is found by equality."""
    spellings = {}
    for name in ("library-district", "library-buji", "library-bantian"):
        found = await find(await library(name), "/biblios", {"title": "三国演义"}, _per_page=100)
        spellings[name] = {row["isbn"] for row in found.json()}
    assert "9787020333585" in spellings["library-district"]
    assert "9787020333585 | 7020333583" in spellings["library-buji"]
    assert "978-7-02-033354-7" in spellings["library-bantian"]


async def test_a_hold_is_placed_once_and_withdrawn(mocks: RunningMocks, library: Library) -> None:
    """The answer has Koha's shape, a second try is refused with its reason, and the ledger knows both."""
    client = await library()
    wish = {"patron_id": 5, "biblio_id": 47, "pickup_library_id": "LGPH", "expiration_date": "2026-12-24"}
    made = await client.post("/api/v1/holds", json=wish)
    hold = made.json()
    assert made.status_code == 201
    assert {hold[name] for name in ("item_id", "status", "waiting_date")} == {None}
    assert (hold["priority"], hold["expiration_date"], hold["item_level"]) == (3, "2026-12-24", False)
    again = await client.post("/api/v1/holds", json=wish)
    reason = "Hold cannot be placed. Reason: itemAlreadyOnHold"
    assert (again.status_code, again.json()) == (403, {"error": reason})
    assert total(await find(client, "/holds", {"hold_id": hold["hold_id"]})) == 1
    gone = await client.delete(f"/api/v1/holds/{hold['hold_id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    missing = await client.delete(f"/api/v1/holds/{hold['hold_id']}")
    assert (missing.status_code, missing.json()) == (404, {"error": "Hold not found."})
    kinds = [e["kind"] for e in mocks.ledger("library-district") if e.get("hold_id") == hold["hold_id"]]
    assert kinds == ["hold.placed", "hold.cancelled"]


def barred(reason: str) -> dict[str, str]:
    return {"error": f"Hold cannot be placed. Reason: {reason}", "error_code": reason}


async def test_holds_that_cannot_be_placed(library: Library) -> None:
    """The validator's errors, the controller's, and the rules of circulation."""
    client = await library()
    good = {"patron_id": 5, "biblio_id": 60, "pickup_library_id": "LGZX"}
    for change, status, body in (
        ({"pickup_library_id": "XX"}, 400, {"error": "The supplied pickup location is not valid"}),
        ({"patron_id": 9999}, 400, {"error": "patron_id not found"}),
        ({"biblio_id": 99999}, 400, "Biblio not found."),
        ({"biblio_id": None}, 400, {"error": "At least one of biblio_id, item_id should be given"}),
        ({"item_id": 1}, 400, {"error": "Item 1 doesn't belong to biblio 60"}),
        ({"patron_id": 12}, 409, barred("expired")),
        ({"patron_id": 30}, 409, barred("debt_limit")),
        ({"biblio_id": 2126}, 403, {"error": "Hold cannot be placed. Reason: noReservesAllowed"}),
    ):
        answer = await client.post("/api/v1/holds", json=good | change)
        assert (answer.status_code, answer.json()) == (status, body)
    broken = await client.post("/api/v1/holds", json={"patron_id": "5", "colour": "red"})
    assert broken.json() == {
        "errors": [
            {"message": "Missing property.", "path": "/body/pickup_library_id"},
            {"message": "Properties not allowed: colour.", "path": "/body"},
            {"message": "Expected integer - got str.", "path": "/body/patron_id"},
        ],
        "status": 400,
    }


async def test_holds_that_are_over_are_listed_by_themselves(library: Library) -> None:
    """`old=true` has what was cancelled, with its notes and the day; the others are not among them."""
    client = await library()
    wish = {"patron_id": 6, "biblio_id": 47, "pickup_library_id": "LGPH", "notes": "R-1"}
    made = (await client.post("/api/v1/holds", json=wish)).json()
    mine = {"notes": {"-like": "R-1%"}}
    assert total(await find(client, "/holds", mine, old="true")) == 0
    await client.delete(f"/api/v1/holds/{made['hold_id']}")
    assert total(await find(client, "/holds", mine)) == 0
    (over,) = (await find(client, "/holds", mine, old="true")).json()
    assert (over["hold_id"], over["cancellation_date"], over["status"]) == (
        made["hold_id"],
        "2026-11-24",
        None,
    )


async def test_a_waiting_hold_is_cancelled_in_two_steps_at_bantian(library: Library) -> None:
    """The copy stands on the shelf already: 202, and the hold is there until somebody takes it off."""
    client = await library("library-bantian")
    hold = (await find(client, "/holds", {"status": "W"}, _per_page=1)).json()[0]
    assert (hold["item_id"], hold["priority"]) == ("134", 0)  # a string, where other ids are numbers
    asked = await client.delete(f"/api/v1/holds/{hold['hold_id']}")
    assert (asked.status_code, asked.content) == (202, b"")
    one = {"hold_id": hold["hold_id"]}
    assert "cancellation_requested" not in (await find(client, "/holds", one)).json()[0]
    client.headers["x-koha-embed"] = "cancellation_requested"
    assert [row["cancellation_requested"] for row in (await find(client, "/holds", one)).json()] == [True]


async def test_a_thing_is_booked_once_at_a_time(mocks: RunningMocks, library: Library) -> None:
    """Ten at once for two copies of a tent: two have it, eight would conflict."""
    client = await library("library-buji")
    tent = (await find(client, "/biblios", {"title": "四人帐篷"})).json()[0]
    start = mocks.world.clock.now() + timedelta(days=40)
    wish = {
        "biblio_id": tent["biblio_id"],
        "item_id": None,
        "patron_id": 5,
        "pickup_library_id": "BJLL",
        "start_date": start.isoformat(),
        "end_date": (start + timedelta(days=2)).isoformat(),
    }
    answers = await asyncio.gather(*(client.post("/api/v1/bookings", json=wish) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 400: 8}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["item_id"] for answer in made}) == 2
    lost = next(answer for answer in answers if answer.status_code == 400)
    assert lost.json() == {"error": "Booking would conflict"}
    place = urlsplit(made[0].headers["location"]).path.removeprefix("/library-buji")
    assert (await client.get(place)).json() == made[0].json()
    assert (await client.delete(place)).status_code == 204
    assert (await client.get(place)).status_code == 404
    backwards = await client.post("/api/v1/bookings", json=wish | {"end_date": wish["start_date"]})
    assert backwards.json()["errors"][0]["path"] == "/body/end_date"
    book = await client.post("/api/v1/bookings", json=wish | {"biblio_id": 1})
    assert book.json() == {"error": "Booking would conflict"}


async def test_patrons_by_card(library: Library) -> None:
    """A reader is found by card number; the name is in two fields."""
    client = await library("library-bantian")
    reader = (await find(client, "/patrons", {"cardnumber": "044030800000003"})).json()[0]
    assert reader["patron_id"] == 3
    assert reader["userid"] == reader["cardnumber"]
    assert (await client.get("/api/v1/patrons/3")).json() == reader
    assert (await client.get("/api/v1/patrons/999")).status_code == 404


def test_like_has_an_escape() -> None:
    """As in MySQL: `\\%` is a percent sign, `%` whatever follows."""
    assert like(r"100\% sure").fullmatch("100% sure")
    assert not like(r"100\%").fullmatch("1000")
    assert like("100%").fullmatch("1000")
    assert like(r"C:\\_").fullmatch("C:\\x")
