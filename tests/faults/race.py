"""A race: a thousand residents ask for the last place in the same second, through several gateways."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.faults.checker import Verdict, check
from tests.faults.client import Client
from tests.faults.history import Event, History, Told, read_history
from tests.faults.ledgers import commits, place_of, source_of
from tests.faults.runs import Plan, Stage, staged

SOURCE = "hostels-longgang"


class RaceOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a race came to."""

    racers: int
    replicas: int
    answers: Mapping[str, int]
    """How many were told what, with the reason of a refusal."""
    orders: int
    """How often the source was asked to book during the race."""
    calls: int
    """Calls of the source during the race, of whatever kind, its feed's included."""
    verdict: Verdict
    seconds: float
    p50_s: float
    p99_s: float


async def race(directory: Path, *, racers: int, replicas: int = 3, seed: int = 7) -> RaceOutcome:
    """Book all places of a night but one, then let everybody ask for that at once."""
    plan = Plan(
        name="race", bookings=racers, kills=0, replicas=replicas, postgres=True, fault_rate=0,
        sources=(SOURCE,), days=3, timeout_ms=3_000, seed=seed,
    )  # fmt: skip
    async with staged(plan, directory) as stage:
        with History(directory / "history.jsonl") as history:
            client = Client(history, stage.residents, stage.urls, seed=seed)
            try:
                return await _race(stage, client, history, racers)
            finally:
                await client.close()


async def _race(stage: Stage, client: Client, history: History, racers: int) -> RaceOutcome:
    offer = min(stage.listed, key=lambda offer: (offer.left, offer.slot))
    before = [await client.book(f"early-{n:06}", f"early-{n}", offer.slot) for n in range(offer.left - 1)]
    assert [told.status for told in before] == ["CONFIRMED"] * len(before)
    client.took.clear()
    for number in range(racers):
        stage.residents.token(f"racer-{number}")  # signed before: residents have theirs
    await stage.simulators.clear_calls()
    began = time.monotonic()

    async def ask(number: int) -> Told:
        resident = f"racer-{number}"
        told = await client.book(f"racer-{number:06}", resident, offer.slot)
        return await client.settle(told, resident)

    told = await asyncio.gather(*(ask(number) for number in range(racers)))
    seconds = time.monotonic() - began
    await history.write(Event(what="end"))
    calls = await stage.simulators.calls(SOURCE)
    took = sorted(client.took)
    outcome = RaceOutcome(
        racers=racers,
        replicas=len(stage.gateways),
        answers=Counter(" ".join(filter(None, (one.status, one.reason))) for one in told),
        orders=sum(call["method"] == "POST" for call in calls),
        calls=len(calls),
        verdict=check(
            read_history(history.path),
            commits(await stage.simulators.ledger()),
            client=stage.residents.client,
            source=source_of,
            place=place_of,
            places={(SOURCE, place_of(offer.slot)): offer.left},
        ),
        seconds=seconds,
        p50_s=took[len(took) // 2],
        p99_s=took[len(took) * 99 // 100],
    )
    (stage.directory / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    return outcome
