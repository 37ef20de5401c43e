"""`python -m mocks`: serve the simulators, or list them."""

import os
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from mocks.world import Clock, World

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@cli.callback()
def main() -> None:
    """Simulators of the systems behind the Longgang Community Graph."""


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the server; 0 takes a free one.")] = 8100,
    seed: Annotated[int, typer.Option(help="Seed of the world.")] = 7,
    at: Annotated[str | None, typer.Option(help="Stop the world's clock, as 2026-11-24T10:00+08:00.")] = None,
    ports: Annotated[bool, typer.Option(help="Each simulator on a port of its own, too.")] = False,
    fault: Annotated[list[str] | None, typer.Option(help="Such as parking-city:latency_ms=200.")] = None,
    only: Annotated[str | None, typer.Option(help="Only these simulators, as id,id.")] = None,
) -> None:
    """Serve the simulators until a signal comes."""
    from mocks import server

    try:
        clock = Clock() if at is None else Clock.frozen(datetime.fromisoformat(at))
        faults = [_fault(text) for text in fault or ()]
        names = [name.strip() for name in (only or "").split(",") if name.strip()]
        world = World(seed, clock)
        server.serve(host, port, world, ports=ports, only=names, faults=faults, on_ready=_ready)
    except (ValueError, LookupError, OSError) as error:
        typer.echo(f"mocks: {error}", err=True)
        raise typer.Exit(2) from error


@cli.command(name="with", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def with_(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port of the server, as the sources' urls name it.")] = 8100,
    seed: Annotated[int, typer.Option(help="Seed of the world.")] = 7,
) -> None:
    """Serve the simulators while another command runs, their credentials in its environment."""
    from mocks.companion import run_with

    if not context.args:
        typer.echo("mocks: write the command after `--`", err=True)
        raise typer.Exit(2)
    try:
        code = run_with(context.args, World(seed), port)
    except OSError as error:
        typer.echo(f"mocks: {error}", err=True)
        raise typer.Exit(2) from error
    raise typer.Exit(code)


@cli.command(name="list")
def list_() -> None:
    """Print each simulator's id, standard and ways to authenticate."""
    from mocks.server import discover

    for simulator in discover(World()):
        auth = "+".join(guard.kind for guard in simulator.auth) or "none"
        typer.echo(f"{simulator.id:<22}{simulator.standard:<28}{auth}")


def _ready(url: str, app: Any) -> None:
    typer.echo(f"mocks: {len(app.simulators)} simulators at {url} (pid {os.getpid()})")
    for number, simulator in app.ports.items():
        typer.echo(f"mocks: {simulator} at {url.rpartition(':')[0]}:{number}")


def _fault(text: str) -> tuple[str, dict[str, Any]]:
    """`*:error_rate=0.1,method=POST` as a simulator and its switches; values are JSON, else text."""
    simulator, colon, rest = text.partition(":")
    if not colon or not rest:
        raise ValueError(f"--fault {text}: write simulator:switch=value")
    switches: dict[str, Any] = {}
    for part in rest.split(","):
        name, _, value = part.partition("=")
        try:
            switches[name] = msgspec.json.decode(value or "true")
        except msgspec.DecodeError:
            switches[name] = value
    return simulator, switches


if __name__ == "__main__":
    cli()
