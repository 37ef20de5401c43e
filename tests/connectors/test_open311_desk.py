"""The desk of Open311 at the wire: reports, their ends, and what follows on a case, in both formats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from connectors.kit import (
    Answer,
    CaseAct,
    CaseDesk,
    Code,
    Filed,
    Refusal,
    Refused,
    Report,
    SourceError,
    StatusError,
)
from connectors.open311 import CONNECTOR
from connectors.open311.mark import marked, reference_in, unmarked
from schema.civic.lookups import CASE_BY_REF
from schema.core.record import Position, Ref
from tests.conftest import NOW
from tests.connectors.conftest import Connect

REFERENCE = "0f8fad5b-d9cb-469f-a165-70867728950e"
REPORT = Report(
    reference=REFERENCE,
    category=Ref("system", "44030701037"),
    description="路灯不亮",
    position=Position(lat=22.5995, lng=114.1211),
    address="龙岭大道1号",
    photos=("https://graph.test/photos/a", "https://graph.test/photos/b"),
    answers=(Answer("FAULT", ("1",)), Answer("WHEN", ("1", "3"))),
    account="0" * 32,
    made=NOW,
)
ACT = CaseAct(reference=REFERENCE, case=Ref("system", "7/8"), account="0" * 32, score=4, words="很快")


def answer(form: str, root: str, element: str, **row: Any) -> dict[str, Any]:
    """Give a list of one row, as either format has it."""
    if form == "json":
        return {"json": [row]}
    cells = "".join(f"<{name}>{value}</{name}>" for name, value in row.items() if value is not None)
    return {"text": f"<{root}><{element}>{cells}</{element}></{root}>"}


def refused(form: str, status: int, description: str) -> dict[str, Any]:
    """Give the standard's error, as either format has it."""
    if form == "json":
        return {"status_code": status, "json": [{"code": status, "description": description}]}
    text = f"<errors><error><code>{status}</code><description>{description}</description></error></errors>"
    return {"status_code": status, "text": text}


def sent(route: respx.Route) -> list[tuple[str, str]]:
    """Give the form of a route's last call."""
    request: httpx.Request = route.calls.last.request
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return parse_qsl(request.content.decode(), strict_parsing=True)


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest) -> str:
    """The format."""
    return str(request.param)


@pytest.fixture
async def desk(connect: Connect, form: str) -> CaseDesk:
    """The desk of a server that has the companion interface."""
    options = {"format": form, "jurisdiction_id": "longgang", "reports": True, "acts": True}
    found: CaseDesk = (await connect(CONNECTOR, options)).case_desk()
    return found


async def test_a_report_is_the_standards_form(desk: CaseDesk, wire: respx.Router, form: str) -> None:
    """Every argument by the standard's name, the reference behind the description, more photos before it."""
    route = wire.post(f"/requests.{form}").respond(
        **answer(form, "service_requests", "request", service_request_id=7, account_id=None)
    )
    assert await desk.report(REPORT) == Filed(case="7")
    assert sent(route) == [
        ("jurisdiction_id", "longgang"),
        ("service_code", "44030701037"),
        ("lat", "22.5995"),
        ("long", "114.1211"),
        ("address_string", "龙岭大道1号"),
        ("description", f"路灯不亮\n照片：https://graph.test/photos/b\n[ref:{REFERENCE}]"),
        ("media_url", "https://graph.test/photos/a"),
        ("account_id", "0" * 32),
        ("attribute[FAULT]", "1"),
        ("attribute[WHEN][]", "1"),
        ("attribute[WHEN][]", "3"),
    ]
    assert route.call_count == 1


async def test_a_token_is_followed_at_once_and_later(desk: CaseDesk, wire: respx.Router, form: str) -> None:
    """Known: the case; not yet, or the server fails: the token alone, and no second report."""
    post = wire.post(f"/requests.{form}").respond(**answer(form, "service_requests", "request", token="t/1"))
    token = wire.get(url__regex=rf"http://system\.test/api/tokens/t%2F1\.{form}\?.*")
    token.respond(**answer(form, "service_requests", "request", token="t/1", service_request_id="9"))
    assert await desk.report(REPORT) == Filed(case="9", token="t/1")
    token.respond(**answer(form, "service_requests", "request", token="t/1"))
    assert await desk.report(REPORT) == Filed(token="t/1")
    token.respond(**refused(form, 404, "token_id provided was not found."))
    assert await desk.report(REPORT) == Filed(token="t/1")
    assert await desk.case_of("t/1") is None
    token.respond(status_code=500, text="<html>")
    assert await desk.report(REPORT) == Filed(token="t/1")
    with pytest.raises(SourceError):
        await desk.case_of("t/1")
    assert post.call_count == 4


@pytest.mark.parametrize(
    ("status", "description", "reason"),
    [(404, "service_code provided was not found.", Refusal.NOT_OFFERED)],
)
async def test_a_category_that_is_gone_is_not_offered(
    desk: CaseDesk, wire: respx.Router, form: str, status: int, description: str, reason: Refusal
) -> None:
    """The standard's own words for it; any other refusal is the server's own, and certain."""
    route = wire.post(f"/requests.{form}").respond(**refused(form, status, description))
    with pytest.raises(Refused) as told:
        await desk.report(REPORT)
    assert told.value.reason is reason
    for code in (400, 403, 404):
        route.respond(**refused(form, code, "jurisdiction_id provided was not found."))
        with pytest.raises(StatusError) as failed:
            await desk.report(REPORT)
        assert (failed.value.code, failed.value.in_doubt) == (Code.SOURCE_REJECTED, False)


async def test_what_may_have_been_done_is_in_doubt(desk: CaseDesk, wire: respx.Router, form: str) -> None:
    """A 503, no answer, an answer that cannot be read or holds nothing: in doubt, and one call each."""
    route = wire.post(f"/requests.{form}")
    nothing: dict[str, Any] = {"json": []} if form == "json" else {"text": "<service_requests/>"}
    steps: tuple[dict[str, Any], ...] = (
        {"return_value": httpx.Response(503)},
        {"side_effect": httpx.ReadTimeout},
        {"side_effect": httpx.ReadError},
        {"return_value": httpx.Response(201, text="{")},
        {"return_value": httpx.Response(201, **nothing)},
        {"return_value": httpx.Response(201, **answer(form, "service_requests", "request", account_id=1))},
    )
    for mocked in steps:
        route.mock(**mocked)
        with pytest.raises(SourceError) as failed:
            await desk.report(REPORT)
        assert failed.value.in_doubt
    assert route.call_count == 6


async def test_a_report_is_found_by_its_mark(desk: CaseDesk, wire: respx.Router, form: str) -> None:
    """Among the service's requests since five minutes before it was made, whatever became of the space."""

    def row(number: int, description: str) -> dict[str, Any]:
        made = (NOW + timedelta(seconds=1)).isoformat()
        return {
            "service_request_id": number,
            "status": "open",
            "requested_datetime": made,
            "description": description,
        }

    other = marked("路灯不亮", REFERENCE.replace("0f", "1f"))
    route = wire.get(f"/requests.{form}").respond(
        **answer(form, "service_requests", "request", **row(1, other))
    )
    assert await desk.find(REPORT) is None
    query = dict(parse_qsl(route.calls.last.request.url.query.decode()))
    assert query == {
        "jurisdiction_id": "longgang",
        "service_code": "44030701037",
        "start_date": "2026-11-24T01:55:00Z",
        "end_date": "2026-11-24T02:01:00Z",
    }
    for description in (
        marked("路灯不亮", REFERENCE),
        f"路灯不亮 [ref:{REFERENCE}]",
        f"路灯不亮[ref:{REFERENCE}]\r\n ",
    ):
        route.respond(**answer(form, "service_requests", "request", **row(2, description)))
        assert await desk.find(REPORT) == Filed(case="2")


def test_a_mark_is_taken_off_and_nothing_else() -> None:
    """What a resident wrote stays as it is, be it like a mark; only the last is ours."""
    assert unmarked(marked("路灯不亮", REFERENCE)) == "路灯不亮"
    assert reference_in("路灯不亮") is None
    for written in ("[ref:1]", "见[ref]", "a\n\nb", f"[ref:{REFERENCE}] 之后"):
        assert unmarked(written) == written
        assert unmarked(marked(written, REFERENCE)) == written
    twice = marked(marked("x", REFERENCE), REFERENCE.replace("0f", "1f"))
    assert reference_in(twice) == REFERENCE.replace("0f", "1f")
    assert (unmarked(None), unmarked("")) == (None, "")


async def test_the_graph_does_not_show_the_mark(connect: Connect, wire: respx.Router) -> None:
    """A case's description is what was written."""
    connector = await connect(CONNECTOR, {"format": "json"})
    row = {"service_request_id": 7, "status": "open", "requested_datetime": NOW.isoformat()}
    wire.get("/requests/7.json").respond(json=[{**row, "description": marked("路灯不亮", REFERENCE)}])
    ref = Ref("system", "7")
    cases = await connector.fetches()[CASE_BY_REF]([ref])
    assert cases[ref].description == "路灯不亮"


@pytest.mark.parametrize(
    ("act", "path", "more"),
    [
        ("support", "supports", []),
        ("rate", "ratings", [("score", "4"), ("comment", "很快")]),
        ("reopen", "reopenings", [("reason", "很快")]),
    ],
)
async def test_an_act_is_a_form_to_the_case(
    desk: CaseDesk, wire: respx.Router, form: str, act: str, path: str, more: list[tuple[str, str]]
) -> None:
    """Reference and account; the case's id is one segment whatever is in it; each refusal by its code."""
    route = wire.post(f"/requests/7%2F8/{path}.{form}")
    route.respond(**answer(form, "acts", "act", reference=REFERENCE, kind=act))
    await getattr(desk, act)(ACT)
    base = [("jurisdiction_id", "longgang"), ("reference", REFERENCE), ("account_id", "0" * 32)]
    assert sent(route) == [*base, *more]
    for code, reason in (
        ("NOT_CLOSED", Refusal.NOT_POSSIBLE),
        ("CLOSED", Refusal.NOT_POSSIBLE),
        ("TOO_LATE", Refusal.TOO_LATE),
        ("RATED", Refusal.DUPLICATE),
    ):
        route.respond(**refused(form, 409, f"{code}: the case."))
        with pytest.raises(Refused) as told:
            await getattr(desk, act)(ACT)
        assert told.value.reason is reason
    route.respond(**refused(form, 404, "service_request_id provided was not found."))
    with pytest.raises(Refused) as told:
        await getattr(desk, act)(ACT)
    assert told.value.reason is Refusal.NOT_OFFERED
    route.respond(**refused(form, 409, "REFERENCE_USED: another act."))
    with pytest.raises(StatusError) as failed:
        await getattr(desk, act)(ACT)
    assert not failed.value.in_doubt


async def test_an_act_is_asked_for_by_its_reference(desk: CaseDesk, wire: respx.Router, form: str) -> None:
    """Known: done; 404: not done; a failure is a failure."""
    route = wire.get(f"/acts/{REFERENCE}.{form}")
    route.respond(**answer(form, "acts", "act", reference=REFERENCE, kind="support"))
    assert await desk.done(REFERENCE)
    route.respond(**refused(form, 404, "reference provided was not found."))
    assert not await desk.done(REFERENCE)
    route.respond(status_code=502, text="<html>")
    with pytest.raises(SourceError):
        await desk.done(REFERENCE)


async def test_without_the_companion_nothing_follows(connect: Connect, wire: respx.Router) -> None:
    """NOT_POSSIBLE without a call; and without `reports` there is no desk."""
    desk = (await connect(CONNECTOR, {"reports": True})).case_desk()
    for act in (desk.support, desk.rate, desk.reopen):
        with pytest.raises(Refused) as told:
            await act(ACT)
        assert told.value.reason is Refusal.NOT_POSSIBLE
    assert wire.calls.call_count == 0
    assert (await connect(CONNECTOR)).case_desk() is None
