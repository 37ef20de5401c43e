"""A replica's file: what stands in it after pages in whatever order, and what if it is of no use."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.structs import replace

from connectors.kit import Code, Feed, Item, Removal, Selection, SourceError, Table
from gateway.replica.files import Lock, lock_of, path_of, prepare, put_away_others, set_aside
from gateway.replica.layout import lay_out
from gateway.replica.local import NOT_WHOLE, LocalReplica
from gateway.replica.selection import select
from gateway.replica.store import KEPT_GONE_S, FeedState, Foreign, Store
from gateway.sources import ConfigurationError, SourceConfig
from tests.gateway.replicas import NOW, OTHERS, THINGS, Script, fill, gone, held, ids, item, page, reading

CONFIG = SourceConfig(id="sports", name="S", connector="x", url="http://one.test/")
FEEDS = [Script().feed]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the copy lies."""
    return tmp_path / "copy.sqlite3"


@pytest.mark.parametrize(
    ("pages", "kept"),
    [
        ([[item("a", 1), item("b", 1)], [item("a", 2)]], {"a": "a@2", "b": "b@1"}),
        ([[item("a", 2)], [item("a", 1)]], {"a": "a@2"}),
        ([[item("a", 2)], [gone("a", 1)]], {"a": "a@2"}),
        ([[item("a", 1)], [gone("a", 2)]], {}),
        ([[gone("a", 2)], [item("a", 1)]], {}),
        ([[gone("a", 3)], [gone("a", 1)], [item("a", 2)]], {}),
        ([[gone("a", 2)], [item("a", 3)], [item("a", 1)]], {"a": "a@3"}),
        ([[gone("a", 2)], [item("a", 3)], [gone("a", 2)]], {"a": "a@3"}),
        ([[item("a", 1, "x"), item("a", 1, "y")]], {"a": "y"}),
        ([[item("a", 1)], [gone("a", 1)]], {}),
        ([[gone("a", 1)], [item("a", 1)]], {"a": "a@1"}),
        ([[item("a", 3), gone("a", 2), item("a", 1)]], {"a": "a@3"}),
        ([[item("a", 1), gone("a", 2)]], {}),
        ([[gone("a", 2), item("a", 3)]], {"a": "a@3"}),
        ([[item("", 1), item("a' OR 1; --", 1, "x")]], {"": "@1", "a' OR 1; --": "x"}),
    ],
)  # fmt: skip
async def test_the_latest_version_stands(
    path: Path, pages: Sequence[Sequence[Item | Removal]], kept: dict[str, str]
) -> None:
    """In whatever order changes come, in one page or several; of equal versions the one told last."""
    fill(path, *pages)
    async with reading(path) as replica:
        assert await held(replica) == kept


async def test_a_page_and_its_cursor_are_kept_together_or_not_at_all(path: Path) -> None:
    """A page with one change that its table does not allow leaves neither its changes nor its cursor."""
    bad: list[Item | Removal] = [
        Item(table="nowhere", id="b", version=1, data=b""),
        Item(table="thing", id="b", version=1, data=b"", keys={"colour": 1}),
        Item(table="thing", id="b", version=2**63, data=b""),
        Removal(table="nowhere", id="b", version=1),
    ]
    with closing(Store(path, lay_out(FEEDS))) as store:
        kept = FeedState(cursor="one", ended_at=1.0)
        store.commit("things", [item("a")], kept, 0.0)
        for change in bad:
            with pytest.raises((ValueError, OverflowError)):
                store.commit("things", [item("c"), change], FeedState(cursor="two", ended_at=2.0), 0.0)
        assert store.state("things") == kept
    async with reading(path) as replica:
        assert await held(replica) == {"a": "a@1"}


async def test_after_a_reset_earlier_versions_count_for_nothing(path: Path) -> None:
    """An item of the new generation takes the place of one with a higher version, a removal too."""
    with closing(Store(path, lay_out(FEEDS))) as store:
        store.commit("things", [item("a", 9), item("b", 9), gone("c", 9)], FeedState(ended_at=1.0), 0.0)
        anew = FeedState(generation=2, since=2, sweeping=True, ended_at=1.0)
        store.begin_anew("things", ["thing", "other"], anew)
        store.commit("things", [item("a", 1), gone("b", 1), item("c", 1)], anew, 0.0)
        store.commit("things", [item("a", 0, "older")], anew, 0.0)
    async with reading(path) as replica:
        assert await held(replica) == {"a": "a@1", "c": "c@1"}


async def test_a_sweep_takes_what_was_not_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit by bit; what the new generation has told of stays, also if with an older version."""
    monkeypatch.setattr("gateway.replica.store.SWEPT_AT_ONCE", 2)
    with closing(Store(path, lay_out(FEEDS))) as store:
        first = FeedState(ended_at=1.0)
        store.commit("things", [item(id_, 5) for id_ in "abcdefg"], first, 0.0)
        second = replace(first, generation=2)
        store.commit("things", [item("b", 4), item("d", 5), item("f", 6)], second, 0.0)
        assert [store.sweep("thing", 2) for _ in range(3)] == [True, True, False]
        assert [store.sweep("other", 2)] == [False]
    async with reading(path) as replica:
        assert await held(replica) == {"b": "b@5", "d": "d@5", "f": "f@6"}


async def test_removals_are_remembered_for_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a week, and of each table the last so many: those before are forgotten."""
    now = NOW.timestamp()
    state = FeedState(ended_at=1.0)
    with closing(Store(path, lay_out(FEEDS))) as store:
        store.commit("things", [gone("a", 9)], state, now)
        store.tidy(["thing"], now + KEPT_GONE_S)
        store.commit("things", [item("a", 1)], state, now)
        store.tidy(["thing"], now + KEPT_GONE_S + 1)
        store.commit("things", [item("a", 2)], state, now)
        monkeypatch.setattr("gateway.replica.store.KEPT_GONE", 2)
        for seconds, id_ in enumerate("bcde"):
            store.commit("things", [gone(id_, 9)], state, now + seconds)
        store.tidy(["thing"], now + 4)
        store.commit("things", [item(id_, 1) for id_ in "bcde"], state, now)
    async with reading(path) as replica:
        assert await held(replica) == {"a": "a@2", "b": "b@1"}


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_copy_is_told(path: Path, content: bytes) -> None:
    """Opening it says so, and changes nothing in it."""
    path.write_bytes(content)
    with pytest.raises((apsw.NotADBError, apsw.CorruptError)):
        Store(path, lay_out(FEEDS))
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_told(path: Path) -> None:
    """By its tables or its application's number; an empty file is nobody's."""
    with closing(apsw.Connection(str(path))) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(Foreign):
        Store(path, lay_out(FEEDS))
    with closing(apsw.Connection(str(path))) as other:
        other.execute("DROP TABLE t")
        other.pragma("application_id", 7)
    with pytest.raises(Foreign):
        Store(path, lay_out(FEEDS))
    path.write_bytes(b"")
    fill(path, [item("a")])


def test_what_is_set_aside_can_be_looked_at(path: Path) -> None:
    """It keeps its content under another name, and its log does not come into the new file."""
    fill(path, [item("a")])
    wal = path.with_name("copy.sqlite3-wal")
    wal.write_bytes(b"log")
    content = path.read_bytes()
    aside = set_aside(path)
    assert (aside.name, aside.read_bytes()) == ("copy.damaged", content)
    assert not path.exists()
    assert not wal.exists()
    set_aside(path)
    fill(path, [item("b")])
    with closing(apsw.Connection(str(path))) as new:
        assert new.execute("SELECT id FROM items_thing").get == "b"


def test_a_copy_s_name_tells_what_it_was_made_for(tmp_path: Path) -> None:
    """Another address, connector, option, feed, table, key or edition is another file; a limit is not."""
    thing = Table(name="thing")

    def feeds(*tables: Table, name: str = "f") -> list[Feed]:
        return [Feed(name=name, tables=tables, read=Script().read, pause_s=1)]

    made = [
        path_of(tmp_path, CONFIG, feeds(thing)),
        path_of(tmp_path, replace(CONFIG, url="http://two.test/"), feeds(thing)),
        path_of(tmp_path, replace(CONFIG, connector="y"), feeds(thing)),
        path_of(tmp_path, replace(CONFIG, options={"a": 1}), feeds(thing)),
        path_of(tmp_path, CONFIG, feeds(thing, name="g")),
        path_of(tmp_path, CONFIG, feeds(replace(thing, name="item"))),
        path_of(tmp_path, CONFIG, feeds(replace(thing, keys=("a",)))),
        path_of(tmp_path, CONFIG, feeds(replace(thing, edition=2))),
        path_of(tmp_path, CONFIG, feeds(thing, Table(name="more"))),
    ]
    assert len(set(made)) == len(made)
    assert path_of(tmp_path, replace(CONFIG, name="T"), feeds(thing)) == made[0]


def test_copies_that_nobody_uses_are_put_away(tmp_path: Path) -> None:
    """Those of the same source, with what SQLite has beside them; not one whose lock is held, nor others'."""
    ours = path_of(tmp_path, CONFIG, FEEDS)
    old, used, other = (
        path_of(tmp_path, replace(CONFIG, id=id_, url=url), FEEDS)
        for id_, url in (("sports", "http://old.test/"), ("sports", "http://used.test/"), ("sports-b", "http://x.test/"))
    )  # fmt: skip
    for path in (ours, old, used, other):
        fill(path, [item("a")])
    old.with_name(old.name + "-wal").write_bytes(b"")
    held_lock = Lock.take(lock_of(used))
    assert held_lock is not None
    put_away_others(ours)
    assert {path.name for path in tmp_path.iterdir()} == {
        ours.name,
        used.name,
        other.name,
        lock_of(used).name,
    }
    held_lock.release()


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    """Who comes second gets none until it is given back; a lock whose file was put away guards nothing."""
    first = Lock.take(tmp_path / "a.lock")
    assert first is not None
    assert Lock.take(tmp_path / "a.lock") is None
    first.release()
    second = Lock.take(tmp_path / "a.lock")
    assert second is not None
    (tmp_path / "a.lock").unlink()
    third = Lock.take(tmp_path / "a.lock")
    assert third is not None
    second.release()
    third.release()


def test_a_directory_that_cannot_be_had_is_a_sentence(tmp_path: Path) -> None:
    """The setting is named."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_STATE_DIR: .*/replicas cannot be made"):
        prepare(tmp_path / "file")
    assert prepare(tmp_path / "a" / "b") == tmp_path / "a" / "b" / "replicas"
    assert (tmp_path / "a" / "b" / "replicas").is_dir()


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ((Table(name="Thing"),), "'Thing' is no lower-case identifier"),
        ((Table(name="thing; --"),), "'thing; --' is no lower-case identifier"),
        ((Table(name="thing", keys=("a b",)),), "'a b' is no lower-case identifier"),
        ((Table(name="thing", keys=("a", "a")),), "table 'thing' names a key twice"),
        ((Table(name="thing", keys=("id",)),), "table 'thing' names a key twice"),
        ((THINGS, THINGS), "a table is named twice: thing, thing"),
    ],
)  # fmt: skip
def test_names_that_will_not_do_are_told(tables: tuple[Table, ...], sentence: str) -> None:
    """Before any of them comes into SQL."""
    with pytest.raises(ValueError, match=sentence):
        lay_out([Feed(name="f", tables=tables, read=Script().read, pause_s=1)])
    feeds = [Feed(name="f", tables=(table,), read=Script().read, pause_s=1) for table in (THINGS, OTHERS)]
    with pytest.raises(ValueError, match="a feed is named twice: f, f"):
        lay_out(feeds)


async def test_a_copy_that_is_not_whole_is_not_read(path: Path) -> None:
    """Neither where there is no file, nor where its feed was never read to its end: whatever is asked."""

    async def refused(replica: LocalReplica) -> None:
        everything = Selection(table="thing")
        for read in (
            replica.get("thing", ["a"]),
            replica.get("thing", []),
            replica.select(everything),
            replica.count(everything),
        ):
            with pytest.raises(SourceError) as caught:
                await read
            assert (caught.value.code, caught.value.detail) == (Code.SOURCE_UNAVAILABLE, NOT_WHOLE)

    async with reading(path) as replica:
        await refused(replica)
        with closing(apsw.Connection(str(path))) as empty:
            empty.pragma("journal_mode", "wal")
        await refused(replica)
    fill(path, [item("a")], state=FeedState(cursor="c", read_at=NOW.timestamp()))
    async with reading(path) as replica:
        await refused(replica)
        with pytest.raises(SourceError, match="test cannot be reached"):
            replica.as_of("thing")
        assert replica.any_stale is False
        fill(path, page().changes)
        assert replica.as_of("thing") == NOW
        assert await held(replica) == {"a": "a@1"}


async def test_what_is_told_again_is_not_written_again(path: Path) -> None:
    """Only that it was seen; the same version with other data or other values of its keys is another."""
    with closing(Store(path, lay_out(FEEDS))) as store:
        first = FeedState(ended_at=1.0)
        things = [item(id_, 1, size=1) for id_ in "abc"]
        store.commit("things", things, first, 0.0)
        again = [things[0], item("b", 1, size=2), item("c", 1, "x", size=1)]
        before = store._db.total_changes()
        store.commit("things", again, first, 0.0)
        # Two items, and the feed's state.
        assert store._db.total_changes() - before == 3
        second = replace(first, generation=2)
        store.commit("things", again, second, 0.0)
        assert store.sweep("thing", 2) is False
    async with reading(path) as replica:
        assert await held(replica) == {"a": "a@1", "b": "b@1", "c": "x"}
        assert await ids(replica, equal={"size": [2]}) == ["b"]


@pytest.mark.parametrize(
    ("conditions", "used"),
    [
        ({"equal": {"size": [3]}, "after": (None, "100")}, "(key_size=? AND id>?)"),
        ({"order_by": "size", "after": (3, "100")}, "((key_size,id)>(?,?))"),
        ({"order_by": "size", "between": {"size": (3, 5)}}, "(key_size>? AND key_size<?)"),
    ],
)
def test_the_indexes_of_keys_are_used(path: Path, conditions: dict[str, Any], used: str) -> None:
    """A condition, an order and what comes after a place go along a key's index, and nothing is sorted."""
    fill(path, [item(f"{n:03d}", size=n % 7) for n in range(500)])
    query = select(lay_out(FEEDS)["thing"], Selection(table="thing", limit=5, **conditions))
    assert query is not None
    with closing(apsw.Connection(str(path))) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query[0]}", query[1]).fetchall()
    assert [step[3] for step in plan] == [f"SEARCH items_thing USING INDEX items_thing_by_key_size {used}"]
