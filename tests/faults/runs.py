"""A run: residents book while gateways and their database are killed and systems fail; then it is checked."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tests.faults.checker import Verdict, check
from tests.faults.client import Client
from tests.faults.history import Event, History, Told, read_history
from tests.faults.ledgers import commits, place_of, source_of
from tests.faults.postgres import Postgres
from tests.faults.processes import Gateway, Simulators, write_sources
from tests.faults.residents import Residents
from tests.faults.slots import Offer, offers, places, wishes

_CANCELS, _REPEATS = 0.05, 0.05
_SETTLES_WITHIN_S = 150.0
"""So long a run waits after everything is well again: longer than is allowed, so that what is late shows."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run does, all of it from one seed."""

    name: str
    bookings: int
    kills: int
    """How often a gateway is killed (SIGKILL) and started again at once."""
    replicas: int = 1
    postgres: bool = False
    """Whether commands are kept in PostgreSQL; else in SQLite."""
    database_kills: int = 0
    pauses: int = 0
    """How often a gateway stands still (SIGSTOP) for longer than others take it for alive."""
    fault_rate: float = 0.2
    """The share of all systems' calls that fails: by turns an error, silence, a reset after the commit."""
    outages: Sequence[str] = ()
    """Sources that are silent altogether for a while, one after the other."""
    outage_s: float = 20
    sources: Sequence[str] = ()
    """Which are configured; all unless some are named."""
    days: int = 27
    """For how many days slots are listed."""
    workers: int = 48
    """How many residents ask at the same time."""
    timeout_ms: int = 500
    """What a call of a system may take."""
    command: Sequence[str] = ()
    """What is started as the gateway, where it is another build."""
    within_s: float = 3_600
    """A run that takes longer has failed."""
    seed: int = 7


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    plan: Plan
    verdict: Verdict
    seconds: float
    """From the first booking to the last one's answer."""
    killed: Mapping[str, int]
    """How often each process was killed or stood still."""
    calls: Mapping[str, int]
    """Calls of all systems, by the fault that they met."""
    seen: Mapping[str, int]
    """What residents saw of it: codes of errors, lost connections, statuses."""
    p50_s: float
    p99_s: float
    """How long a resident waited from his first sending to his answer."""


class Stage:
    """The processes of a run, its directory, and what there was to book before it."""

    def __init__(
        self,
        directory: Path,
        listed: list[Offer],
        simulators: Simulators,
        gateways: Sequence[Gateway],
        postgres: Postgres | None,
    ) -> None:
        self.directory = directory
        self.listed = listed
        self.simulators = simulators
        self.gateways = gateways
        self.postgres = postgres
        self.residents = Residents(directory / "state")

    @property
    def urls(self) -> list[str]:
        """Where the gateways are."""
        return [gateway.url for gateway in self.gateways]


@asynccontextmanager
async def staged(plan: Plan, directory: Path) -> AsyncIterator[Stage]:
    """Start everything, wait until it is ready, and end all of it afterwards. The directory begins empty."""
    await asyncio.to_thread(_empty, directory)
    async with contextlib.AsyncExitStack() as stack:
        simulators = await stack.enter_async_context(Simulators(directory / "simulators.log"))
        sources = write_sources(
            directory / "sources.toml", simulators.url, timeout_ms=plan.timeout_ms, only=plan.sources
        )
        postgres = stack.enter_context(Postgres()) if plan.postgres else None
        ledger = postgres.create("ledger") if postgres else f"sqlite:///{directory / 'ledger.sqlite3'}"
        environment = {
            "SOURCES": str(sources),
            "GATEWAY_STATE_DIR": str(directory / "state"),
            "GATEWAY_DATABASE_URL": ledger,
            # One that starts again is to be back soon.
            "GATEWAY_SEARCH_REFRESH_S": "0",
            "GATEWAY_WARM_UP_MS": "0",
        }
        listed = await _filled(plan, directory, environment)
        gateways = [
            Gateway(f"gateway {n}", directory / f"gateway-{n}.log", environment, command=plan.command)
            for n in range(1, plan.replicas + 1)
        ]
        for gateway in gateways:
            stack.callback(gateway.kill)
            gateway.start()
        for gateway in gateways:
            await gateway.ready()
        yield Stage(directory, listed, simulators, gateways, postgres)


def _empty(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


async def _filled(plan: Plan, directory: Path, environment: Mapping[str, str]) -> list[Offer]:
    """Have one gateway, which takes no bookings, copy every feed, and list what there is to book."""
    more = {"GATEWAY_DATABASE_URL": "none", "GATEWAY_WARM_UP_MS": "60000"}
    filler = Gateway("filler", directory / "filler.log", {**environment, **more})
    filler.start()
    try:
        await filler.ready()
        return await offers(filler.url, days=plan.days, sources=tuple(plan.sources))
    finally:
        filler.stop()


async def run(plan: Plan, directory: Path) -> Outcome:
    """Do what a plan says, and check it."""
    async with staged(plan, directory) as stage:
        return await _Run(plan, stage).go()


class _Run:
    def __init__(self, plan: Plan, stage: Stage) -> None:
        self._plan = plan
        self._stage = stage
        self._random = random.Random(f"{plan.seed}/run")  # noqa: S311  # a seeded run, not a secret
        self._history = History(stage.directory / "history.jsonl")
        self._client = Client(self._history, stage.residents, stage.urls, seed=plan.seed)
        self._settling: set[asyncio.Task[None]] = set()
        self._damage: set[asyncio.Task[None]] = set()
        self._killed: Counter[str] = Counter()

    async def go(self) -> Outcome:
        plan, stage = self._plan, self._stage
        slots = wishes(stage.listed, plan.bookings, self._random)
        await stage.simulators.clear_calls()
        if plan.fault_rate:
            await stage.simulators.fault("*", rate=plan.fault_rate, in_turn=True)
        began = time.monotonic()
        with self._history:
            async with asyncio.timeout(plan.within_s):
                await self._book(slots)
                await asyncio.gather(*self._damage)
            seconds = time.monotonic() - began
            await stage.simulators.mend()
            await self._history.write(Event(what="back", whom="*"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SETTLES_WITHIN_S):
                    while self._settling:
                        await asyncio.wait(self._settling)
            for task in self._settling:
                task.cancel()
            await self._history.write(Event(what="end"))
            await self._client.close()
        return await self._checked(seconds)

    async def _book(self, slots: Sequence[str]) -> None:
        """Send every wish, a few at a time; what is to be damaged is so when its wish has come."""
        damage = self._moments(len(slots))
        queue = iter(enumerate(slots))

        async def work() -> None:
            for number, slot in queue:
                for what in damage.get(number, ()):
                    self._begin(what)
                await self._one(number, slot)

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch())
            await asyncio.gather(*[group.create_task(work()) for _ in range(self._plan.workers)])
            watching.cancel()

    async def _watch(self) -> None:
        """Fail where a gateway ends by itself: whatever happens around it, it must not."""
        while True:
            await asyncio.sleep(1)
            for gateway in self._stage.gateways:
                if gateway.ended:
                    raise RuntimeError(f"{gateway.name} has ended by itself: {gateway.last_words}")

    def _moments(self, count: int) -> Mapping[int, Sequence[str]]:
        """Choose before which wish what is damaged, so that residents are waiting whenever it is."""
        plan = self._plan
        what = [
            *["gateway"] * plan.kills,
            *["postgres"] * plan.database_kills,
            *["pause"] * plan.pauses,
        ]
        found: dict[int, list[str]] = {}
        for one in what:
            found.setdefault(self._random.randrange(count // 50, count), []).append(one)
        for number, source in enumerate(plan.outages):
            found.setdefault(count * (number + 1) // (len(plan.outages) + 2), []).append(source)
        return found

    def _begin(self, what: str) -> None:
        damage = {"gateway": self._kill, "postgres": self._kill_database, "pause": self._pause}
        task = asyncio.ensure_future(damage[what]() if what in damage else self._silence(what))
        self._damage.add(task)
        task.add_done_callback(lambda done: self._damage.discard(done) if not _failed(done) else None)

    async def _kill(self) -> None:
        await asyncio.sleep(self._random.uniform(0, 0.5))
        gateway = self._random.choice(self._stage.gateways)
        gateway.kill()
        gateway.start()
        self._killed[gateway.name] += 1
        await self._history.write(Event(what="killed", whom=gateway.name))

    async def _kill_database(self) -> None:
        postgres = self._stage.postgres
        assert postgres is not None
        await asyncio.sleep(self._random.uniform(0, 0.5))
        postgres.kill("kill" if self._killed["postgres"] % 2 else "immediate")
        self._killed["postgres"] += 1
        await self._history.write(Event(what="killed", whom="postgres"))
        await asyncio.sleep(self._random.uniform(0, 2))
        await asyncio.to_thread(postgres.start)

    async def _pause(self) -> None:
        gateway = self._random.choice(self._stage.gateways)
        still = gateway.pause()
        self._killed[f"{gateway.name} stood still"] += 1
        await asyncio.sleep(self._random.uniform(22, 26))
        gateway.resume(still)

    async def _silence(self, source: str) -> None:
        await self._history.write(Event(what="down", whom=source))
        await self._stage.simulators.fault(source, hang=True, tokens=True)
        await asyncio.sleep(self._plan.outage_s)
        await self._stage.simulators.fault(source, rate=self._plan.fault_rate, in_turn=True)
        await self._history.write(Event(what="back", whom=source))

    async def _one(self, number: int, slot: str) -> None:
        """One resident: books, and perhaps sends the same again, or cancels."""
        resident, key = f"resident-{number}", f"{self._plan.seed}-booking-{number}"
        lot = self._random.random()
        told = await self._client.book(key, resident, slot)
        if lot < _REPEATS:
            told = await self._client.repeat(told, resident, slot)
        task = asyncio.ensure_future(self._rest(told, resident, slot, _REPEATS < lot < _REPEATS + _CANCELS))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _rest(self, told: Told, resident: str, slot: str, cancels: bool) -> None:
        told = await self._client.settle(told, resident)
        if cancels and told.status == "CONFIRMED":
            cancelled = await self._client.cancel(f"{told.key}-off", told, resident=resident, slot=slot)
            await self._client.settle(cancelled, resident, cancels=True)

    async def _checked(self, seconds: float) -> Outcome:
        stage = self._stage
        entries = await stage.simulators.ledger()
        (stage.directory / "ledger.json").write_bytes(msgspec.json.encode(entries))
        verdict = check(
            read_history(self._history.path),
            commits(entries),
            client=stage.residents.client,
            source=source_of,
            place=place_of,
            places=places(stage.listed),
        )
        calls: Counter[str] = Counter()
        for counts in (await stage.simulators.counts()).values():
            calls.update(counts)
        took = sorted(self._client.took)
        outcome = Outcome(
            plan=self._plan,
            verdict=verdict,
            seconds=seconds,
            killed=dict(self._killed),
            calls=dict(calls),
            seen=dict(self._client.seen),
            p50_s=took[len(took) // 2],
            p99_s=took[len(took) * 99 // 100],
        )
        (stage.directory / "outcome.json").write_bytes(msgspec.json.encode(outcome))
        return outcome


def _failed(task: asyncio.Task[None]) -> bool:
    return not task.cancelled() and task.exception() is not None
