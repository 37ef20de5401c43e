"""`python -m gateway`: serve the graph, print its schema, list its sources, ask it questions, sign tokens."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.auth.claims import RESIDENT
from gateway.auth.who import development_issuer
from gateway.composition import bind
from gateway.execution.operation import Operation
from gateway.http.errors import HttpError
from gateway.logs import configure_logs
from gateway.request import request_scope
from gateway.server import serve as run_server
from gateway.settings import Settings
from gateway.sources import ConfigurationError, SourceConfig, read_sources
from schema.core.errors import Unauthenticated
from schema.core.viewer import Viewer
from schema.root import build_schema

SCHEMA_FILE = Path(__file__).parent.parent / "schema" / "schema.graphql"

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@cli.callback()
def main() -> None:
    """One typed graph over the systems that serve Longgang's residents."""


@cli.command()
def serve(
    example: Annotated[
        Path | None, typer.Option(help="A .graphql file to ask once the gateway is up; prints the answer.")
    ] = None,
) -> None:
    """Serve the graph until a signal comes."""
    settings, sources = _configuration()
    document = _read(example) if example is not None else None
    app = create_app(settings, sources)

    async def on_ready(url: str) -> None:
        typer.echo(f"Longgang Community Graph at {url} (GraphiQL; the graph itself at {url}/graphql)")
        if document is not None:
            typer.echo(f"\nAn example question:\n\n{document.strip()}\n\nand its answer:\n")
            typer.echo(await _ask(app, document, {}))
            typer.echo(f"\nOpen {url} to ask your own. Ctrl-C stops everything.")

    run_server(app, settings, on_ready)


@cli.command()
def schema(
    check: Annotated[bool, typer.Option(help="Fail if schema/schema.graphql differs.")] = False,
    write: Annotated[bool, typer.Option(help="Write schema/schema.graphql.")] = False,
) -> None:
    """Print the graph's schema (SDL), or hold the committed one against it."""
    sdl = build_schema().as_str() + "\n"
    if write:
        SCHEMA_FILE.write_text(sdl, encoding="utf-8")
    elif check:
        if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text(encoding="utf-8") != sdl:
            _stop("schema/schema.graphql differs from the code; run `python -m gateway schema --write`.")
        typer.echo("schema/schema.graphql is what the code says.")
    else:
        typer.echo(sdl, nl=False)


@cli.command()
def migrate() -> None:
    """Bring the tables of commands to this release, as the start does."""
    from gateway.commands.opening import migrate_all

    settings, _ = _configuration()
    if settings.database_url == "none":
        _stop("GATEWAY_DATABASE_URL=none keeps no commands.")
    before, now = migrate_all(settings)
    if before is None:
        typer.echo(f"The tables of commands were made, at {now}.")
    else:
        typer.echo(f"The tables of commands are at {now}" + ("." if before == now else f", from {before}."))


@cli.command()
def erase(
    sub: Annotated[str, typer.Option(help="The `sub` of the resident's tokens.")],
    standing: Annotated[bool, typer.Option(help="Delete bookings that still stand, too.")] = False,
) -> None:
    """Delete what is kept of a resident; sources keep what they keep."""
    from gateway.commands.opening import erase_resident

    settings, _ = _configuration()
    if settings.database_url == "none":
        _stop("GATEWAY_DATABASE_URL=none keeps no commands.")
    deleted, left = erase_resident(settings, sub, standing=standing)
    typer.echo(f"{deleted} deleted, {left} left.")


@cli.command()
def sources() -> None:
    """List the configured sources: what each speaks, where it is, what it answers."""
    _, configs = _configuration()
    for bound in bind(configs, os.environ):
        config = bound.config
        answers = ", ".join(sorted(lookup.name for lookup in bound.lookups))
        credential = type(config.credential).__struct_config__.tag
        typer.echo(f"{config.id}  {config.name}")
        typer.echo(f"    {bound.connector.standard}, {config.url} ({credential})")
        typer.echo(f"    {answers}")


@cli.command()
def query(
    document: Annotated[str, typer.Argument(help="A .graphql file, `-` for standard input, or a document.")],
    variables: Annotated[str, typer.Option(help="Variables, as a JSON object.")] = "{}",
    token: Annotated[str | None, typer.Option(help="A token that says who asks.")] = None,
) -> None:
    """Ask the graph one question without a server and print the answer as JSON."""
    settings, configs = _configuration()
    try:
        values = json.loads(variables)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        _stop("--variables wants a JSON object.")
    # One question needs its own answers only: no list is read ahead, and copies are waited for.
    app = create_app(settings.model_copy(update={"cached_answers": 0, "search_refresh_s": 0}), configs)

    async def ask() -> str:
        async with app.router.lifespan_context(app):
            viewer = None
            if token is not None:
                with request_scope(settings.request_timeout_ms / 1000):
                    viewer = await app.state.who.bearer(f"Bearer {token}".encode())
            return await _ask(app, _read_document(document), values, viewer)

    try:
        answer = asyncio.run(ask())
    except HttpError as error:
        _stop(f"--token: {error.message}")
    typer.echo(answer)
    if "errors" in json.loads(answer):
        raise typer.Exit(1)


@cli.command()
def token(
    sub: Annotated[str, typer.Option(help="The person, by any name that stays the same.")],
    role: Annotated[str, typer.Option(help="The person's role.")] = RESIDENT,
    scope: Annotated[list[str] | None, typer.Option(help="What it lets do; as often as needed.")] = None,
    account: Annotated[
        list[str] | None, typer.Option(help="source=number: the person's number there; as often as needed.")
    ] = None,
    birthdate: Annotated[str | None, typer.Option(help="YYYY-MM-DD.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="For how long it is good.")] = 60,
) -> None:
    """Sign a token of the development issuer and print it; only where no sign-on is configured."""
    accounts = dict(_account(entry) for entry in account or ())
    claims = {
        "sub": sub,
        "role": role,
        **({"scope": " ".join(scope)} if scope else {}),
        **({"accounts": accounts} if accounts else {}),
        **({"birthdate": birthdate} if birthdate else {}),
    }
    issuer = development_issuer(Settings.load())
    try:
        typer.echo(issuer.sign(claims, issued=int(time.time()), seconds=minutes * 60))
    except Unauthenticated as error:
        _stop(f"No gateway would take such a token. {error.message}")


def _account(entry: str) -> tuple[str, str]:
    source, _, number = entry.partition("=")
    if not source or not number:
        _stop("--account wants source=number.")
    return source, number


def _read_document(document: str) -> str:
    if document == "-":
        return sys.stdin.read()
    # A document has braces; a file's name may begin like one ("query.graphql").
    return document if "{" in document else _read(Path(document))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        _stop(f"{path} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        _stop(f"{path} is not UTF-8 text.")


async def _ask(app: Starlette, document: str, variables: dict[str, Any], viewer: Viewer | None = None) -> str:
    operation = Operation(document=document, variables=variables, viewer=viewer)
    outcome = await app.state.engine(operation)
    return json.dumps(json.loads(outcome.written.body), ensure_ascii=False, indent=2)


def _configuration() -> tuple[Settings, Sequence[SourceConfig]]:
    settings = Settings.load()
    configure_logs(settings)
    return settings, read_sources(settings.sources)


def _stop(sentence: str) -> NoReturn:
    typer.echo(f"gateway: {sentence}", err=True)
    raise typer.Exit(2)


def run() -> None:
    """Run the command line; what cannot work is one sentence and exit code 2."""
    try:
        cli()
    except ConfigurationError as error:
        sys.stderr.write(f"gateway: {error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    run()
