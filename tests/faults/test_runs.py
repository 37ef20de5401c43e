"""Small ones of the proofs, in the ordinary suite; `make proof` is the full size (docs/faults.md)."""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec.structs import replace

from tests.faults.checker import Kind
from tests.faults.race import race
from tests.faults.runs import Plan, run

SMALL = Plan(
    name="small",
    bookings=60,
    kills=2,
    sources=("hostels-longgang", "childcare-longgang", "volunteers-union"),
    days=3,
    workers=16,
    within_s=240,
)


async def test_nothing_is_lost_when_the_gateway_is_killed_and_systems_fail(tmp_path: Path) -> None:
    """On SQLite: every answer is as the systems have it, and nothing stays open."""
    outcome = await run(SMALL, tmp_path)
    assert outcome.verdict.findings == ()
    assert (outcome.verdict.asked, outcome.verdict.killed) == (60, 2)
    assert sum(outcome.verdict.outcomes.values()) == 60
    assert outcome.calls["reset_after_commit"] > 0
    assert "INTERNAL" not in outcome.seen


async def test_nothing_is_lost_when_the_database_is_killed_too(tmp_path: Path) -> None:
    """On PostgreSQL, through two gateways that share it."""
    plan = replace(SMALL, replicas=2, postgres=True, database_kills=1)
    outcome = await run(plan, tmp_path)
    assert outcome.verdict.findings == ()
    assert (outcome.verdict.asked, outcome.verdict.killed) == (60, 3)
    assert outcome.killed["postgres"] == 1
    assert "INTERNAL" not in outcome.seen


async def test_a_build_that_keeps_nothing_before_it_sends_is_found_out(tmp_path: Path) -> None:
    """The same run, the outbox switched off: the checker sees what it doubles and what it does not own to."""
    command = (sys.executable, "-m", "tests.faults.without_outbox", "serve")
    outcome = await run(replace(SMALL, bookings=120, command=command), tmp_path)
    assert outcome.verdict.asked == 120
    assert outcome.verdict.outcomes["CONFIRMED"] > 60
    assert outcome.verdict.count(Kind.DOUBLED, Kind.NOT_BOOKED_FOR) > 0
    assert "INTERNAL" not in outcome.seen


async def test_the_last_place_has_one_winner(tmp_path: Path) -> None:
    """Through two gateways: all others are told at once that it is full, and the source is hardly asked."""
    outcome = await race(tmp_path, racers=100, replicas=2)
    assert outcome.verdict.findings == ()
    assert outcome.answers == {"CONFIRMED": 1, "REJECTED FULL": 99}
    assert outcome.orders <= 10
