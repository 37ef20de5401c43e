"""The residents' side of a run, before a graph that is made up: what it sends, and what it writes down."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.faults.client import Client
from tests.faults.history import Asked, History, Line, Told, read_history
from tests.faults.residents import Residents

SLOT = encode_id("hostel-night", Ref("hostels-longgang", "service/capacity"))
Answer = Callable[[httpx.Request], httpx.Response]


class Graph:
    """Answers each request with the next of its script, and keeps what it was asked."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.asked: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.hosts: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.asked.append(json.loads(request.content)["variables"])
        self.tokens.add(request.headers["authorization"])
        self.hosts.add(request.url.host)
        return self.script.pop(0)(request)


def result(kind: str, status: str, **more: Any) -> Answer:
    """An answer to a change."""
    booking = {"id": "R-1", "status": status}
    return lambda _: httpx.Response(
        200, json={"data": {"result": {"kind": kind, "booking": booking, **more}}}
    )


def standing(status: str, reason: str | None = None) -> Answer:
    """An answer to the question how a booking stands."""
    return lambda _: httpx.Response(200, json={"data": {"booking": {"status": status, "reason": reason}}})


def error(code: str) -> Answer:
    """An answer that is an error."""
    errors = [{"message": "…", "extensions": {"code": code}}]
    return lambda _: httpx.Response(200, json={"data": {"result": None}, "errors": errors})


def lost(request: httpx.Request) -> httpx.Response:
    """No answer: the connection is gone."""
    raise httpx.ReadError("gone", request=request)


def unavailable(_: httpx.Request) -> httpx.Response:
    """A proxy's."""
    return httpx.Response(503)


@asynccontextmanager
async def client(directory: Path, graph: Graph) -> AsyncIterator[Client]:
    """A client before that graph, at two addresses, whose history is in the directory."""
    with History(directory / "history.jsonl") as history:
        residents = Residents(directory / "state")
        gateways = ["http://one", "http://two"]
        made = Client(history, residents, gateways, seed=7, transport=httpx.MockTransport(graph))
        try:
            yield made
        finally:
            await made.close()


def lines(directory: Path) -> list[Line]:
    """What was written down."""
    return list(read_history(directory / "history.jsonl"))


async def test_it_asks_with_the_same_key_until_it_is_answered(tmp_path: Path) -> None:
    """Through lost connections, a proxy's 503 and errors that say nothing; the wish is on the disk before."""
    written: list[int] = []

    def noting(answer: Answer) -> Answer:
        def noted(request: httpx.Request) -> httpx.Response:
            written.append(len(lines(tmp_path)))
            return answer(request)

        return noted

    script = [lost, unavailable, error("WRITES_UNAVAILABLE"), error("SOURCE_TIMEOUT")]
    graph = Graph(*map(noting, [*script, result("BookingConfirmed", "CONFIRMED")]))
    async with client(tmp_path, graph) as residents:
        told = await residents.book("key-1", "Li", SLOT)
        assert residents.seen == {"ReadError": 1, "503": 1, "WRITES_UNAVAILABLE": 1, "SOURCE_TIMEOUT": 1}
    assert (told.status, told.booking, told.attempts) == ("CONFIRMED", "R-1", 5)
    assert graph.asked == [{"slot": SLOT, "key": "key-1", "waitlist": False}] * 5
    assert len(graph.tokens) == 1
    assert graph.hosts == {"one", "two"}
    assert written == [1] * 5
    (asked, kept) = lines(tmp_path)
    assert isinstance(asked, Asked)
    assert (asked.key, asked.resident, asked.slot, asked.cancels) == ("key-1", "Li", SLOT, None)
    assert kept == told


async def test_it_asks_how_a_booking_stands_until_that_is_settled(tmp_path: Path) -> None:
    """What was taken in is asked for by its id, however often that fails, and both answers are kept."""
    graph = Graph(
        result("BookingAccepted", "PENDING"),
        standing("PENDING"),
        lost,
        error("WRITES_UNAVAILABLE"),
        standing("REJECTED", "FULL"),
    )
    async with client(tmp_path, graph) as residents:
        told = await residents.book("key-1", "Li", SLOT)
        assert told.status == "PENDING"
        settled = await residents.settle(told, "Li")
    assert graph.asked[1:] == [{"id": "R-1"}] * 4
    assert (settled.key, settled.status, settled.reason) == ("key-1", "REJECTED", "FULL")
    assert [line for line in lines(tmp_path) if isinstance(line, Told)] == [told, settled]


async def test_it_cancels_under_a_key_of_its_own(tmp_path: Path) -> None:
    """Until it is cancelled; a booking that stands as it stood was not."""
    graph = Graph(
        result("BookingConfirmed", "CONFIRMED"),
        lost,
        result("BookingAccepted", "CANCELLING"),
        standing("CANCELLING"),
        standing("CANCELLED"),
    )
    async with client(tmp_path, graph) as residents:
        booked = await residents.book("key-1", "Li", SLOT)
        told = await residents.cancel("key-2", booked, resident="Li", slot=SLOT)
        assert (told.key, told.status) == ("key-2", "PENDING")
        settled = await residents.settle(told, "Li", cancels=True)
        assert (settled.key, settled.status) == ("key-2", "CANCELLED")
        graph.script += [result("BookingAccepted", "CANCELLING"), standing("CONFIRMED", "TOO_LATE")]
        told = await residents.cancel("key-3", booked, resident="Li", slot=SLOT)
        refused = await residents.settle(told, "Li", cancels=True)
        assert (refused.status, refused.reason) == ("REJECTED", "TOO_LATE")
    assert graph.asked[1:3] == [{"booking": "R-1", "key": "key-2"}] * 2
    cancels = [line.cancels for line in lines(tmp_path) if isinstance(line, Asked)]
    assert cancels == [None, "key-1", "key-1"]


async def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """With its reason; an error's code that says no is one, too, and nothing is sent again."""
    graph = Graph(
        result("BookingRejected", "REJECTED", reason="FULL"),
        error("IDEMPOTENCY_CONFLICT"),
        error("NOT_FOUND"),
    )
    async with client(tmp_path, graph) as residents:
        told = [await residents.book(f"key-{n}", "Li", SLOT) for n in range(3)]
    assert [(one.status, one.reason) for one in told] == [
        ("REJECTED", "FULL"), ("IDEMPOTENCY_CONFLICT", None), ("NOT_FOUND", None),
    ]  # fmt: skip
    assert len(graph.asked) == 3


def test_a_resident_is_known_to_each_source_by_another_name(tmp_path: Path) -> None:
    """By a pseudonym, or by his number there; the same wherever the state directory is the same."""

    def named(source: str) -> str:
        slot = encode_id("hostel-night", Ref(source, "x"))
        return Residents(tmp_path).client(Asked(key="k", resident="Li", slot=slot))

    assert named("hostels-longgang") == named("hostels-longgang")
    assert len(named("hostels-longgang")) == 32
    assert named("childcare-longgang") != named("hostels-longgang")
    assert named("volunteers-union") == "number-of-Li"
