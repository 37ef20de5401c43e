"""Reporting a case: what residents are told, what goes to the platform, what is kept."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.civic.words import ANSWERS_WANTED, CATEGORY_WANTED, DUPLICATES
from tests.conftest import NOW, Graph
from tests.reports.asks import (
    HERE,
    LAMP,
    MINE,
    NOISE,
    ONE,
    RUBBISH,
    case_id,
    category,
    created,
    report,
    support,
    try_to_report,
    wrote,
)
from tests.reports.conftest import BOTH, StartReporting

PERSONAL = {"first_name", "last_name", "email", "phone", "device_id"}
"""The standard's arguments that name a person."""


@BOTH
async def test_a_report_becomes_a_case_and_is_shown_at_once(graph: Graph, mocks: RunningMocks) -> None:
    """The list of services, the duplicates' window, one POST, the case; then it is in `me` and in `cases`."""
    ada = graph.of("ada")
    await graph("{ cases(first: 1) { totalCount } }")
    mocks.clear_calls()
    result = await report(ada, address="龙岭大道1号")
    assert result["__typename"] == "CaseReported"
    (entry,) = created(mocks)
    number = str(entry["service_request_id"])
    assert result["report"] == {
        "id": result["report"]["id"],
        "kind": "REPORT",
        "status": "DONE",
        "title": "暴露垃圾",
        "anonymous": False,
        "suggested": False,
        "number": number,
        "reason": None,
        "message": None,
        "messageEn": None,
        "case": {
            "id": case_id(number),
            "state": "PENDING_DISPATCH",
            "description": "巷口堆放大量生活垃圾，有异味。",
        },
    }
    assert [(call.method, call.path) for call in mocks.calls("events", token=False)] == [
        ("GET", "/services.json"),
        ("POST", "/requests.json"),
        ("GET", f"/requests/{number}.json"),
    ]
    mine = (await ada(MINE)).data["me"]["reports"]
    assert mine["totalCount"] == 1
    assert mine["edges"][0]["node"]["id"] == result["report"]["id"]
    listed = await graph("{ cases(first: 1) { totalCount edges { node { id } } } }")
    assert listed.data["cases"] == {"totalCount": 682, "edges": [{"node": {"id": case_id(number)}}]}


async def test_what_goes_to_the_platform(graph: Graph, mocks: RunningMocks) -> None:
    """The standard's arguments, a pseudonym as the account, our reference behind the description; no name."""
    await report(graph.of("ada"), position={"lat": 22.59629, "lng": 114.12626, "crs": "GCJ02"})
    (entry,) = created(mocks)
    form = entry["form"]
    reference = re.fullmatch(
        r"巷口堆放大量生活垃圾，有异味。\n\[ref:([0-9a-f-]{36})\]", form.pop("description")
    )
    assert reference is not None
    assert re.fullmatch("[0-9a-f]{32}", form.pop("account_id"))
    assert float(form.pop("lat")) == pytest.approx(22.5990, abs=5e-4)
    assert float(form.pop("long")) == pytest.approx(114.1211, abs=5e-4)
    assert form == {"jurisdiction_id": "longgang", "service_code": RUBBISH}
    assert not PERSONAL & set(form)


async def test_an_anonymous_report_leaves_no_trace_of_the_person(graph: Graph, mocks: RunningMocks) -> None:
    """Nothing beside what was reported goes out; two of one have nothing in common; he follows both."""
    ada = graph.of("ada")
    first = await report(ada, anonymous=True)
    second = await report(ada, idempotencyKey="key-00000002", anonymous=True, evenIfDuplicate=True)
    forms = [entry["form"] for entry in created(mocks)]
    for form in forms:
        assert set(form) == {"jurisdiction_id", "service_code", "lat", "long", "description"}
    assert forms[0]["description"] != forms[1]["description"]
    calls = mocks.calls("events", token=False)
    assert not [call for call in calls if re.search("[0-9a-f]{32}", call.path + call.query)]
    mine = (await ada(MINE)).data["me"]["reports"]["edges"]
    assert {edge["node"]["id"] for edge in mine} == {second["report"]["id"], first["report"]["id"]}
    assert [edge["node"]["anonymous"] for edge in mine] == [True, True]


@BOTH
async def test_the_same_key_is_the_same_report(graph: Graph, mocks: RunningMocks) -> None:
    """Sent again, also many times at once, it is one case; it is not found as its own duplicate."""
    ada = graph.of("ada")
    results = await asyncio.gather(*(report(ada) for _ in range(10)))
    results.append(await report(ada))
    results.append(await report(ada, evenIfDuplicate=True))
    assert {result["__typename"] for result in results} == {"CaseReported"}
    assert len({result["report"]["id"] for result in results}) == 1
    assert wrote(mocks) == [("POST", "/requests.json")]
    assert len(created(mocks)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"description": "垃圾桶旁有垃圾"},
        {"position": {"lat": 22.6005, "lng": 114.1211}},
        {"category": category("44030706042")},
        {"anonymous": True},
        {"address": "别处"},
    ],
)
async def test_a_key_used_for_something_else_is_refused(
    graph: Graph, mocks: RunningMocks, other: dict[str, Any]
) -> None:
    """IDEMPOTENCY_CONFLICT, and no second case."""
    ada = graph.of("ada")
    await report(ada)
    answer = await try_to_report(ada, **other)
    assert (answer.data, answer.codes) == ({"reportCase": None}, ["IDEMPOTENCY_CONFLICT"])
    assert len(created(mocks)) == 1


async def test_a_report_is_the_residents_own(graph: Graph) -> None:
    """Others see neither it nor that it is there; without a token nothing is shown or taken."""
    receipt = (await report(graph.of("ada")))["report"]["id"]
    assert (await graph.of("bo")(ONE, id=receipt)).data == {"caseReport": None}
    assert (await graph.of("bo")(MINE)).data["me"]["reports"]["totalCount"] == 0
    assert (await graph(ONE, id=receipt)).codes == ["UNAUTHENTICATED"]
    assert (await try_to_report(graph)).codes == ["UNAUTHENTICATED"]


# Duplicates, and "me too" instead


async def test_a_case_nearby_is_suggested_before_anything_is_sent(graph: Graph, mocks: RunningMocks) -> None:
    """Another resident, 60 m away, the same category: the case and its distance; nothing is sent or kept."""
    number = (await report(graph.of("ada")))["report"]["number"]
    bo = graph.of("bo")
    mocks.clear_calls()
    result = await report(bo, position={"lat": HERE["lat"] + 0.00054, "lng": HERE["lng"]})
    assert result == {
        "__typename": "CaseDuplicates",
        "cases": [{"distance": 60, "case": {"id": case_id(number)}}],
        "message": DUPLICATES[0],
        "messageEn": DUPLICATES[1],
    }
    assert wrote(mocks) == []
    assert (await bo(MINE)).data["me"]["reports"]["totalCount"] == 0


async def test_me_too_supports_instead_of_a_copy(graph: Graph, mocks: RunningMocks) -> None:
    """One support at the platform, under another pseudonym than the report; no second case."""
    number = (await report(graph.of("ada")))["report"]["number"]
    bo = graph.of("bo")
    result = await support(bo, number)
    assert result["__typename"] == "CaseChanged"
    assert (result["report"]["kind"], result["report"]["number"]) == ("SUPPORT", number)
    assert result["report"]["title"] == "暴露垃圾"
    assert wrote(mocks) == [("POST", "/requests.json"), ("POST", f"/requests/{number}/supports.json")]
    reported, supported = mocks.ledger("events")
    assert (supported["kind"], supported["service_request_id"]) == ("support.created", int(number))
    assert supported["account_id"] != reported["form"]["account_id"]
    assert (await bo(MINE)).data["me"]["reports"]["edges"][0]["node"]["kind"] == "SUPPORT"


async def test_even_if_duplicate_reports_all_the_same(graph: Graph, mocks: RunningMocks) -> None:
    """The key that was answered with duplicates is still free; what is asked for with it is done."""
    await report(graph.of("ada"))
    bo = graph.of("bo")
    assert (await report(bo))["__typename"] == "CaseDuplicates"
    assert (await report(bo, evenIfDuplicate=True))["__typename"] == "CaseReported"
    assert len(created(mocks)) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"position": {"lat": HERE["lat"] + 0.00095, "lng": HERE["lng"]}},
        {"category": category("44030706042"), "description": "垃圾桶满了"},
    ],
)
async def test_what_is_elsewhere_or_something_else_is_no_duplicate(
    graph: Graph, mocks: RunningMocks, other: dict[str, Any]
) -> None:
    """Beyond 100 m, or of another category."""
    await report(graph.of("ada"))
    assert (await report(graph.of("bo"), **other))["__typename"] == "CaseReported"
    assert len(created(mocks)) == 2


async def test_what_is_closed_is_no_duplicate(start_reporting: StartReporting, mocks: RunningMocks) -> None:
    """The platform's clock goes on until the case is closed: then the same can be reported anew."""
    async with start_reporting(cached_answers=0) as graph:
        await report(graph.of("ada"))
        mocks.world.clock.move_to(NOW + timedelta(days=10))
        assert (await report(graph.of("bo")))["__typename"] == "CaseReported"
    assert len(created(mocks)) == 2


@BOTH
async def test_the_same_on_its_way_is_a_duplicate(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """While the platform is down, a second report of the resident's is refused; another's is kept."""
    async with start_reporting(command_wait_ms=200) as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", error_rate=1.0, error_status=429, method="POST")
        ada = graph.of("ada")
        assert (await report(ada))["__typename"] == "CaseAccepted"
        second = await report(ada, idempotencyKey="key-00000002")
        assert (second["__typename"], second["reason"]) == ("CaseRejected", "DUPLICATE")
        assert second["message"] == "您在同一地点的同类上报正在提交，请勿重复上报。"
        assert (await report(graph.of("bo")))["__typename"] == "CaseAccepted"
    assert created(mocks) == []


# Categories: given, suggested, asked for


async def test_a_plain_text_needs_no_category(graph: Graph, mocks: RunningMocks) -> None:
    """What is plainly about one category goes there, and says that it was suggested."""
    result = await report(graph.of("ada"), category=None, description="巷口垃圾没人清理，很臭")
    assert result["__typename"] == "CaseReported"
    assert (result["report"]["title"], result["report"]["suggested"]) == ("暴露垃圾", True)
    assert created(mocks)[0]["form"]["service_code"] == RUBBISH


@pytest.mark.parametrize(
    ("text", "codes"), [("我要投诉这里", []), ("停车场旁边路灯", ["02001", "01037", "09009"])]
)
async def test_in_doubt_the_category_is_asked_for(
    graph: Graph, mocks: RunningMocks, text: str, codes: list[str]
) -> None:
    """Suggestions, and that they are no more; nothing is sent or kept, and the key is still free."""
    ada = graph.of("ada")
    result = await report(ada, category=None, description=text)
    assert result["__typename"] == "CaseIncomplete"
    assert (result["category"], result["questions"]) == (None, [])
    assert sorted(one["serviceType"]["code"] for one in result["suggestions"]) == sorted(
        f"440307{code}" for code in codes
    )
    assert (result["message"], result["messageEn"]) == CATEGORY_WANTED
    assert wrote(mocks) == []
    assert (await report(ada))["__typename"] == "CaseReported"


async def test_required_questions_are_asked_for(graph: Graph, mocks: RunningMocks) -> None:
    """A broken lamp wants to know how: the question with its values; answered, it goes out by its key."""
    ada = graph.of("ada")
    lamp = {"category": category(LAMP), "description": "路灯坏了"}
    result = await report(ada, **lamp)
    assert result["__typename"] == "CaseIncomplete"
    assert result["category"] == {"code": LAMP}
    assert result["questions"] == [
        {
            "code": "FAULT",
            "required": True,
            "values": [
                {"key": "1", "name": "不亮"},
                {"key": "2", "name": "闪烁"},
                {"key": "3", "name": "倾斜"},
                {"key": "4", "name": "漏电"},
            ],
        }
    ]
    assert (result["message"], result["messageEn"]) == ANSWERS_WANTED
    assert wrote(mocks) == []
    answers = [{"code": "FAULT", "values": ["1"]}, {"code": "LAMP_POST", "values": ["LG-0417"]}]
    assert (await report(ada, **lamp, answers=answers))["__typename"] == "CaseReported"
    assert created(mocks)[0]["attributes"] == {"FAULT": "1", "LAMP_POST": "LG-0417"}


async def test_several_answers_to_one_question(graph: Graph, mocks: RunningMocks) -> None:
    """A question that takes several goes out as `attribute[WHEN][]`."""
    answers = [{"code": "WHEN", "values": ["1", "3"]}]
    noise = {"category": category(NOISE), "description": "楼下很吵", "answers": answers}
    assert (await report(graph.of("ada"), **noise))["__typename"] == "CaseReported"
    assert created(mocks)[0]["attributes"] == {"WHEN": ["1", "3"]}


# Reports that have become nothing yet


@BOTH
async def test_a_token_leads_to_the_case_at_once_or_later(
    start_reporting: StartReporting, mocks: RunningMocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that works in batches gives a token: done, and the case once it is known; sent once."""
    monkeypatch.setattr("gateway.commands.opening.TOKENS_S", 0.2)
    async with start_reporting() as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", batch=True, path="/requests", method="POST")
        ada = graph.of("ada")
        first = await report(ada)
        assert first["report"]["number"] == str(created(mocks)[0]["service_request_id"])
        mocks.fault("events", batch=True, path="/requests", method="POST", count=1)
        # Its answer is a token, and whoever asks for the case is told nothing for now.
        monkeypatch.setattr("connectors.open311.desk.Open311Desk.case_of", _nothing)
        second = await report(ada, idempotencyKey="key-00000002", evenIfDuplicate=True)
        assert second["__typename"] == "CaseReported"
        assert (second["report"]["status"], second["report"]["number"]) == ("DONE", None)
        monkeypatch.undo()
        number = str(created(mocks)[1]["service_request_id"])
        receipt = second["report"]["id"]
        async with asyncio.timeout(10):
            while (await ada(ONE, id=receipt)).data["caseReport"]["number"] != number:  # noqa: ASYNC110  # no event tells of it
                await asyncio.sleep(0.05)
    assert wrote(mocks) == [("POST", "/requests.json")] * 2


async def _nothing(_self: object, _token: str) -> None:
    return None
