"""The event platform's companion: residents support, rate and reopen cases, each once a reference."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from mocks.server import RunningMocks
from mocks.world import Clock, World

NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
CLOSED, OPEN = 261121019, 261124004


@pytest.fixture(scope="module")
def platform() -> Iterator[RunningMocks]:
    """A platform of this module's own: what is reopened here, no other test sees."""
    with RunningMocks(World(7, Clock.frozen(NOW)), only=("events",)) as running:
        yield running


@pytest.fixture
async def events(platform: RunningMocks) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it that has the key, as if nothing had been done there."""
    platform.reset()
    platform.world.clock.move_to(NOW)
    async with httpx.AsyncClient(
        base_url=f"{platform.url}/events", params={"api_key": "key-of-events"}, timeout=5
    ) as client:
        yield client


def _act(reference: str = "r1", account: str = "a1", **more: str) -> dict[str, str]:
    return {"reference": reference, "account_id": account, **more}


async def _post(events: httpx.AsyncClient, path: str, form: dict[str, str]) -> tuple[int, Any]:
    answer = await events.post(path, data=form)
    return answer.status_code, answer.json()[0]


async def test_a_reopened_case_goes_back_and_on(platform: RunningMocks, events: httpx.AsyncClient) -> None:
    """已结案 → 退回整改 → 待核查 → 已结案, in the case, in its steps and in lists; the story before stays."""
    before = (await events.get(f"/servicerequestupdates.json?service_request_id={CLOSED}")).json()
    status, act = await _post(events, f"/requests/{CLOSED}/reopenings.json", _act(reason="又满了"))
    assert (status, act["kind"], act["service_request_id"], act["reference"]) == (
        201,
        "reopening",
        CLOSED,
        "r1",
    )
    (row,) = (await events.get(f"/requests/{CLOSED}.json")).json()
    assert (row["status"], row["status_notes"]) == ("open", "退回整改")
    after = (await events.get(f"/servicerequestupdates.json?service_request_id={CLOSED}")).json()
    assert after[:-1] == before
    assert after[-1]["description"] == "退回整改：群众申请重新办理：又满了"
    listed = (await events.get("/requests.json?status=open")).json()
    assert CLOSED in [one["service_request_id"] for one in listed]
    seen = ["退回整改"]
    for hours in range(240):
        platform.world.clock.move_to(NOW + timedelta(hours=hours))
        (row,) = (await events.get(f"/requests/{CLOSED}.json")).json()
        if row["status_notes"] != seen[-1]:
            seen.append(row["status_notes"])
    assert seen == ["退回整改", "待核查", "已结案"]


async def test_an_act_is_done_once_by_its_reference(
    platform: RunningMocks, events: httpx.AsyncClient
) -> None:
    """The same again is 200 and the same, another act under it 409; it is found by the reference."""
    path = f"/requests/{CLOSED}/ratings.json"
    first = await _post(events, path, _act(score="2", comment="慢"))
    again = await _post(events, path, _act(score="2", comment="慢"))
    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    other = await _post(events, path, _act(score="3", comment="慢"))
    assert (other[0], other[1]["description"]) == (
        409,
        "REFERENCE_USED: the reference stands for another act.",
    )
    (entry,) = platform.ledger("events")
    assert (entry["kind"], entry["score"], entry["words"]) == ("rating.created", "2", "慢")
    found = await events.get("/acts/r1.json")
    assert (found.status_code, found.json()) == (200, [first[1]])
    assert (await events.get("/acts/r2.json")).status_code == 404


async def test_an_account_supports_a_case_once(platform: RunningMocks, events: httpx.AsyncClient) -> None:
    """However often it is asked and under whatever reference; each of them is found."""
    path = f"/requests/{OPEN}/supports.json"
    answers = [
        await _post(events, path, _act(reference, account))
        for reference, account in (("r1", "a1"), ("r2", "a1"), ("r3", "a2"))
    ]
    assert [(status, act["supports"]) for status, act in answers] == [(201, 1), (200, 1), (201, 2)]
    assert len(platform.ledger("events")) == 2
    assert (await events.get("/acts/r2.json")).status_code == 200


@pytest.mark.parametrize(
    ("case", "kind", "form", "status", "begins"),
    [
        (OPEN, "ratings", _act(score="3"), 409, "NOT_CLOSED:"),
        (OPEN, "reopenings", _act(reason="又满了"), 409, "NOT_CLOSED:"),
        (CLOSED, "supports", _act(), 409, "CLOSED:"),
        (260901003, "reopenings", _act(reason="又满了"), 409, "TOO_LATE:"),
        (CLOSED, "ratings", _act(score="6"), 400, "score"),
        (CLOSED, "ratings", _act(), 400, "score"),
        (CLOSED, "reopenings", _act(), 400, "reason"),
        (CLOSED, "reopenings", _act(reason="长" * 501), 400, "At most"),
        (CLOSED, "ratings", _act("", score="3"), 400, "reference"),
        (CLOSED, "ratings", _act("r1", "", score="3"), 400, "account_id"),
        (999, "supports", _act(), 404, "service_request_id"),
        (OPEN, "others", _act(), 404, "There is no such act"),
    ],
)
async def test_what_cannot_be_is_refused(
    platform: RunningMocks,
    events: httpx.AsyncClient,
    case: int,
    kind: str,
    form: dict[str, str],
    status: int,
    begins: str,
) -> None:
    """By state, time, form and id; in the standard's shape, and nothing is done."""
    got, error = await _post(events, f"/requests/{case}/{kind}.json", form)
    assert (got, error["code"]) == (status, status)
    assert error["description"].startswith(begins)
    assert platform.ledger("events") == []


async def test_a_closing_is_rated_once_by_an_account(
    platform: RunningMocks, events: httpx.AsyncClient
) -> None:
    """RATED for the second; once it was closed again, it can be rated again."""
    path = f"/requests/{CLOSED}/ratings.json"
    assert (await _post(events, path, _act("r1", score="1")))[0] == 201
    status, error = await _post(events, path, _act("r2", score="1"))
    assert (status, error["description"].partition(":")[0]) == (409, "RATED")
    assert (await _post(events, path, _act("r3", "a2", score="1")))[0] == 201
    await _post(events, f"/requests/{CLOSED}/reopenings.json", _act("r4", reason="又满了"))
    platform.world.clock.move_to(NOW + timedelta(days=10))
    assert (await _post(events, path, _act("r5", score="5")))[0] == 201


async def test_acts_need_the_key_and_come_in_xml_too(
    platform: RunningMocks, events: httpx.AsyncClient
) -> None:
    """403 without it, or with a wrong one, also where reads need none; XML by the path's ending."""
    for key in ("", "guess"):
        params = {"api_key": key} if key else {}
        async with httpx.AsyncClient(base_url=f"{platform.url}/events", params=params) as client:
            assert (await client.post(f"/requests/{OPEN}/supports.json", data=_act())).status_code == 403
            assert (await client.get("/acts/r1.json")).status_code == 403
            assert (await client.get("/services.json")).status_code == (403 if key else 200)
    answer = await events.post(f"/requests/{OPEN}/supports.xml", data=_act())
    top = etree.fromstring(answer.content)
    assert (answer.status_code, top.tag, top.findtext("act/reference")) == (201, "acts", "r1")
    assert platform.ledger("events")[0]["service_request_id"] == OPEN
