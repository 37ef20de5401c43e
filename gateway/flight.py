"""A flight: work that several wait for, and that belongs to none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """Runs in a task of its own. Whoever holds it may let go; when the last one has, it is cancelled."""

    def __init__(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        closed: Callable[[Flight[T]], None],
        *,
        context: Context | None = None,
    ) -> None:
        """Start the work in a copy of the caller's context, or in the one given.

        `closed` is called once, as soon as nobody may join any more: at its end, or when it is cancelled.
        """
        self._work = work
        self._closed = closed
        self._open = True
        self._held = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._result: T
        self._error: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._fly(), context=context)

    def __enter__(self) -> None:
        """Hold it: it goes on at least until this one has let go."""
        self._held += 1

    def __exit__(self, *_error: object) -> None:
        """Let go; it is cancelled if nobody else holds it."""
        self._held -= 1
        if not self._held and self._open:
            self._task.cancel()
            self._close()

    async def wait(self) -> T:
        """Hold it and give the result, or raise what the work raised, the same to everybody."""
        if self._open:
            # One each, which its own waiter's cancellation cancels and no other's. asyncio.shield does as
            # much, but lets two turns of the loop pass between the work's end and the waiter.
            landed = self._loop.create_future()
            self._waiting.append(landed)
            with self:
                await landed
        if self._error is not None:
            raise self._error
        return self._result

    async def _fly(self) -> None:
        try:
            self._result = await self._work()
        except asyncio.CancelledError:
            self._error = RuntimeError("the work was cancelled, and by none of those who wait")
            raise
        except Exception as error:
            self._error = error
        finally:
            self._close()
            for landed in self._waiting:
                if not landed.done():
                    landed.set_result(None)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._closed(self)
