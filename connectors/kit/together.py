"""Together: several calls side by side, of which the first failure ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, overload

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


@overload
async def gather_all(first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B], /) -> tuple[A, B]: ...
@overload
async def gather_all(*coroutines: Coroutine[Any, Any, T]) -> tuple[T, ...]: ...
async def gather_all(*coroutines: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """Give the results in order. The first failure is raised as it is, once the others have been cancelled.

    `asyncio.gather` would leave them under way: calls to the system that nobody waits for any more.
    """
    failure: Exception | None = None
    tasks: list[asyncio.Task[Any]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks.extend(group.create_task(coroutine) for coroutine in coroutines)
    except ExceptionGroup as failures:
        failure = failures.exceptions[0]
    if failure is not None:
        # Out of the `except`, or the group would become the context of one of its own members.
        raise failure
    return tuple(task.result() for task in tasks)
