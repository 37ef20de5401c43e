"""Database: the durable store behind the ledger, written by one thread that commits in groups.

Whatever asks for the database hands over a unit: a function of one connection. Units that wait together are
one transaction, in the order in which they came, so that many residents' commands cost one flush of the disk.
A unit must be fit to be run again: a connection that dies in a commit does not say what became of it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from gateway.logs import fault_of
from gateway.sources import ConfigurationError
from schema.core.errors import Code, PublicError

T = TypeVar("T")

_log = structlog.get_logger("gateway.commands")

GROUP = 200
"""Most units of one transaction."""
_BUSY_S = 10
_CONNECT_S = 3
_PATIENCE_S = 0.3


class DatabaseDown(PublicError):  # noqa: N818  # it says what is wrong
    """The database cannot be reached, or did not answer in time."""

    def __init__(self) -> None:
        super().__init__(
            Code.WRITES_UNAVAILABLE,
            "This cannot be taken in at the moment. Send the same again, with the same idempotency key.",
        )


class _Asked(NamedTuple):
    unit: Callable[[Connection], Any]
    done: Future[Any]


def engine_of(url: str) -> Engine:
    """Open a SQLAlchemy engine for a URL of ours; ConfigurationError where it is not one."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("GATEWAY_DATABASE_URL is not a URL.") from None
    if parsed.drivername == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ConfigurationError("GATEWAY_DATABASE_URL=sqlite:///… needs a file: what is kept must last.")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_S, "check_same_thread": False})
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
        return engine
    if parsed.drivername in ("postgresql", "postgres"):
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={
                "connect_timeout": _CONNECT_S,
                "application_name": "longgang-gateway",
                "options": f"-c statement_timeout={_BUSY_S}s -c lock_timeout={_BUSY_S}s",
            },
            pool_size=2,
            max_overflow=2,
        )
    raise ConfigurationError("GATEWAY_DATABASE_URL begins with sqlite:/// or postgresql://, or is none.")


def _durable(connection: Any, _record: Any) -> None:
    # The driver's own way of opening transactions would open them only at the first write.
    connection.isolation_level = None
    # Not WAL: before SQLite 3.51.3 a reset of the log may lose a commit (see docs/commands.md).
    connection.execute("PRAGMA journal_mode=TRUNCATE")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class Database:
    """Runs units in a thread of its own. `close` ends it once what was asked for is done."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._down = False
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    async def run(self, unit: Callable[[Connection], T], timeout_s: float | None = None) -> T:
        """Run a unit and give its result once it is durable.

        DatabaseDown where that cannot be, or has not been within so many seconds: then it may still come.
        """
        done: Future[T] = Future()
        self._asked.put(_Asked(unit, done))
        waiting = asyncio.wrap_future(done)
        waiting.add_done_callback(_noticed)
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(waiting)
        except TimeoutError:
            raise DatabaseDown from None

    async def run_patiently(self, unit: Callable[[Connection], T]) -> T:
        """Run a unit; while the database is down, again and again until it is back."""
        while True:
            try:
                return await self.run(unit)
            except DatabaseDown:
                await asyncio.sleep(_PATIENCE_S)

    async def close(self) -> None:
        """End the thread and every connection."""
        self._asked.put(None)
        await asyncio.to_thread(self._thread.join)
        self.engine.dispose()

    def _work(self) -> None:
        closing = False
        while not closing:
            group: list[_Asked] = []
            asked = self._asked.get()
            while asked is not None:
                group.append(asked)
                if len(group) == GROUP:
                    break
                try:
                    asked = self._asked.get_nowait()
                except queue.Empty:
                    break
            else:
                closing = True
            if group:
                self._commit(group)

    def _commit(self, group: list[_Asked]) -> None:
        try:
            results = self._transact(group)
        except Exception as error:
            if len(group) > 1 and not _is_down(error):
                # One of them is at fault: each has a transaction of its own.
                for asked in group:
                    self._commit([asked])
                return
            self._fail(group, error)
            return
        if self._down:
            self._down = False
            _log.info("database back")
        for asked, result in zip(group, results, strict=True):
            asked.done.set_result(result)

    def _transact(self, group: list[_Asked]) -> list[Any]:
        for again in (True, False):
            try:
                with self.engine.begin() as connection:
                    return [asked.unit(connection) for asked in group]
            except DBAPIError as error:
                # A pooled connection that the server has closed meanwhile is found out by using it.
                if not (again and error.connection_invalidated):
                    raise
        raise AssertionError("unreachable")

    def _fail(self, group: list[_Asked], error: Exception) -> None:
        down = _is_down(error)
        if down and not self._down:
            self._down = True
            _log.error("database down", error=type(error).__name__)
        elif not down:
            _log.error("ledger fault", fault=fault_of(error))
        for asked in group:
            asked.done.set_exception(DatabaseDown() if down else error)


def _noticed(future: asyncio.Future[Any]) -> None:
    # Whoever asked may have left, and asyncio complains of an exception that nobody has seen.
    if not future.cancelled():
        future.exception()


def _is_down(error: Exception) -> bool:
    """Whether it says that the database is not there, busy, or going down; not that a unit is wrong."""
    return isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
