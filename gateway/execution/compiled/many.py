"""Generated source: the function that completes a list in one loop, its objects being attributes and keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from gateway.execution.compiled.execution import Execution
from gateway.execution.compiled.graph import Graph
from gateway.execution.compiled.shape import Kind, Position, Shape
from gateway.execution.compiled.source import Names, compile_function, fast_expression, is_name, write_call

Many: TypeAlias = Callable[[Any, Position, Execution], list[Any] | None]
"""Completes a list's items at its position; None for items that it is not made for, all left as they were."""


def write_many(graph: Graph, of: Shape) -> Many | None:
    """Generate it, where all that is selected of the items are attributes and keyed reads."""
    if of.kind is not Kind.OBJECT:
        return None
    selection = of.selections[of.type]
    names = Names("k")
    before, reading, entries, asking, undoing = [], [], [], [], []
    for index, field in enumerate(selection.fields):
        read = field.resolver.read if field.resolver is not None else None
        if field.definition is None:
            entries.append(f"{field.key!r}: {selection.type.name!r}")
        elif read is not None and read.repeatable:
            first, call = write_call(field, names)
            if first:
                return None
            before += [f"r{index} = x.reads[{names.bind(field.shape)}]", f"n{index} = len(r{index})"]
            entries.append(f"{field.key!r}: None")
            asking.append(f"r{index}.append(({call}, d, (p, i)))")
            undoing.append(f"del r{index}[n{index}:]")
        elif field.attribute is not None and is_name(field.attribute):
            expression = fast_expression(graph, field.shape, names)
            if expression is None:
                return None
            reading.append(f"v{index} = o.{field.attribute}")
            entries.append(f"{field.key!r}: {expression(f'v{index}')}")
        else:
            return None
    each = [
        f"if o.__class__ not in {names.bind(graph.classes_of(of.type))}: bail()",
        *reading,
        f"d = {{{', '.join(entries)}}}",
        *asking,
        "append(d)",
        "i += 1",
    ]
    lines = [
        "def many(v, p, x):",
        *("    " + line for line in ("items = []", "append = items.append", "i = 0", *before)),
        "    try:",
        "        for o in v:",
        *("            " + line for line in each),
        "    except Exception:",
        *("        " + line for line in undoing),
        "        return None",
        "    return items",
    ]
    many: Many = compile_function("many", lines, names)
    return many
