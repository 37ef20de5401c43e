"""What follows on a case: me too, rating and reopening, each within the platform's states."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mocks.server import RunningMocks
from tests.conftest import NOW, Graph
from tests.reports.asks import MINE, case_id, rate, reopen, support, wrote
from tests.reports.conftest import BOTH, StartReporting

CLOSED = 261121019
"""Closed today, at 09:56."""
OPEN = 261124004
"""Came in at 09:54 today and waits."""
TIMELINE = "query ($id: ID!) { case(id: $id) { state open timeline { state description } } }"


async def test_a_closed_case_is_rated(graph: Graph, mocks: RunningMocks) -> None:
    """The state is read, one POST; the platform has score and comment under the resident's pseudonym."""
    result = await rate(graph.of("ada"), CLOSED, score=2, comment="  太慢了 ")
    assert result["__typename"] == "CaseChanged"
    assert {name: result["report"][name] for name in ("kind", "score", "description", "number")} == {
        "kind": "RATING",
        "score": 2,
        "description": "太慢了",
        "number": str(CLOSED),
    }
    assert [(call.method, call.path) for call in mocks.calls("events", token=False)] == [
        ("GET", f"/requests/{CLOSED}.json"),
        ("POST", f"/requests/{CLOSED}/ratings.json"),
        ("GET", f"/requests/{CLOSED}.json"),
    ]
    (entry,) = mocks.ledger("events")
    assert (entry["kind"], entry["score"], entry["words"]) == ("rating.created", "2", "太慢了")
    assert len(entry["account_id"]) == 32


async def test_a_closed_case_is_reopened_and_shown_so_at_once(graph: Graph, mocks: RunningMocks) -> None:
    """退回整改 in the same answer, in the case and its timeline; nobody can rate it then."""
    ada = graph.of("ada")
    before = (await graph(TIMELINE, id=case_id(CLOSED))).data["case"]
    assert (before["state"], before["open"]) == ("CLOSED", False)
    result = await reopen(ada, CLOSED, reason="又堆满了")
    assert result["__typename"] == "CaseChanged"
    assert result["report"]["case"] == {"id": case_id(CLOSED), "state": "SENT_BACK"}
    after = (await graph(TIMELINE, id=case_id(CLOSED))).data["case"]
    assert (after["state"], after["open"]) == ("SENT_BACK", True)
    assert after["timeline"] == [
        *before["timeline"],
        {"state": "SENT_BACK", "description": "退回整改：群众申请重新办理：又堆满了"},
    ]
    assert (await rate(ada, CLOSED))["reason"] == "NOT_POSSIBLE"
    assert wrote(mocks) == [("POST", f"/requests/{CLOSED}/reopenings.json")]


async def test_a_case_that_was_closed_again_is_rated_again(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """Once each time it is closed: a second rating of one closing is DUPLICATE, by the platform's word."""
    async with start_reporting(cached_answers=0) as graph:
        ada = graph.of("ada")
        assert (await rate(ada, CLOSED))["__typename"] == "CaseChanged"
        again = await rate(ada, CLOSED, "key-rate-002", score=1)
        assert (again["__typename"], again["reason"]) == ("CaseRejected", "DUPLICATE")
        assert again["message"] == "您已评价过此次办理。"
        assert (await reopen(ada, CLOSED))["__typename"] == "CaseChanged"
        mocks.world.clock.move_to(NOW + timedelta(days=8))
        third = await rate(ada, CLOSED, "key-rate-003", score=5)
        assert third["__typename"] == "CaseChanged"
    assert [entry["score"] for entry in mocks.ledger("events") if entry["kind"] == "rating.created"] == [
        "4",
        "5",
    ]


async def test_only_what_is_closed_is_rated_and_reopened(graph: Graph, mocks: RunningMocks) -> None:
    """An open case: NOT_POSSIBLE with a sentence of its own for each, kept, and nothing sent."""
    ada = graph.of("ada")
    rated, reopened = await rate(ada, OPEN), await reopen(ada, OPEN)
    assert (rated["__typename"], rated["reason"]) == ("CaseRejected", "NOT_POSSIBLE")
    assert rated["message"] == "事件结案后才能评价。"
    assert rated["messageEn"] == "A case can be rated once it is closed."
    assert (reopened["__typename"], reopened["reason"]) == ("CaseRejected", "NOT_POSSIBLE")
    assert reopened["message"] == "事件结案后才能申请重新办理。"
    assert wrote(mocks) == []
    mine = (await ada(MINE)).data["me"]["reports"]["edges"]
    assert {edge["node"]["kind"] for edge in mine} == {"RATING", "REOPENING"}
    assert {edge["node"]["status"] for edge in mine} == {"REJECTED"}


async def test_only_what_is_open_is_supported(graph: Graph, mocks: RunningMocks) -> None:
    """A closed case: NOT_POSSIBLE, and nothing sent."""
    result = await support(graph.of("ada"), CLOSED)
    assert (result["__typename"], result["reason"]) == ("CaseRejected", "NOT_POSSIBLE")
    assert result["message"] == "事件已结案，不能再附议；可申请重新办理或另行上报。"
    assert wrote(mocks) == []


async def test_a_case_closed_long_ago_is_not_reopened(graph: Graph, mocks: RunningMocks) -> None:
    """Beyond the platform's fifteen days: TOO_LATE, without a call."""
    old = await graph(
        '{ cases(since: "2026-09-01", open: false, first: 1000) { edges { node { id updatedAt } } } }'
    )
    nodes = [edge["node"] for edge in old.data["cases"]["edges"]]
    number = next(node["id"] for node in nodes if node["updatedAt"] < "2026-11-09T09:00")
    result = await graph.of("ada")(
        "mutation ($case: ID!) { reopenCase(input:"
        ' {case: $case, idempotencyKey: "key-00000001", reason: "又坏了"}) {'
        " __typename ... on CaseRejected { reason message } } }",
        case=number,
    )
    assert result.data["reopenCase"] == {
        "__typename": "CaseRejected",
        "reason": "TOO_LATE",
        "message": "已超过可申请重新办理的期限，请另行上报。",
    }
    assert wrote(mocks) == []


async def test_a_state_that_changed_meanwhile_is_the_platforms_to_judge(
    graph: Graph, mocks: RunningMocks
) -> None:
    """The case was closed since it was read and kept: the platform says no, in the resident's words."""
    await graph(TIMELINE, id=case_id(OPEN))
    mocks.world.clock.move_to(NOW + timedelta(days=10))
    result = await support(graph.of("ada"), OPEN)
    assert (result["__typename"], result["reason"]) == ("CaseRejected", "NOT_POSSIBLE")
    assert wrote(mocks) == [("POST", f"/requests/{OPEN}/supports.json")]
    assert mocks.ledger("events") == []


@BOTH
async def test_me_too_is_said_once_a_person(graph: Graph, mocks: RunningMocks) -> None:
    """Again under another key: DUPLICATE without a call; another resident's counts."""
    ada = graph.of("ada")
    assert (await support(ada, OPEN))["__typename"] == "CaseChanged"
    again = await support(ada, OPEN, "key-support2")
    assert (again["__typename"], again["reason"]) == ("CaseRejected", "DUPLICATE")
    assert again["message"] == "您已附议过此事件。"
    assert (await support(graph.of("bo"), OPEN))["__typename"] == "CaseChanged"
    assert len({entry["account_id"] for entry in mocks.ledger("events")}) == 2
    assert wrote(mocks) == [("POST", f"/requests/{OPEN}/supports.json")] * 2


@BOTH
async def test_the_same_key_is_the_same_act(graph: Graph, mocks: RunningMocks) -> None:
    """A reopening that was asked for twice is one, though the case is open then; another reason conflicts."""
    ada = graph.of("ada")
    first, again = await reopen(ada, CLOSED), await reopen(ada, CLOSED)
    assert {first["__typename"], again["__typename"]} == {"CaseChanged"}
    assert first["report"]["id"] == again["report"]["id"]
    assert len(mocks.ledger("events")) == 1
    other = await graph.of("ada")(
        "mutation ($case: ID!) { reopenCase(input:"
        ' {case: $case, idempotencyKey: "key-reopen-1", reason: "别的"}) { __typename } }',
        case=case_id(CLOSED),
    )
    assert other.codes == ["IDEMPOTENCY_CONFLICT"]


@pytest.mark.parametrize("act", [support, rate, reopen])
async def test_an_act_whose_answer_was_lost_is_found_by_its_reference(
    graph: Graph, mocks: RunningMocks, act: object
) -> None:
    """A reset after the commit: the platform is asked for the reference, and nothing is done twice."""
    case = OPEN if act is support else CLOSED
    mocks.fault("events", reset_after_commit=True, method="POST", count=1)
    assert (await act(graph.of("ada"), case))["__typename"] == "CaseChanged"  # type: ignore[operator]  # one of three
    assert len(mocks.ledger("events")) == 1
    (reference,) = {entry["reference"] for entry in mocks.ledger("events")}
    paths = [call.path for call in mocks.calls("events", token=False)]
    assert paths.count(f"/acts/{reference}.json") == 1
    assert len(wrote(mocks)) == 1


async def test_an_act_that_never_arrived_is_sent_again(graph: Graph, mocks: RunningMocks) -> None:
    """A proxy's 503 leaves it in doubt; the platform does not know the reference: sent again, once done."""
    mocks.fault("events", error_rate=1.0, method="POST", count=1)
    assert (await rate(graph.of("ada"), CLOSED))["__typename"] == "CaseChanged"
    assert len(wrote(mocks)) == 2
    assert len(mocks.ledger("events")) == 1
