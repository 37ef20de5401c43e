"""Reading a replica: what a Selection means, to the letter, and what a reader does to the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from connectors.kit import Code, Kept, Key, Selection, SourceError
from gateway.replica.local import IDS_AT_ONCE, LocalReplica
from tests.gateway.replicas import NOW, Clock, fill, held, ids, item, reading

ROWS: dict[str, tuple[Key, Key, Key]] = {
    "a": ("甲", 1, 0.5),
    "b": ("乙", 2, 1.5),
    "c": ("甲", 2, None),
    "d": (None, 3, 2.5),
    "e": ("丙", None, 3.5),
    "f": ("甲", 1.0, "text"),
}
"""name, size and place of each thing."""


@pytest.fixture
async def replica(tmp_path: Path) -> AsyncIterator[LocalReplica]:
    """A copy of ROWS, written in no order."""
    path = tmp_path / "copy.sqlite3"
    rows = [ROWS[id_] for id_ in "dbfaec"]
    fill(path, [item(id_, name=n, size=s, place=p) for id_, (n, s, p) in zip("dbfaec", rows, strict=True)])
    async with reading(path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("equal", "found"),
    [
        ({}, "abcdef"),
        ({"name": ["甲"]}, "acf"),
        ({"name": ["甲", "丙"]}, "acef"),
        ({"name": {"甲"}, "size": (1,)}, "af"),
        ({"name": ["甲"], "size": [1, 2]}, "acf"),
        ({"name": ["甲"], "size": [3]}, ""),
        ({"name": []}, ""),
        ({"name": ["甲"], "size": []}, ""),
        ({"name": [None]}, ""),
        ({"name": [None, "丙"]}, "e"),
        ({"size": [1.0]}, "af"),
        ({"size": [True]}, "af"),
        ({"size": ["1"]}, ""),
        ({"size": [2**70]}, ""),
        ({"size": [2**70, 3]}, "d"),
        ({"place": ["text", 0.5, 7]}, "af"),
        ({"id": ["a", "x", "d"]}, "ad"),
        ({"name": ["'; DROP TABLE items_thing; --"]}, ""),
    ],
)
async def test_equal(replica: LocalReplica, equal: dict[str, Collection[Key]], found: str) -> None:
    """One of the values for every key given; an empty collection finds nothing, None is found by no value."""
    assert await ids(replica, equal=equal) == list(found)
    assert await replica.count(Selection(table="thing", equal=equal)) == len(found)


@pytest.mark.parametrize(
    ("between", "found"),
    [
        ({"size": (1, 2)}, "af"),
        ({"size": (1, 2.000001)}, "abcf"),
        ({"size": (2, None)}, "bcd"),
        ({"size": (None, 2)}, "af"),
        ({"size": (None, None)}, "abcdef"),
        ({"size": (2, 2)}, ""),
        ({"place": (0, None)}, "abde"),
        ({"place": (None, 100)}, "abde"),
        ({"size": (2, None), "place": (1, 2)}, "b"),
    ],
)
async def test_between(
    replica: LocalReplica, between: dict[str, tuple[float | None, float | None]], found: str
) -> None:
    """From the first to below the second; what has no value or no number lies between nothing."""
    assert await ids(replica, between=between) == list(found)
    assert await replica.count(Selection(table="thing", between=between)) == len(found)


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        ({}, "abcdef"),
        ({"order_by": "size"}, "eafbcd"),
        ({"order_by": "name"}, "debacf"),
        ({"order_by": "size", "limit": 3}, "eaf"),
        ({"order_by": "size", "after": (1, "a")}, "fbcd"),
        ({"order_by": "size", "after": (1, "f")}, "bcd"),
        ({"order_by": "size", "after": (1.5, "z")}, "bcd"),
        ({"order_by": "size", "after": (None, "e")}, "afbcd"),
        ({"order_by": "size", "after": (None, "a")}, "eafbcd"),
        ({"order_by": "size", "after": (3, "d")}, ""),
        ({"order_by": "size", "after": (1, "a"), "limit": 2}, "fb"),
        ({"after": ("whatever", "c")}, "def"),
        ({"after": (None, "c"), "limit": 1}, "d"),
        ({"limit": 0}, ""),
        ({"limit": -1}, ""),
        ({"limit": 100}, "abcdef"),
        ({"order_by": "size", "equal": {"name": ["甲"]}, "between": {"size": (1, 3)}}, "afc"),
    ],
)
async def test_order_after_and_limit(replica: LocalReplica, selection: dict[str, Any], found: str) -> None:
    """Ascending, ties by id, what has no value first; `after` is a place where nothing need stand."""
    assert await ids(replica, **selection) == list(found)


async def test_pages_by_after_miss_nothing(replica: LocalReplica) -> None:
    """Page after page of one gives the whole, in order."""
    for key, values in (("name", 0), ("size", 1), ("place", 2)):
        seen: list[str] = []
        after: tuple[Key, str] | None = None
        while page := await ids(replica, order_by=key, after=after, limit=1):
            seen += page
            after = (ROWS[page[0]][values], page[0])
        assert seen == await ids(replica, order_by=key)
        assert sorted(seen) == list("abcdef")


async def test_count_is_of_all_that_meet_the_conditions(replica: LocalReplica) -> None:
    """Whatever the limit, and wherever one goes on."""
    selection = Selection(table="thing", equal={"name": ["甲"]}, after=(None, "c"), limit=1)
    assert await replica.count(selection) == 3
    assert await replica.count(Selection(table="other")) == 0


async def test_items_are_found_by_id(replica: LocalReplica) -> None:
    """One, several, hundreds; those that are not there are absent."""
    assert await replica.get("thing", ["a"]) == {"a": b"a@1"}
    assert await replica.get("thing", {"a", "x", "f"}) == {"a": b"a@1", "f": b"f@1"}
    assert await replica.get("thing", []) == {}
    many = [f"x{number}" for number in range(50_000)] + ["c"]
    assert len(many) > IDS_AT_ONCE
    assert await replica.get("thing", many) == {"c": b"c@1"}
    assert await replica.get("other", ["a"]) == {}
    third = Selection(table="thing", equal={"name": [*many, "丙"]})
    assert await replica.select(third) == [Kept("e", b"e@1")]


async def test_what_a_connector_gets_wrong_is_its_own_fault(replica: LocalReplica) -> None:
    """A table or a key that is not there is an exception, and no SQL."""
    with pytest.raises(KeyError):
        await replica.get("nothing", ["a"])
    for wrong in ({"equal": {"x": [1]}}, {"between": {"x": (1, 2)}}, {"order_by": "x; --"}):
        with pytest.raises(ValueError, match="items_thing has no key"):
            await ids(replica, **wrong)


async def test_a_change_is_read_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    """By readers that have read before, one way or the other."""
    path = tmp_path / "copy.sqlite3"
    fill(path, [item("a")])
    async with reading(path) as replica:
        assert await held(replica) == {"a": "a@1"}
        fill(path, [item("a", 2)])
        assert await replica.get("thing", ["a"]) == {"a": b"a@2"}
        assert await held(replica) == {"a": "a@2"}


async def test_another_file_under_the_name_is_another_copy(tmp_path: Path) -> None:
    """What was set aside is read no more, by whoever had it open."""
    path = tmp_path / "copy.sqlite3"
    fill(path, [item("a")])
    async with reading(path) as replica:
        assert await held(replica) == {"a": "a@1"}
        assert await replica.get("thing", ["a"]) == {"a": b"a@1"}
        path.replace(tmp_path / "aside")
        with pytest.raises(SourceError):
            await replica.get("thing", ["a"])
        fill(path, [item("b")])
        assert await replica.get("thing", ["a", "b"]) == {"b": b"b@1"}
        assert await held(replica) == {"b": "b@1"}


async def test_damage_is_the_source_s_failure_and_is_told(tmp_path: Path) -> None:
    """A read that meets it says so to whoever fills the copy."""
    path = tmp_path / "copy.sqlite3"
    fill(path, [item(f"{number:04d}", data="x" * 3000) for number in range(200)])
    content = bytearray(path.read_bytes())
    content[40_000:] = b"\xff" * (len(content) - 40_000)
    path.write_bytes(content)
    async with reading(path) as replica:
        with pytest.raises(SourceError) as caught:
            await held(replica)
        assert (caught.value.code, caught.value.detail) == (Code.SOURCE_UNAVAILABLE, "copy damaged")
        assert replica.damaged.is_set()


async def test_who_is_cancelled_ends_his_read(tmp_path: Path) -> None:
    """A selection that takes long does not go on for nobody, and the connection serves the next."""
    path = tmp_path / "copy.sqlite3"
    fill(path, [item("a")])
    async with reading(path) as replica:
        reader = replica._reader
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def count(connection: apsw.Connection) -> None:
            try:
                connection.execute(endless).fetchall()
            except apsw.InterruptError:
                loop.call_soon_threadsafe(ended.set)
                raise

        reads = [asyncio.create_task(reader.in_thread(count)) for _ in range(2)]
        await asyncio.sleep(0.05)
        for read in reads:
            read.cancel()
        await asyncio.wait_for(ended.wait(), 5)
        assert await held(replica) == {"a": "a@1"}


async def test_a_copy_grows_stale_when_no_page_comes(tmp_path: Path) -> None:
    """After a minute, or five pauses where that is longer; the page's instant stays what it is."""
    path = tmp_path / "copy.sqlite3"
    fill(path, [item("a")])
    clock = Clock()
    async with reading(path, clock) as replica:
        clock.seconds += 60
        assert (replica.stale("thing"), replica.any_stale) == (False, False)
        clock.seconds += 1
        assert (replica.stale("thing"), replica.any_stale, replica.stale("other")) == (True, True, True)
        assert replica.as_of("thing") == NOW
        assert replica.as_of("thing").utcoffset() == timedelta(hours=8)
        assert await held(replica) == {"a": "a@1"}
