"""What a resolver waits for, as its source tells: only one that waits for nothing but keys needs no task.

Anything else (a client's call, a timeout, a task group) may hold on to the task that it begins in.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

_READS = frozenset({"load", "load_many", "search"})
_OTHER_WAITS = (ast.AsyncWith, ast.AsyncFor, ast.Yield, ast.YieldFrom)


@cache
def waits_for_keys_only(function: Callable[..., Any]) -> bool:
    """Tell whether a coroutine function awaits but the context's reads, and functions that do so too."""
    return _is_simple(function, frozenset())


def _is_simple(function: Any, seen: frozenset[Any]) -> bool:
    if function in seen:
        return True
    if not inspect.isfunction(function) or hasattr(function, "__wrapped__"):
        return False
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, _OTHER_WAITS) or (isinstance(node, ast.comprehension) and node.is_async):
            return False
        if isinstance(node, ast.Await) and not _is_read(node.value, function, seen | {function}):
            return False
    return True


def _is_read(awaited: ast.expr, function: Any, seen: frozenset[Any]) -> bool:
    if not isinstance(awaited, ast.Call):
        return False
    match awaited.func:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(), attr="context"), attr=name):
            return name in _READS
        case ast.Attribute(value=ast.Name(id=module), attr="gather"):
            # It makes tasks of its own, which hold on to nothing of ours.
            return function.__globals__.get(module) is asyncio
        case ast.Name(id=name) if name not in function.__code__.co_varnames + function.__code__.co_freevars:
            called = function.__globals__.get(name)
            return inspect.iscoroutinefunction(called) and _is_simple(called, seen)
    return False
