"""Reports whose end nobody heard: one case, settled, whatever fails meanwhile."""

from __future__ import annotations

import asyncio

from mocks.server import RunningMocks
from tests.conftest import Graph
from tests.reports.asks import ONE, comes_to, created, report, wrote
from tests.reports.conftest import BOTH, StartReporting, platform_of

POST = ("POST", "/requests.json")


@BOTH
async def test_a_report_whose_answer_was_lost_is_found_by_the_mark(graph: Graph, mocks: RunningMocks) -> None:
    """Reset after the commit: the service's requests of the time are searched for our reference; one case."""
    ada = graph.of("ada")
    mocks.fault("events", reset_after_commit=True, method="POST", count=1)
    result = await report(ada)
    assert result["__typename"] == "CaseReported"
    (entry,) = created(mocks)
    assert result["report"]["number"] == str(entry["service_request_id"])
    assert result["report"]["case"]["description"] == "巷口堆放大量生活垃圾，有异味。"
    searches = [
        call.query
        for call in mocks.calls("events", token=False)
        if call.path == "/requests.json" and "service_code" in call.query
    ]
    assert len(searches) == 1
    assert "start_date=2026-11-24T01%3A55%3A00Z" in searches[0]
    assert wrote(mocks) == [POST]


async def test_an_answer_cut_in_half_is_in_doubt_too(graph: Graph, mocks: RunningMocks) -> None:
    """Committed, and the body breaks off: found, not sent again."""
    mocks.fault("events", malformed=True, method="POST", count=1)
    assert (await report(graph.of("ada")))["__typename"] == "CaseReported"
    assert wrote(mocks) == [POST]
    assert len(created(mocks)) == 1


async def test_a_report_that_never_arrived_is_sent_again_after_a_silence(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """A hang: nothing was committed, nothing is found for three timeouts, then it is sent again; one case."""
    async with start_reporting() as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", hang=True, method="POST", count=1)
        loop = asyncio.get_running_loop()
        began = loop.time()
        ada = graph.of("ada")
        result = await report(ada)
        found = await comes_to(ada, result["report"]["id"], "DONE")
        assert loop.time() - began >= 3 * 0.7
    (entry,) = created(mocks)
    assert found["number"] == str(entry["service_request_id"])
    assert wrote(mocks) == [POST, POST]


async def test_what_may_not_be_listed_yet_is_not_sent_again(
    start_reporting: StartReporting, mocks: RunningMocks, running_mocks: RunningMocks
) -> None:
    """A platform that lists what it was given only later: until then nothing is handed in again."""
    patient = platform_of(running_mocks.url, listed_within_s=60)
    async with start_reporting(patient, command_wait_ms=100) as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", error_rate=1.0, method="POST", count=1)
        ada = graph.of("ada")
        receipt = (await report(ada))["report"]["id"]
        await asyncio.sleep(4)
        assert (await ada(ONE, id=receipt)).data["caseReport"]["status"] == "PENDING"
    assert wrote(mocks) == [POST]


@BOTH
async def test_while_the_platform_is_down_a_report_is_kept_and_handed_in_later(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """CaseAccepted with its receipt at once; DONE once the platform is back."""
    async with start_reporting(command_wait_ms=200) as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", error_rate=1.0, error_status=429, method="POST")
        ada = graph.of("ada")
        result = await report(ada)
        assert (result["__typename"], result["report"]["status"]) == ("CaseAccepted", "PENDING")
        assert result["message"] == "已受理，正在提交平台；进展见“我的上报”。"
        assert created(mocks) == []
        mocks.clear_faults()
        assert (await comes_to(ada, result["report"]["id"], "DONE"))["number"] is not None
    assert len(created(mocks)) == 1


async def test_a_platform_that_was_never_reached_gets_the_report_of_a_known_category(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """Nothing of the platform is known yet, and it is down: a report that names its category is kept."""
    async with start_reporting(command_wait_ms=200) as graph:
        mocks.fault("events", error_rate=1.0, error_status=429)
        ada = graph.of("ada")
        result = await report(ada)
        assert result["__typename"] == "CaseAccepted"
        mocks.clear_faults()
        await comes_to(ada, result["report"]["id"], "DONE")
    assert len(created(mocks)) == 1


async def test_what_cannot_be_handed_in_until_its_deadline_is_refused(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """SOURCE_SILENT after the command's own deadline; nothing was handed in."""
    async with start_reporting(command_deadline_s=1) as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", error_rate=1.0, error_status=429, method="POST")
        result = await report(graph.of("ada"))
    assert (result["__typename"], result["reason"]) == ("CaseRejected", "SOURCE_SILENT")
    assert result["message"] == "平台在期限内无法连通，本次未能提交，请重试。"
    assert created(mocks) == []


@BOTH
async def test_a_gateway_that_ends_in_the_middle_goes_on_when_it_starts(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """Ended while the platform was called: the next asks what became of it; the receipt and key are good."""
    async with start_reporting(command_wait_ms=200) as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", latency_ms=400, reset_after_commit=True, method="POST", count=1)
        ada = graph.of("ada")
        first = await report(ada)
        assert first["__typename"] == "CaseAccepted"
    async with start_reporting() as graph:
        ada = graph.of("ada")
        found = await comes_to(ada, first["report"]["id"], "DONE")
        again = await report(ada)
        assert (again["__typename"], again["report"]["id"]) == ("CaseReported", first["report"]["id"])
    assert len(created(mocks)) == 1
    assert found["number"] == str(created(mocks)[0]["service_request_id"])


async def test_what_was_kept_and_not_begun_is_handed_in_after_a_restart(
    start_reporting: StartReporting, mocks: RunningMocks
) -> None:
    """Taken in behind a platform that is down; the next gateway hands each in, once."""
    async with start_reporting(command_wait_ms=100) as graph:
        await graph("{ serviceTypes { totalCount } cases(first: 1) { totalCount } }")
        mocks.fault("events", error_rate=1.0, error_status=429, method="POST")
        receipts = [(await report(graph.of(f"r{n}")))["report"]["id"] for n in range(3)]
    mocks.clear_faults()
    async with start_reporting() as graph:
        for number, receipt in enumerate(receipts):
            await comes_to(graph.of(f"r{number}"), receipt, "DONE")
    assert len(created(mocks)) == 3


async def test_without_a_database_nothing_is_promised(start_reporting: StartReporting) -> None:
    """GATEWAY_DATABASE_URL=none: WRITES_UNAVAILABLE; suggestions go on."""
    async with start_reporting(database_url="none") as graph:
        answer = await graph.of("ada")(
            'mutation { reopenCase(input: {case: "Y2FzZTpldmVudHM6MQ", idempotencyKey: "key-00000001",'
            ' reason: "又坏了"}) { __typename } }'
        )
        assert answer.codes == ["WRITES_UNAVAILABLE"]
        suggested = await graph('{ suggestCategory(text: "路灯不亮") { clear { name } } }')
        assert suggested.data["suggestCategory"]["clear"] == {"name": "路灯异常"}
