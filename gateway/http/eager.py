"""Eager: what seldom has to wait is stepped once before anything is set up for its waiting."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


@coroutine
def resume(started: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """Go on, in the same task, with a coroutine whose first `send(None)` gave `waits_for`.

    Nothing may be awaited between that step and this call: the task has yet to be told of `waits_for`.
    """
    try:
        yield waits_for
    except GeneratorExit:
        started.close()
        raise
    except BaseException as error:
        try:
            waits_for = started.throw(error)
        except StopIteration as done:
            result: T = done.value
            return result
        return (yield from resume(started, waits_for))
    # At C's speed from here on.
    rest: T = yield from started
    return rest
