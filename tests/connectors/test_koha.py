"""Koha's REST API at the wire: what is asked of it, how its lists end, and what its rows become."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest
import respx
from structlog.testing import capture_logs

from connectors.kit import Code, SourceError, StatusError
from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from connectors.koha.query import isbn_spellings
from schema.core.record import Position, Ref
from schema.reading.isbn import isbn_forms
from schema.reading.lookups import AllLibraries, BiblioField, BiblioSearch, CatalogueSlice
from schema.reading.records import BiblioRecord, LibraryRecord
from tests.conftest import NOW
from tests.connectors.conftest import Connect


@pytest.fixture
async def koha(connect: Connect) -> KohaConnector:
    """A connector with nothing configured."""
    connector: KohaConnector = await connect(CONNECTOR, id="library-m")
    return connector


def search(text: str = "三体", field: BiblioField = BiblioField.ANY, **more: Any) -> BiblioSearch:
    asked = {"terms": tuple(text.split()), "isbns": (), "after": None, "limit": 20} | more
    return BiblioSearch(field=field, **asked)


def refs(*ids: str) -> list[Ref]:
    return [Ref("library-m", local_id) for local_id in ids]


def asked(call: Any) -> dict[str, Any]:
    """The query of one request, its `q` decoded."""
    query = {name: values[0] for name, values in parse_qs(call.request.url.query.decode()).items()}
    return query | ({"q": msgspec.json.decode(query["q"])} if "q" in query else {})


def like(attribute: str, pattern: str) -> dict[str, Any]:
    return {attribute: {"-like": pattern}}


async def found(koha: KohaConnector, key: BiblioSearch) -> CatalogueSlice:
    (one,) = (await koha.biblios([key]))[key]
    return one


def numbers(one: CatalogueSlice) -> list[int]:
    return [biblio.number for biblio in one.biblios]


# Titles by id


async def test_titles_are_asked_for_by_their_numbers_at_once(wire: respx.Router, koha: KohaConnector) -> None:
    """One call with `-in`; an id that Koha does not know is absent, and the order is the question's."""
    route = wire.get("/api/v1/biblios").respond(json=[{"biblio_id": 3}, {"biblio_id": 7}])
    records = await koha.biblio_by_ref(refs("7", "3", "99"))
    assert [record.number for record in records.values()] == [7, 3]
    assert asked(route.calls.last) == {
        "q": {"biblio_id": {"-in": [7, 3, 99]}},
        "_order_by": "+biblio_id",
        "_page": "1",
        "_per_page": "3",
    }


@pytest.mark.parametrize("local_id", ["abc", "-1", "0", "07", "1 OR 1=1", "1.0", "٣", "2147483648", "9" * 40])
async def test_what_is_no_number_of_a_title_is_asked_of_nobody(
    wire: respx.Router, koha: KohaConnector, local_id: str
) -> None:
    """Whatever a client puts into a global id, only Koha's own numbers reach it."""
    assert await koha.biblio_by_ref(refs(local_id)) == {}
    assert await koha.holdings(refs(local_id)) == {}
    assert wire.calls.call_count == 0


async def test_more_than_a_hundred_titles_are_asked_for_in_parts(
    wire: respx.Router, koha: KohaConnector
) -> None:
    """A URL names at most a hundred ids."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    await koha.biblio_by_ref(refs(*(str(number) for number in range(1, 251))))
    assert sorted(len(asked(call)["q"]["biblio_id"]["-in"]) for call in route.calls) == [50, 100, 100]


async def test_a_title_in_full(wire: respx.Router, koha: KohaConnector) -> None:
    """Every attribute that the graph shows; empty strings and nulls are nothing."""
    row = {
        "biblio_id": 12,
        "title": " 骆驼祥子 ",
        "subtitle": "",
        "part_number": "2",
        "part_name": "下卷",
        "author": "老舍",
        "isbn": "978-7-02-033334-9 | 7020333346 | 978-7-02-033334-0",
        "publisher": "人民文学出版社",
        "publication_place": "北京",
        "publication_year": "2007",
        "copyright_date": 2006,
        "series_title": "老舍文集",
        "edition_statement": "第2版",
        "pages": "310页",
        "cn_class": "I246.5",
        "abstract": None,
        "item_type": "BOOK",
        "timestamp": "2015-06-01T09:30:00+08:00",
        "unheard_of": {"by": "us"},
    }
    wire.get("/api/v1/biblios").respond(json=[row])
    assert await koha.biblio_by_ref(refs("12")) == {
        Ref("library-m", "12"): BiblioRecord(
            ref=Ref("library-m", "12"),
            as_of=NOW,
            number=12,
            title="骆驼祥子",
            part_number="2",
            part_name="下卷",
            author="老舍",
            isbns=("9787020333349", "978-7-02-033334-0"),
            publisher="人民文学出版社",
            publication_place="北京",
            year=2007,
            series="老舍文集",
            edition="第2版",
            pages="310页",
            classification="I246.5",
            item_type="BOOK",
        )
    }


@pytest.mark.parametrize(
    ("written", "copyright_date", "year"),
    [("2007", None, 2007), ("c2007.", None, 2007), ("[19--?]", 1998, 1998), (None, 1998, 1998),
     (2011, None, 2011), ("出版年不详", None, None), ("120077", None, None), (None, None, None)],
)  # fmt: skip
async def test_a_year_is_read_out_of_what_cataloguers_write(
    wire: respx.Router, koha: KohaConnector, written: Any, copyright_date: Any, year: int | None
) -> None:
    """The year of publication, else that of the copyright, else none."""
    row = {"biblio_id": 1, "publication_year": written, "copyright_date": copyright_date}
    wire.get("/api/v1/biblios").respond(json=[row])
    records = await koha.biblio_by_ref(refs("1"))
    assert records[Ref("library-m", "1")].year == year


# What is searched


async def test_every_word_has_to_stand_somewhere(wire: respx.Router, koha: KohaConnector) -> None:
    """ANY: each term in the title, its parts, the series or the author."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    await found(koha, search("三体 刘慈欣"))
    attributes = ("title", "subtitle", "part_name", "series_title", "author")
    assert asked(route.calls.last)["q"] == {
        "-and": [
            {"-or": [like(attribute, "%三体%") for attribute in attributes]},
            {"-or": [like(attribute, "%刘慈欣%") for attribute in attributes]},
        ]
    }


async def test_an_author_is_sought_among_authors_only(wire: respx.Router, koha: KohaConnector) -> None:
    """AUTHOR: one attribute."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    await found(koha, search("老舍", BiblioField.AUTHOR))
    assert asked(route.calls.last)["q"] == {"-and": [{"-or": [like("author", "%老舍%")]}]}


async def test_signs_of_like_mean_themselves(wire: respx.Router, koha: KohaConnector) -> None:
    r"""`%`, `_` and `\` of a resident's text are escaped as MySQL wants it."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    await found(koha, search(r"100%_\"", BiblioField.AUTHOR))
    assert asked(route.calls.last)["q"] == {"-and": [{"-or": [like("author", r'%100\%\_\\"%')]}]}


async def test_an_isbn_is_sought_in_every_spelling(wire: respx.Router, koha: KohaConnector) -> None:
    """Both forms plain, and with the hyphens of each publisher that there may be; no terms beside it."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    forms = isbn_forms("978-7-02-033334-9")
    await found(koha, search("", BiblioField.ISBN, terms=(), isbns=forms))
    spellings = ["9787020333349", "7020333346", "7-02-033334-", "7-020-33334-", "7-0203-3334-",
                 "7-02033-334-", "7-020333-34-", "7-0203333-4-"]  # fmt: skip
    assert asked(route.calls.last)["q"] == {"-or": [like("isbn", f"%{written}%") for written in spellings]}


async def test_anything_that_is_an_isbn_is_sought_as_one_too(wire: respx.Router, koha: KohaConnector) -> None:
    """ANY: the ISBN's spellings or the words."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    await found(koha, search("9787020333349", isbns=("9787020333349", "7020333346")))
    condition = asked(route.calls.last)["q"]
    assert list(condition) == ["-or"]
    assert condition["-or"][0] == like("isbn", "%9787020333349%")
    assert condition["-or"][-1]["-and"][0]["-or"][0] == like("title", "%9787020333349%")


@pytest.mark.parametrize(
    ("isbn", "hyphenated"),
    [
        ("9787544711562", "7-5447-1156-"),
        ("9780099034308", "0-09-903430-"),
        ("9786501234564", "65-01-23456-"),
        ("9786011234566", "601-12-3456-"),
        ("9789573317241", "957-33-1724-"),
        ("9789971501228", "9971-50-122-"),
        ("9789996712340", "99967-12-34-"),
        ("9791090636071", "979-10-90636-07-"),
        ("9798602405453", "979-8-6024-0545-"),
    ],
)
def test_hyphens_follow_the_registration_groups(isbn: str, hyphenated: str) -> None:
    """The right hyphenation is among the spellings, whichever country's the number is."""
    assert isbn_forms(isbn)
    assert hyphenated in list(isbn_spellings(isbn_forms(isbn)))


# How lists are paged


@pytest.mark.parametrize(("last", "operator"), [("library-a", ">="), ("library-m", ">"), ("library-z", ">")])
async def test_a_page_goes_on_after_the_last_number(
    wire: respx.Router, koha: KohaConnector, last: str, operator: str
) -> None:
    """A source that sorts behind the last title's may have its number too; the others begin after it."""
    route = wire.get("/api/v1/biblios").respond(json=[])
    await found(koha, search(after=(40, last), limit=5))
    query = asked(route.calls.last)
    assert query["q"]["biblio_id"] == {operator: 40}
    assert (query["_order_by"], query["_per_page"]) == ("+biblio_id", "5")
    assert b"_order_by=%2Bbiblio_id" in route.calls.last.request.url.query


async def test_the_total_is_what_the_header_says(wire: respx.Router, koha: KohaConnector) -> None:
    """One call; X-Total-Count counts all that match, X-Base-Total-Count means nothing here."""
    headers = {"X-Total-Count": "31", "X-Base-Total-Count": "3600"}
    route = wire.get("/api/v1/biblios").respond(json=[{"biblio_id": 4}, {"biblio_id": 9}], headers=headers)
    one = await found(koha, search(limit=2))
    assert (numbers(one), one.remaining, one.more) == ([4, 9], 31, True)
    assert route.call_count == 1


async def test_a_server_may_give_smaller_pages_than_asked(wire: respx.Router, koha: KohaConnector) -> None:
    """Further pages are read until there are as many as wanted, and no more."""
    pages = [[1, 2], [3, 4], [5, 6]]

    def capped(request: httpx.Request) -> httpx.Response:
        page = pages[int(request.url.params["_page"]) - 1]
        return httpx.Response(200, json=[{"biblio_id": n} for n in page], headers={"X-Total-Count": "6"})

    route = wire.get("/api/v1/biblios").mock(side_effect=capped)
    one = await found(koha, search(limit=4))
    assert (numbers(one), one.remaining, one.more) == ([1, 2, 3, 4], 6, True)
    assert [asked(call)["_per_page"] for call in route.calls] == ["4", "4"]


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({}, False),
        ({"Link": '<http://x.test/b?_page=1>; rel="first",<http://x.test/b?_page=1>; rel="last"'}, False),
        ({"Link": '<http://x.test/b?q=a,b>; rel="prev", <http://x.test/b?_page=2>; rel="next"'}, True),
        ({"Link": '<http://x.test/b?_page=2>;title="a, b"; REL=next'}, True),
        ({"X-Total-Count": "unheard of"}, False),
    ],
)
async def test_without_a_total_links_say_whether_more_follow(
    wire: respx.Router, koha: KohaConnector, headers: dict[str, str], more: bool
) -> None:
    """Releases that send no X-Total-Count on /biblios: how many there are is not known."""
    answers = [
        httpx.Response(200, json=[{"biblio_id": 1}], headers=headers),
        httpx.Response(200, json=[{"biblio_id": 2}]),
    ]
    route = wire.get("/api/v1/biblios").mock(side_effect=answers)
    one = await found(koha, search(limit=3))
    assert (numbers(one), one.remaining, one.more) == ([1, 2] if more else [1], None, False)
    assert route.call_count == (2 if more else 1)


async def test_without_any_header_a_full_page_says_that_more_follow(
    wire: respx.Router, koha: KohaConnector
) -> None:
    """It may be wrong, and then the next page is empty."""
    wire.get("/api/v1/biblios").respond(json=[{"biblio_id": 1}, {"biblio_id": 2}])
    one = await found(koha, search(limit=2))
    assert (one.remaining, one.more) == (None, True)


async def test_a_list_that_never_ends_is_a_fault(wire: respx.Router, koha: KohaConnector) -> None:
    """A server that ignores `_page` is not asked for ever."""
    rows = [{"library_id": f"L{n}", "name": "馆"} for n in range(200)]
    route = wire.get("/api/v1/libraries").respond(json=rows)
    with pytest.raises(SourceError) as caught:
        await koha.libraries([AllLibraries()])
    assert caught.value.code is Code.SOURCE_MALFORMED
    assert route.call_count == 50


# Broken rows and errors


async def test_a_broken_row_does_not_hide_the_others(wire: respx.Router, koha: KohaConnector) -> None:
    """It is left out and in the log, without its content."""
    rows = [
        {"biblio_id": 1},
        {"biblio_id": "two", "title": "某某的日记"},
        {"title": "无号"},
        {"biblio_id": 4},
    ]
    wire.get("/api/v1/biblios").respond(json=rows, headers={"X-Total-Count": "4"})
    with capture_logs() as logs:
        one = await found(koha, search())
    assert (numbers(one), one.remaining, one.more) == ([1, 4], 4, False)
    assert [entry["event"] for entry in logs] == ["unreadable entry left out"] * 2
    assert "日记" not in str(logs)


@pytest.mark.parametrize("body", ['{"error": 1}', '[{"title": "a"}]', "[1, 2]", '[{"biblio_id": 1}', ""])
async def test_an_answer_that_is_no_list_is_malformed(
    wire: respx.Router, koha: KohaConnector, body: str
) -> None:
    """Nothing readable in it: the source is at fault, not the reader."""
    wire.get("/api/v1/biblios").respond(text=body)
    with pytest.raises(SourceError) as caught:
        await found(koha, search())
    assert caught.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"error": "Invalid attribute", "error_code": "invalid_query"}', "status 400, invalid_query"),
        ('{"error": 1, "error_code": "invalid_query"}', "status 400, invalid_query"),
        ('{"error": "no code"}', "status 400"),
        ('{"errors": [{"message": "Expected integer", "path": "/_page"}], "status": 400}', "status 400"),
        ('[{"message": "Malformed query string", "path": "/query/x"}]', "status 400"),
        ('"Embedding objects is not allowed on this endpoint."', "status 400"),
        ("<html>400</html>", "status 400"),
    ],
)
async def test_errors_come_in_every_shape(
    wire: respx.Router, koha: KohaConnector, body: str, detail: str
) -> None:
    """A refusal is SOURCE_REJECTED whatever its body; its code, if any, goes to the log."""
    wire.get("/api/v1/biblios").respond(400, text=body)
    with pytest.raises(StatusError) as caught:
        await found(koha, search())
    assert (caught.value.code, caught.value.detail) == (Code.SOURCE_REJECTED, detail)


# Branches

BRANCH = {"library_id": "LGZX", "name": "龙岗区图书馆总馆"}


async def test_all_branches_are_one_call(wire: respx.Router, connect: Connect) -> None:
    """Positions are those configured; a branch that is not public is left out."""
    koha = await connect(CONNECTOR, {"branches": {"LGZX": {"lat": 22.72, "lng": 114.25}}}, id="library-m")
    rows = [
        BRANCH | {"phone": "0755-1", "email": "", "url": "https://lib.test", "public": True,
                  "geolocation": "22.1,114.1"},
        {"library_id": "OLD", "name": "旧馆"},
        {"library_id": "STORE", "name": "书库", "public": False},
    ]  # fmt: skip
    route = wire.get("/api/v1/libraries").respond(json=rows, headers={"X-Total-Count": "3"})
    answer = await koha.libraries([AllLibraries()])
    assert answer[AllLibraries()] == (
        LibraryRecord(
            ref=Ref("library-m", "LGZX"),
            as_of=NOW,
            name="龙岗区图书馆总馆",
            position=Position(lat=22.72, lng=114.25),
            phone="0755-1",
            website="https://lib.test",
        ),
        LibraryRecord(ref=Ref("library-m", "OLD"), as_of=NOW, name="旧馆"),
    )
    assert asked(route.calls.last) == {"_order_by": "+library_id", "_page": "1", "_per_page": "200"}


async def test_branches_are_read_by_their_ids_at_once(wire: respx.Router, koha: KohaConnector) -> None:
    """One call with `-in`; unknown ones are absent, and so is one that is not public."""
    rows = [BRANCH, {"library_id": "STORE", "name": "书库", "public": False}]
    route = wire.get("/api/v1/libraries").respond(json=rows)
    assert list(await koha.library_by_ref(refs("LGZX", "NONE", "STORE"))) == refs("LGZX")
    assert asked(route.calls.last)["q"] == {"library_id": {"-in": ["LGZX", "NONE", "STORE"]}}


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (
            ("龙翔大道7018号", "龙城街道吉祥社区", "龙岗区", "深圳市"),
            "深圳市龙岗区龙城街道吉祥社区龙翔大道7018号",
        ),
        (("龙岗区", "龙城街道", "龙翔大道7018号", "深圳市"), "深圳市龙岗区龙城街道龙翔大道7018号"),
        (("龙岗区龙翔大道7018号", "", None, None), "龙岗区龙翔大道7018号"),
        (
            ("7018 Longxiang Avenue", "Longgang", None, "Shenzhen"),
            "7018 Longxiang Avenue, Longgang, Shenzhen",
        ),
        ((None, None, None, None), None),
    ],
)
async def test_an_address_reads_as_addresses_do(
    wire: respx.Router, koha: KohaConnector, lines: tuple[str | None, ...], address: str | None
) -> None:
    """Chinese ones from the largest part to the smallest, whatever line each stands in."""
    row = BRANCH | dict(zip(("address1", "address2", "address3", "city"), lines, strict=True))
    wire.get("/api/v1/libraries").respond(json=[row])
    record = (await koha.library_by_ref(refs("LGZX")))[Ref("library-m", "LGZX")]
    assert record.address == address


# Options


async def test_paths_are_options(wire: respx.Router, connect: Connect) -> None:
    """Koha and DAIA stand where the configuration says, below the source's url."""
    koha = await connect(CONNECTOR, {"api": "koha/api/v1", "daia": "availability"}, id="library-m")
    wire.get("/koha/api/v1/biblios").respond(json=[{"biblio_id": 1}])
    wire.get("/availability").respond(json={"document": []})
    assert len(await koha.biblio_by_ref(refs("1"))) == 1
    assert await koha.holdings(refs("1")) == {}


@pytest.mark.parametrize(
    "options",
    [
        {"document": "opac-cn-lgq:ppn:"},
        {"document": "a|{biblio_id}"},
        {"branches": {"LGZX": {"lat": 122.7, "lng": 22.6}}},
        {"branches": {"LGZX": {"lat": 22.7}}},
        {"page_size": 20},
    ],
)
async def test_options_that_cannot_work_are_refused(connect: Connect, options: dict[str, Any]) -> None:
    """At start, by name, and not at the first question."""
    with pytest.raises(msgspec.ValidationError):
        await connect(CONNECTOR, options)
