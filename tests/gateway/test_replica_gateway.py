"""A source with a replica behind the gateway's layers: who is called, what is kept, what the ledger says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from connectors.kit import Feed, FeedPage, Item, NoOptions, ReplicaConnector, Table, answers, json_of
from gateway.app import create_app
from gateway.composition import BoundSource, Composition, compose
from gateway.settings import Settings
from gateway.sources import ConfigurationError, SourceConfig
from gateway.upstream.transport import HttpxTransport
from schema.core.docs import doc
from schema.core.errors import Code, SourceError
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Record, Ref
from tests.gateway.replicas import Clock, until


class ThingRecord(Record, frozen=True, kw_only=True):
    """东西。
    A thing.
    """

    kind: ClassVar[str] = "test-thing"

    name: Annotated[str, doc("名称", "Name")]


LASTING = Freshness(fresh=3600, stale=3600)
THING_BY_REF: Lookup[Ref, ThingRecord] = Lookup("test.thing", LASTING)
ALL: Search[str, ThingRecord] = Search("test.all", LASTING, at_start=("",))


class Page(msgspec.Struct):
    """What the system's feed gives."""

    items: list[tuple[str, int, str]]
    next: str
    more: bool = False


class Things(ReplicaConnector):
    """A connector over a feed of names."""

    standard = "Things 1"

    def feeds(self) -> Sequence[Feed]:
        """There is one."""
        return [Feed(name="things", tables=(Table(name="thing"),), read=self.read, pause_s=0.01)]

    async def read(self, cursor: str | None) -> FeedPage:
        """Read a page."""
        response = await self.upstream.get("/feed", decode=json_of(Page), params={"after": cursor or ""})
        changes = [
            Item(table="thing", id=id_, version=v, data=name.encode()) for id_, v, name in response.data.items
        ]
        return FeedPage(changes=changes, cursor=response.data.next, more=response.data.more)

    @answers(THING_BY_REF)
    async def things(self, keys: Sequence[Ref]) -> Mapping[Ref, ThingRecord]:
        """Read the copy."""
        found = await self.replica.get("thing", [key.id for key in keys])
        as_of, stale = self.replica.as_of("thing"), self.replica.stale("thing")
        return {
            key: ThingRecord(ref=key, as_of=as_of, stale=stale, name=found[key.id].decode())
            for key in keys
            if key.id in found
        }

    @answers(ALL)
    async def all(self, keys: Sequence[str]) -> Mapping[str, Sequence[ThingRecord]]:
        """Nobody asks it ahead."""
        raise AssertionError


class System:
    """The system: its feed, and the calls for it."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {"": Page([("a", 1, "one")], "1")}
        self.calls = 0
        self.down = False
        self.hangs = False

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer the wire."""
        self.calls += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.down:
            return httpx.Response(503)
        after = request.url.params["after"]
        return httpx.Response(200, content=msgspec.json.encode(self.pages.get(after, Page([], after))))


CONFIG = SourceConfig(id="things", name="T", connector="things", url="http://things.test/")
A = Ref("things", "a")


@asynccontextmanager
async def composed(system: System, state: Path, clock: Clock) -> AsyncIterator[Composition]:
    """The layers over the system."""
    async with compose(
        [BoundSource(CONFIG, Things, NoOptions(), "")],
        transport=lambda: HttpxTransport(httpx.MockTransport(system.answer)),
        now=clock,
        timeout_s=5,
        cached_answers=100,
        state_dir=state,
    ) as composition:
        yield composition


async def read(composition: Composition) -> tuple[ThingRecord | None, Any]:
    """Ask for one thing and one that is not there; what the ledger says."""
    async with composition.open_context() as context:
        thing, nothing = await context.load_many(THING_BY_REF, [A, Ref("things", "x")])
        assert nothing is None
        entries: Any = context.response_extensions()["sources"]
        return thing, entries[0]


async def test_a_read_calls_nobody_and_sees_a_change_at_once(tmp_path: Path) -> None:
    """Whatever freshness the lookup declares: the copy is not cached once more."""
    system, clock = System(), Clock()
    async with composed(system, tmp_path, clock) as composition:
        await composition.warm_up(5)
        thing, entry = await read(composition)
        assert thing == ThingRecord(ref=A, as_of=clock(), name="one")
        assert entry == {
            "id": "things", "outcome": "CACHED", "calls": 0, "ms": 0.0, "cached": 2, "stale": 0, "failed": 0
        }  # fmt: skip
        system.pages["1"] = Page([("a", 2, "two")], "2")
        calls = system.calls
        await until(lambda: system.calls >= calls + 3)
        thing, _ = await read(composition)
        assert thing is not None
        assert thing.name == "two"


async def test_a_feed_that_fails_leaves_what_is_known(tmp_path: Path) -> None:
    """Without a word for a minute, marked as stale then; over a restart, too."""
    system, clock = System(), Clock()
    async with composed(system, tmp_path, clock) as composition:
        await composition.warm_up(5)
        system.down = True
        calls = system.calls
        await until(lambda: system.calls > calls)
        clock.seconds += 60
        thing, entry = await read(composition)
        assert thing is not None
        assert (thing.stale, entry["outcome"], entry["failed"]) == (False, "CACHED", 0)
        clock.seconds += 1
        thing, entry = await read(composition)
        assert thing is not None
        assert (thing.stale, entry["outcome"], entry["stale"], entry["cached"]) == (True, "STALE", 2, 0)
    async with composed(system, tmp_path, clock) as composition:
        thing, entry = await read(composition)
        assert thing is not None
        assert (thing.name, thing.stale, entry["outcome"]) == ("one", True, "STALE")
        system.down = False


async def test_a_copy_that_is_not_whole_is_the_source_s_failure(tmp_path: Path) -> None:
    """Said by its feed, once, and not in the log by each request."""
    system = System()
    system.down = True
    with capture_logs() as logs:
        async with composed(system, tmp_path, Clock()) as composition, composition.open_context() as context:
            for _ in range(3):
                with pytest.raises(SourceError) as caught:
                    await context.load(THING_BY_REF, A)
                assert caught.value.code is Code.SOURCE_UNAVAILABLE
            await until(lambda: bool([log for log in logs if log["event"] == "feed down"]))
    warned = [log["event"] for log in logs if log["log_level"] == "warning"]
    assert warned == ["feed down"]


async def test_the_start_waits_for_the_copy_and_reads_nothing_ahead_of_it(tmp_path: Path) -> None:
    """A list that is read at start elsewhere is not asked of a source that has a copy."""
    system = System()
    system.pages = {
        "": Page([("a", 1, "one")], "1", more=True),
        "1": Page([], "2", more=True),
        "2": Page([], "3"),
    }
    with capture_logs() as logs:
        async with composed(system, tmp_path, Clock()) as composition:
            await composition.warm_up(5)
            assert (await read(composition))[0] is not None
            assert system.calls >= 3
    assert [log["event"] for log in logs] == ["feed read to its end"]


@pytest.mark.parametrize("cached_answers", [0, 100])
async def test_the_start_waits_for_copies_no_longer_than_the_warm_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached_answers: int
) -> None:
    """With a feed that hangs it is ready all the same; it ends without waiting for the feed."""
    monkeypatch.setattr("gateway.composition.find_connector", lambda _: Things)
    system = System()
    system.hangs = True
    app = create_app(
        Settings(warm_up_ms=300, search_refresh_s=0, state_dir=tmp_path, cached_answers=cached_answers),
        [CONFIG],
        transport=lambda: HttpxTransport(httpx.MockTransport(system.answer)),
    )
    started = time.monotonic()
    async with app.router.lifespan_context(app):
        assert 0.3 <= time.monotonic() - started < 1.5
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://g") as http:
            assert (await http.get("/readyz")).status_code == 200
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert system.calls == 1


def test_a_state_directory_that_cannot_be_had_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once and with a sentence, as every setting; a gateway without copies needs none."""
    monkeypatch.setattr("gateway.composition.find_connector", lambda _: Things)
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(ConfigurationError, match=r"GATEWAY_STATE_DIR: .*/file/replicas cannot be made"):
        create_app(Settings(state_dir=blocked), [CONFIG])
