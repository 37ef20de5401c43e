"""Selection: a connector's Selection as SQL, its values bound.

A key without a value is NULL: it meets no condition, and comes first where it is what is ordered by.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from string import Template
from typing import Any, TypeAlias

import apsw

from connectors.kit import Key, Selection
from gateway.replica.layout import TableSql

Query: TypeAlias = tuple[str, Sequence[Any]]
"""A statement and what is bound to it."""

_SELECT = "SELECT id, data FROM $items WHERE $conditions ORDER BY $order LIMIT ?"
_COUNT = "SELECT count(*) FROM $items WHERE $conditions"
_BEYOND_NUMBERS = ""
"""The least text, and every text is above every number."""
_NO_LIMIT = -1
_INT64 = range(-(2**63), 2**63)


def by_ids(table: TableSql, ids: Collection[str]) -> Query:
    """Find items by id; there must be one at least."""
    if len(ids) == 1:
        return table.one, tuple(ids)
    return table.some, (apsw.carray(tuple(ids)),)


def select(table: TableSql, selection: Selection) -> Query | None:
    """Give the items selected, in order; None where nothing can meet the conditions."""
    conditions = _conditions(table, selection)
    if conditions is None or (selection.limit is not None and selection.limit <= 0):
        return None
    texts, values = conditions
    column = _column(table, selection.order_by)
    if selection.after is not None:
        text, after = _later(column, *selection.after)
        texts, values = [*texts, text], [*values, *after]
    sql = Template(_SELECT).substitute(
        items=table.items,
        conditions=" AND ".join(texts) or "1",
        order="id" if column == "id" else f"{column}, id",
    )
    return sql, (*values, _NO_LIMIT if selection.limit is None else selection.limit)


def count(table: TableSql, selection: Selection) -> Query | None:
    """Count the items that meet the conditions; None where nothing can."""
    conditions = _conditions(table, selection)
    if conditions is None:
        return None
    texts, values = conditions
    return Template(_COUNT).substitute(items=table.items, conditions=" AND ".join(texts) or "1"), values


def _column(table: TableSql, key: str) -> str:
    column = table.columns.get(key)
    if column is None:
        raise ValueError(f"{table.items} has no key {key!r}")
    return column


def _conditions(table: TableSql, selection: Selection) -> tuple[list[str], list[Any]] | None:
    texts: list[str] = []
    values: list[Any] = []
    for key, wanted in selection.equal.items():
        column = _column(table, key)
        arrays = _arrays(wanted)
        if not arrays:
            return None
        if len(arrays) == 1 and len(arrays[0]) == 1:
            texts.append(f"{column} = ?")
            values.append(arrays[0][0])
        else:
            texts.append("(" + " OR ".join(f"{column} IN carray(?)" for _ in arrays) + ")")
            values.extend(map(apsw.carray, arrays))
    for key, (low, high) in selection.between.items():
        column = _column(table, key)
        if low is not None:
            texts.append(f"{column} >= ?")
            values.append(low)
        if low is not None or high is not None:
            texts.append(f"{column} < ?")
            values.append(_BEYOND_NUMBERS if high is None else high)
    return texts, values


def _arrays(wanted: Collection[Key]) -> list[Any]:
    """Sort the values by their type, which SQLite takes arrays of; what no item can have is left out."""
    texts = tuple(value for value in wanted if isinstance(value, str))
    wholes = [value for value in wanted if isinstance(value, int) and value in _INT64]
    reals = [value for value in wanted if isinstance(value, float)]
    return [values for values in (texts, array("q", wholes), array("d", reals)) if values]


def _later(column: str, value: Key, id_: str) -> tuple[str, list[Any]]:
    if column == "id":
        return "id > ?", [id_]
    if value is None:
        return f"({column} IS NOT NULL OR id > ?)", [id_]
    return f"({column}, id) > (?, ?)", [value, id_]
