"""The throw-away PostgreSQL: it runs, it may be killed in any way, and what was committed is there again."""

from __future__ import annotations

from typing import Literal

import psycopg
import pytest

from tests.faults.postgres import Postgres


def test_it_keeps_what_was_committed_when_it_is_killed() -> None:
    """By SIGKILL of every process and by an immediate stop; what was not committed is gone, fsync is on."""
    ways: tuple[Literal["kill", "immediate"], ...] = ("kill", "immediate")
    with Postgres() as postgres:
        url = postgres.create("ledger")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
            assert connection.execute("SHOW fsync").fetchall() == [("on",)]
        for number, how in enumerate(ways):
            with psycopg.connect(url) as connection:
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
            open_ = psycopg.connect(url)
            open_.execute("INSERT INTO kept VALUES (99)")
            postgres.kill(how)
            with pytest.raises(psycopg.OperationalError):
                open_.commit()
            open_.close()
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(url, connect_timeout=2)
            postgres.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT number FROM kept ORDER BY 1").fetchall() == [(0,), (1,)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
