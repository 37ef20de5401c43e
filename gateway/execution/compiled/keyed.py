"""Relations that are one keyed read at their end: `return await info.context.load(LOOKUP, key)`.

Such a resolver is taken apart when it is first compiled: what makes its key becomes a plain function, so that
a level's keys are gathered with neither a coroutine nor anything to step for each.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

from schema.core.lookup import Lookup

_GIVEN = "__given__"
_BEFORE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.Return, ast.Raise, ast.Pass)


class Given:
    """What such a resolver gives without reading, in a key's place."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class KeyedRead(NamedTuple):
    """What a resolver reads, and the function that makes its key, or a Given, of the same arguments."""

    lookup: Lookup[Any, Any]
    key: Callable[..., Any]
    repeatable: bool
    """Whether what comes before the read leaves nothing behind, so that the key may be made again."""


@cache
def keyed_read(function: Any) -> KeyedRead | None:
    """Take a coroutine function apart; None if it is anything more than one keyed read at its end."""
    if not isinstance(function, FunctionType) or function.__code__.co_freevars:
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return None
    definition = tree.body[0]
    if not isinstance(definition, ast.AsyncFunctionDef):
        return None
    before, last = _ending(definition.body)
    taken = _taken_apart(last)
    if taken is None or not all(map(_is_simple, before)):
        return None
    lookup, key = taken
    found = function.__globals__.get(lookup)
    if not isinstance(found, Lookup) or lookup in function.__code__.co_varnames:
        return None
    body = [_Guards().visit(statement) for statement in before]
    repeatable = all(isinstance(statement, ast.If | ast.Assign | ast.Return) for statement in _all(before))
    return KeyedRead(found, _compiled(function, definition, [*body, ast.Return(key)]), repeatable)


def _all(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Give statements and those within them, docstrings aside."""
    found = [node for statement in statements for node in ast.walk(statement) if isinstance(node, ast.stmt)]
    return [s for s in found if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]


def _ending(body: list[ast.stmt]) -> tuple[list[ast.stmt], ast.stmt]:
    """Give what comes before the end, and the end; `x = await …` and `return x` are one."""
    match body:
        case [
            *before,
            ast.Assign([ast.Name(id=name)], value=ast.expr() as value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value),
            ast.Return(ast.Name(id=returned)),
        ] if name == returned:
            return before, ast.Return(value)
    return body[:-1], body[-1]


def _taken_apart(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    """Give the lookup's name and the key's expression of a `return await ….context.load(LOOKUP, key)`."""
    match statement:
        case ast.Return(
            ast.Await(
                ast.Call(
                    func=ast.Attribute(value=ast.Attribute(value=ast.Name(), attr="context"), attr="load"),
                    args=[ast.Name(id=lookup), key],
                    keywords=[],
                )
            )
        ) if not isinstance(key, ast.Starred) and _awaits_nothing(key):
            return lookup, key
    return None


def _is_simple(statement: ast.stmt) -> bool:
    return all(isinstance(s, _BEFORE) for s in _all([statement])) and _awaits_nothing(statement)


def _awaits_nothing(node: ast.AST) -> bool:
    """Hold it to what means the same in a function that is none of a coroutine's, and elsewhere."""
    return not any(
        isinstance(part, ast.Await | ast.Yield | ast.YieldFrom | ast.Lambda)
        or (isinstance(part, ast.comprehension) and part.is_async)
        or (isinstance(part, ast.Name) and part.id in ("super", "__class__", "locals"))
        or _is_mangled(part)
        for part in ast.walk(node)
    )


def _is_mangled(node: ast.AST) -> bool:
    name = getattr(node, "attr", None) or getattr(node, "id", None)
    return isinstance(name, str) and name.startswith("__") and not name.endswith("__")


class _Guards(ast.NodeTransformer):
    """Marks what is returned before the read as given."""

    def visit_Return(self, node: ast.Return) -> ast.Return:  # ast's own name
        value = node.value or ast.Constant(None)
        return ast.Return(ast.Call(ast.Name(_GIVEN, ast.Load()), [value], []))


def _compiled(
    function: FunctionType, definition: ast.AsyncFunctionDef, body: list[ast.stmt]
) -> Callable[..., Any]:
    arguments = definition.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    # They have been evaluated, once, where the resolver was defined.
    arguments.defaults, arguments.kw_defaults = [], [None] * len(arguments.kwonlyargs)
    plain = ast.FunctionDef(name=definition.name, args=arguments, body=body, decorator_list=[])
    inner = ast.arguments([], [ast.arg(_GIVEN)], None, [], [], None, [])
    outer = ast.FunctionDef(
        name="make", args=inner, body=[plain, ast.Return(ast.Name(plain.name, ast.Load()))], decorator_list=[]
    )
    module = ast.fix_missing_locations(ast.Module([outer], []))
    space: dict[str, Any] = {}
    # The resolver's own source in its own module's names: nothing of a request is in it.
    exec(compile(module, function.__code__.co_filename, "exec"), function.__globals__, space)  # noqa: S102  # see above
    key: FunctionType = space["make"](Given)
    key.__defaults__, key.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return key
