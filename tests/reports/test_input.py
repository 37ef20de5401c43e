"""Bad input: a stable code and a sentence, nothing kept, nothing sent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph
from tests.reports.asks import (
    HERE,
    LAMP,
    MINE,
    NOISE,
    RATE,
    REOPEN,
    SUPPORT,
    case_id,
    category,
    try_to_report,
    wrote,
)

CLOSED = 261121019


@pytest.mark.parametrize(
    "wrong",
    [
        {"idempotencyKey": "short"},
        {"description": " 啊 "},
        {"description": ""},
        {"description": "长" * 2001},
        {"description": "垃\u0000圾"},
        {"position": {"lat": 0, "lng": 0}},
        {"position": {"lat": 91, "lng": 114.1}},
        {"position": {"lat": 22.54, "lng": 113.93}},
        {"position": {"lat": 39.9, "lng": 116.4, "crs": "GCJ02"}},
        {"address": "长" * 201},
        {"category": "x"},
        {"category": case_id(CLOSED)},
        {"photos": ["a", "b", "c", "d"]},
        {"answers": [{"code": "A", "values": ["x" * 501]}]},
        {"answers": [{"code": "A", "values": ["x"]}, {"code": "A", "values": ["y"]}]},
    ],
)
async def test_a_report_that_cannot_be_is_refused_without_a_call(
    graph: Graph, mocks: RunningMocks, wrong: dict[str, Any]
) -> None:
    """BAD_USER_INPUT: nobody is asked anything, nothing is kept."""
    ada = graph.of("ada")
    answer = await try_to_report(ada, **wrong)
    assert (answer.data, answer.codes) == ({"reportCase": None}, ["BAD_USER_INPUT"])
    assert answer.errors[0]["message"].endswith(".")
    assert mocks.calls("events") == []
    assert (await ada(MINE)).data["me"]["reports"]["totalCount"] == 0


@pytest.mark.parametrize("source", ["events", "elsewhere"])
async def test_an_unknown_category_is_not_found(graph: Graph, mocks: RunningMocks, source: str) -> None:
    """NOT_FOUND by the platform's own list, or because there is no such platform."""
    unknown = encode_id("service-type", Ref(source, "44030799999"))
    answer = await try_to_report(graph.of("ada"), category=unknown)
    assert answer.codes == ["NOT_FOUND"]
    assert wrote(mocks) == []


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        (LAMP, [{"code": "NONE", "values": ["1"]}]),
        (LAMP, [{"code": "FAULT", "values": ["9"]}]),
        (LAMP, [{"code": "FAULT", "values": ["1", "2"]}]),
        (NOISE, [{"code": "WHEN", "values": ["1", "9"]}]),
        ("44030701054", [{"code": "PLUGS", "values": ["two"]}]),
        ("44030708001", [{"code": "SINCE", "values": ["gestern"]}]),
    ],
)
async def test_an_answer_that_fits_no_question_is_refused(
    graph: Graph, mocks: RunningMocks, code: str, answers: list[dict[str, Any]]
) -> None:
    """An unknown question, an unknown choice, several where one is wanted, no number, no instant."""
    answer = await try_to_report(graph.of("ada"), category=category(code), answers=answers)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert wrote(mocks) == []


@pytest.mark.parametrize(
    ("document", "more"),
    [(SUPPORT, {}), (RATE, {"score": 3}), (REOPEN, {"reason": "又堆满了"})],
    ids=["support", "rate", "reopen"],
)
async def test_an_unknown_case_is_not_found(
    graph: Graph, mocks: RunningMocks, document: str, more: dict[str, Any]
) -> None:
    """NOT_FOUND for what the platform, or no platform, has; BAD_USER_INPUT for the id of something else."""
    ada = graph.of("ada")
    for case, code in (
        (case_id(999), "NOT_FOUND"),
        (encode_id("case", Ref("elsewhere", "1")), "NOT_FOUND"),
        (category(LAMP), "BAD_USER_INPUT"),
        ("x", "BAD_USER_INPUT"),
    ):
        answer = await ada(document, input={"case": case, "idempotencyKey": "key-00000001", **more})
        assert answer.codes == [code]
    assert wrote(mocks) == []
    assert (await ada(MINE)).data["me"]["reports"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("document", "more"),
    [
        (RATE, {"score": 0}),
        (RATE, {"score": 6}),
        (RATE, {"score": 3, "comment": "长" * 501}),
        (REOPEN, {"reason": "啊"}),
        (REOPEN, {"reason": "长" * 501}),
        (SUPPORT, {"idempotencyKey": "no"}),
    ],
)
async def test_a_score_or_words_that_will_not_do_are_refused(
    graph: Graph, mocks: RunningMocks, document: str, more: dict[str, Any]
) -> None:
    """BAD_USER_INPUT, without a call."""
    given = {"case": case_id(CLOSED), "idempotencyKey": "key-00000001", **more}
    answer = await graph.of("ada")(document, input=given)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert mocks.calls("events") == []


async def test_everything_needs_a_token(graph: Graph, mocks: RunningMocks) -> None:
    """UNAUTHENTICATED for each of the four, and nobody is asked."""
    base = {"case": case_id(CLOSED), "idempotencyKey": "key-00000001"}
    for document, more in ((SUPPORT, {}), (RATE, {"score": 3}), (REOPEN, {"reason": "又堆满了"})):
        assert (await graph(document, input={**base, **more})).codes == ["UNAUTHENTICATED"]
    assert (await try_to_report(graph)).codes == ["UNAUTHENTICATED"]
    assert mocks.calls("events") == []


async def test_the_districts_edge_is_still_the_district(graph: Graph) -> None:
    """A point within five kilometres of a community's centre is taken; GCJ-02 is brought to WGS-84 first."""
    for number, position in enumerate((HERE, {"lat": 22.5963, "lng": 114.1262, "crs": "GCJ02"})):
        answer = await try_to_report(
            graph.of("ada"), idempotencyKey=f"key-{number:08d}", position=position, evenIfDuplicate=True
        )
        assert answer.errors == []
        assert answer.data["reportCase"]["__typename"] == "CaseReported"


# Suggestions

SUGGEST = """query ($text: String!) { suggestCategory(text: $text) { message messageEn clear { name }
  items { score because serviceType { name } } } }"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("楼下餐饮店晚上很吵睡不着", "噪声扰民"),
        ("路上有个大坑，电动车差点摔了", "道路破损"),
        ("路登不亮了", "路灯异常"),
        ("ludeng bu liang", "路灯异常"),
        ("street light broken near the school", "路灯异常"),
        ("pothole on the road", "道路破损"),
        ("小区门口垃圾没人清理很臭", "暴露垃圾"),
        ("消防通道被车堵住了", "占用消防通道"),
        ("电线杆上的电缆掉下来了", "架空线缆脱落"),
        ("我要投诉", None),
        ("坑梓街道", None),
    ],
)
async def test_a_category_is_suggested_from_the_words(graph: Graph, text: str, name: str | None) -> None:
    """As residents speak, misspell and type in pinyin or English; what says nothing is suggested nothing."""
    answer = await graph(SUGGEST, text=text)
    assert answer.errors == []
    found = answer.data["suggestCategory"]
    assert found["clear"] == (None if name is None else {"name": name})
    assert (found["items"] == []) is (name is None)
    assert "仅供参考" in found["message"]
    assert all(item["because"] and 0 < item["score"] <= 1 for item in found["items"])


async def test_how_often_the_suggestion_is_right(graph: Graph, mocks: RunningMocks) -> None:
    """Of the texts of a month's cases: 564 clear and right, 84 in doubt, none clear and wrong."""
    cases = await graph("{ cases(first: 1000) { edges { node { name description } } } }")
    nodes = {(edge["node"]["name"], edge["node"]["description"]) for edge in cases.data["cases"]["edges"]}
    counts: Counter[str] = Counter()
    for name, description in nodes:
        clear = (await graph(SUGGEST, text=description)).data["suggestCategory"]["clear"]
        counts["doubt" if clear is None else "right" if clear["name"] == name else "wrong"] += 1
    assert counts == {"right": 564, "doubt": 84}
    assert len(mocks.calls("events", token=False)) == 2
