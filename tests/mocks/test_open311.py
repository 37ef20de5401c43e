"""The event platform: Open311 GeoReport v2 in XML and JSON, quirks included."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import georeport  # type: ignore[import-untyped]
import httpx
import pytest
from lxml import etree

from mocks.server import RunningMocks

LAMP = "44030701037"
RUBBISH = "44030706010"
CASE = 261124004  # came in at 09:54 today and waits
CLOSED = 261121019
SEEDED = "/requests.json?end_date=2026-11-24T01:59:59Z"  # leaves out what tests report at ten


@pytest.fixture
def events(mocks: RunningMocks, http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of the platform."""
    http.base_url = httpx.URL(f"{mocks.url}/events")
    return http


def _report(**fields: str) -> dict[str, str]:
    base = {"api_key": "key-of-events", "service_code": RUBBISH, "lat": "22.5995", "long": "114.1211"}
    return {name: value for name, value in {**base, **fields}.items() if value}


async def _rows(events: httpx.AsyncClient, path: str) -> Any:
    answer = await events.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_services_are_the_matters_of_the_standard(events: httpx.AsyncClient) -> None:
    """Codes of 11 digits, grouped by class; `metadata` is a string; XML says the same as JSON."""
    services = await _rows(events, "/services.json")
    assert len(services) == 14
    assert services[0] == {
        "service_code": LAMP,
        "service_name": "路灯异常",
        "description": "路灯不亮、闪烁、倾斜或漏电",
        "metadata": "true",
        "type": "realtime",
        "keywords": "路灯,照明,灯杆",
        "group": "市政公用设施",
    }
    answer = await events.get("/services.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    top = etree.fromstring(answer.content)
    assert top.tag == "services"
    assert [{field.tag: field.text for field in service} for service in top] == services


async def test_a_definition_tells_what_to_ask(events: httpx.AsyncClient) -> None:
    """Attributes with their choices; a matter without questions has none; an unknown one is 404."""
    definition = await _rows(events, f"/services/{LAMP}.json")
    assert definition["service_code"] == LAMP
    assert [(a["code"], a["datatype"], a["required"]) for a in definition["attributes"]] == [
        ("FAULT", "singlevaluelist", True),
        ("LAMP_POST", "string", False),
    ]
    assert definition["attributes"][0]["values"][0] == {"key": "1", "name": "不亮"}
    top = etree.fromstring((await events.get(f"/services/{LAMP}.xml")).content)
    assert top.findtext("attributes/attribute/values/value/name") == "不亮"
    assert top.findtext("attributes/attribute/required") == "true"
    assert (await _rows(events, f"/services/{RUBBISH}.json"))["attributes"] == []
    missing = await events.get("/services/1.json")
    assert missing.status_code == 404
    assert missing.json() == [{"code": 404, "description": "service_code provided was not found."}]


async def test_a_request_has_the_standards_fields(events: httpx.AsyncClient) -> None:
    """Ids are JSON numbers; what is absent is "" or null; the platform's state is in status_notes."""
    assert await _rows(events, f"/requests/{CASE}.json") == [
        {
            "service_request_id": CASE,
            "status": "open",
            "status_notes": "待派单",
            "service_name": "道路破损",
            "service_code": "44030706013",
            "description": "横岗东街256号前路面沉降，雨后积水。",
            "agency_responsible": "龙岗区交通运输局",
            "service_notice": None,
            "requested_datetime": "2026-11-24T09:54:13+08:00",
            "updated_datetime": "2026-11-24T09:54:13+08:00",
            "expected_datetime": "2026-11-29T09:54:13+08:00",
            "address": "深圳市龙岗区横岗街道横岗东街256号",
            "address_id": "",
            "zipcode": "518115",
            "lat": 22.637278,
            "long": 114.203885,
            "media_url": "",
        }
    ]
    request = etree.fromstring((await events.get(f"/requests/{CASE}.xml")).content)[0]
    assert request.tag == "request"
    assert request.findtext("service_request_id") == str(CASE)
    assert request.findtext("lat") == "22.637278"
    assert [field.tag for field in request if not field.text] == ["service_notice", "address_id", "media_url"]


async def test_a_case_goes_through_the_platforms_states(
    mocks: RunningMocks, events: httpx.AsyncClient
) -> None:
    """Only 已结案 is closed, and the story goes on with the clock."""
    now = mocks.world.clock.now()
    seen = []
    for later in ("2026-11-24T11:00+08:00", "2026-11-26T16:00+08:00", "2026-11-26T17:00+08:00"):
        mocks.world.clock.move_to(datetime.fromisoformat(later))
        (row,) = await _rows(events, f"/requests/{CASE}.json")
        seen.append((row["status"], row["status_notes"]))
    assert seen == [("open", "处理中"), ("open", "待核查"), ("closed", "已结案")]
    mocks.world.clock.move_to(now)
    rows = await _rows(events, "/requests.json?status=open")
    assert {row["status_notes"] for row in rows} == {"待派单", "处理中", "待核查", "退回整改"}
    closed = await _rows(events, "/requests.json?status=closed")
    assert {row["status_notes"] for row in closed} == {"已结案"}


async def test_a_window_is_ninety_days_or_a_thousand_rows(events: httpx.AsyncClient) -> None:
    """Newest first, cut silently; a longer explicit window is refused; bounds hold."""
    latest = await _rows(events, SEEDED)
    assert len(latest) == 1_000
    assert latest[0]["service_request_id"] == CASE
    assert [row["requested_datetime"] for row in latest] == sorted(
        (row["requested_datetime"] for row in latest), reverse=True
    )
    query = {"start_date": "2026-11-01T00:00:00+08:00", "end_date": "2026-11-01T15:59:59Z"}
    day = (await events.get("/requests.json", params=query)).json()
    assert len(day) == 24
    assert {row["requested_datetime"][:10] for row in day} == {"2026-11-01"}
    early = (await events.get("/requests.json", params={"start_date": "2026-06-01T00:00:00+08:00"})).json()
    assert early[0]["requested_datetime"] < "2026-08-30"
    query = {"start_date": "2026-06-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}
    assert (await events.get("/requests.json", params=query)).status_code == 400
    for wrong in ("yesterday", "2026-11-01T00:00:00"):
        assert (await events.get("/requests.json", params={"start_date": wrong})).status_code == 400


async def test_requests_can_be_filtered(events: httpx.AsyncClient) -> None:
    """By several services and by status, together."""
    rows = await _rows(events, f"/requests.json?service_code={RUBBISH},44030706042&status=open")
    assert {row["service_code"] for row in rows} == {RUBBISH, "44030706042"}
    assert {row["status"] for row in rows} == {"open"}
    assert (await events.get("/requests.json?status=lost")).status_code == 400


async def test_a_list_of_ids_overrides_every_other_argument(events: httpx.AsyncClient) -> None:
    """Whatever else is asked; ids that do not exist are left out; older than 90 days is no matter."""
    query = f"service_request_id={CASE},260701002,999,x,{CASE}&status=closed&start_date=2026-11-24T00:00:00Z"
    rows = await _rows(events, f"/requests.json?{query}")
    assert [row["service_request_id"] for row in rows] == [CASE, 260701002]


async def test_an_unknown_id_fails_differently_in_each_format(events: httpx.AsyncClient) -> None:
    """404 in XML, 500 in JSON, in the shape of each."""
    xml = await events.get("/requests/1.xml")
    assert xml.status_code == 404
    error = etree.fromstring(xml.content)
    assert (error.tag, error[0].tag, error.findtext("error/code")) == ("errors", "error", "404")
    as_json = await events.get("/requests/1.json")
    assert as_json.status_code == 500
    assert as_json.json() == [{"code": 500, "description": "Internal Server Error"}]


async def test_what_nobody_located_lies_at_zero(events: httpx.AsyncClient) -> None:
    """Numbers, not null."""
    rows = await _rows(events, SEEDED)
    nowhere = [row["service_request_id"] for row in rows if (row["lat"], row["long"]) == (0, 0)]
    assert nowhere[:3] == [261123012, 261120018, 261119019]
    top = etree.fromstring((await events.get("/requests/261123012.xml")).content)
    assert (top.findtext("request/lat"), top.findtext("request/long")) == ("0", "0")


async def test_updates_can_be_resumed(mocks: RunningMocks, events: httpx.AsyncClient) -> None:
    """Oldest first; the last day unless dates are given; what happens later comes later, once."""
    day = await _rows(events, "/servicerequestupdates.json")
    assert len(day) == 69
    assert day[-1] == {
        "update_id": 2611210194,
        "service_request_id": CLOSED,
        "status": "closed",
        "updated_datetime": "2026-11-24T09:56:01+08:00",
        "description": "已结案：核查通过，予以结案。",
        "media_url": "",
    }
    assert [row["updated_datetime"] for row in day] == sorted(row["updated_datetime"] for row in day)
    since = mocks.world.clock.now()
    mocks.world.clock.move_to(since + timedelta(minutes=30))
    answer = await events.get("/servicerequestupdates.json", params={"start_date": since.isoformat()})
    assert 2611240042 in [row["update_id"] for row in answer.json()]
    mocks.world.clock.move_to(since)


async def test_updates_of_one_case(events: httpx.AsyncClient) -> None:
    """The extension's elements in XML; the case's own first state is not an update."""
    query = {"service_request_id": str(CLOSED), "start_date": "2026-11-20T00:00:00+08:00"}
    answer = await events.get("/servicerequestupdates.xml", params=query)
    top = etree.fromstring(answer.content)
    assert (top.tag, top[0].tag) == ("service_request_updates", "request_update")
    states = [(row.findtext("description") or "").partition("：")[0] for row in top]
    assert states[0] == "处理中"
    assert states[-1] == "已结案"


@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_a_reported_case_is_seen_at_once(
    mocks: RunningMocks, events: httpx.AsyncClient, ending: str
) -> None:
    """201 with the id; then in reads, waiting, at the community of its position; and in the ledger."""
    fields = _report(description="巷口有垃圾", first_name="三", phone="13800000000")
    answer = await events.post(f"/requests.{ending}", data=fields)
    assert answer.status_code == 201
    if ending == "json":
        created = int(answer.json()[0]["service_request_id"])
        assert answer.json()[0]["account_id"] is None
    else:
        created = int(etree.fromstring(answer.content).findtext("request/service_request_id") or 0)
    (row,) = await _rows(events, f"/requests/{created}.json")
    assert (row["status"], row["status_notes"], row["description"]) == ("open", "待派单", "巷口有垃圾")
    assert (row["lat"], row["long"], row["zipcode"]) == (22.5995, 114.1211, "518112")
    assert row["agency_responsible"] == "布吉街道城市建设办公室"
    assert "138" not in str(row)
    assert (await _rows(events, "/requests.json"))[0]["service_request_id"] == created
    entry = mocks.ledger("events")[-1]
    assert (entry["kind"], entry["service_request_id"]) == ("request.created", created)
    assert "api_key" not in entry["form"]


async def test_attributes_are_given_by_key(mocks: RunningMocks, events: httpx.AsyncClient) -> None:
    """A choice by its key, several by `[]`; a missing or wrong one is refused by name."""
    noise = {"attribute[WHEN][]": ["1", "3"]}
    answer = await events.post("/requests.json", data={**_report(service_code="44030706028"), **noise})
    assert answer.status_code == 201
    assert mocks.ledger("events")[-1]["attributes"] == {"WHEN": ["1", "3"]}
    for wrong in ({}, {"attribute[FAULT]": "9"}):
        refused = await events.post("/requests.json", data={**_report(service_code=LAMP), **wrong})
        assert refused.status_code == 400
        assert "attribute[FAULT]" in refused.json()[0]["description"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (_report(api_key=""), 403),
        (_report(api_key="guess"), 403),
        (_report(service_code=""), 400),
        (_report(service_code="1"), 404),
        (_report(lat="", long=""), 400),
        (_report(lat="22.6", long=""), 400),
        (_report(lat="north", long="114"), 400),
        (_report(lat="39.9", long="116.4"), 400),
        (_report(jurisdiction_id="elsewhere"), 404),
        (_report(lat="", long="", address_string="布吉街道凤凰社区", jurisdiction_id="longgang"), 201),
        (_report(description="长" * 4_001), 400),
    ],
)
async def test_a_report_is_checked(
    mocks: RunningMocks, events: httpx.AsyncClient, fields: dict[str, str], status: int
) -> None:
    """Key, service, place and length; an error has the standard's shape and commits nothing."""
    before = len(mocks.ledger("events"))
    answer = await events.post("/requests.json", data=fields)
    assert answer.status_code == status, answer.text
    assert len(mocks.ledger("events")) == before + (status == 201)
    if status != 201:
        assert answer.json()[0]["code"] == status


async def test_a_body_must_be_a_form(events: httpx.AsyncClient) -> None:
    """JSON in is not part of the standard."""
    assert (await events.post("/requests.json", json=_report())).status_code == 400


async def test_a_batch_service_answers_with_a_token(mocks: RunningMocks, events: httpx.AsyncClient) -> None:
    """The token leads to the id; an unknown token is 404; the services say that they are batch."""
    mocks.fault("events", batch=True)
    assert {service["type"] for service in await _rows(events, "/services.json")} == {"batch"}
    (answer,) = (await events.post("/requests.json", data=_report())).json()
    assert "service_request_id" not in answer
    (found,) = await _rows(events, f"/tokens/{answer['token']}.json")
    assert found == {
        "service_request_id": mocks.ledger("events")[-1]["service_request_id"],
        "token": answer["token"],
    }
    top = etree.fromstring((await events.get(f"/tokens/{answer['token']}.xml")).content)
    assert top.findtext("request/token") == answer["token"]
    assert (await events.get("/tokens/none.xml")).status_code == 404


async def test_json_can_be_taken_away(mocks: RunningMocks, events: httpx.AsyncClient) -> None:
    """JSON is optional: without it the platform answers 404 in XML, and XML still works."""
    mocks.fault("events", xml_only=True)
    for path in ("/services", f"/requests/{CASE}", "/servicerequestupdates"):
        refused = await events.get(f"{path}.json")
        assert refused.status_code == 404
        assert etree.fromstring(refused.content).tag == "errors"
        assert (await events.get(f"{path}.xml")).status_code == 200
    assert (await events.post("/requests.json", data=_report())).status_code == 404


async def test_other_formats_paths_and_methods_are_errors(events: httpx.AsyncClient) -> None:
    """In the standard's shape."""
    for method, path, status in (
        ("GET", "/services.txt", 404),
        ("GET", "/nothing.json", 404),
        ("DELETE", "/requests.json", 405),
        ("GET", "/services.json?jurisdiction_id=elsewhere", 404),
    ):
        answer = await events.request(method, path)
        assert answer.status_code == status
        assert str(status) in answer.text


@pytest.mark.parametrize("output", ["json", "xml"])
def test_an_independent_client_understands_the_platform(mocks: RunningMocks, output: str) -> None:
    """PyPI's `georeport` lists services, reads requests and files one."""
    url = f"{mocks.url}/events"
    client = georeport.GeoReport(url, jurisdiction="longgang", api_key="key-of-events", output_format=output)
    assert len(client.get_service_list()) == 14
    assert client.get_service_definition(LAMP)["service_code"] == LAMP
    request = client.get_service_request(str(CASE))
    assert "横岗东街256号" in str(request)
    listed: Callable[..., Any] = client.get_service_requests
    assert len(listed(service_code="44030710002", start_date="2026-11-01T00:00:00Z")) > 1
