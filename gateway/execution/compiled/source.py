"""Generated source: the functions that complete the objects of one selection.

`run(o, p, x)` completes any selection: each field at its position, its errors told. `fast(o)`
completes one that calls no resolver, without positions; whatever it is not made for makes it raise, and the
careful path (`Execution.fields`) does it again.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from functools import lru_cache
from math import inf
from types import CodeType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNamedType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from gateway.execution.compiled.graph import LISTS, Graph, is_plain
from gateway.execution.compiled.info import FieldInfo, asks_for_context_only
from gateway.execution.compiled.shape import Bail, Fast, Field, Kind, Run, Selection, Shape

_CHECKS: dict[GraphQLNamedType, str] = {
    GraphQLString: "{v}.__class__ is str",
    GraphQLID: "{v}.__class__ is str",
    GraphQLInt: "{v}.__class__ is int and -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "{v}.__class__ is float and -INF < {v} < INF",
    GraphQLBoolean: "{v}.__class__ is bool",
}
"""When a value of a built-in scalar is its own serialisation."""


class Names:
    """The objects that generated code refers to, by the names it knows them by."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.all: dict[str, Any] = {
            "INF": inf, "UNDEFINED": Undefined, "LISTS": LISTS, "INFO": FieldInfo, "bail": bail,
            "refuse": refuse,
        }  # fmt: skip

    def bind(self, value: object) -> str:
        """Give an object a name."""
        name = f"{self._prefix}{len(self.all)}"
        self.all[name] = value
        return name


def bail(*_: object) -> Any:
    """Leave the fast path."""
    raise Bail


async def refuse(error: Exception) -> Any:
    """Raise an error where the resolver's coroutine would have."""
    raise error


def compile_function(name: str, lines: list[str], names: Names) -> Any:
    """Make a function of source and of what it refers to."""
    space = dict(names.all)
    exec(_code("\n".join(lines)), space)  # noqa: S102  # our own source: names are bound or checked, text of the document is only in repr()
    return space[name]


@lru_cache(1000)
def _code(source: str) -> CodeType:
    # Selections are much alike, within an operation and between those of one page, and compiling them to
    # bytecode is most of what a plan costs.
    return compile(source, "<operation>", "exec")


def is_name(name: str) -> bool:
    """Tell whether a name may stand in source as it is."""
    return name.isidentifier() and not keyword.iskeyword(name)


# Expressions of the fast path


def leaf_expression(graph: Graph, shape: Shape) -> Callable[[Names], Callable[[str], str]]:
    """Give what serialises a leaf by its class, and leaves the fast path for any other."""
    type_ = shape.type
    coerce = type_.coerce_output_value

    def other(value: Any) -> Any:
        if value.__class__ not in known:
            cls = value.__class__
            if not is_plain(cls) or cls in LISTS:
                raise Bail
            known.add(cls)
        result = coerce(value)
        if result is None or result is Undefined:
            raise Bail
        return result

    known = graph.leaf_classes(type_)
    if type_ in _CHECKS:
        check = _CHECKS[type_]
        return lambda names: _with(
            names.bind(other), lambda v, o: f"{v} if {check.format(v=v)} else {o}({v})"
        )
    if isinstance(type_, CustomGraphQLEnumType):
        named = enum_names(type_)

        def write(names: Names) -> Callable[[str], str]:
            cls, values = names.bind(type_.wrapped_cls), names.bind(named)
            return _with(
                names.bind(other),
                lambda v, o: f"{values}[{v}._name_] if {v}.__class__ is {cls} else {o}({v})",
            )

        return write
    return lambda names: _with(names.bind(other), lambda v, o: f"{o}({v})")


def _with(bound: str, write: Callable[[str, str], str]) -> Callable[[str], str]:
    return lambda value: write(value, bound)


def enum_names(type_: CustomGraphQLEnumType) -> dict[str, str]:
    """Give the graph's name of each member, by the member's own."""
    names: dict[str, str] = {}
    members: Any = type_.wrapped_cls
    for member in members:
        try:
            names[member.name] = type_.coerce_output_value(member)
        except Exception:  # noqa: S112  # the value will raise it again, where it is told
            continue
    return names


def fast_expression(graph: Graph, shape: Shape, names: Names, depth: int = 0) -> Callable[[str], str] | None:
    """Give what completes a value of a shape on the fast path, None where the shape has no fast path."""
    write: Callable[[str], str]
    if shape.kind is Kind.LEAF:
        write = leaf_expression(graph, shape)(names)
    elif shape.kind is Kind.OBJECT:
        fast = shape.selections[shape.type].fast
        if fast is None:
            return None
        call, classes = names.bind(fast), names.bind(graph.classes_of(shape.type))
        write = lambda v: f"{call}({v}) if {v}.__class__ in {classes} else bail()"  # noqa: E731  # as the branches beside it
    elif shape.kind is Kind.LIST and shape.of is not None:
        item = fast_expression(graph, shape.of, names, depth + 1)
        if item is None:
            return None
        element = f"e{depth}"
        write = lambda v: f"[{item(element)} for {element} in {v}] if {v}.__class__ in LISTS else bail()"  # noqa: E731  # as the branches beside it
    else:
        return None
    if shape.nonnull:
        return write
    return lambda v: f"None if {v} is None else ({write(v)})"


def write_fast(graph: Graph, selection: Selection) -> Fast | None:
    """Generate `fast`, where the selection has a fast path."""
    names = Names("k")
    lines = ["def fast(o):"]
    entries: list[str] = []
    for index, field in enumerate(selection.fields):
        if field.definition is None:
            entries.append(f"{field.key!r}: {selection.type.name!r}")
            continue
        if field.attribute is None or not is_name(field.attribute):
            return None
        expression = fast_expression(graph, field.shape, names)
        if expression is None:
            return None
        lines.append(f"    v{index} = o.{field.attribute}")
        entries.append(f"{field.key!r}: {expression(f'v{index}')}")
    lines.append(f"    return {{{', '.join(entries)}}}")
    fast: Fast = compile_function("fast", lines, names)
    return fast


def write_list(graph: Graph, shape: Shape) -> Fast | None:
    """Generate what completes a list at once, where its items have a fast path."""
    names = Names("k")
    expression = fast_expression(graph, shape, names)
    if expression is None:
        return None
    fast: Fast = compile_function("fast", ["def fast(v):", f"    return {expression('v')}"], names)
    return fast


# The function of any selection


def write_run(graph: Graph, selection: Selection) -> Run:
    """Generate `run`."""
    names = Names("k")
    lines = ["def run(o, p, x):", "    d = {}"]
    together: list[Field] = []
    read: list[str] = []
    for field in selection.fields:
        attribute = _attribute(graph, field, names)
        if attribute is not None:
            together.append(field)
            read += attribute
            continue
        lines += _read_together(together, read, names)
        together, read = [], []
        lines += ["    " + line for line in _field(graph, field, names)]
    lines += [*_read_together(together, read, names), "    return d"]
    run: Run = compile_function("run", lines, names)
    return run


def _attribute(graph: Graph, field: Field, names: Names) -> list[str] | None:
    """Lines for a field that is read and has a fast path, None for another."""
    if field.definition is None:
        return [f"d[{field.key!r}] = {field.selection.type.name!r}"]
    if field.attribute is None or not is_name(field.attribute):
        return None
    expression = fast_expression(graph, field.shape, names)
    return expression and [f"v = o.{field.attribute}", f"d[{field.key!r}] = {expression('v')}"]


def _read_together(fields: list[Field], read: list[str], names: Names) -> list[str]:
    """Attributes are read under one `try`: if any is not what it should be, all are read again, with care."""
    if not fields:
        return []
    again = f"x.read({names.bind(tuple(fields))}, o, p, d)"
    return ["    try:", *("        " + line for line in read), "    except Exception:", f"        {again}"]


def _field(graph: Graph, field: Field, names: Names) -> list[str]:
    key, shape = repr(field.key), names.bind(field.shape)
    failed = ["except Exception as e:", f"    d[{key}] = None", f"    x.fail({shape}, e, (p, {key}))"]
    if field.resolver is None:
        attribute = field.attribute or ""
        read = f"o.{attribute}" if is_name(attribute) else f"getattr(o, {attribute!r})"
        body = [f"v = {read}"]
    else:
        before, call = write_call(field, names)
        if field.resolver.is_async:
            return _asynchronous(field, names, shape, before, call, failed)
        body = [*before, f"v = {call}"]
    # The key has its place before anything is known: an awaited value comes later.
    body += _completed(graph, field, names, shape)
    return ["try:", *("    " + line for line in body), *failed]


def _completed(graph: Graph, field: Field, names: Names, name: str) -> list[str]:
    """Lines that complete `v` where its class is what it should be, and hand over anything else."""
    shape, key = field.shape, repr(field.key)
    odd = f"x.odd({name}, v, d, {key}, (p, {key}))"
    value = "v"
    if shape.type in _CHECKS:
        known = _CHECKS[shape.type].format(v="v")
    elif shape.kind is Kind.LEAF and isinstance(shape.type, CustomGraphQLEnumType):
        cls, member_names = names.bind(shape.type.wrapped_cls), names.bind(enum_names(shape.type))
        known, value = f"v.__class__ is {cls} and v._name_ in {member_names}", f"{member_names}[v._name_]"
    elif shape.kind is Kind.LEAF:
        known = f"v.__class__ in {names.bind(graph.leaf_classes(shape.type))}"
        # What gives nothing is asked again, where that is told.
        made = f"(t := {names.bind(shape.type.coerce_output_value)}(v))"
        value = f"t if {made} is not None and t is not UNDEFINED else {odd}"
    elif shape.kind is Kind.LIST:
        known, value = "v.__class__ in LISTS", f"{names.bind(shape.complete)}(v, (p, {key}), x)"
    elif shape.kind is Kind.OBJECT:
        selection = shape.selections[shape.type]
        known = f"v.__class__ in {names.bind(graph.classes_of(shape.type))}"
        value = f"{names.bind(selection.run)}(v, (p, {key}), x)"
    else:
        runs = names.bind(shape.members)
        known, value = f"v.__class__ in {runs}", f"{runs}[v.__class__](v, (p, {key}), x)"
    lines = [f"d[{key}] = None"]
    branch = "if"
    if not shape.nonnull:
        lines += ["if v is None:", "    pass"]
        branch = "elif"
    return [*lines, f"{branch} {known}:", f"    d[{key}] = {value}", "else:", f"    d[{key}] = {odd}"]


def write_call(field: Field, names: Names) -> tuple[list[str], str]:
    """What comes before a resolver's call, and the call."""
    resolver = field.resolver
    if resolver is None:
        raise TypeError("an attribute is not called")
    before: list[str] = []
    passed = ["o"] if resolver.takes_self else []
    arguments = resolver.arguments
    info = f"INFO(x, {names.bind(field)}, (p, {field.key!r}))"
    if resolver.info is not None and asks_for_context_only(resolver.call, resolver.info):
        info = "x.info"
    converted = ""
    if arguments is not None and arguments.fixed is not None and all(map(is_name, arguments.fixed)):
        passed += [f"{name}={names.bind(value)}" for name, value in arguments.fixed.items()]
    elif arguments is not None:
        name = names.bind(arguments)
        before = [f"a = {name}.coerce(x)", f"i = INFO(x, {names.bind(field)}, (p, {field.key!r}))"]
        converted, info = f"**{name}.convert(a, x, i)", "i"
    # A reserved parameter wins over an argument of its name, as in Strawberry's own mapping.
    reserved = dict.fromkeys(resolver.parents, "o")
    if resolver.info is not None:
        reserved[resolver.info] = info
    if converted:
        passed.append(converted)
    passed += [f"{name}={value}" for name, value in reserved.items()]
    called = resolver.call if resolver.read is None else resolver.read.key
    return before, f"{names.bind(called)}({', '.join(passed)})"


def _asynchronous(
    field: Field, names: Names, shape: str, before: list[str], call: str, failed: list[str]
) -> list[str]:
    key = repr(field.key)
    resolver = field.resolver
    jobs = "jobs" if resolver is not None and resolver.is_direct else "others"
    wait = f"x.{{}}.append(({{}}, {shape}, d, {key}, (p, {key})))"
    # What graphql-core makes of the arguments fails at once; what Strawberry does, where it is awaited.
    started = [f"d[{key}] = None", "try:", f"    c = {call}", "except Exception as e:"]
    if resolver is not None and resolver.read is not None:
        started += [
            "    " + wait.format("jobs", "refuse(e)"),
            "else:",
            f"    x.reads[{shape}].append((c, d, p))",
        ]
    else:
        started += ["    c = refuse(e)", wait.format(jobs, "c")]
    if not before:
        return started
    before, started = (["    " + line for line in lines] for lines in (before, started))
    return ["try:", *before, *failed, "else:", *started]
