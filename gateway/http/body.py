"""A request's body as it arrives, up to a limit; and the client's leaving, whenever that is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from gateway.http.eager import resume
from gateway.http.errors import DisconnectedError, HttpError
from gateway.http.headers import Headers
from schema.core.errors import Code

T = TypeVar("T")

WATCH_AFTER_S = 0.05
"""How long work may take before anybody looks whether its client is still there. Ending sooner what is over
so soon would save less than the looking costs: a task more for every request."""

MAX_LENGTH_DIGITS = 19
"""Of a Content-Length: more are no 64-bit number, and thousands an error to `int`."""


async def read_body(receive: Receive, headers: Headers, limit: int, timeout_s: float) -> bytes:
    """Read the body; 413 as soon as it is known to exceed the limit, 408 if it has not come in time."""
    declared = headers.get(b"content-length", b"")
    if len(declared) > MAX_LENGTH_DIGITS:
        raise _unread(400, Code.BAD_REQUEST, "Content-Length is not the length of a body.")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    reading = _read(receive, limit)
    try:
        waits_for = reading.send(None)
    except StopIteration as done:
        # Most bodies are there with their headers: no clock is set for them.
        body: bytes = done.value
        return body
    try:
        async with asyncio.timeout(timeout_s):
            return await resume(reading, waits_for)
    except TimeoutError:
        raise _unread(
            408, Code.DEADLINE_EXCEEDED, "The request's time was up before its body had come."
        ) from None


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> HttpError:
    return _unread(413, Code.PAYLOAD_TOO_LARGE, f"The body is larger than {limit} bytes.")


def _unread(status: int, code: Code, message: str) -> HttpError:
    # What is left of the body was not read: the connection cannot serve another request.
    return HttpError(status, code, message, {b"connection": b"close"})


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Run the work to its end, or cancel it and raise DisconnectedError when the client leaves.

    No ASGI server cancels on its own. The work runs in the calling task, with one task beside it that waits
    for the client to leave, once the work has taken `WATCH_AFTER_S`.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs is run by a task
    gone = False
    watcher: asyncio.Task[None] | None = None
    loop = asyncio.get_running_loop()

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    def look() -> None:
        nonlocal watcher
        watcher = loop.create_task(watch())

    looking = loop.call_later(WATCH_AFTER_S, look)
    try:
        result = await resume(work, waits_for)
    except BaseException:
        # As asyncio.timeout does: our own cancellation ends here, another's goes on.
        if gone and task.uncancel() == 0:
            raise DisconnectedError from None
        raise
    finally:
        looking.cancel()
        if watcher is not None:
            watcher.cancel()
    if gone:
        # The work finished in spite of its cancellation.
        task.uncancel()
        raise DisconnectedError
    return result
