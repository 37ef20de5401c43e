"""A feed's consumer: order, restarts, failures, resets, readings from the beginning, its end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from structlog.testing import capture_logs

from connectors.kit import Code, DecodeError, FeedPage, FeedReset, Item, Selection, SourceError
from gateway.replica.consumer import Consumer
from gateway.replica.files import Lock, lock_of, path_of, prepare
from gateway.replica.replicas import Replicas
from gateway.replica.store import Store
from gateway.request import current_request
from tests.gateway.replicas import (
    CONFIG,
    NOW,
    Clock,
    Script,
    consuming,
    fill,
    gone,
    held,
    ids,
    item,
    page,
    path_in,
    reading,
    until,
)

DOWN = SourceError(Code.SOURCE_UNAVAILABLE, "test", "status 503")


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry after a hundredth of a second."""
    monkeypatch.setattr("gateway.replica.consumer.FIRST_RETRY_S", 0.01)


async def test_pages_are_read_on_from_their_cursors(tmp_path: Path) -> None:
    """From the beginning to the end, and from there again after a pause; what they told is there."""
    script = Script(
        page(item("a"), item("b"), cursor="1", more=True),
        page(gone("a", 2), cursor="2", more=True),
        page(item("c"), cursor="3"),
        page(item("b", 2), cursor="4"),
    )
    async with consuming(tmp_path, script) as replica:
        await script.done()
        assert script.asked[:6] == [None, "1", "2", "3", "4", "4"]
        assert await held(replica) == {"b": "b@2", "c": "c@1"}


async def test_nothing_is_answered_before_the_first_end(tmp_path: Path) -> None:
    """Half a copy would be taken for the whole; the end is as of when its page was asked for."""
    clock = Clock()
    hold = asyncio.Event()
    script = Script(page(item("a"), cursor="1", more=True), hold, page(cursor="2"), pause_s=0.3)
    async with consuming(tmp_path, script, clock) as replica:
        await until(lambda: script.asked == [None, "1"])
        with pytest.raises(SourceError):
            await held(replica)
        clock.seconds += 5
        hold.set()
        await replica.filled()
        assert await held(replica) == {"a": "a@1"}
        first = replica.as_of("thing")
        assert first == NOW
        clock.seconds += 100
        await until(lambda: replica.as_of("thing") > first)
        assert (replica.as_of("thing").timestamp(), replica.stale("thing")) == (clock.seconds, False)


async def test_a_restart_goes_on_where_the_last_one_was(tmp_path: Path) -> None:
    """From the cursor of the last page that was kept, also before the first end."""
    script = Script(page(item("a"), cursor="1", more=True), DOWN, pause_s=10)
    async with consuming(tmp_path, script):
        await until(lambda: script.asked == [None, "1"])
    again = Script(page(item("b"), cursor="2"))
    async with consuming(tmp_path, again) as replica:
        await again.done()
        assert again.asked[:2] == ["1", "2"]
        assert await held(replica) == {"a": "a@1", "b": "b@1"}


BAD_CHANGE = Item(table="thing", id="x", version=1, data=b"", keys={"colour": 1})


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (DOWN, {"code": Code.SOURCE_UNAVAILABLE, "detail": "status 503"}),
        (DecodeError("resident's name"), {"fault": "DecodeError"}),
        (ZeroDivisionError("resident's name"), {"fault": "ZeroDivisionError"}),
        (page(item("b"), BAD_CHANGE, cursor="2"), {"fault": "ValueError"}),
        (
            page(item("b"), cursor="1", more=True),
            {"code": Code.SOURCE_MALFORMED, "detail": "a feed that does not move on"},
        ),
    ],
)
async def test_a_page_that_fails_is_asked_for_again(
    tmp_path: Path, failure: FeedPage | Exception, told: dict[str, Any]
) -> None:
    """Never passed over: the same cursor until it works. Said once when it fails, once when it is back."""
    script = Script(
        page(item("a"), cursor="1", more=True), failure, failure, failure, page(item("c"), cursor="3")
    )
    with capture_logs() as logs:
        async with consuming(tmp_path, script) as replica:
            await script.done()
            assert script.asked[:6] == [None, "1", "1", "1", "1", "3"]
            assert await held(replica) == {"a": "a@1", "c": "c@1"}
    down, back, end = [log for log in logs if "feed" in log["event"]]
    if "fault" in down:
        down["fault"] = down["fault"].partition(" > ")[0]
    assert down == {
        "event": "feed down", "log_level": "warning", "source": "test", "feed": "things", **told
    }  # fmt: skip
    events = {("feed back", "info"), ("feed read to its end", "info")}
    assert {(log["event"], log["log_level"]) for log in (back, end)} == events
    assert "resident" not in str(logs)


def test_the_pause_after_failures_doubles_up_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each between half and the whole of 1, 2, 4 … 60 seconds; a success begins anew."""
    monkeypatch.setattr("gateway.replica.consumer.FIRST_RETRY_S", 1.0)
    monkeypatch.setattr("random.uniform", lambda low, high: high if low == 0.5 else 0)
    nothing: Any = None
    consumer = Consumer("test", Script().feed, nothing, nothing, now=lambda: NOW, page_timeout_s=1)
    assert [consumer._failed(DOWN) for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    consumer._succeeded()
    assert consumer._failed(DOWN) == 1


async def test_a_reset_reads_from_the_beginning(tmp_path: Path) -> None:
    """The old copy answers meanwhile; at the end whatever was not there is gone, whatever the versions."""
    script = Script(
        page(item("a", 7), item("b", 7), item("c", 7), gone("d", 7), cursor="1"),
        FeedReset(),
        page(item("a", 1), cursor="n1", more=True),
        hold := asyncio.Event(),
        page(item("d", 2), gone("c", 1), cursor="n2"),
    )
    with capture_logs() as logs:
        async with consuming(tmp_path, script) as replica:
            await until(lambda: script.asked == [None, "1", None, "n1"])
            assert await held(replica) == {"a": "a@1", "b": "b@7", "c": "c@7"}
            hold.set()
            await script.done()
            assert script.asked[:5] == [None, "1", None, "n1", "n2"]
            assert await held(replica) == {"a": "a@1", "d": "d@2"}
    assert [log["event"] for log in logs].count("feed reset") == 1


async def test_a_feed_that_keeps_resetting_is_down(tmp_path: Path) -> None:
    """At its beginning, or again before its end: there is a pause, and no storm."""
    script = Script(FeedReset(), page(cursor="1"))
    with capture_logs() as logs:
        async with consuming(tmp_path, script):
            await script.done()
    assert script.asked[:3] == [None, None, "1"]
    assert [log["detail"] for log in logs if log["event"] == "feed down"] == [
        "a feed that resets at its beginning"
    ]
    endless = Script(
        page(cursor="1"), *(step for _ in range(3) for step in (FeedReset(), page(cursor="2", more=True)))
    )
    with capture_logs() as logs:
        async with consuming(tmp_path / "other", endless):
            await endless.done()
    assert endless.asked[:8] == [None, "1", None, "2", None, "2", None, "2"]
    assert [log["detail"] for log in logs if log["event"] == "feed down"] == [
        "a feed that resets before its end"
    ] * 2


async def test_a_feed_that_tells_of_no_removals_is_read_anew(tmp_path: Path) -> None:
    """Every `reread_s`, counted from the last such reading's end; versions still count, what is gone goes."""
    clock = Clock()
    script = Script(page(item("a", 3), item("b", 1), cursor="1"))
    script.reread_s = 3600
    async with consuming(tmp_path, script, clock) as replica:
        await script.done()
        clock.seconds += 3599
        await script.done()
        assert script.asked.count(None) == 1
        script.steps = [page(item("a", 2), cursor="x", more=True), page(item("c", 1), cursor="2")]
        clock.seconds += 1
        await script.done()
        assert script.asked.count(None) == 2
        assert await held(replica) == {"a": "a@3", "c": "c@1"}


async def test_a_restart_in_the_middle_of_a_sweep_goes_on_with_it(tmp_path: Path) -> None:
    """From its cursor, and what was not seen by either is gone at the end."""
    clock = Clock()
    script = Script(page(item("a"), item("b"), item("c"), cursor="1"), pause_s=0.001)
    script.reread_s = 60
    async with consuming(tmp_path, script, clock):
        await script.done()
        script.steps = [page(item("a"), cursor="x", more=True), *[DOWN] * 1000]
        clock.seconds += 60
        await until(lambda: script.asked[-1] == "x")
    again = Script(page(item("c"), cursor="2"))
    again.reread_s = 60
    async with consuming(tmp_path, again, clock) as replica:
        assert await held(replica) == {"a": "a@1", "b": "b@1", "c": "c@1"}
        await again.done()
        assert again.asked[:2] == ["x", "2"]
        assert await held(replica) == {"a": "a@1", "c": "c@1"}


class Endless(Script):
    """A feed whose end is never reached."""

    def __init__(self, size: int, stop: int | None = None) -> None:
        super().__init__()
        self.size = size
        self.stop = stop

    async def read(self, cursor: str | None) -> FeedPage:
        """Give the next page at once, without waiting for anything."""
        self.asked.append(cursor)
        first = int(cursor or 0)
        more = self.stop is None or first < self.stop
        changes = (
            [item(f"{n:09d}", 1, "x" * 2000, size=n) for n in range(first, first + self.size)] if more else []
        )
        return FeedPage(changes=changes, cursor=str(first + len(changes)), more=more)


async def test_a_feed_without_an_end_does_not_starve_the_loop(tmp_path: Path) -> None:
    """Others have their turn between its pages, and it stops at once when it is told to."""
    script = Endless(100)
    async with consuming(tmp_path, script):
        turns = 0
        while len(script.asked) < 50:
            await asyncio.sleep(0)
            turns += 1
        assert turns > len(script.asked)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    asked = len(script.asked)
    await asyncio.sleep(0.02)
    assert len(script.asked) == asked


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def test_memory_is_bounded_whatever_the_feed_s_length(tmp_path: Path) -> None:
    """A feed of 120 MB takes no more memory than some of its pages."""
    script = Endless(500, stop=60_000)
    async with consuming(tmp_path, script) as replica:
        await until(lambda: len(script.asked) > 10)
        before = _resident_mb()
        async with asyncio.timeout(60):
            await replica.filled()
        assert await replica.count(Selection(table="thing")) == 60_000
    assert _resident_mb() - before < 40


def suffixes(directory: Path) -> list[str]:
    """How the names of the files in a directory end."""
    return sorted(path.suffix for path in directory.iterdir())


async def test_nothing_outlives_the_gateway(tmp_path: Path) -> None:
    """A page under way is given up, the file closed, its lock given back."""
    script = Script(page(item("a"), cursor="1", more=True), asyncio.Event())
    before = asyncio.all_tasks()
    async with consuming(tmp_path, script):
        await until(lambda: script.asked == [None, "1"])
        assert Lock.take(lock_of(path_in(tmp_path))) is None
    assert asyncio.all_tasks() == before
    assert suffixes(tmp_path / "replicas") == [".lock", ".sqlite3"]
    lock = Lock.take(lock_of(path_in(tmp_path)))
    assert lock is not None
    lock.release()


async def test_a_stop_that_was_cut_short_ends(tmp_path: Path) -> None:
    """Threads that have ended before it take nothing from it: the file is closed, its lock given back."""
    script = Script(page(item("a"), cursor="1", more=True), asyncio.Event())
    replicas = Replicas(tmp_path, Clock())
    replicas.of(CONFIG.id)
    async with asyncio.timeout(5):
        async with replicas.filling(CONFIG, [script.feed]):
            await until(lambda: script.asked == [None, "1"])
            replicas.close()
    assert suffixes(tmp_path / "replicas") == [".lock", ".sqlite3"]
    lock = Lock.take(lock_of(path_in(tmp_path)))
    assert lock is not None
    lock.release()


async def test_each_page_has_a_deadline_of_its_own(tmp_path: Path) -> None:
    """Whatever the request's is in which residents ask."""
    script = Script(page(cursor="1", more=True), page(cursor="2"))
    seen = []
    feed_read = script.read

    async def read(cursor: str | None) -> FeedPage:
        seen.append(current_request())
        return await feed_read(cursor)

    script.read = read  # type: ignore[method-assign]  # looks at what the feed is read in
    async with consuming(tmp_path, script):
        await script.done()
    assert len({id(request) for request in seen}) == len(seen)
    assert all(29 < request.deadline - time.monotonic() <= 30 for request in seen)


async def test_one_of_two_fills_the_other_reads_and_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two gateways on one directory ask the system as one does; the second goes on from the cursor."""
    monkeypatch.setattr("gateway.replica.holder.TAKE_OVER_S", 0.02)
    first, second = Script(page(item("a"), cursor="1")), Script()
    async with AsyncExitStack() as holder:
        await holder.enter_async_context(consuming(tmp_path, first))
        await first.done()
        async with consuming(tmp_path, second) as reader:
            await asyncio.sleep(0.1)
            assert await held(reader) == {"a": "a@1"}
            first.steps = [page(item("b"), cursor="2")]
            await first.done()
            assert await held(reader) == {"a": "a@1", "b": "b@1"}
            assert second.asked == []
            await holder.aclose()
            second.steps = [page(item("c"), cursor="3")]
            await second.done()
            assert second.asked[:2] == ["2", "3"]
            assert await held(reader) == {"a": "a@1", "b": "b@1", "c": "c@1"}


def fill_foreign(path: Path) -> None:
    """Somebody else's database."""
    with closing(apsw.Connection(str(path))) as other:
        other.execute("CREATE TABLE t (x)")


Make = Callable[[Path], None]


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"no database at all" * 100),
        fill_foreign,
    ],
)
async def test_a_file_that_is_of_no_use_is_begun_anew(tmp_path: Path, make: Make) -> None:
    """Set aside with one line in the log."""
    make(path_in(tmp_path))
    script = Script(page(item("a"), cursor="1"))
    with capture_logs() as logs:
        async with consuming(tmp_path, script) as replica:
            await script.done()
            assert await held(replica) == {"a": "a@1"}
    aside = path_in(tmp_path).with_suffix(".damaged")
    assert aside.exists()
    said = [log for log in logs if log["event"] == "replica set aside"]
    assert [(log["source"], log["file"], log["log_level"]) for log in said] == [("test", aside.name, "error")]


async def test_damage_that_a_read_meets_begins_the_copy_anew(tmp_path: Path) -> None:
    """The reader's request fails; the feed is then read from the beginning, and the copy is whole again."""
    path = path_in(tmp_path)
    script = Script(page(*(item(f"{n:04d}", 1, "x" * 3000) for n in range(200)), cursor="1"), pause_s=0.02)
    async with consuming(tmp_path, script):
        await script.done()
    damage(path)
    again = Script(pause_s=0.02)
    with capture_logs() as logs:
        async with consuming(tmp_path, again) as replica:
            await until(lambda: "1" in again.asked)
            again.steps = [page(item("a"), cursor="2")]
            with pytest.raises(SourceError):
                await held(replica)
            await again.done()
            await replica.filled()
            assert await held(replica) == {"a": "a@1"}
    assert None in again.asked
    assert [log["event"] for log in logs].count("replica set aside") == 1


def damage(path: Path) -> None:
    """Overwrite the second half of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(content)


async def test_other_editions_of_a_table_are_read_anew(tmp_path: Path) -> None:
    """A copy of the old form is put away once nobody uses it."""
    fill(path_in(tmp_path), [item("old")])
    script = Script(page(item("a"), cursor="1"))
    moved = type(CONFIG)(id="test", name="T", connector="x", url="http://elsewhere.test/")
    replicas = Replicas(tmp_path, lambda: NOW)
    replica = replicas.of("test")
    async with replicas.filling(moved, [script.feed]):
        await replica.filled()
        assert await ids(replica) == ["a"]
        assert not path_in(tmp_path).exists()
    replicas.close()
    async with reading(path_of(prepare(tmp_path), moved, [script.feed])) as later:
        assert await ids(later) == ["a"]


async def test_what_stands_in_the_way_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory in which nothing can be kept is said once, and tried again until it can."""
    monkeypatch.setattr("gateway.replica.holder.FIRST_RETRY_S", 0.01)
    path = path_in(tmp_path)
    path.mkdir()
    script = Script(page(item("a"), cursor="1"))
    with capture_logs() as logs:
        async with consuming(tmp_path, script) as replica:
            await asyncio.sleep(0.1)
            assert script.asked == []
            with pytest.raises(SourceError):
                await held(replica)
            path.rmdir()
            await script.done()
            assert await held(replica) == {"a": "a@1"}
    assert [log["event"] for log in logs] == ["replica cannot be kept", "feed read to its end"]


async def test_a_stop_does_not_wait_for_long_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file is being put through is ended as if it had not begun, and done again by the next."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    begun = threading.Event()

    def index(store: Store, _: object) -> None:
        begun.set()
        store._db.execute(endless).fetchall()

    script = Script(page(item("a"), cursor="1"))
    with monkeypatch.context() as patched:
        patched.setattr(Store, "index", index)
        async with consuming(tmp_path, script):
            await until(begun.is_set)
            started = time.monotonic()
        assert time.monotonic() - started < 1
    again = Script()
    async with consuming(tmp_path, again) as replica:
        await again.done()
        assert again.asked[0] == "1"
        assert await held(replica) == {"a": "a@1"}
