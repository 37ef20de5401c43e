"""The layers above a connector, with the real classes over fetches of the test's own."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from connectors.kit import json_of
from gateway.loading.batch import Loaders
from gateway.loading.cache import Cache
from gateway.loading.route import Router
from gateway.logs import configure_logs
from gateway.request import Request, request_scope
from gateway.settings import Settings
from gateway.sources import SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import HttpxTransport
from schema.core.context import Found
from schema.core.docs import doc
from schema.core.errors import Code, PublicError, SourceError
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Record, Ref, Value
from schema.core.scalars import CHINA


class ThingRecord(Record, frozen=True, kw_only=True):
    """东西。
    A thing.
    """

    kind: ClassVar[str] = "test-thing"

    name: Annotated[str, doc("名称", "Name")]


class Shelf(Value, frozen=True, kw_only=True):
    """架子。
    Things beside a number.
    """

    things: tuple[ThingRecord, ...]
    size: int


PUBLIC: Lookup[Ref, Any] = Lookup("test.public", Freshness(fresh=10, stale=100))
LASTING: Lookup[Ref, Any] = Lookup("test.lasting", Freshness(fresh=3600, stale=3600))
PRIVATE: Lookup[Ref, Any] = Lookup("test.private")
FOUND: Search[str, ThingRecord] = Search("test.found", primes=PUBLIC)
OTHER: Search[str, ThingRecord] = Search("test.other")


def thing(source: str, id_: str, name: str = "x") -> ThingRecord:
    as_of = datetime(2026, 11, 24, tzinfo=CHINA)
    return ThingRecord(ref=Ref(source, id_), as_of=as_of, name=name)


A1, B1 = Ref("a", "1"), Ref("b", "1")


class System:
    """A source's fetch: what it knows, what it was asked, how it ails."""

    def __init__(self, source: str, *known: str) -> None:
        self.source = source
        self.known = {Ref(source, id_): thing(source, id_) for id_ in known}
        self.asked: list[list[Any]] = []
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.started = asyncio.Event()

    async def fetch(self, keys: Sequence[Any]) -> Mapping[Any, Any]:
        self.asked.append(list(keys))
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return {key: self.known[key] for key in keys if key in self.known}

    async def find(self, keys: Sequence[str]) -> Mapping[str, Any]:
        await self.fetch(keys)
        return {key: list(self.known.values()) for key in keys}

    def fails(self, code: Code = Code.SOURCE_UNAVAILABLE) -> None:
        self.failure = SourceError(code, self.source, "secret")


def router_of(*systems: System) -> Router:
    return Router(
        {
            system.source: {
                PUBLIC: system.fetch,
                LASTING: system.fetch,
                PRIVATE: system.fetch,
                FOUND: system.find,
            }
            for system in systems
        }
    )


@pytest.fixture
def request_() -> Iterator[Request]:
    """The request of the test."""
    with request_scope(5) as request:
        yield request


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


# Batch


def loaders_of(*systems: System) -> Loaders:
    router = router_of(*systems)
    return Loaders(Cache(router, max_records=0).fetch, router.serving)


async def test_the_keys_of_a_level_are_one_fetch_a_source(request_: Request) -> None:
    """Each key once, in the order of asking; a second level is a second fetch, of what is new only."""
    a, b = System("a", "1", "2"), System("b", "1")
    loaders = loaders_of(a, b)
    keys = [Ref("a", "1"), Ref("b", "1"), Ref("a", "2"), Ref("a", "1"), Ref("a", "9")]
    assert [record and record.ref for record in await loaders.load_many(PUBLIC, keys)] == [
        Ref("a", "1"),
        Ref("b", "1"),
        Ref("a", "2"),
        Ref("a", "1"),
        None,
    ]
    assert a.asked == [[Ref("a", "1"), Ref("a", "2"), Ref("a", "9")]]
    assert b.asked == [[Ref("b", "1")]]
    await asyncio.gather(loaders.load(PUBLIC, Ref("a", "1")), loaders.load(PUBLIC, Ref("a", "3")))
    assert a.asked[1:] == [[Ref("a", "3")]]


async def test_a_failing_source_leaves_the_others_whole(request_: Request) -> None:
    """Its keys raise its error, each waiter of them; the other source's keys are there."""
    a, b = System("a", "1"), System("b", "1")
    b.fails(Code.SOURCE_TIMEOUT)
    loaders = loaders_of(a, b)
    results: list[Any] = await asyncio.gather(
        loaders.load(PUBLIC, Ref("a", "1")),
        loaders.load(PUBLIC, Ref("b", "1")),
        loaders.load(PUBLIC, Ref("b", "2")),
        return_exceptions=True,
    )
    assert results[0] == thing("a", "1")
    assert [(type(error), error.code) for error in results[1:]] == [(SourceError, Code.SOURCE_TIMEOUT)] * 2
    with pytest.raises(SourceError):
        await loaders.load_many(PUBLIC, [Ref("a", "1"), Ref("b", "1")])


async def test_one_waiter_that_leaves_does_not_take_the_others_along(request_: Request) -> None:
    """Two fields wait for one key; the first is cancelled, the second gets its record."""
    a = System("a", "1")
    a.gate = asyncio.Event()
    loaders = loaders_of(a)
    first, second = (asyncio.create_task(loaders.load(PUBLIC, Ref("a", "1"))) for _ in range(2))
    await a.started.wait()
    first.cancel()
    a.gate.set()
    assert await second == thing("a", "1")
    assert first.cancelled()
    assert len(a.asked) == 1


async def test_a_search_asks_every_source_that_serves_it(request_: Request) -> None:
    """In the configuration's order; a failure stands beside what the others gave."""
    a, b, c = System("a", "1"), System("b", "1", "2"), System("c", "1")
    loaders = loaders_of(a, b, c)
    b.fails()
    found = await loaders.search(FOUND, "x", None)
    assert [record.ref.source for record in found.items] == ["a", "c"]
    assert [(failure.source, failure.code) for failure in found.failures] == [("b", Code.SOURCE_UNAVAILABLE)]
    some = await loaders.search(FOUND, "y", ["b", "c"])
    assert [record.ref.source for record in some.items] == ["c"]
    assert (len(a.asked), len(b.asked), len(c.asked)) == (1, 2, 2)


async def test_a_search_that_every_source_fails_raises(request_: Request) -> None:
    """There is no list to be whole but for something; one that nobody serves is empty."""
    a, b = System("a"), System("b")
    a.fails()
    b.fails(Code.SOURCE_MALFORMED)
    loaders = loaders_of(a, b)
    with pytest.raises(SourceError) as caught:
        await loaders.search(FOUND, "x", None)
    assert caught.value.source == "a"
    assert (await loaders.search(OTHER, "x", None)).items == []


async def test_what_a_search_brought_is_not_fetched_again(request_: Request) -> None:
    """`primes`: a record of the list answers its own keyed read in the same request."""
    a = System("a", "1", "2")
    loaders = loaders_of(a)
    await loaders.search(FOUND, "x", None)
    assert await loaders.load(PUBLIC, Ref("a", "2")) == thing("a", "2")
    assert a.asked == [["x"]]


# Route


async def test_an_id_of_a_source_that_is_gone_is_not_found(request_: Request) -> None:
    """Neither an unknown source nor one that does not serve the lookup is an error; nobody is asked."""
    a = System("a", "1")
    router = Router({"a": {PUBLIC: a.fetch}, "b": {}})
    assert await router.fetch(PUBLIC, "gone", [Ref("gone", "1")]) == {}
    assert await router.fetch(PUBLIC, "b", [B1]) == {}
    assert await router.fetch(PRIVATE, "a", [A1]) == {}
    assert a.asked == []
    assert (router.serving(PUBLIC), router.serving(PRIVATE)) == (["a"], [])


@pytest.mark.parametrize("lookup", [PUBLIC, PRIVATE])
async def test_a_source_that_is_made_up_is_in_no_ledger(request_: Request, lookup: Lookup[Ref, Any]) -> None:
    """Through the cache, once and again: not found, and nothing says that anybody gave it."""
    a = System("a", "1")
    cache = Cache(router_of(a))
    for _ in range(2):
        assert await cache.fetch(lookup, "nope", [Ref("nope", "1")]) == {}
    assert (list(request_.ledger), a.asked) == ([], [])


async def test_a_slow_source_holds_up_nobody_else(request_: Request) -> None:
    """Neither another's keys of the same level, nor another request that waits for those."""
    a, b = System("a", "1"), System("b", "1")
    b.gate = asyncio.Event()
    cache = Cache(router_of(a, b))
    loaders = Loaders(cache.fetch, cache._router.serving)
    slow = asyncio.create_task(loaders.load(PUBLIC, B1))
    assert await asyncio.wait_for(loaders.load(PUBLIC, A1), 1) == thing("a", "1")
    with request_scope(5):
        other = Loaders(cache.fetch, cache._router.serving)
        assert await asyncio.wait_for(other.load(PUBLIC, A1), 1) == thing("a", "1")
    assert not slow.done()
    b.gate.set()
    assert await slow == thing("b", "1")
    assert (a.asked, b.asked) == ([[A1]], [[B1]])


async def test_a_request_makes_so_many_searches_and_no_more(request_: Request) -> None:
    """The 31st different one is refused before any source is asked; what was asked may be asked again."""
    a, b = System("a"), System("b")
    loaders = loaders_of(a, b)
    keys = [str(number) for number in range(40)]
    results: list[Any] = await asyncio.gather(
        *(loaders.search(FOUND, key, None) for key in [*keys, *keys[:5]]), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, PublicError)]
    assert [(error.code, error.message) for error in refused] == [
        (Code.OPERATION_TOO_COMPLEX, "One request makes at most 30 different searches.")
    ] * 10
    assert all(isinstance(result, Found) for result in results[:30] + results[40:])
    assert a.asked == b.asked == [keys[:30]]


@pytest.mark.parametrize("says", [KeyError("13800000000"), None])
async def test_a_connectors_fault_is_its_sources_failure(request_: Request, says: Exception | None) -> None:
    """A bug in one connector, an answer that is none too, is SOURCE_MALFORMED for its keys, and logged."""

    async def broken(keys: Sequence[Any]) -> Any:
        if says is not None:
            raise says

    with capture_logs() as logs:
        answers = await Router({"b": {PUBLIC: broken}}).fetch(PUBLIC, "b", [B1])
    assert answers[B1].code is Code.SOURCE_MALFORMED
    assert "13800000000" not in answers[B1].message
    assert [(log["event"], log["source"]) for log in logs] == [("connector fault", "b")]
    assert request_.ledger["b"].outcome == "FAILED"


@pytest.mark.parametrize("format_", ["json", "text"])
async def test_the_log_of_a_fault_holds_nothing_of_its_text(
    request_: Request, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    """Neither a number nor a secret that an exception or its cause quotes: types and places only."""

    async def broken(keys: Sequence[Any]) -> Any:
        try:
            raise KeyError("13800000000")
        except KeyError as error:
            raise ValueError("hunter2") from error

    structlog_before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    try:
        configure_logs(Settings(log_format=format_))
        monkeypatch.setattr("gateway.loading.route._log", structlog.get_logger("test"))
        await Router({"b": {PUBLIC: broken}}).fetch(PUBLIC, "b", [B1])
    finally:
        structlog.configure(**structlog_before)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    logged = capsys.readouterr().err
    assert "connector fault" in logged
    assert "ValueError" in logged
    assert "KeyError" in logged
    assert re.search(r"test_loading\.py:\d+ in broken", logged)
    assert not re.search("hunter2|13800000000", logged)


async def test_a_source_that_is_down_is_not_said_again(request_: Request) -> None:
    """The breaker says it once: what it refuses is no warning, what the source itself did is."""
    config = SourceConfig(id="a", name="A", connector="x", url="http://system.test")

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)

    async with open_upstream(
        config, "", transport=HttpxTransport(httpx.MockTransport(fail)), now=lambda: datetime.now(CHINA)
    ) as upstream:

        async def ask(keys: Sequence[Any]) -> Any:
            return await upstream.get("x", decode=json_of(int))

        router = Router({"a": {PUBLIC: ask}})
        answers: Mapping[Any, Any] = {}
        with capture_logs() as logs:
            # Three attempts and two: with the fifth failure the breaker opens.
            for _ in range(2):
                await router.fetch(PUBLIC, "a", [A1])
            for _ in range(3):
                answers = await router.fetch(PUBLIC, "a", [A1])
    assert answers[A1].code is Code.SOURCE_UNAVAILABLE
    assert [log["event"] for log in logs].count("source down") == 1
    assert [log["log_level"] for log in logs[-3:]] == ["debug"] * 3
    assert [log["event"] for log in logs[-3:]] == ["source failed"] * 3
    assert {log["log_level"] for log in logs[:-3]} == {"warning"}


async def test_sources_are_asked_within_a_request_only() -> None:
    """A fresh deadline and ledger, made up for a caller that forgot, would be nobody's."""
    with pytest.raises(LookupError, match="No request is open"):
        await router_of(System("a")).fetch(PUBLIC, "a", [A1])


# Cache


async def test_fresh_answers_are_used_again(request_: Request) -> None:
    """For as long as the lookup says, and not a moment longer; only what is missing is asked for."""
    a, clock = System("a", "1", "2"), Clock()
    cache = Cache(router_of(a), clock=clock)
    assert await cache.fetch(PUBLIC, "a", [A1]) == {A1: thing("a", "1")}
    clock.now += 9.9
    assert await cache.fetch(PUBLIC, "a", [A1, Ref("a", "2")]) == {
        A1: thing("a", "1"),
        Ref("a", "2"): thing("a", "2"),
    }
    clock.now += 0.1
    await cache.fetch(PUBLIC, "a", [A1])
    assert a.asked == [[Ref("a", "1")], [Ref("a", "2")], [Ref("a", "1")]]
    assert (request_.ledger["a"].answered, request_.ledger["a"].cached) == (3, 1)


async def test_a_lookup_without_freshness_is_never_kept(request_: Request) -> None:
    """What is not declared public is asked anew each time, and never given in a failure's place."""
    a = System("a", "1")
    cache = Cache(router_of(a))
    await cache.fetch(PRIVATE, "a", [A1])
    await cache.fetch(PRIVATE, "a", [A1])
    assert len(a.asked) == 2
    a.fails()
    assert isinstance((await cache.fetch(PRIVATE, "a", [A1]))[A1], SourceError)
    assert cache._entries == {}


@pytest.mark.parametrize("code", [Code.SOURCE_UNAVAILABLE, Code.SOURCE_TIMEOUT, Code.SOURCE_MALFORMED])
async def test_a_stale_answer_stands_in_for_a_failure(request_: Request, code: Code) -> None:
    """It says so; once it is too old the failure shows; a source that is back replaces it."""
    a, clock = System("a", "1"), Clock()
    cache = Cache(router_of(a), clock=clock)
    await cache.fetch(PUBLIC, "a", [A1])
    a.fails(code)
    clock.now += 109
    stale = (await cache.fetch(PUBLIC, "a", [A1]))[A1]
    assert (stale.ref, stale.stale) == (Ref("a", "1"), True)
    assert (request_.ledger["a"].stale, request_.ledger["a"].outcome) == (1, "STALE")
    a.failure = None
    back = (await cache.fetch(PUBLIC, "a", [A1]))[A1]
    assert back.stale is False
    a.fails(code)
    clock.now += 110
    assert (await cache.fetch(PUBLIC, "a", [A1]))[A1].code is code
    assert request_.ledger["a"].outcome == "PARTIAL"


@pytest.mark.parametrize("code", [Code.SOURCE_BUSY, Code.DEADLINE_EXCEEDED, Code.SOURCE_REJECTED])
async def test_a_refusal_is_not_papered_over(request_: Request, code: Code) -> None:
    """What a source refuses to show now is not shown from earlier; what it cannot show now is."""
    a, clock = System("a", "1"), Clock()
    cache = Cache(router_of(a), clock=clock)
    await cache.fetch(PUBLIC, "a", [A1])
    a.fails(code)
    clock.now += 20
    answer = (await cache.fetch(PUBLIC, "a", [A1]))[A1]
    if code is Code.SOURCE_REJECTED:
        assert answer.code is code
    else:
        assert answer.stale is True


async def test_every_record_of_a_stale_answer_says_so(request_: Request) -> None:
    """In a list, in a tuple, in a struct that holds them; what is kept stays unmarked."""
    a, clock = System("a"), Clock()
    one = thing("a", "1")
    answers: list[Any] = [one, [one], (one,), Shelf(things=(one, one), size=2)]
    keys = [Ref("a", str(number)) for number in range(len(answers))]
    a.known.update(dict(zip(keys, answers, strict=True)))
    cache = Cache(router_of(a), clock=clock)
    await cache.fetch(PUBLIC, "a", keys)
    a.fails()
    clock.now += 50
    stale = await cache.fetch(PUBLIC, "a", keys)
    first, listed, tupled, shelf = (stale[key] for key in keys)
    assert first.stale
    assert [record.stale for record in (*listed, *tupled, *shelf.things)] == [True] * 4
    assert (type(listed), type(tupled), shelf.size) == (list, tuple, 2)
    assert one.stale is False


async def test_what_was_not_found_is_remembered(request_: Request) -> None:
    """A negative entry spares the source as long as it is fresh, and is no answer in a failure's place."""
    a, clock = System("a"), Clock()
    cache = Cache(router_of(a), clock=clock)
    assert await cache.fetch(PUBLIC, "a", [A1]) == {}
    assert await cache.fetch(PUBLIC, "a", [A1]) == {}
    assert len(a.asked) == 1
    a.fails()
    clock.now += 20
    assert (await cache.fetch(PUBLIC, "a", [A1]))[A1].code is Code.SOURCE_UNAVAILABLE


async def test_a_negative_answer_lives_a_short_while(request_: Request) -> None:
    """Half a minute at most, however long a record would; then it is asked for again, and kept no longer."""
    a, clock = System("a"), Clock()
    cache = Cache(router_of(a), clock=clock)
    await cache.fetch(LASTING, "a", [A1])
    clock.now += 29.9
    assert await cache.fetch(LASTING, "a", [A1]) == {}
    assert len(a.asked) == 1
    clock.now += 0.1
    a.fails()
    assert (await cache.fetch(LASTING, "a", [A1]))[A1].code is Code.SOURCE_UNAVAILABLE
    assert (len(a.asked), cache._entries, cache._records) == (2, {}, 0)


async def test_the_cache_is_bounded(request_: Request) -> None:
    """Those not used for longest go first; none at all are kept where none are wanted."""
    a = System("a", "1", "2", "3")
    cache = Cache(router_of(a), max_records=2)
    for id_ in ("1", "2", "1", "3", "1", "3", "2"):
        await cache.fetch(PUBLIC, "a", [Ref("a", id_)])
    assert [[ref.id for ref in keys] for keys in a.asked] == [["1"], ["2"], ["3"], ["2"]]
    without = Cache(router_of(a), max_records=0)
    assert await without.fetch(PUBLIC, "a", [A1]) == {A1: thing("a", "1")}
    assert without._entries == {}


async def test_the_bound_counts_records(request_: Request) -> None:
    """A list weighs what it holds, also in a struct; an empty one and a negative one weigh one each."""
    a = System("a")
    one = thing("a", "1")
    answers: list[Any] = [one, [one] * 3, (Shelf(things=(one, one), size=2),), [], ("no", "record"), None]
    keys = [Ref("a", str(number)) for number in range(len(answers))]
    a.known.update({key: answer for key, answer in zip(keys, answers, strict=True) if answer is not None})
    cache = Cache(router_of(a), max_records=10)
    await cache.fetch(PUBLIC, "a", keys)
    assert [entry.weight for entry in cache._entries.values()] == [1, 3, 2, 1, 2, 1]
    a.known[Ref("a", "eleven")] = [one] * 11  # type: ignore[assignment]  # a list, as searches give
    a.known[Ref("a", "four")] = [one] * 4  # type: ignore[assignment]  # a list, as searches give
    for id_ in ("eleven", "four"):
        await cache.fetch(PUBLIC, "a", [Ref("a", id_)])
    assert [entry.weight for entry in cache._entries.values()] == [2, 1, 2, 1, 4]
    assert cache._records == 10


async def test_what_is_too_old_is_dropped_when_met(request_: Request) -> None:
    """It makes room, though nothing new comes in its place."""
    a, clock = System("a", "1"), Clock()
    cache = Cache(router_of(a), clock=clock)
    await cache.fetch(PUBLIC, "a", [A1])
    clock.now += 110
    a.fails()
    assert (await cache.fetch(PUBLIC, "a", [A1]))[A1].code is Code.SOURCE_UNAVAILABLE
    assert (cache._entries, cache._records) == ({}, 0)


# Single flight: several requests want the same at once


async def in_request(cache: Cache, *keys: Ref, timeout_s: float = 5.0) -> tuple[Mapping[Any, Any], Request]:
    """Fetch in a request of its own; run as a task, as each request is."""
    with request_scope(timeout_s) as request:
        return await cache.fetch(PUBLIC, keys[0].source, keys), request


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_requests_side_by_side_share_one_call() -> None:
    """The second waits for the first's and asks only for what is new; its ledger says "cached"."""
    a = System("a", "1", "2")
    a.gate = asyncio.Event()
    cache = Cache(router_of(a))
    leader = asyncio.create_task(in_request(cache, A1))
    await turns()
    follower = asyncio.create_task(in_request(cache, A1, Ref("a", "2"), Ref("a", "3")))
    await turns()
    a.gate.set()
    (led, first), (followed, second) = await asyncio.gather(leader, follower)
    assert led == {A1: thing("a", "1")}
    assert followed == {A1: thing("a", "1"), Ref("a", "2"): thing("a", "2")}
    assert a.asked == [[Ref("a", "1")], [Ref("a", "2"), Ref("a", "3")]]
    assert (first.ledger["a"].answered, first.ledger["a"].cached) == (1, 0)
    assert (second.ledger["a"].answered, second.ledger["a"].cached) == (2, 1)
    assert cache._flights == {}


async def test_a_failure_is_shared_too() -> None:
    """A source that is down is not asked once more by each who waited; every ledger has the failure."""
    a = System("a", "1")
    a.gate = asyncio.Event()
    a.fails()
    cache = Cache(router_of(a))
    tasks = [asyncio.create_task(in_request(cache, A1)) for _ in range(3)]
    await turns()
    a.gate.set()
    for answers, request in await asyncio.gather(*tasks):
        assert answers[A1].code is Code.SOURCE_UNAVAILABLE
        assert request.ledger["a"].failures == {Code.SOURCE_UNAVAILABLE: 1}
    assert len(a.asked) == 1


async def test_a_leader_that_leaves_does_not_harm_its_followers() -> None:
    """The client that asked first is gone: the call goes on for the others, and is kept."""
    a = System("a", "1")
    a.gate = asyncio.Event()
    cache = Cache(router_of(a))
    leader = asyncio.create_task(in_request(cache, A1))
    await turns()
    follower = asyncio.create_task(in_request(cache, A1))
    await turns()
    leader.cancel()
    await turns()
    a.gate.set()
    answers, _ = await follower
    assert answers == {A1: thing("a", "1")}
    assert leader.cancelled()
    await in_request(cache, A1)
    assert len(a.asked) == 1


async def test_a_follower_that_leaves_does_not_harm_the_leader() -> None:
    """Its waiting ends, the call does not."""
    a = System("a", "1")
    a.gate = asyncio.Event()
    cache = Cache(router_of(a))
    leader, follower = (asyncio.create_task(in_request(cache, A1)) for _ in range(2))
    await turns()
    follower.cancel()
    await turns()
    a.gate.set()
    assert (await leader)[0] == {A1: thing("a", "1")}
    assert follower.cancelled()


async def test_a_leaders_deadline_is_not_its_followers() -> None:
    """Those who waited ask again, together: one more call for all of them, and it is kept."""
    a = System("a", "1")
    a.gate = asyncio.Event()
    a.fails(Code.DEADLINE_EXCEEDED)
    cache = Cache(router_of(a))
    leader = asyncio.create_task(in_request(cache, A1))
    await turns()
    followers = [asyncio.create_task(in_request(cache, A1)) for _ in range(3)]
    await turns()
    a.gate.set()
    assert (await leader)[0][A1].code is Code.DEADLINE_EXCEEDED
    a.failure = None
    for answers, request in await asyncio.gather(*followers):
        assert answers == {A1: thing("a", "1")}
        assert request.ledger["a"].failures.total() == 0
    await in_request(cache, A1)
    assert len(a.asked) == 2


async def test_a_follower_waits_no_longer_than_its_own_deadline() -> None:
    """The call of a request that came later may take longer than we have: DEADLINE_EXCEEDED, or stale."""
    a, clock = System("a", "1"), Clock()
    cache = Cache(router_of(a), clock=clock)
    a.gate = asyncio.Event()
    leader = asyncio.create_task(in_request(cache, A1))
    await turns()
    answers, request = await in_request(cache, A1, timeout_s=0.02)
    assert answers[A1].code is Code.DEADLINE_EXCEEDED
    assert request.ledger["a"].outcome == "FAILED"
    a.gate.set()
    await leader
    clock.now += 20
    a.gate = asyncio.Event()
    leader = asyncio.create_task(in_request(cache, A1))
    await turns()
    answers, request = await in_request(cache, A1, timeout_s=0.02)
    assert answers[A1].stale is True
    assert request.ledger["a"].outcome == "STALE"
    a.gate.set()
    await leader


async def test_a_call_that_nobody_waits_for_any_more_is_ended() -> None:
    """Leader and follower are gone: the source's work is cancelled; whoever comes then asks anew."""
    a = System("a", "1")
    a.gate = asyncio.Event()
    cache = Cache(router_of(a))
    leader, follower = (asyncio.create_task(in_request(cache, A1)) for _ in range(2))
    await turns()
    flight = cache._flights[PUBLIC, "a", A1]
    leader.cancel()
    await turns()
    assert not flight._task.done()
    follower.cancel()
    late = asyncio.create_task(in_request(cache, A1))
    await turns()
    assert flight._task.cancelled()
    a.gate.set()
    assert (await late)[0] == {A1: thing("a", "1")}
    assert a.asked == [[Ref("a", "1")], [Ref("a", "1")]]
    assert cache._flights == {}


async def test_whoever_waits_for_two_calls_keeps_both() -> None:
    """Those who asked for the second leave while the first is waited for: it goes on."""
    a = System("a", "1", "2")
    a.gate = asyncio.Event()
    cache = Cache(router_of(a))
    first, second = (asyncio.create_task(in_request(cache, Ref("a", id_))) for id_ in ("1", "2"))
    await turns()
    both = asyncio.create_task(in_request(cache, Ref("a", "1"), Ref("a", "2")))
    await turns()
    second.cancel()
    await turns()
    a.gate.set()
    assert (await both)[0] == {Ref("a", "1"): thing("a", "1"), Ref("a", "2"): thing("a", "2")}
    assert a.asked == [[Ref("a", "1")], [Ref("a", "2")]]
    await first


# Freshness: how long the request's answer may be used again


async def test_an_answer_is_as_fresh_as_its_oldest_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is fetched is good for the lookup's time, what was kept for the rest of it."""
    clock = Clock()
    monkeypatch.setattr("gateway.request.time", SimpleNamespace(monotonic=clock))
    a = System("a", "1", "2")
    cache = Cache(router_of(a), clock=clock)
    with request_scope(5) as request:
        assert request.fresh_s() == 3600
        await cache.fetch(PUBLIC, "a", [A1])
        assert request.fresh_s() == 10
        clock.now += 4
        await cache.fetch(PUBLIC, "a", [Ref("a", "2")])
        assert request.fresh_s() == 6
    with request_scope(5) as request:
        await cache.fetch(PUBLIC, "a", [Ref("a", "2")])
        assert request.fresh_s() == 10
        await cache.fetch(PUBLIC, "a", [A1, Ref("a", "2")])
        assert request.fresh_s() == 6
        clock.now += 7
        assert request.fresh_s() == 0


async def test_that_something_is_not_there_is_fresh_for_half_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which is as long as it is kept; what the lookup's other answers are good for does not matter."""
    clock = Clock()
    monkeypatch.setattr("gateway.request.time", SimpleNamespace(monotonic=clock))
    a = System("a", "1")
    cache = Cache(Router({"a": {LASTING: a.fetch}}), clock=clock)
    with request_scope(5) as request:
        await cache.fetch(LASTING, "a", [A1])
        assert request.fresh_s() == 3600
        assert await cache.fetch(LASTING, "a", [Ref("a", "none")]) == {}
        assert request.fresh_s() == 30
    clock.now += 20
    with request_scope(5) as request:
        await cache.fetch(LASTING, "a", [A1, Ref("a", "none")])
        assert request.fresh_s() == 10


async def test_what_may_not_be_used_again_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lookup without freshness, a failure, and the stale answer in its place each leave nothing."""
    clock = Clock()
    monkeypatch.setattr("gateway.request.time", SimpleNamespace(monotonic=clock))
    a = System("a", "1")
    cache = Cache(router_of(a), clock=clock)
    with request_scope(5) as request:
        await cache.fetch(PRIVATE, "a", [A1])
        assert request.fresh_s() == 0
    await in_request(cache, A1)
    a.fails()
    with request_scope(5) as request:
        assert isinstance((await cache.fetch(PUBLIC, "a", [Ref("a", "2")]))[Ref("a", "2")], SourceError)
        assert request.fresh_s() == 0
    clock.now += 20
    with request_scope(5) as request:
        assert (await cache.fetch(PUBLIC, "a", [A1]))[A1].stale
        assert request.fresh_s() == 0


# Ledger


@pytest.mark.parametrize(
    ("calls", "answered", "cached", "failed", "healed", "outcome"),
    [
        (0, 0, 0, 0, 0, "CACHED"),
        (0, 0, 2, 0, 0, "CACHED"),
        (1, 1, 0, 0, 0, "OK"),
        (1, 1, 1, 0, 0, "OK"),
        (1, 0, 0, 1, 0, "FAILED"),
        (2, 1, 0, 1, 0, "PARTIAL"),
        (1, 0, 1, 1, 0, "PARTIAL"),
        (1, 0, 0, 1, 1, "STALE"),
        (2, 1, 0, 2, 1, "PARTIAL"),
    ],
)
def test_a_sources_outcome_in_one_word(
    request_: Request, calls: int, answered: int, cached: int, failed: int, healed: int, outcome: str
) -> None:
    """What `extensions.sources` tells of it."""
    entry = request_.ledger["a"]
    entry.calls, entry.answered, entry.cached = calls, answered, cached
    if failed:
        entry.note_failure(Code.SOURCE_TIMEOUT, failed)
    for _ in range(healed):
        entry.healed(Code.SOURCE_TIMEOUT)
    assert request_.ledger.as_extension() == [
        {
            "id": "a",
            "outcome": outcome,
            "calls": calls,
            "ms": 0.0,
            "cached": cached,
            "stale": healed,
            "failed": failed - healed,
        }
    ]


def test_the_ledger_is_in_the_order_of_ids(request_: Request) -> None:
    """Whichever source was touched first."""
    for source in ("b", "c", "a"):
        request_.ledger[source].calls += 1
    assert [entry["id"] for entry in request_.ledger.as_extension()] == ["a", "b", "c"]
