"""Copies of OpenActive feeds, end to end: what feeds tell is in the graph, what they withdraw is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from gateway.sources import SourceConfig
from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import NOW, Graph, StartGraph
from tests.scenarios.test_sports import OPERATORS, SLOTS, VENUES, nodes, slot_id


async def until(reached: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait until something awaited is true, and give it."""
    async with asyncio.timeout(seconds):
        while not (found := await reached()):  # noqa: ASYNC110  # the copy is filled by another task
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
def operators(sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
    """The two operators alone, their feeds asked again without a pause."""
    return impatient(sources, *OPERATORS)


def impatient(sources: tuple[SourceConfig, ...], *ids: str) -> tuple[SourceConfig, ...]:
    """Some sources, their feeds asked again without a pause."""
    return tuple(
        msgspec.structs.replace(source, options={**source.options, "pause_s": 0.05})
        for source in sources
        if source.id in ids
    )


async def test_what_is_booked_shows_after_the_next_reading(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...]
) -> None:
    """A place taken at the operator's is one fewer here, by the feed alone, without a page read twice."""
    key = "sports-dayun-v01-badminton-20261126-18"
    uri = f"https://sports-dayun.example/slots/{key}"
    base = f"{mocks.url}/sports-dayun/openbooking"
    order = {
        "@type": "Order",
        "brokerRole": "https://openactive.io/NoBroker",
        "seller": "https://sports-dayun.example/organizer",
        "customer": {"email": "someone@example.test"},
        "orderedItem": [{"position": 0, "orderedItem": uri, "acceptedOffer": f"{uri}#/offers/standard"}],
        "totalPaymentDue": {"price": 40},
    }
    try:
        async with start_graph(operators, feeds=True) as graph, httpx.AsyncClient() as http:
            query = "query ($id: ID!) { node(id: $id) { ... on CourtSlot { placesLeft } } }"

            async def left() -> int:
                answer = await graph(query, id=slot_id("sports-dayun", key))
                return int(answer.data["node"]["placesLeft"])

            before = await left()
            mocks.clear_calls()
            form = {"grant_type": "client_credentials"}
            auth = ("sports-dayun", "secret-of-sports-dayun")
            token = (await http.post(f"{base}/oauth/token", data=form, auth=auth)).json()["access_token"]
            done = await http.put(
                f"{base}/orders/00000000-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
                json=order,
                headers={"authorization": f"Bearer {token}"},
            )
            assert done.status_code == 201

            async def fewer() -> bool:
                return await left() == before - 1

            await until(fewer)
            pages = [call for call in mocks.calls("sports-dayun") if call.path == "/feeds/slots"]
            assert pages
            assert all("afterId=" in call.query for call in pages)
    finally:
        mocks.reset()


async def test_a_restart_goes_on_where_it_was(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...], tmp_path: Any
) -> None:
    """Every page is read once; a gateway that starts again asks each feed for what follows, and no more."""
    async with start_graph(operators, feeds=True, state_dir=tmp_path) as graph:
        before = (await graph(VENUES)).data
    counts = {name: _pages(mocks, "sports-dayun", name) for name in ("slots", "facility-uses")}
    assert [query for query in counts["slots"] if "afterId" not in query] == [""]
    assert len(set(counts["slots"])) == 10
    assert len(set(counts["facility-uses"])) == 2
    ends = {name: queries[-1] for name, queries in counts.items()}
    mocks.clear_calls()
    async with start_graph(operators, feeds=True, state_dir=tmp_path) as graph:
        assert (await graph(VENUES)).data == before
        async with asyncio.timeout(10):
            while not all(_pages(mocks, "sports-dayun", name) for name in ends):  # noqa: ASYNC110  # the wire tells nobody
                await asyncio.sleep(0.02)
    for name, end in ends.items():
        assert set(_pages(mocks, "sports-dayun", name)) == {end}


async def test_a_feed_that_begins_anew(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...]
) -> None:
    """What it tells no more is gone once it has been read to its end; until then the old copy answers."""
    day = {"day": "2026-11-27", "activity": "羽毛球"}
    async with start_graph(operators, feeds=True) as graph:

        async def ids() -> set[str]:
            return {node["id"] for node in nodes((await graph(SLOTS, **day)).data["courtSlots"])}

        before = await ids()
        mocks.fault("sports-dayun", new_edition=True, path="/feeds/slots")

        async def gone() -> bool:
            now = await ids()
            assert now <= before
            return len(now) == len(before) - 8

        await until(gone)
        mocks.clear_faults()

        async def back() -> bool:
            return await ids() == before

        await until(back)


@pytest.mark.parametrize("quirk", ["modified_text", "shuffled", "repeated"])
async def test_feeds_with_quirks_give_the_same_copy(
    graph: Graph,
    mocks: RunningMocks,
    start_graph: StartGraph,
    operators: tuple[SourceConfig, ...],
    quirk: str,
) -> None:
    """Numbers as text, pages out of order, items told twice."""
    asked = {"day": "2026-11-26"}
    straight = (await graph(SLOTS, **asked)).data
    for operator in OPERATORS:
        mocks.fault(operator, **{quirk: True})
    async with start_graph(operators, feeds=True) as odd:
        assert (await odd(SLOTS, **asked)).data == straight


async def test_time_goes_by(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...]
) -> None:
    """What has ended at the operator's is deleted here, too; what strangers took is taken."""
    ended = slot_id("sports-dayun", "sports-dayun-v01-badminton-20261124-11")
    try:
        async with start_graph(operators, feeds=True) as graph:
            query = "query ($id: ID!) { node(id: $id) { id } }"
            assert (await graph(query, id=ended)).data == {"node": {"id": ended}}
            mocks.world.clock.move_to(NOW + timedelta(hours=2, minutes=1))

            async def gone() -> bool:
                answer = await graph(query, id=ended)
                return bool(answer.errors == [] and answer.data == {"node": None})

            await until(gone)
    finally:
        mocks.world.clock.move_to(NOW)


async def test_an_operator_that_fails_while_we_hold_its_copy(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...]
) -> None:
    """Its copy answers on, without an error."""
    async with start_graph(operators, feeds=True) as graph:
        whole = (await graph(VENUES)).data
        mocks.fault("sports-dayun", error_rate=1.0)
        await asyncio.sleep(0.3)
        answer = await graph(VENUES)
        assert (answer.data, answer.errors) == (whole, [])
        assert mocks.calls("sports-dayun")[-1].status == 503


CLASS = """query ($id: ID!) { node(id: $id) { ... on ParentChildClass { title start } } }"""


async def test_a_deletion_while_the_gateway_was_stopped(
    mocks: RunningMocks, start_graph: StartGraph, sources: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """The first page asked for is what followed the last one read; what it deletes is gone."""
    family = impatient(sources, "classes-family")
    held = encode_id("parent-child-class", Ref("classes-family", "classes-family-p011-20261125"))
    end = await _end(mocks, "classes-family", "scheduled-sessions")
    try:
        async with start_graph(family, feeds=True, state_dir=tmp_path) as graph:
            node = {"title": "亲子芭蕾", "start": "2026-11-25T15:00:00+08:00"}
            assert (await graph(CLASS, id=held)).data == {"node": node}
        mocks.clear_calls()
        mocks.world.clock.move_to(NOW + timedelta(hours=31))
        async with start_graph(family, feeds=True, state_dir=tmp_path) as graph:

            async def gone() -> bool:
                answer = await graph(CLASS, id=held)
                return bool(answer.errors == [] and answer.data == {"node": None})

            await until(gone)
        later = await _end(mocks, "classes-family", "scheduled-sessions")
    finally:
        mocks.world.clock.move_to(NOW)
    asked = _pages(mocks, "classes-family", "scheduled-sessions")
    assert asked[0] == end
    assert set(asked[1:]) - {""} == {later}
    assert int(parse_qs(later)["afterTimestamp"][0]) > int(parse_qs(end)["afterTimestamp"][0])


async def test_a_feed_that_began_anew_while_the_gateway_was_stopped(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """The stored cursor is tried once and not known; then the feed is read from its first page."""
    day = {"day": "2026-11-27", "activity": "羽毛球"}
    end = await _end(mocks, "sports-dayun", "slots")
    async with start_graph(operators, feeds=True, state_dir=tmp_path) as graph:
        before = {node["id"] for node in nodes((await graph(SLOTS, **day)).data["courtSlots"])}
    mocks.clear_calls()
    mocks.fault("sports-dayun", new_edition=True, path="/feeds/slots")
    async with start_graph(operators, feeds=True, state_dir=tmp_path) as graph:

        async def gone() -> bool:
            now = {node["id"] for node in nodes((await graph(SLOTS, **day)).data["courtSlots"])}
            assert now <= before
            return len(now) == len(before) - 8

        await until(gone)
    asked = [(c.query, c.status) for c in mocks.calls("sports-dayun") if c.path == "/feeds/slots"]
    assert asked[:2] == [(end, 410), ("", 200)]
    assert [query for query, _ in asked].count("") == 1
    assert {status for _, status in asked[1:]} <= {200, None}
    assert all(query.endswith("&edition=2") for query, _ in asked[2:])


async def test_changes_that_come_out_of_order(
    mocks: RunningMocks, start_graph: StartGraph, operators: tuple[SourceConfig, ...], tmp_path: Path
) -> None:
    """Two hours of bookings, told backwards and some twice, leave the copy that a straight feed makes."""
    day = {"day": "2026-11-24"}
    try:
        async with start_graph(operators, feeds=True, state_dir=tmp_path / "odd") as odd:
            before = (await odd(SLOTS, **day)).data
            for operator in OPERATORS:
                mocks.fault(operator, shuffled=True, repeated=True)
            mocks.world.clock.move_to(NOW + timedelta(hours=2))
            mocks.clear_calls()

            async def read() -> bool:
                return all(len(set(_pages(mocks, operator, "slots"))) > 1 for operator in OPERATORS)

            await until(read)
            mocks.clear_faults()
            async with start_graph(operators, feeds=True, state_dir=tmp_path / "straight") as straight:
                expected = (await straight(SLOTS, **day)).data

            async def same() -> bool:
                return bool((await odd(SLOTS, **day)).data == expected)

            await until(same)
    finally:
        mocks.world.clock.move_to(NOW)
    assert expected != before


async def _end(mocks: RunningMocks, source: str, feed: str) -> str:
    """The query of a feed's last page, found by reading along."""
    async with httpx.AsyncClient() as http:
        url = f"{mocks.url}/{source}/feeds/{feed}"
        while (page := (await http.get(url)).json())["items"]:
            url = page["next"]
    return urlsplit(url).query


def _pages(mocks: RunningMocks, source: str, feed: str) -> list[str]:
    """The queries with which a feed was asked, in order."""
    return [call.query for call in mocks.calls(source) if call.path == f"/feeds/{feed}"]
