"""`python -m tests.faults`: the proofs of writes, each by one command; a run leaves var/faults/{name}/."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer
from msgspec.structs import replace

from tests.conftest import ROOT
from tests.faults.checker import Kind
from tests.faults.race import race as run_race
from tests.faults.report import page, race_text, run_text
from tests.faults.runs import Outcome, Plan, run

HERE = ROOT / "var" / "faults"
OUTAGES = ("hostels-longgang", "volunteers-union", "eldercare-longgang")
SQLITE = Plan(name="sqlite", bookings=10_000, kills=55, outages=OUTAGES)
POSTGRES = Plan(
    name="postgres", bookings=10_000, kills=55, replicas=3, postgres=True, database_kills=8, pauses=2,
    outages=OUTAGES,
)  # fmt: skip
UNDONE = Plan(
    name="undone", bookings=500, kills=5,
    command=(sys.executable, "-m", "tests.faults.without_outbox", "serve"),
    sources=("hostels-longgang", "childcare-longgang", "volunteers-union"), days=10,
)  # fmt: skip

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Bookings = Annotated[int | None, typer.Option(help="How many bookings, other than the full size.")]
Kills = Annotated[int | None, typer.Option(help="How often a gateway is killed.")]
Seed = Annotated[int, typer.Option(help="What everything at random comes from.")]


@cli.command()
def sqlite(bookings: Bookings = None, kills: Kills = None, seed: Seed = 7) -> None:
    """10,000 bookings, 55 kill -9 of the gateway, 20 % of all upstream calls failing; SQLite."""
    _end(_run(SQLITE, bookings, kills, seed))


@cli.command()
def postgres(bookings: Bookings = None, kills: Kills = None, seed: Seed = 7) -> None:
    """The same through three gateways, on a PostgreSQL that is killed too."""
    _end(_run(POSTGRES, bookings, kills, seed))


@cli.command()
def undone(bookings: Bookings = None, kills: Kills = None, seed: Seed = 7) -> None:
    """A small run against a build without the outbox: fails unless the checker finds it out."""
    outcome = _run(UNDONE, bookings, kills, seed)
    if not outcome.verdict.count(Kind.DOUBLED, Kind.NOT_BOOKED_FOR):
        raise SystemExit(
            "the checker has found nothing wrong with a build that keeps nothing before it sends"
        )


@cli.command()
def race(racers: Annotated[int, typer.Option(help="How many residents.")] = 1_000, seed: Seed = 7) -> None:
    """1,000 residents, one place, three gateways on PostgreSQL."""
    outcome = asyncio.run(run_race(HERE / "race", racers=racers, seed=seed))
    typer.echo(race_text(outcome))
    if outcome.verdict.findings or outcome.answers != {"CONFIRMED": 1, "REJECTED FULL": racers - 1}:
        raise SystemExit(1)


@cli.command(name="page")
def page_() -> None:
    """Write docs/faults.md from what the runs have left."""
    (ROOT / "docs" / "faults.md").write_text(page(HERE), encoding="utf-8")


def _run(plan: Plan, bookings: int | None, kills: int | None, seed: int) -> Outcome:
    plan = replace(plan, bookings=bookings or plan.bookings, kills=kills or plan.kills, seed=seed)
    outcome = asyncio.run(run(plan, HERE / plan.name))
    typer.echo(run_text(outcome))
    return outcome


def _end(outcome: Outcome) -> None:
    if outcome.verdict.findings:
        raise SystemExit(1)


if __name__ == "__main__":
    cli()
