"""What a resolver is told of its field: Strawberry's Info, made when it is asked for."""

from __future__ import annotations

import dis
import itertools
from functools import cache
from typing import TYPE_CHECKING, Any

import strawberry
from graphql.pyutils import Path

from gateway.execution.compiled.shape import Field, Position

if TYPE_CHECKING:
    from gateway.execution.compiled.execution import Execution


class FieldInfo(strawberry.Info[Any, Any]):
    """Info of one field at one position. Most resolvers ask it for nothing but the context."""

    __slots__ = ("_at", "_compiled", "_execution", "context")

    def __init__(self, execution: Execution, field: Field, at: Position) -> None:
        self.context = execution.context  # type: ignore[misc]  # a slot in the property's place
        self._execution = execution
        self._compiled = field
        self._at = at

    @property
    def _raw_info(self) -> Any:  # type: ignore[override]  # a dataclass's field, read only
        return self._execution.resolve_info(self._compiled, self._at)

    @property
    def _field(self) -> Any:  # type: ignore[override]  # a dataclass's field, read only
        resolver = self._compiled.resolver
        return resolver.field if resolver is not None else None

    @property
    def path(self) -> Path:
        """The path of the field being resolved."""
        return path_of(self._compiled, self._at)


class ContextInfo:
    """What stands for Info where a resolver asks for nothing but the context: one for all of a request."""

    __slots__ = ("context",)

    def __init__(self, context: Any) -> None:
        self.context = context


@cache
def asks_for_context_only(function: Any, name: str) -> bool:
    """Tell whether a function uses its parameter in no way but to read `context` from it."""
    code = getattr(function, "__code__", None)
    if code is None or name not in code.co_varnames or {"locals", "vars", "eval", "exec"} & {*code.co_names}:
        return False
    instructions = list(dis.get_instructions(code))
    for instruction, following in itertools.pairwise(instructions):
        named = instruction.argval
        if named != name and not (isinstance(named, tuple) and name in named):
            continue
        if instruction.opname != "LOAD_FAST" or (following.opname, following.argval) != (
            "LOAD_ATTR",
            "context",
        ):
            return False
    return True


def path_of(field: Field, at: Position) -> Path:
    """Give graphql-core's path of a field's value, with the name of each type on the way."""
    steps: list[tuple[str | int, str | None]] = []
    owner: Field | None = field
    while at is not None:
        at, key = at
        if isinstance(key, str) and owner is not None:
            steps.append((key, owner.selection.type.name))
            shape = owner.selection.shape
            owner = shape.field if shape is not None else None
        else:
            steps.append((key, None))
    path: Path | None = None
    for key, typename in reversed(steps):
        path = Path(path, key, typename)
    if path is None:
        raise ValueError("a field has a position below the root")
    return path


def keys_of(at: Position) -> list[str | int]:
    """Give a position as an error shows it."""
    keys: list[str | int] = []
    while at is not None:
        at, key = at
        keys.append(key)
    keys.reverse()
    return keys
