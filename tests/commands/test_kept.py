"""What is kept of a resident, for how long, in which tables; and what never shows it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from gateway.commands import entries, ledger
from gateway.commands.database import engine_of
from gateway.commands.migrate import migrate, workflows_url
from gateway.commands.tables import metadata
from gateway.sources import ConfigurationError
from tests.commands.asks import MINE, book, cancel
from tests.commands.conftest import StartWriting, free_slots
from tests.commands.scripted import ScriptedDesk, in_doubt
from tests.conftest import ROOT, Graph

ERASE = "mutation { eraseMe { deleted left } }"
NOTE, CARD, SUB = "please by the window", "044030700000003", "resident-of-this-test"


def everything(engine: Engine) -> str:
    """All that a database holds, as one text."""
    schemas = ["main"] if engine.dialect.name == "sqlite" else ["public", "dbos"]
    found: list[str] = []
    with engine.connect() as connection:
        for schema in schemas:
            for table in inspect(connection).get_table_names(schema=schema):
                rows = connection.execute(text(f'SELECT * FROM "{schema}"."{table}"'))  # noqa: S608  # names of tables
                found += [
                    str(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)) for row in rows
                ]
    return "\n".join(found)


def held(url: str) -> str:
    """All that the ledger and DBOS hold."""
    texts = []
    for one in dict.fromkeys((url, workflows_url(url))):
        engine = engine_of(one)
        texts.append(everything(engine))
        engine.dispose()
    return "\n".join(texts)


def test_the_tables_are_what_the_migrations_make(database_url: str) -> None:
    """From nothing to the newest revision; then there is nothing to do, and doing it again does nothing."""
    engine = engine_of(database_url)
    assert migrate(engine) == (None, "0001")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert migrate(engine) == ("0001", "0001")
    engine.dispose()


def test_migrate_says_what_it_has_done(tmp_path: Path) -> None:
    """`python -m gateway migrate`, the first time and again; DBOS's tables are made, too."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    environment = {**os.environ, "GATEWAY_DATABASE_URL": url}
    first, again = (
        subprocess.run(  # the command itself is the subject
            [sys.executable, "-m", "gateway", "migrate"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    )
    assert first.stdout == "The tables of commands were made, at 0001.\n"
    assert again.stdout == "The tables of commands are at 0001.\n"
    assert "dbos_migrations" in inspect(engine_of(workflows_url(url))).get_table_names()


async def test_tables_of_a_newer_release_stop_the_start(
    start_writing: StartWriting, database_url: str
) -> None:
    """A sentence, and nothing is changed: an older release would write what the newer cannot read."""
    engine = engine_of(database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer release"):
        async with start_writing():
            pass
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    engine.dispose()


async def test_what_is_over_is_deleted_and_what_stands_is_left(
    start_writing: StartWriting, database_url: str, desk: ScriptedDesk
) -> None:
    """`eraseMe`: first one booking stands; once it is cancelled nothing of the person is in any table."""
    desk.places = 5
    async with start_writing() as graph:
        first, second, third = (await free_slots(graph))[:3]
        ada = graph.of(SUB, accounts={"hospital-central": CARD})
        gone = (await book(ada, first, "key-00000001", note=NOTE))["booking"]["id"]
        await cancel(ada, gone)
        stands = (await book(ada, second, "key-00000002", note=NOTE))["booking"]["id"]
        others = (await book(graph.of("bo"), third))["booking"]["id"]
        assert NOTE in held(database_url)
        assert (await ada(ERASE)).data == {"eraseMe": {"deleted": 1, "left": 1}}
        mine = (await ada(MINE)).data["me"]["bookings"]["edges"]
        assert [edge["node"]["id"] for edge in mine] == [stands]
        await cancel(ada, stands, "key-cancel-2")
        assert (await ada(ERASE)).data == {"eraseMe": {"deleted": 1, "left": 0}}
        kept = held(database_url)
        for personal in (NOTE, CARD, SUB):
            assert personal not in kept
        assert others in kept
    assert desk.asked.count("cancel") == 2


async def test_without_a_token_nothing_is_deleted(graph: Graph, desk: ScriptedDesk) -> None:
    """UNAUTHENTICATED, as for every write."""
    answer = await graph(ERASE)
    assert (answer.codes, answer.data) == (["UNAUTHENTICATED"], {"eraseMe": None})
    assert desk.calls == []


async def test_a_sub_is_nowhere_in_the_database(
    start_writing: StartWriting, database_url: str, desk: ScriptedDesk
) -> None:
    """Whose a booking is, a keyed hash says; DBOS keeps no more than receipts."""
    async with start_writing() as graph:
        slot = (await free_slots(graph))[0]
        await book(graph.of(SUB), slot, note=NOTE)
        assert SUB not in held(database_url)
    if workflows_url(database_url) != database_url:
        engine = engine_of(workflows_url(database_url))
        kept = everything(engine) if engine.dialect.name == "sqlite" else ""
        engine.dispose()
        assert NOTE not in kept


async def test_what_is_old_enough_is_forgotten(
    start_writing: StartWriting, database_url: str, desk: ScriptedDesk
) -> None:
    """Commands and bookings by their last change; what is younger stays."""
    async with start_writing() as graph:
        await book(graph.of("ada"), (await free_slots(graph))[0])
    engine = engine_of(database_url)
    later = time.time() + timedelta(days=2).total_seconds()
    for before, left in ((time.time() - timedelta(days=30).total_seconds(), 1), (later, 0)):
        with engine.begin() as connection:
            ledger.forget_before(connection, before)
            entries.forget_before(connection, before)
            for table in ("commands", "bookings"):
                count = connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  # as above
                assert count.scalar_one() == left
    engine.dispose()


async def test_nothing_personal_is_logged(
    start_writing: StartWriting, desk: ScriptedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """A booking with a note and an account, in doubt first, refused then: all logs at their loudest."""
    caplog.set_level(logging.DEBUG)

    async def fails(_: Any) -> Any:
        raise in_doubt()

    desk.script = [fails]
    with structlog.testing.capture_logs() as logs:
        async with start_writing() as graph:
            slot = (await free_slots(graph))[0]
            ada = graph.of(SUB, accounts={"hospital-central": CARD})
            await book(ada, slot, note=NOTE)
            await book(graph.of("bo"), slot)
            token = ada.headers["authorization"]
    said = f"{logs}\n{caplog.text}"
    assert "command in doubt" in said
    for personal in (SUB, CARD, NOTE, token, token.removeprefix("Bearer ")):
        assert personal not in said
