"""Bookings a second, on SQLite and on PostgreSQL: writes docs/bookings-performance.md.

The gateway has one core; the simulators, PostgreSQL and the residents have the other. So many residents ask
at once, each for himself, the next as soon as one is answered. *accepted*: answered once the booking is
durable (`GATEWAY_COMMAND_WAIT_MS=0`), and carried out behind, while others are taken in; *confirmed*:
answered once its source has confirmed. Answers a second are counted until the last answer, what is carried
out until the last of it was; the gateway's time is that of a booking from its request to its end.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import httpx
import msgspec

from gateway.settings import Settings
from schema.core.scalars import CHINA
from tests.faults.client import BOOK
from tests.faults.postgres import Postgres
from tests.faults.processes import Gateway, Simulators, write_sources
from tests.faults.residents import Residents
from tests.faults.slots import offers

ROOT = Path(__file__).parent.parent
BOOKINGS = int(os.environ.get("BENCH_BOOKINGS", "2000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTIONS = 32
SOURCES = ("hostels-longgang", "childcare-longgang", "eldercare-longgang")
WAITS = {"accepted": "0", "confirmed": str(Settings().command_wait_ms)}


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round of one database."""

    database: str
    answered: str
    answers_s: float
    """Answers a second, until the last."""
    carried_s: float
    """Bookings carried out a second, until the last was."""
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """Of the gateway, for a booking from its request to its end."""
    busy: float
    """How much of its core the gateway took."""


async def measure(database: str, answered: str, directory: Path, number: int) -> Round:
    """Book so many places with one gateway over one database, both of them fresh."""
    async with AsyncExitStack() as stack:
        simulators = await stack.enter_async_context(Simulators(directory / "simulators.log"))
        url = f"sqlite:///{directory / 'ledger.sqlite3'}"
        if database == "PostgreSQL":
            url = stack.enter_context(Postgres()).create("ledger")
        sources = write_sources(directory / "sources.toml", simulators.url, timeout_ms=3_000, only=SOURCES)
        environment = {
            "SOURCES": str(sources),
            "GATEWAY_STATE_DIR": str(directory / "state"),
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_COMMAND_WAIT_MS": WAITS[answered],
            "GATEWAY_SEARCH_REFRESH_S": "0",
        }
        first = min(_cores())
        command = ["taskset", "-c", str(first), sys.executable, "-m", "gateway", "serve"]
        gateway = Gateway("gateway", directory / "gateway.log", environment, command=command)
        gateway.start()
        stack.callback(gateway.kill)
        await gateway.ready()
        every = [offer.slot for offer in await offers(gateway.url, days=27) for _ in range(offer.left)]
        chosen = random.Random(number).sample(every, BOOKINGS)  # noqa: S311  # a seeded load, not a secret
        residents = Residents(directory / "state")
        for one in range(BOOKINGS):
            residents.token(f"resident-{one}")
        await asyncio.sleep(1)
        return await _load(simulators, gateway, residents, chosen, database, answered)


async def _load(
    simulators: Simulators,
    gateway: Gateway,
    residents: Residents,
    chosen: list[str],
    database: str,
    answered: str,
) -> Round:
    took: list[float] = []
    kinds: Counter[str] = Counter()
    queue = iter(enumerate(chosen))
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60, limits=limits) as http:

        async def work() -> None:
            for number, slot in queue:
                variables = {"slot": slot, "key": f"bench-{number:06}", "waitlist": False}
                headers = {"authorization": f"Bearer {residents.token(f'resident-{number}')}"}
                began = time.perf_counter()
                answer = await http.post(
                    "/graphql", json={"query": BOOK, "variables": variables}, headers=headers
                )
                took.append(time.perf_counter() - began)
                kinds[answer.json()["data"]["result"]["kind"]] += 1

        cpu, began = gateway.cpu_s(), time.perf_counter()
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        answers_took = time.perf_counter() - began
        for _ in range(6_000):
            if len(await simulators.ledger()) >= len(chosen):
                break
            await asyncio.sleep(0.1)
        carried_took = time.perf_counter() - began
        cpu = gateway.cpu_s() - cpu
    wanted = {"accepted": {"BookingAccepted"}, "confirmed": {"BookingConfirmed"}}[answered]
    if set(kinds) != wanted:
        raise SystemExit(f"bench: not every booking was {answered}: {dict(kinds)}")
    took.sort()
    return Round(
        database=database,
        answered=answered,
        answers_s=len(took) / answers_took,
        carried_s=len(took) / carried_took,
        p50_ms=took[len(took) // 2] * 1000,
        p99_ms=took[len(took) * 99 // 100] * 1000,
        cpu_ms=cpu / len(took) * 1000,
        busy=cpu / carried_took,
    )


def page(rounds: list[Round], load: float) -> str:
    """Write the page: medians of the rounds."""
    rows = []
    for database in ("SQLite", "PostgreSQL"):
        for answered in WAITS:
            its = [one for one in rounds if (one.database, one.answered) == (database, answered)]
            if not its:
                continue
            low, high = min(one.answers_s for one in its), max(one.answers_s for one in its)
            cells = (
                database,
                answered,
                f"{_median(its, 'answers_s'):,.0f}",
                f"{low:,.0f} to {high:,.0f}",
                f"{_median(its, 'carried_s'):,.0f}",
                f"{_median(its, 'p50_ms'):,.0f}",
                f"{_median(its, 'p99_ms'):,.0f}",
                f"{_median(its, 'cpu_ms'):.1f}",
                f"{_median(its, 'busy'):.0%}",
            )
            rows.append("| " + " | ".join(cells) + " |")
    assert __doc__ is not None
    about = __doc__.partition("\n\n")[2]
    heads = "database, answered when, answers/s, rounds, carried out/s, p50 ms, p99 ms, CPU ms/booking, busy"
    written = (
        f"Written by `make bench-bookings` on {datetime.now(CHINA):%Y-%m-%d}: medians of {ROUNDS} rounds of"
        f" {BOOKINGS:,} bookings, {CONNECTIONS} residents at once, places in hostels, childcare and care."
        f" {len(_cores())} cores ({platform.machine()}), load before {load:.1f},"
        f" Python {platform.python_version()}. Both databases flush to the disk (fsync) before they answer."
    )
    table = ["| " + " | ".join(heads.split(", ")) + " |", "|---|---|" + "---:|" * 7, *rows]
    return "\n".join(["# Bookings a second", "", written, "", about.rstrip(), "", *table, ""])


def _median(rounds: list[Round], name: str) -> float:
    values: list[float] = [getattr(one, name) for one in rounds]
    return statistics.median(values)


def _cores() -> set[int]:
    return set(range(os.cpu_count() or 1))


def main() -> None:
    """Measure everything in turn and write the page."""
    load = os.getloadavg()[0]
    os.sched_setaffinity(0, {max(_cores())})
    rounds: list[Round] = []
    for number in range(ROUNDS):
        for database in ("SQLite", "PostgreSQL"):
            for answered in WAITS:
                with tempfile.TemporaryDirectory() as directory:
                    one = asyncio.run(measure(database, answered, Path(directory), number))
                rounds.append(one)
                print(f"{number + 1}/{ROUNDS}  {one}", flush=True)
    text = page(rounds, load)
    (ROOT / "docs" / "bookings-performance.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
