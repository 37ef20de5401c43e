"""Reader: reading a source's copy, point reads at once and everything else in threads.

Measured on two cores with 200,000 items of 800 bytes: a read by one id takes 8 µs on the loop's own thread
and 45 µs by way of a pool, of which the way is nearly all; 50 ids take 250 and 330 µs, a selection of 200
items 510 and 610 µs. So a few ids are read where they are asked for, and what may take long, or may find
many, never holds the loop. Beside a thread that writes without pause the medians stay as they are.

In WAL mode a reader waits for no writer. Each connection serves one read at a time, in whatever thread.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import apsw

from gateway.replica.store import APPLICATION

T = TypeVar("T")

_BUSY_MS = 200
"""A file is locked against readers only while its last user closes it, or its log is being recovered."""


class NotThere(Exception):  # noqa: N818  # it says what is the matter
    """There is no copy yet."""


class _Opened(NamedTuple):
    connection: apsw.Connection
    file: int
    """Its number: another under the same name is another copy."""


class Reader:
    """Connections for reading, opened when they are wanted. Raises NotThere, and apsw.Error for the rest."""

    def __init__(self, path: Path, pool: Executor) -> None:
        self._path = path
        self._pool = pool
        self._at_once: _Opened | None = None
        self._idle: list[_Opened] = []
        self._closed = False

    def at_once(self, read: Callable[[apsw.Connection], T]) -> T:
        """Read on the calling thread, which is the loop's."""
        # Taken out while in use: of one that could not be opened anew, nothing is left behind.
        opened, self._at_once = self._at_once, None
        opened = self._current(opened)
        try:
            return read(opened.connection)
        finally:
            self._at_once = opened

    async def in_thread(self, read: Callable[[apsw.Connection], T]) -> T:
        """Read in a thread; whoever is cancelled ends his read."""
        lease = _Lease()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, lease, read)
        except asyncio.CancelledError:
            lease.interrupt()
            raise

    def close(self) -> None:
        """Close what is not in use; the rest is closed when it is given back."""
        self._closed = True
        for opened in filter(None, (self._at_once, *self._idle)):
            opened.connection.close()
        self._idle.clear()
        self._at_once = None

    def _read(self, lease: _Lease, read: Callable[[apsw.Connection], T]) -> T:
        idle = None
        with suppress(IndexError):
            idle = self._idle.pop()
        opened = self._current(idle)
        try:
            with lease.of(opened.connection):
                return read(opened.connection)
        finally:
            if self._closed:
                opened.connection.close()
            else:
                self._idle.append(opened)

    def _current(self, opened: _Opened | None) -> _Opened:
        """Give a connection to the file that has the name now."""
        try:
            file = os.stat(self._path).st_ino  # noqa: PTH116  # a path's own method takes twice as long
        except FileNotFoundError:
            file = None
        if opened is not None and opened.file != file:
            opened.connection.close()
            opened = None
        if file is None:
            raise NotThere
        return opened if opened is not None else _Opened(self._open(), file)

    def _open(self) -> apsw.Connection:
        try:
            # To read a log, its index must be written; `query_only` keeps the rest from being.
            connection = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READWRITE)
        except apsw.CantOpenError as error:
            raise NotThere from error
        try:
            connection.set_busy_timeout(_BUSY_MS)
            connection.pragma("query_only", 1)
            # Taking the log into the file is the writer's work, and would hold the loop here.
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            if connection.pragma("application_id") != APPLICATION:
                # Just being made, or not ours: its writer will see to it.
                raise NotThere
        except BaseException:
            connection.close()
            raise
        return connection


class _Lease:
    """A read that is under way, so that it can be ended from outside and no other in its place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: apsw.Connection | None = None
        self._over = False

    def of(self, connection: apsw.Connection) -> _Lease:
        """Say on which connection it is made."""
        self._connection = connection
        return self

    def __enter__(self) -> None:
        with self._lock:
            if self._over:
                raise asyncio.CancelledError

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._connection = None

    def interrupt(self) -> None:
        """End it."""
        with self._lock:
            self._over = True
            if self._connection is not None:
                self._connection.interrupt()
