"""What the clients of a run know: each line is on the disk before anything is done because of it.

A line is one JSON object. `asked` is there before the request is sent, `told` after an answer, `event` where
the run itself did something that the checker must know. Times are seconds since 1970 by this machine's clock.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag="asked", tag_field="line"):
    """A resident is about to ask: a booking of a slot, or a cancellation of what was booked under a key."""

    key: str
    """The idempotency key: one a wish, the same in every attempt."""
    resident: str
    slot: str
    """The slot's global id."""
    cancels: str | None = None
    """The key of the booking that is cancelled, where it is no booking."""
    at: float = msgspec.field(default_factory=time.time)


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told", tag_field="line"):
    """The graph has answered: to the wish itself, or later to the question what became of it."""

    key: str
    status: str
    """The booking's status; a wish that was refused with an error's code has that code."""
    booking: str | None = None
    """The booking's id, which is its receipt number."""
    reason: str | None = None
    attempts: int = 1
    """How often the wish was sent until this answer."""
    at: float = msgspec.field(default_factory=time.time)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag="event", tag_field="line"):
    """Something that the run did: `killed` a process, a source `down`, a source `back`, the `end`."""

    what: Literal["killed", "down", "back", "end"]
    whom: str = ""
    at: float = msgspec.field(default_factory=time.time)


Line: TypeAlias = Asked | Told | Event

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class History:
    """An append-only file of lines; lines that are written at the same time share one fsync."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    async def write(self, line: Line) -> None:
        """Return once the line is on the disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((_encode(line) + b"\n", done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.ensure_future(self._flush())
        await asyncio.shield(done)

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await asyncio.to_thread(self._append, b"".join(text for text, _ in batch))
            for _, done in batch:
                done.set_result(None)

    def _append(self, text: bytes) -> None:
        self._file.write(text)
        self._file.flush()
        os.fsync(self._file.fileno())


def read_history(path: Path) -> Iterator[Line]:
    """Every whole line; a last one that was cut off by a crash had not been acted upon, and is left out."""
    with path.open("rb") as file:
        for text in file:
            if text.endswith(b"\n"):
                yield _decode(text)
