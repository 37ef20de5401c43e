"""A request's body as it arrives, up to a limit; and the client's leaving, whenever that is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from gateway.http.errors import DisconnectedError, HttpError
from gateway.http.headers import Headers
from schema.core.errors import Code

T = TypeVar("T")


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """Read the body; 413 as soon as it is known to exceed the limit, without reading on."""
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
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
    # What is left of the body was not read: the connection cannot serve another request.
    return HttpError(
        413,
        Code.PAYLOAD_TOO_LARGE,
        f"The body is larger than {limit} bytes.",
        {b"connection": b"close"},
    )


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Run the work to its end, or cancel it and raise DisconnectedError when the client leaves.

    No ASGI server cancels on its own. The work runs in the calling task, with one task beside it that waits
    for the client to leave: cheaper than a task for each of them, which every request would pay.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs is run by a task
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        result = await work
    except BaseException:
        # As asyncio.timeout does: our own cancellation ends here, another's goes on.
        if gone and task.uncancel() == 0:
            raise DisconnectedError from None
        raise
    finally:
        watcher.cancel()
    if gone:
        # The work finished in spite of its cancellation.
        task.uncancel()
        raise DisconnectedError
    return result
