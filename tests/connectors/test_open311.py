"""Open311 GeoReport v2 at the wire: both formats, what servers differ in, and windows of time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest
import respx
from structlog.testing import capture_logs

from connectors.kit import Code, SourceError
from connectors.open311 import CONNECTOR
from connectors.open311.connector import Open311
from schema.civic.lookups import AllServices, CaseWindow, TimelineKey
from schema.civic.records import (
    AttributeType,
    AttributeValue,
    CaseRecord,
    CaseState,
    CaseUpdate,
    ServiceAttribute,
    ServiceTypeRecord,
)
from schema.core.record import Position, Ref
from tests.conftest import NOW
from tests.connectors.conftest import Connect

HTML = "<html><body><h1>500 Internal Server Error</h1> java.lang.NullPointerException</body></html>"
ERROR = {"json": '[{"code":500,"description":"NullPointerException at Case.java:12"}]'}
ERROR["xml"] = (
    "<errors><error><code>500</code><description>NullPointerException</description></error></errors>"
)


def at(written: str) -> datetime:
    return datetime.fromisoformat(f"2026-{written}+08:00")


def request(id_: int | str, when: str = "11-20T08:00:00", **fields: Any) -> dict[str, Any]:
    return {
        "service_request_id": id_,
        "status": "open",
        "requested_datetime": at(when).isoformat(),
        **fields,
    }


def in_xml(root: str, element: str, rows: Sequence[dict[str, Any]]) -> str:
    cells = [
        "".join(
            f"<{name}/>" if value in ("", None) else f"<{name}>{value}</{name}>"
            for name, value in row.items()
        )
        for row in rows
    ]
    inside = "".join(f"<{element}>{cell}</{element}>" for cell in cells)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root}>{inside}</{root}>'


def body(form: str, root: str, element: str, rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows) if form == "json" else in_xml(root, element, rows)


@pytest.fixture(params=["json", "xml"])
async def form(request: pytest.FixtureRequest) -> str:
    """Each format in turn."""
    return str(request.param)


@pytest.fixture
async def events(connect: Connect, form: str) -> Open311:
    """A connector for a server of that format."""
    connector: Open311 = await connect(CONNECTOR, {"format": form}, id="events")
    return connector


async def one_case(events: Open311, id_: str = "7") -> CaseRecord | None:
    ref = Ref("events", id_)
    return (await events.cases([ref])).get(ref)


# What servers differ in


async def test_a_case_in_full(wire: respx.Router, events: Open311, form: str) -> None:
    """Ids as numbers, `long`, notes that are the state, and every field; JSON and XML alike."""
    row = {
        "service_request_id": 261124003,
        "status": "open",
        "status_notes": "处理中",
        "service_name": "路灯异常",
        "service_code": "44030701037",
        "description": "路灯一直闪烁。",
        "agency_responsible": "龙岗区城市管理和综合执法局",
        "service_notice": None,
        "requested_datetime": "2026-11-23T20:14:14+08:00",
        "updated_datetime": "2026-11-23T15:09:11Z",
        "expected_datetime": "2026-11-25T20:14:14+08:00",
        "address": "深圳市龙岗区坂田街道马安堂东街185号",
        "address_id": "",
        "zipcode": 518129,
        "lat": 22.638161,
        "long": 114.05429,
        "media_url": "https://media.example/1.jpg ",
    }
    wire.get(f"/requests/261124003.{form}").respond(text=body(form, "service_requests", "request", [row]))
    assert await one_case(events, "261124003") == CaseRecord(
        ref=Ref("events", "261124003"),
        as_of=NOW,
        name="路灯异常",
        position=Position(lat=22.638161, lng=114.05429),
        service_code="44030701037",
        state=CaseState.IN_PROGRESS,
        open=True,
        description="路灯一直闪烁。",
        address="深圳市龙岗区坂田街道马安堂东街185号",
        agency="龙岗区城市管理和综合执法局",
        requested_at=at("11-23T20:14:14"),
        updated_at=at("11-23T23:09:11"),
        expected_at=at("11-25T20:14:14"),
        media_url="https://media.example/1.jpg",
    )


@pytest.mark.parametrize("nothing", ["", None])
async def test_empty_elements_empty_strings_and_nulls_are_nothing(
    wire: respx.Router, events: Open311, form: str, nothing: Any
) -> None:
    """What a server leaves empty is null, and a case without a name goes by its code, else 事件."""
    names = "status_notes service_name service_code description agency_responsible updated_datetime"
    empty = dict.fromkeys(
        [*names.split(), "expected_datetime", "address", "lat", "long", "media_url"], nothing
    )
    rows = [request(7, **empty)]
    wire.get(f"/requests/7.{form}").respond(text=body(form, "service_requests", "request", rows))
    assert await one_case(events) == CaseRecord(
        ref=Ref("events", "7"),
        as_of=NOW,
        name="事件",
        state=CaseState.UNKNOWN,
        open=True,
        requested_at=at("11-20T08:00:00"),
    )


@pytest.mark.parametrize(
    ("lat", "long", "position"),
    [
        (0, 0, None),
        ("0.0", "0.0", None),
        (22.6, None, None),
        (None, 114.1, None),
        (99, 200, None),
        ("x", "y", None),
        ("22.6", "114.1", Position(lat=22.6, lng=114.1)),
    ],
)
async def test_no_position(
    wire: respx.Router, events: Open311, form: str, lat: Any, long: Any, position: Position | None
) -> None:
    """0,0, half a position and what lies off the earth are no position; text is as good as numbers."""
    rows = [request(7, lat=lat, long=long)]
    wire.get(f"/requests/7.{form}").respond(text=body(form, "service_requests", "request", rows))
    case = await one_case(events)
    assert case is not None
    assert case.position == position


@pytest.mark.parametrize(
    ("status", "notes", "state", "is_open"),
    [
        ("open", "待派单", CaseState.PENDING_DISPATCH, True),
        ("open", "待核查：处置完成", CaseState.PENDING_VERIFICATION, True),
        ("open", "退回整改", CaseState.SENT_BACK, True),
        ("open", "Waiting for parts", CaseState.UNKNOWN, True),
        ("open", "已结案", CaseState.UNKNOWN, True),
        ("closed", "已结案", CaseState.CLOSED, False),
        ("closed", None, CaseState.CLOSED, False),
        ("CLOSED", "处理中", CaseState.CLOSED, False),
    ],
)
async def test_states(
    wire: respx.Router,
    events: Open311,
    form: str,
    status: str,
    notes: str | None,
    state: CaseState,
    is_open: bool,
) -> None:
    """The notes tell the step; the standard's own status binds where they contradict it or say nothing."""
    rows = [request(7, status=status, status_notes=notes)]
    wire.get(f"/requests/7.{form}").respond(text=body(form, "service_requests", "request", rows))
    case = await one_case(events)
    assert case is not None
    assert (case.state, case.open) == (state, is_open)


async def test_an_instant_without_an_offset_is_at_china_time(
    wire: respx.Router, events: Open311, form: str
) -> None:
    """The standard demands an offset, servers forget it; a date that is none at all is null."""
    rows = [request(7, updated_datetime="2026-11-21T09:00:00", expected_datetime="soon")]
    rows[0]["requested_datetime"] = "2026-11-20 08:00"
    wire.get(f"/requests/7.{form}").respond(text=body(form, "service_requests", "request", rows))
    case = await one_case(events)
    assert case is not None
    assert (case.requested_at, case.updated_at, case.expected_at) == (
        at("11-20T08:00:00"),
        at("11-21T09:00:00"),
        None,
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "/photo.jpg", "http://[", "data:image/png;base64,"]
)
async def test_only_web_addresses_of_pictures_pass(
    wire: respx.Router, events: Open311, form: str, address: str
) -> None:
    """A page shows what `mediaUrl` says, so that nothing but http(s) may stand there."""
    rows = [request(7, media_url=address)]
    wire.get(f"/requests/7.{form}").respond(text=body(form, "service_requests", "request", rows))
    case = await one_case(events)
    assert case is not None
    assert case.media_url is None


async def test_services(wire: respx.Router, events: Open311, form: str) -> None:
    """`metadata` may be text or boolean, keywords are cut at commas, codes keep their zeros."""
    rows: list[dict[str, Any]] = [
        {
            "service_code": "001",
            "service_name": "路灯异常",
            "description": "路灯不亮",
            "metadata": "true",
            "keywords": "路灯, 照明,,",
            "group": "市政公用设施",
        },
        {"service_code": 44030706010, "metadata": "false", "keywords": None, "group": ""},
    ]
    wire.get(f"/services.{form}").respond(text=body(form, "services", "service", rows))
    found = (await events.service_types([AllServices()]))[AllServices()]
    assert list(found) == [
        ServiceTypeRecord(
            ref=Ref("events", "001"),
            as_of=NOW,
            code="001",
            name="路灯异常",
            group="市政公用设施",
            description="路灯不亮",
            keywords=("路灯", "照明"),
            has_attributes=True,
        ),
        ServiceTypeRecord(
            ref=Ref("events", "44030706010"), as_of=NOW, code="44030706010", name="44030706010"
        ),
    ]
    known, unknown = Ref("events", "001"), Ref("events", "1")
    assert (await events.service_type([known, unknown])).keys() == {known}


async def test_json_booleans(wire: respx.Router, connect: Connect) -> None:
    """A server that does write `metadata` as a boolean is understood, too."""
    events: Open311 = await connect(CONNECTOR, {"format": "json"}, id="events")
    rows = [{"service_code": 1, "metadata": True}, {"service_code": 2, "metadata": False}]
    wire.get("/services.json").respond(json=rows)
    found = (await events.service_types([AllServices()]))[AllServices()]
    assert [service.has_attributes for service in found] == [True, False]


async def test_a_definition(wire: respx.Router, events: Open311, form: str) -> None:
    """Questions come in their order; an unknown datatype is a line of text; no answers is an empty list."""
    document = {
        "json": {
            "service_code": "1",
            "attributes": [
                {"variable": "true", "code": "B", "datatype": "colour", "required": "false", "order": "2"},
                {
                    "variable": True,
                    "code": "A",
                    "datatype": "singlevaluelist",
                    "required": True,
                    "datatype_description": None,
                    "order": 1,
                    "description": "故障现象",
                    "values": [{"key": 1, "name": "不亮"}, {"key": "2", "name": None}],
                },
            ],
        },
        "xml": """<service_definition><service_code>1</service_code><attributes>
            <attribute><variable>true</variable><code>B</code><datatype>colour</datatype>
              <required>false</required><order>2</order><description/><values/></attribute>
            <attribute><variable>true</variable><code>A</code><datatype>singlevaluelist</datatype>
              <required>true</required><datatype_description/><order>1</order><description>故障现象</description>
              <values><value><key>1</key><name>不亮</name></value><value><key>2</key><name/></value></values>
            </attribute></attributes></service_definition>""",
    }[form]
    text = document if isinstance(document, str) else json.dumps(document)
    wire.get(f"/services/1.{form}").respond(text=text)
    ref = Ref("events", "1")
    assert (await events.service_attributes([ref]))[ref] == (
        ServiceAttribute(
            code="A",
            description="故障现象",
            datatype=AttributeType.SINGLE_VALUE_LIST,
            variable=True,
            required=True,
            order=1,
            values=(AttributeValue(key="1", name="不亮"), AttributeValue(key="2", name="2")),
        ),
        ServiceAttribute(
            code="B", description="B", datatype=AttributeType.STRING, variable=True, required=False, order=2
        ),
    )


async def test_a_service_that_is_gone_has_no_definition(
    wire: respx.Router, events: Open311, form: str
) -> None:
    """404 is "not found"; another refusal is the source's failure."""
    wire.get(f"/services/1.{form}").respond(404, text=ERROR[form])
    wire.get(f"/services/2.{form}").respond(403, text=ERROR[form])
    assert await events.service_attributes([Ref("events", "1")]) == {}
    with pytest.raises(SourceError) as caught:
        await events.service_attributes([Ref("events", "2")])
    assert caught.value.code is Code.SOURCE_REJECTED


async def test_the_way_of_asking(wire: respx.Router, connect: Connect, form: str) -> None:
    """`jurisdiction_id` goes with every call where it is set; the format is in the path and in Accept."""
    events: Open311 = await connect(CONNECTOR, {"format": form, "jurisdiction_id": "longgang"}, id="events")
    route = wire.get(f"/services.{form}", params={"jurisdiction_id": "longgang"}).respond(
        text=body(form, "services", "service", [])
    )
    assert list((await events.service_types([AllServices()]))[AllServices()]) == []
    accept = {"json": "application/json", "xml": "text/xml, application/xml"}
    assert route.calls.last.request.headers["accept"] == accept[form]


async def test_xml_is_the_format_of_a_server_of_which_nothing_is_said(
    wire: respx.Router, connect: Connect
) -> None:
    """JSON is optional in the standard, so that it must be asked for in sources.toml."""
    events: Open311 = await connect(CONNECTOR, id="events")
    wire.get("/services.xml").respond(text="<services/>")
    assert list((await events.service_types([AllServices()]))[AllServices()]) == []
    with pytest.raises(msgspec.ValidationError):
        await connect(CONNECTOR, {"format": "csv"})


# Ids


async def test_many_ids_are_one_call(wire: respx.Router, events: Open311, form: str) -> None:
    """`service_request_id` takes a comma list; ids that are not in the answer were not found."""
    route = wire.get(f"/requests.{form}", params={"service_request_id": "1,2,3"}).respond(
        text=body(form, "service_requests", "request", [request(3), request(1)])
    )
    found = await events.cases([Ref("events", "1"), Ref("events", "2"), Ref("events", "3")])
    assert {ref.id for ref in found} == {"1", "3"}
    assert route.call_count == 1


async def test_a_hundred_ids_a_call(wire: respx.Router, events: Open311, form: str) -> None:
    """A URL stays short: 101 ids are a list of a hundred and one read by itself."""
    empty = body(form, "service_requests", "request", [])
    listed = wire.get(f"/requests.{form}").respond(text=empty)
    single = wire.get(f"/requests/100.{form}").respond(text=empty)
    assert await events.cases([Ref("events", str(number)) for number in range(101)]) == {}
    assert (listed.call_count, single.call_count) == (1, 1)


@pytest.mark.parametrize("status", [404, 500])
async def test_an_unknown_id_is_not_found(
    wire: respx.Router, events: Open311, form: str, status: int
) -> None:
    """404, or the standard's error with 500 as some servers have it: null, never repeated, not "down"."""
    route = wire.get(f"/requests/7.{form}").respond(status, text=ERROR[form])
    for _ in range(6):
        assert await one_case(events) is None
    assert route.call_count == 6


async def test_a_500_that_is_not_the_standards_is_a_failure(
    wire: respx.Router, events: Open311, form: str
) -> None:
    """A page of a broken server says nothing of the id, and its words go nowhere."""
    wire.get(f"/requests/7.{form}").respond(500, html=HTML)
    with pytest.raises(SourceError) as caught:
        await one_case(events)
    assert caught.value.code is Code.SOURCE_UNAVAILABLE
    assert "NullPointerException" not in f"{caught.value.message}{caught.value.detail}"


async def test_an_unknown_id_does_not_take_the_others_away(
    wire: respx.Router, events: Open311, form: str
) -> None:
    """A server that refuses a whole list for one id is asked for each by itself."""
    wire.get(f"/requests.{form}").respond(500, text=ERROR[form])
    wire.get(f"/requests/1.{form}").respond(500, text=ERROR[form])
    wire.get(f"/requests/2.{form}").respond(text=body(form, "service_requests", "request", [request(2)]))
    found = await events.cases([Ref("events", "1"), Ref("events", "2")])
    assert [ref.id for ref in found] == ["2"]


async def test_an_id_is_one_part_of_a_path(wire: respx.Router, events: Open311, form: str) -> None:
    """Whatever stands in a global id cannot ask for another path or add parameters."""
    route = wire.get(url__regex=r".*").respond(404, text=ERROR[form])
    assert await one_case(events, "1/2?a=1#b") is None
    assert route.calls.last.request.url.raw_path == f"/api/requests/1%2F2%3Fa%3D1%23b.{form}".encode()


# Answers that break the standard


@pytest.mark.parametrize("form", ["xml"], indirect=True)
@pytest.mark.parametrize(
    "evil",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><service_requests>&x;</service_requests>',
        '<!DOCTYPE r SYSTEM "http://system.test/evil.dtd"><service_requests/>',
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "]><service_requests><request><status>&i;</status></request></service_requests>",
        "<service_requests><request></service_requests>",
        "<services/>",
        "",
        "[]",
    ],
)
async def test_evil_or_broken_xml_is_malformed(wire: respx.Router, events: Open311, evil: str) -> None:
    """No entity is expanded and no file or address read: SOURCE_MALFORMED, as for what is no XML."""
    wire.get("/requests/7.xml").respond(text=evil)
    with pytest.raises(SourceError) as caught:
        await one_case(events)
    assert caught.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize("form", ["json"], indirect=True)
@pytest.mark.parametrize("broken", ["", "[", "{}", "<service_requests/>", "[1]", "null", ERROR["json"]])
async def test_broken_json_is_malformed(wire: respx.Router, events: Open311, broken: str) -> None:
    """Whatever is no array of rows, an error told with 200 included, is SOURCE_MALFORMED."""
    wire.get("/requests/7.json").respond(text=broken)
    with pytest.raises(SourceError) as caught:
        await one_case(events)
    assert caught.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize("form", ["xml"], indirect=True)
async def test_namespace_comments_and_foreign_elements(wire: respx.Router, events: Open311) -> None:
    """The standard's namespace, comments, instructions and unknown elements are no trouble."""
    wire.get("/requests/7.xml").respond(
        text='<?xml version="1.0"?><?style x?><service_requests xmlns="http://wiki.open311.org/GeoReport_v2">'
        "<!-- one --><request><!-- id --><service_request_id>7</service_request_id><status>open</status>"
        "<requested_datetime>2026-11-20T00:00:00Z</requested_datetime><extra><deep>1</deep></extra>"
        "<description><![CDATA[a < b]]></description></request><count>1</count></service_requests>"
    )
    case = await one_case(events)
    assert case is not None
    assert (case.requested_at, case.description) == (at("11-20T08:00:00"), "a < b")


@pytest.mark.parametrize(
    "bad",
    [
        {"service_request_id": ""},
        {"service_request_id": None},
        {"status": None},
        {"requested_datetime": "yesterday"},
        {"requested_datetime": ""},
    ],
)
async def test_a_bad_row_does_not_hide_the_others(
    wire: respx.Router, events: Open311, form: str, bad: dict[str, Any]
) -> None:
    """A row without an id, a status or an instant is left out; an answer of such rows alone is malformed."""
    rows = [request(1), {**request(2), **bad}, request(3)]
    route = wire.get(f"/requests.{form}").respond(text=body(form, "service_requests", "request", rows))
    refs = [Ref("events", "1"), Ref("events", "2"), Ref("events", "3")]
    with capture_logs() as logs:
        assert (await events.cases(refs)).keys() == {refs[0], refs[2]}
    assert [(log["source"], log["reason"], log["count"]) for log in logs] == [
        ("events", "they break the standard", 1)
    ]
    route.respond(text=body(form, "service_requests", "request", rows[1:2]))
    with pytest.raises(SourceError) as caught:
        await events.cases(refs)
    assert caught.value.code is Code.SOURCE_MALFORMED


async def test_errors_do_not_leak(wire: respx.Router, events: Open311, form: str) -> None:
    """The words of a refusal, in whichever shape, reach neither the client's message nor the log's detail."""
    for text in (*ERROR.values(), HTML):
        wire.get(f"/requests.{form}").respond(400, text=text)
        with pytest.raises(SourceError) as caught:
            await events.cases_since([CaseWindow(at("11-01T00:00").date())])
        assert caught.value.code is Code.SOURCE_REJECTED
        assert "NullPointerException" not in f"{caught.value.message}{caught.value.detail}{caught.value}"


# Windows of time

Serve = Callable[[Sequence[dict[str, Any]], str], list[tuple[str, str]]]


@pytest.fixture
def serve(wire: respx.Router) -> Serve:
    """Serve rows by window, three an answer, in an order; gives the windows asked for, as they come."""

    def start(rows: Sequence[dict[str, Any]], order: str) -> list[tuple[str, str]]:
        asked: list[tuple[str, str]] = []

        def answer(sent: httpx.Request) -> httpx.Response:
            query = parse_qs(sent.url.query.decode())
            start, end = query["start_date"][0], query["end_date"][0]
            asked.append((start, end))
            inside = [
                row
                for row in rows
                if datetime.fromisoformat(start) <= when(row) <= datetime.fromisoformat(end)
            ]
            if order != "unsorted":
                inside.sort(key=when, reverse=order == "newest first")
            return httpx.Response(200, json=inside[:3])

        wire.get("/requests.json").mock(side_effect=answer)
        wire.get("/servicerequestupdates.json").mock(side_effect=answer)
        return asked

    def when(row: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(row.get("requested_datetime") or row["updated_datetime"])

    return start


@pytest.fixture
async def small(connect: Connect) -> Open311:
    """A server that gives three rows an answer."""
    connector: Open311 = await connect(CONNECTOR, {"format": "json", "max_rows": 3}, id="events")
    return connector


WEEK = CaseWindow(at("11-17T00:00").date())


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
async def test_a_full_answer_is_continued(small: Open311, serve: Serve, order: str) -> None:
    """No row is lost or doubled, those of one second on both sides of a cut included."""
    times = ["20T08:00:00", "20T08:00:00", "18T01:00:00", "23T09:00:00", "18T01:00:00", "21T00:00:00"]
    rows = [request(number, f"11-{time}") for number, time in enumerate([*times, "18T01:00:01"], 1)]
    serve(rows, order)
    found = (await small.cases_since([WEEK]))[WEEK]
    assert sorted(case.ref.id for case in found) == ["1", "2", "3", "4", "5", "6", "7"]


async def test_full_answers_in_no_order_are_halved(small: Open311, serve: Serve) -> None:
    """The standard sets no order: where there is none, the window is cut in halves until they fit."""
    days = ["20T08", "23T08", "18T08", "21T08", "19T08", "22T08", "18T09"]
    asked = serve([request(number, f"11-{day}:00:00") for number, day in enumerate(days, 1)], "unsorted")
    found = (await small.cases_since([WEEK]))[WEEK]
    assert sorted(case.ref.id for case in found) == ["1", "2", "3", "4", "5", "6", "7"]
    assert len(asked) == 7


async def test_the_rest_is_asked_for_by_an_earlier_end(small: Open311, serve: Serve) -> None:
    """Newest first: the next window ends a second after the last row; an answer that is not full ends it."""
    asked = serve([request(number, f"11-{17 + number}T08:00:00") for number in range(1, 7)], "newest first")
    await small.cases_since([WEEK])
    assert asked == [
        ("2026-11-16T16:00:00Z", "2026-11-24T02:01:00Z"),
        ("2026-11-16T16:00:00Z", "2026-11-21T00:00:01Z"),
        ("2026-11-16T16:00:00Z", "2026-11-19T00:00:01Z"),
    ]


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
async def test_a_second_that_fills_an_answer_is_passed(small: Open311, serve: Serve, order: str) -> None:
    """What is on either side of it is read; that some of its rows may be missing is logged."""
    rows = [request(number, "11-20T08:00:00") for number in range(1, 6)]
    rows += [request(6, "11-19T08:00:00"), request(7, "11-21T08:00:00")]
    serve(rows, order)
    with capture_logs() as logs:
        found = (await small.cases_since([WEEK]))[WEEK]
    ids = {case.ref.id for case in found}
    assert {"6", "7"} <= ids
    assert len(ids) >= 5
    assert [log["reason"] for log in logs] == ["more in one second than one answer holds"]


async def test_a_server_that_ignores_the_window_is_not_asked_for_ever(
    small: Open311, wire: respx.Router
) -> None:
    """Its first rows are all there is to have; that there may be more is logged."""
    rows = [request(number, f"11-{24 - number}T08:00:00") for number in range(1, 4)]
    route = wire.get("/requests.json").respond(json=rows)
    with capture_logs() as logs:
        found = (await small.cases_since([WEEK]))[WEEK]
    assert {case.ref.id for case in found} == {"1", "2", "3"}
    assert route.call_count == 2
    assert [log["reason"] for log in logs] == ["answers from outside of the window asked for"]


async def test_an_end_that_the_server_excludes_loses_nothing(small: Open311, wire: respx.Router) -> None:
    """FixMyStreet takes `end_date` as excluded: rows of the second at which an answer ends are still read."""
    rows = [request(number, f"11-{17 + number // 2}T08:00:00") for number in range(2, 12)]

    def answer(sent: httpx.Request) -> httpx.Response:
        query = parse_qs(sent.url.query.decode())
        start, end = (datetime.fromisoformat(query[name][0]) for name in ("start_date", "end_date"))
        inside = [r for r in rows if start <= datetime.fromisoformat(r["requested_datetime"]) < end]
        return httpx.Response(
            200, json=sorted(inside, key=lambda r: r["requested_datetime"], reverse=True)[:3]
        )

    wire.get("/requests.json").mock(side_effect=answer)
    found = (await small.cases_since([WEEK]))[WEEK]
    assert sorted(int(case.ref.id) for case in found) == list(range(2, 12))


async def test_a_case_dated_ahead_does_not_end_the_reading(small: Open311, serve: Serve) -> None:
    """One row from outside of the window is no server that ignores it: all the others are read."""
    rows = [request(number, f"11-{17 + number}T08:00:00") for number in range(1, 7)]
    wire_rows = [*rows, request(99, "11-24T10:00:30")]
    serve(wire_rows, "newest first")
    found = (await small.cases_since([WEEK]))[WEEK]
    assert {case.ref.id for case in found} == {"1", "2", "3", "4", "5", "6", "99"}


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_rows_are_known_by_their_name(connect: Connect, wire: respx.Router, form: str) -> None:
    """FixMyStreet writes another root, JSON like its XML, and an object where a text belongs."""
    row = request(1, "11-20T08:00:00") | {"agency_responsible": {"recipient": ["x"]}}
    as_json = {"requests": [{"request": [row]}]}
    as_xml = (
        "<requests><request><service_request_id>1</service_request_id><status>open</status>"
        "<requested_datetime>2026-11-20T08:00:00+08:00</requested_datetime>"
        "<agency_responsible><recipient>x</recipient></agency_responsible></request></requests>"
    )
    answer = httpx.Response(200, json=as_json) if form == "json" else httpx.Response(200, text=as_xml)
    wire.get(f"/requests.{form}").mock(return_value=answer)
    connector = await connect(Open311, {"format": form}, id="events")
    (case,) = (await connector.cases_since([WEEK]))[WEEK]
    assert (case.ref.id, case.requested_at) == ("1", at("11-20T08:00:00"))


async def test_an_id_that_the_server_refuses_leaves_the_others(connect: Connect, wire: respx.Router) -> None:
    """A 400 for a list is about one id of it: each is then asked for by itself."""
    wire.get("/requests.json").respond(400, json=[{"code": 400, "description": "bad id"}])
    wire.get("/requests/1.json").respond(json=[request(1, "11-20T08:00:00")])
    wire.get("/requests/x.json").respond(400, json=[{"code": 400, "description": "bad id"}])
    connector = await connect(Open311, {"format": "json"}, id="events")
    refs = [Ref("events", "1"), Ref("events", "x")]
    assert [ref.id for ref in await connector.cases(refs)] == ["1"]


@pytest.mark.parametrize("id_", ["../x", "..", "a/../b", "a\\b"])
async def test_an_id_that_is_a_path_is_not_found(connect: Connect, wire: respx.Router, id_: str) -> None:
    """It is a client's, and no fault of the platform's: nothing is sent."""
    connector = await connect(Open311, {"format": "json"}, id="events")
    assert await connector.cases([Ref("events", id_)]) == {}
    assert await connector.service_attributes([Ref("events", id_)]) == {}
    assert len(wire.calls) == 0


async def test_a_server_without_lists_of_ids_is_asked_for_each(connect: Connect, wire: respx.Router) -> None:
    """`id_lists = false`: no comma is ever sent."""
    for number in (1, 2):
        wire.get(f"/requests/{number}.json").respond(json=[request(number, "11-20T08:00:00")])
    connector = await connect(Open311, {"format": "json", "id_lists": False}, id="events")
    refs = [Ref("events", "1"), Ref("events", "2")]
    assert list(await connector.cases(refs)) == refs
    assert len(wire.calls) == 2


async def test_no_window_is_longer_than_ninety_days(small: Open311, serve: Serve) -> None:
    """180 days are two windows and a rest, and a case on a cut is there once."""
    key = CaseWindow(at("05-28T00:00").date())
    asked = serve([request(1, "08-26T00:00:00"), request(2, "06-01T00:00:00")], "newest first")
    found = (await small.cases_since([key]))[key]
    assert sorted(asked) == [
        ("2026-05-27T16:00:00Z", "2026-08-25T16:00:00Z"),
        ("2026-08-25T16:00:00Z", "2026-11-23T16:00:00Z"),
        ("2026-11-23T16:00:00Z", "2026-11-24T02:01:00Z"),
    ]
    assert sorted(case.ref.id for case in found) == ["1", "2"]


def update(id_: int, case: int, when: str, **fields: Any) -> dict[str, Any]:
    return {
        "update_id": id_,
        "service_request_id": case,
        "status": "open",
        "updated_datetime": at(when).isoformat(),
        "description": None,
        "media_url": "",
        **fields,
    }


async def test_timelines_are_one_call(wire: respx.Router, events: Open311, form: str) -> None:
    """All cases of a level at once, from the first report on; steps oldest first, other cases' left out."""
    rows = [
        update(2, 1, "11-21T08:00:00", status="closed", description="已结案：核查通过。"),
        update(
            1, 1, "11-20T08:00:00", description="处理中：已派单。", media_url="http://media.example/1.jpg"
        ),
        update(9, 99, "11-20T08:00:00"),
    ]
    route = wire.get(
        f"/servicerequestupdates.{form}",
        params={
            "service_request_id": "1,2",
            "start_date": "2026-11-18T00:00:00Z",
            "end_date": "2026-11-24T02:01:00Z",
        },
    ).respond(text=body(form, "service_request_updates", "request_update", rows))
    keys = [
        TimelineKey(Ref("events", "1"), at("11-19T08:00")),
        TimelineKey(Ref("events", "2"), at("11-18T08:00")),
    ]
    assert await events.timelines(keys) == {
        keys[0]: (
            CaseUpdate(
                at=at("11-20T08:00:00"),
                state=CaseState.IN_PROGRESS,
                description="处理中：已派单。",
                media_url="http://media.example/1.jpg",
            ),
            CaseUpdate(at=at("11-21T08:00:00"), state=CaseState.CLOSED, description="已结案：核查通过。"),
        ),
        keys[1]: (),
    }
    assert route.call_count == 1


async def test_full_answers_of_steps_are_continued(small: Open311, serve: Serve) -> None:
    """Oldest first, as the extension lists them; steps without an id are told apart by when and what."""
    rows = [
        update(0, 1, f"11-20T08:00:0{second}", update_id=None, description=str(second)) for second in range(8)
    ]
    asked = serve(rows, "oldest first")
    key = TimelineKey(Ref("events", "1"), at("11-20T00:00"))
    steps = (await small.timelines([key]))[key]
    assert [step.description for step in steps] == list("01234567")
    assert [start for start, _ in asked] == [
        "2026-11-19T16:00:00Z",
        "2026-11-20T00:00:02Z",
        "2026-11-20T00:00:04Z",
        "2026-11-20T00:00:06Z",
    ]


async def test_a_server_without_the_extension_is_not_asked(wire: respx.Router, connect: Connect) -> None:
    """`updates = false`: timelines are empty, at no call."""
    events: Open311 = await connect(CONNECTOR, {"updates": False}, id="events")
    key = TimelineKey(Ref("events", "1"), NOW - timedelta(days=1))
    assert await events.timelines([key]) == {key: ()}
    assert wire.calls.call_count == 0
