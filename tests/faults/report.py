"""The page on what runs came to: docs/faults.md, written from what they have left behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from tests.faults.checker import Kind, Verdict
from tests.faults.race import RaceOutcome
from tests.faults.runs import Outcome

T = TypeVar("T")

LOST = (Kind.LOST, Kind.NOT_BOOKED_FOR)
DOUBLED = (Kind.DOUBLED, Kind.NEVER_ASKED)
OPEN = (Kind.UNKNOWN, Kind.UNANSWERED, Kind.LATE)


def told(verdict: Verdict) -> str:
    """Give one line on a verdict."""
    other = len(verdict.findings) - verdict.count(*LOST, *DOUBLED, *OPEN)
    return (
        f"{verdict.asked:,} asked, {verdict.committed:,} committed: {verdict.count(*LOST)} lost,"
        f" {verdict.count(*DOUBLED)} doubled, {verdict.count(*OPEN)} not settled in time, {other} else wrong"
    )


def run_text(outcome: Outcome) -> str:
    """Give what a run came to, for a terminal."""
    lines = [
        f"{outcome.plan.name}: {told(outcome.verdict)}",
        f"{outcome.seconds:,.0f} s; killed: {_counts(outcome.killed)}",
        f"upstream: {_failed(outcome.calls)}: {_counts(outcome.calls)}",
        f"told: {_counts(outcome.verdict.outcomes)}; residents saw: {_counts(outcome.seen)}",
        f"answered after {outcome.p50_s:.2f} s (p50), {outcome.p99_s:.2f} s (p99)",
        f"settled {outcome.verdict.longest_s:.1f} s after a return at most",
    ]
    lines += [f"{finding.what}: {finding.kind}" for finding in outcome.verdict.findings[:20]]
    return "\n  ".join(lines)


def race_text(outcome: RaceOutcome) -> str:
    """Give what a race came to, for a terminal."""
    lines = [
        f"race: {outcome.racers:,} residents, {outcome.replicas} gateways, one place",
        f"told: {_counts(outcome.answers)}",
        told(outcome.verdict),
        f"the source was asked to book {outcome.orders} times, in {outcome.calls} calls of all kinds",
        f"answered after {outcome.p50_s:.2f} s (p50), {outcome.p99_s:.2f} s (p99)",
    ]
    return "\n  ".join(lines)


def page(directory: Path) -> str:
    """Write the page from the outcomes under var/faults; what was not run is not on it."""
    runs = [_read(directory / name, Outcome) for name in _TITLES]
    raced = _read(directory / "race", RaceOutcome)
    table = "\n".join([_HEAD, *(_row(one) for one in runs if one is not None)])
    template = Path(__file__).with_name("faults.template.md").read_text(encoding="utf-8")
    race = "" if raced is None else "- " + race_text(raced).replace("\n  ", "\n- ")
    return template.replace("{{runs}}", table).replace("{{race}}", race)


_TITLES = {
    "sqlite": "one gateway, SQLite",
    "postgres": "three gateways, PostgreSQL",
    "undone": "one gateway, outbox switched off",
}
_HEAD = (
    "| run | bookings | kill -9 of a gateway, of the database | upstream | lost | doubled"
    " | not settled in time | longest after a return | answered p50, p99 | took |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def _row(outcome: Outcome) -> str:
    verdict = outcome.verdict
    database = outcome.killed.get("postgres", 0)
    gateways = sum(n for name, n in outcome.killed.items() if name.rpartition(" ")[2].isdigit())
    cells = (
        _TITLES.get(outcome.plan.name, outcome.plan.name),
        f"{verdict.asked:,}",
        f"{gateways}, {database}",
        _failed(outcome.calls),
        f"**{verdict.count(*LOST)}**",
        f"**{verdict.count(*DOUBLED)}**",
        f"**{verdict.count(*OPEN)}**",
        f"{verdict.longest_s:.1f} s",
        f"{outcome.p50_s:.2f} s, {outcome.p99_s:.2f} s",
        f"{outcome.seconds / 60:.1f} min",
    )
    return "| " + " | ".join(cells) + " |"


def _read(directory: Path, type_: type[T]) -> T | None:
    path = directory / "outcome.json"
    return msgspec.json.decode(path.read_bytes(), type=type_) if path.exists() else None


def _failed(calls: Mapping[str, int]) -> str:
    """Say how many calls there were, tokens left out, and which share of them failed."""
    failed = sum(number for fault, number in calls.items() if fault not in ("none", "token"))
    every = sum(number for fault, number in calls.items() if fault != "token")
    return f"{every:,} calls, {failed / max(1, every):.1%} failed"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items())) or "none"
