"""DAIA at the wire: which documents are whose, what its services mean, and how an answer goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from connectors.kit import Code, SourceError, StatusError
from connectors.koha import CONNECTOR
from connectors.koha.connector import KohaConnector
from schema.core.record import Ref
from schema.reading.holds import BiblioHoldRecord, holds_of
from schema.reading.records import BiblioRecord, CopyRecord, CopyService, CopyStatus, CopyUse
from tests.conftest import NOW
from tests.connectors.conftest import Connect

STAMP = "2026-11-24T01:59:30Z"
AS_OF = datetime.fromisoformat("2026-11-24T09:59:30+08:00")


@pytest.fixture
async def koha(connect: Connect) -> KohaConnector:
    """A library whose DAIA server takes Koha's numbers as they are."""
    connector: KohaConnector = await connect(CONNECTOR, id="library-m")
    return connector


def refs(*ids: int) -> list[Ref]:
    return [Ref("library-m", str(local_id)) for local_id in ids]


def document(number: int, *items: Any, **more: Any) -> dict[str, Any]:
    return {"id": f"opac:ppn:{number}", "requested": str(number), "item": list(items)} | more


def answer(*documents: Any, **more: Any) -> dict[str, Any]:
    return {"document": list(documents), "timestamp": STAMP} | more


def ids_of(call: Any) -> str:
    return str(call.request.url.params["id"])


async def copies(koha: KohaConnector, wire: respx.Router, *items: Any) -> tuple[CopyRecord, ...]:
    """What a title's copies become."""
    wire.get("/daia").respond(json=answer(document(1, *items)))
    (holdings,) = (await koha.holdings(refs(1))).values()
    return holdings.copies


def serving(batch: int, link: Callable[[str], str]) -> Callable[[httpx.Request], httpx.Response]:
    """A server that processes so many identifiers at a time and leaves the rest in a link."""

    def respond(request: httpx.Request) -> httpx.Response:
        asked = request.url.params["id"].split("|")
        now, later = asked[:batch], asked[batch:]
        headers = {"Link": link("%7C".join(later))} if later else {}
        return httpx.Response(200, json=answer(*(document(int(key)) for key in now)), headers=headers)

    return respond


# Which documents are whose


async def test_all_titles_are_one_call(wire: respx.Router, koha: KohaConnector) -> None:
    """Identifiers are joined by bars, escaped as DAIA wants; one that the server does not know is absent."""
    route = wire.get("/daia").respond(json=answer(document(1), document(3)))
    found = await koha.holdings(refs(1, 2, 3))
    assert list(found) == refs(1, 3)
    assert route.call_count == 1
    assert route.calls.last.request.url.query == b"format=json&id=1%7C2%7C3"


async def test_a_title_may_be_known_by_a_uri(wire: respx.Router, connect: Connect) -> None:
    """`document` says how; where the server repeats it in `id` alone, that is a match as well."""
    koha = await connect(CONNECTOR, {"document": "opac:ppn:{biblio_id}"}, id="library-m")
    echoed = {"id": "urn:x:1", "requested": "opac:ppn:1"}
    route = wire.get("/daia").respond(json=answer(echoed, {"id": "opac:ppn:2"}, {"id": "opac:ppn:9"}))
    assert list(await koha.holdings(refs(1, 2))) == refs(1, 2)
    assert ids_of(route.calls.last) == "opac:ppn:1|opac:ppn:2"


async def test_documents_under_one_identifier_are_one_title(wire: respx.Router, koha: KohaConnector) -> None:
    """Their copies stand one after the other."""
    both = [document(1, {"label": "A"}), document(1, {"label": "B"}, id="opac:ebook:1")]
    wire.get("/daia").respond(json=answer(*both))
    (holdings,) = (await koha.holdings(refs(1))).values()
    assert [copy.label for copy in holdings.copies] == ["A", "B"]


@pytest.mark.parametrize("given", [{"item": []}, {}])
async def test_a_known_title_without_copies_has_none(
    wire: respx.Router, koha: KohaConnector, given: dict[str, Any]
) -> None:
    """That is another thing than a title that the server does not know."""
    wire.get("/daia").respond(json=answer({"id": "1"} | given))
    (holdings,) = (await koha.holdings(refs(1))).values()
    assert holdings.copies == ()


@pytest.mark.parametrize(
    ("stamp", "as_of"), [(STAMP, AS_OF), ("2026-11-24T09:59:30", AS_OF), ("", NOW), ("just now", NOW)]
)
async def test_copies_are_as_of_the_answer(
    wire: respx.Router, koha: KohaConnector, stamp: str, as_of: datetime
) -> None:
    """The response's timestamp, else the instant of the call."""
    wire.get("/daia").respond(json=answer(document(1, {"label": "A"}), timestamp=stamp))
    (holdings,) = (await koha.holdings(refs(1))).values()
    assert (holdings.as_of, holdings.copies[0].as_of) == (as_of, as_of)


# How an answer goes on


@pytest.mark.parametrize(
    "link",
    [
        lambda left: f'<http://system.test/api/daia?format=json&id={left}>; rel="next"',
        lambda left: f'<http://internal:8080/?id={left}&format=json>;rel=next, <http://a.test/>; rel="help"',
        lambda left: f'<?id={left.replace("%7C", "|")}>; title="rest"; rel="start next"',
    ],
)
async def test_a_server_may_process_some_and_leave_the_rest(
    wire: respx.Router, koha: KohaConnector, link: Callable[[str], str]
) -> None:
    """The rest is asked for next, of our own address whatever the link's is: it gets no credential."""
    route = wire.get("/daia").mock(side_effect=serving(2, link))
    assert list(await koha.holdings(refs(1, 2, 3, 4, 5))) == refs(1, 2, 3, 4, 5)
    assert [ids_of(call) for call in route.calls] == ["1|2|3|4|5", "3|4|5", "5"]


async def test_a_server_that_leaves_everything_is_at_fault(wire: respx.Router, koha: KohaConnector) -> None:
    """No progress: it is not asked for ever."""
    wire.get("/daia").respond(json=answer(), headers={"Link": '<http://x.test/?id=1%7C2>; rel="next"'})
    with pytest.raises(SourceError) as caught:
        await koha.holdings(refs(1, 2))
    assert caught.value.code is Code.SOURCE_MALFORMED


async def test_a_link_to_other_identifiers_is_not_followed(wire: respx.Router, koha: KohaConnector) -> None:
    """What we did not ask for is not left."""
    headers = {"Link": '<http://x.test/?id=77>; rel="next"'}
    route = wire.get("/daia").respond(json=answer(document(1)), headers=headers)
    assert list(await koha.holdings(refs(1))) == refs(1)
    assert route.call_count == 1


async def test_a_server_may_refuse_many_identifiers(wire: respx.Router, koha: KohaConnector) -> None:
    """422: they are halved until it takes them."""

    def picky(request: httpx.Request) -> httpx.Response:
        asked = request.url.params["id"].split("|")
        if len(asked) > 2:
            return httpx.Response(422, json={"error": "invalid_request", "code": 422})
        return httpx.Response(200, json=answer(*(document(int(key)) for key in asked)))

    route = wire.get("/daia").mock(side_effect=picky)
    assert list(await koha.holdings(refs(1, 2, 3, 4))) == refs(1, 2, 3, 4)
    assert [ids_of(call) for call in route.calls] == ["1|2|3|4", "1|2", "3|4"]


async def test_a_single_identifier_that_is_refused_is_a_refusal(
    wire: respx.Router, koha: KohaConnector
) -> None:
    """There is nothing to halve."""
    route = wire.get("/daia").respond(422, json={"error": "invalid_request", "code": 422})
    with pytest.raises(StatusError) as caught:
        await koha.holdings(refs(1))
    assert (caught.value.code, caught.value.status) == (Code.SOURCE_REJECTED, 422)
    assert route.call_count == 1


# What a copy becomes


async def test_a_copy_in_full(wire: respx.Router, koha: KohaConnector) -> None:
    """Branch, place, call number and every service, by name or by URI; services unheard of are ignored."""
    item = {
        "id": "opac:epn:1",
        "label": "I246.5/1",
        "department": {"id": "urn:longgang:library:LGZX", "content": "龙岗区图书馆总馆"},
        "storage": {"content": "二楼文学社科区"},
        "available": [
            {"service": "presentation"},
            {
                "service": "http://purl.org/ontology/dso#Interloan",
                "delay": "P3D",
                "href": "https://lib.test/ill",
                "limitation": [{"id": "http://purl.org/ontology/dso#ApprovalRequired", "content": "须申请"},
                               {"id": "http://purl.org/ontology/dso#ShortLoan"}],
            },
            {"service": "https://lib.test/digitize"},
            {"service": "teleportation"},
        ],
        "unavailable": [{"service": "loan", "expected": "2026-12-01", "queue": 2}],
    }  # fmt: skip
    assert await copies(koha, wire, item) == (
        CopyRecord(
            source="library-m",
            library_id="LGZX",
            label="I246.5/1",
            department="龙岗区图书馆总馆",
            storage="二楼文学社科区",
            status=CopyStatus.ON_LOAN,
            expected=date(2026, 12, 1),
            queue=2,
            services=(
                CopyService(service=CopyUse.PRESENTATION, available=True),
                CopyService(
                    service=CopyUse.INTERLOAN,
                    available=True,
                    delayed=True,
                    delay="P3D",
                    limitations=("须申请", "http://purl.org/ontology/dso#ShortLoan"),
                    url="https://lib.test/ill",
                ),
                CopyService(
                    service=CopyUse.LOAN,
                    available=False,
                    expected=date(2026, 12, 1),
                    returning=True,
                    queue=2,
                ),
            ),
            as_of=AS_OF,
        ),
    )


PRESENT, LOAN = {"service": "presentation"}, {"service": "loan"}


@pytest.mark.parametrize(
    ("available", "unavailable", "status"),
    [
        ([PRESENT, LOAN], [], CopyStatus.AVAILABLE),
        ([LOAN | {"delay": "unknown"}], [], CopyStatus.AVAILABLE),
        (
            [LOAN | {"limitation": [{"content": "短期"}]}],
            [LOAN | {"expected": "unknown"}],
            CopyStatus.AVAILABLE,
        ),
        ([{"service": "remote"}], [], CopyStatus.ONLINE),
        ([{"service": "openaccess"}, PRESENT], [LOAN], CopyStatus.ONLINE),
        ([PRESENT], [LOAN], CopyStatus.ON_SITE),
        ([PRESENT], [], CopyStatus.ON_SITE),
        ([], [LOAN | {"expected": "2026-12-01"}], CopyStatus.ON_LOAN),
        ([], [LOAN | {"expected": "unknown"}], CopyStatus.ON_LOAN),
        ([], [PRESENT, LOAN | {"queue": 1}], CopyStatus.ON_LOAN),
        ([], [PRESENT | {"expected": "unknown"}], CopyStatus.ON_LOAN),
        ([], [PRESENT, LOAN], CopyStatus.UNAVAILABLE),
        ([], [LOAN | {"queue": 0}], CopyStatus.UNAVAILABLE),
        ([{"service": "interloan"}], [], CopyStatus.UNAVAILABLE),
        ([], [], CopyStatus.UNKNOWN),
        ([{"service": "teleportation"}], [], CopyStatus.UNKNOWN),
    ],
)
async def test_the_status_says_what_a_reader_can_do(
    wire: respx.Router, koha: KohaConnector, available: list[Any], unavailable: list[Any], status: CopyStatus
) -> None:
    """Take it home, have it online, read it there, wait for it, or none of these."""
    (copy,) = await copies(koha, wire, {"available": available, "unavailable": unavailable})
    assert copy.status is status


@pytest.mark.parametrize(
    ("delay", "delayed", "shown"),
    [({}, False, None), ({"delay": ""}, False, None), ({"delay": "PT0S"}, False, None),
     ({"delay": "P0DT0H"}, False, None), ({"delay": "PT1H"}, True, "PT1H"),
     ({"delay": "P1Y2M3DT4H5M6.5S"}, True, "P1Y2M3DT4H5M6.5S"), ({"delay": "unknown"}, True, None),
     ({"delay": "P"}, True, None), ({"delay": "two days"}, True, None)],
)  # fmt: skip
async def test_a_delay_is_a_duration_or_unknown(
    wire: respx.Router, koha: KohaConnector, delay: dict[str, str], delayed: bool, shown: str | None
) -> None:
    """One that cannot be read is of unknown length."""
    (copy,) = await copies(koha, wire, {"available": [LOAN | delay]})
    assert (copy.services[0].delayed, copy.services[0].delay) == (delayed, shown)


@pytest.mark.parametrize(
    ("expected", "day", "returning"),
    [({}, None, False), ({"expected": ""}, None, False), ({"expected": "unknown"}, None, True),
     ({"expected": "2026-12-01"}, date(2026, 12, 1), True),
     ({"expected": "2026-12-01+08:00"}, date(2026, 12, 1), True),
     ({"expected": "2026-12-01T17:00:00Z"}, date(2026, 12, 2), True),
     ({"expected": "2026-12-01T23:59:00"}, date(2026, 12, 1), True),
     ({"expected": "soon"}, None, True)],
)  # fmt: skip
async def test_expected_is_a_date_an_instant_or_unknown(
    wire: respx.Router, koha: KohaConnector, expected: dict[str, str], day: date | None, returning: bool
) -> None:
    """The day is the one in the district; without it nobody says whether the copy comes back."""
    (copy,) = await copies(koha, wire, {"unavailable": [LOAN | expected]})
    assert (copy.expected, copy.services[0].expected) == (day, day)
    assert copy.services[0].returning is returning


@pytest.mark.parametrize(
    ("department", "library_id"),
    [({"id": "urn:longgang:library:LGZX", "content": "总馆"}, "LGZX"),
     ({"id": "https://lib.test/branches/LGZX"}, "LGZX"), ({"id": "https://lib.test/b#LGZX"}, "LGZX"),
     ({"id": "http://uri.gbv.de/organization/isil/CN-440307-LG"}, "LGZX"),
     ({"id": "https://lib.test/"}, None), ({"content": "总馆"}, None), (None, None)],
)  # fmt: skip
async def test_a_department_is_a_branch(
    wire: respx.Router, connect: Connect, department: dict[str, str] | None, library_id: str | None
) -> None:
    """The last part of its URI is Koha's `library_id`, unless `departments` says another."""
    departments = {"http://uri.gbv.de/organization/isil/CN-440307-LG": "LGZX"}
    koha = await connect(CONNECTOR, {"departments": departments}, id="library-m")
    item = {"label": "A"} | ({"department": department} if department else {})
    (copy,) = await copies(koha, wire, item)
    assert copy.library_id == library_id


async def test_a_broken_copy_does_not_hide_the_others(wire: respx.Router, koha: KohaConnector) -> None:
    """A service without its type, a queue in words: the copy is left out and in the log."""
    broken = [{"available": [{"href": "x"}]}, {"unavailable": [LOAN | {"queue": "two"}]}, 7]
    with capture_logs() as logs:
        found = await copies(koha, wire, {"label": "A"}, *broken, {"label": "B"})
    assert [copy.label for copy in found] == ["A", "B"]
    assert [entry["event"] for entry in logs] == ["unreadable entry left out"] * 3


@pytest.mark.parametrize("body", ["[]", '{"document": [{"requested": "1"}]}', "<daia/>", '{"document": 1}'])
async def test_an_answer_that_is_not_daia_is_malformed(
    wire: respx.Router, koha: KohaConnector, body: str
) -> None:
    """A document without its id, another format: the source is at fault."""
    wire.get("/daia").respond(text=body)
    with pytest.raises(SourceError) as caught:
        await koha.holdings(refs(1))
    assert caught.value.code is Code.SOURCE_MALFORMED


# What can be asked for


BIBLIO = BiblioRecord(ref=Ref("library-m", "1"), as_of=NOW, number=1, title="围城")


async def holds(koha: KohaConnector, wire: respx.Router, *items: Any) -> list[BiblioHoldRecord]:
    """What of a title can be asked for."""
    wire.get("/daia").respond(json=answer(document(1, *items)))
    (holdings,) = (await koha.holdings(refs(1))).values()
    return holds_of(BIBLIO, holdings)


def can(service: str, **more: Any) -> dict[str, Any]:
    return {"available": [{"service": service, **more}]}


def cannot(service: str, **more: Any) -> dict[str, Any]:
    return {"unavailable": [{"service": service, **more}]}


@pytest.mark.parametrize(
    ("item", "left"),
    [
        (can("loan"), 1),
        (can("loan", delay="unknown"), 1),
        (cannot("loan", expected="2026-12-01"), 0),
        (cannot("loan", expected="unknown"), 0),
        (cannot("loan", queue=1), 0),
        (cannot("loan", href="https://x/1"), 0),
        (cannot("loan"), None),
        (cannot("loan", queue=0), None),
        (can("presentation"), None),
        (can("remote", href="https://x/1"), None),
        ({}, None),
    ],
)
async def test_what_can_be_borrowed_can_be_held(
    koha: KohaConnector, wire: respx.Router, item: dict[str, Any], left: int | None
) -> None:
    """Where it can be had, or is expected back; not where nobody says that it ever is."""
    found = await holds(koha, wire, item)
    assert [(hold.service, hold.places_left) for hold in found] == (
        [] if left is None else [(CopyUse.LOAN, left)]
    )


async def test_use_inside_is_asked_for_where_the_library_says_how(
    koha: KohaConnector, wire: respx.Router
) -> None:
    """A stack's copy has an address for it; a shelf's is simply taken."""
    loan, inside = await holds(
        koha,
        wire,
        {"available": [{"service": "loan"}, {"service": "presentation"}]},
        can("presentation", href="https://x/stack"),
    )
    assert (loan.ref.id, loan.places_total, loan.url) == ("1/loan", 1, None)
    assert (inside.ref.id, inside.places_total, inside.url) == ("1/presentation", 1, "https://x/stack")
    assert inside.bookable_at(NOW)


async def test_a_hold_sums_up_its_copies(koha: KohaConnector, wire: respx.Router) -> None:
    """The longest queue, the first day, the restrictions that none of them is free of."""
    short, card = {"content": "短期"}, {"content": "凭证"}
    (hold,) = await holds(
        koha,
        wire,
        cannot("loan", expected="2026-12-09", queue=2, limitation=[short, card]),
        cannot("loan", expected="2026-12-01", queue=3, limitation=[card]),
        can("presentation", limitation=[short]),
    )
    assert (hold.places_left, hold.places_total, hold.queue) == (0, 2, 3)
    assert (hold.expected, hold.limitations, hold.as_of) == (date(2026, 12, 1), ("凭证",), AS_OF)
