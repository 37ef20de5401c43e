"""Layout: the SQL of a source's tables, made only of names that have been checked.

Keys stand before the data, so that a row that meets no condition is passed over without reading its data.
Each key's index goes on with the id: it finds, orders with ties by id and continues after a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

from connectors.kit import Feed, Key, Table

FORMAT = 1
"""To be raised with any change of what is below: a copy of another format is begun anew."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

FEEDS = """CREATE TABLE IF NOT EXISTS feeds (
  name TEXT PRIMARY KEY NOT NULL,
  cursor TEXT,
  generation INTEGER NOT NULL,
  since INTEGER NOT NULL,
  sweeping INTEGER NOT NULL,
  read_at REAL,
  ended_at REAL,
  swept_at REAL
) STRICT"""

_ITEMS = """CREATE TABLE IF NOT EXISTS $items (
  id TEXT PRIMARY KEY NOT NULL,
  version INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  $declared
  data BLOB NOT NULL
) STRICT"""
_GENERATIONS = "CREATE INDEX IF NOT EXISTS ${items}_generation ON $items (generation)"
_KEY = "CREATE INDEX IF NOT EXISTS ${items}_by_$column ON $items ($column, id)"
_GONE = """CREATE TABLE IF NOT EXISTS $gone (
  id TEXT PRIMARY KEY NOT NULL,
  version INTEGER NOT NULL,
  at REAL NOT NULL
) STRICT, WITHOUT ROWID"""
_GONE_AT = "CREATE INDEX IF NOT EXISTS ${gone}_at ON $gone (at)"

_ONE = "SELECT id, data FROM $items WHERE id = ?"
_SOME = "SELECT id, data FROM $items WHERE id IN carray(?)"
# What a reading from the beginning tells again is not written again, but for its generation: see `seen`.
_UPSERT = """INSERT INTO $items (id, version, generation, $columns data)
SELECT ?1, ?2, ?3, $values ?5
WHERE NOT EXISTS (SELECT 1 FROM $gone WHERE id = ?1 AND version > ?2)
ON CONFLICT (id) DO UPDATE SET
  version = excluded.version, generation = excluded.generation, $sets data = excluded.data
WHERE (excluded.version >= version OR generation < ?4)
AND ($excluded excluded.version, excluded.data) IS NOT ($columns version, data)"""
_SEEN = "UPDATE $items SET generation = ?2 WHERE id = ?1 AND generation < ?2"
_UNBURY = "DELETE FROM $gone WHERE id = ?1 AND version <= ?2"
_REMOVE = "DELETE FROM $items WHERE id = ?1 AND (version <= ?2 OR generation < ?3)"
_BURY = """INSERT INTO $gone (id, version, at)
SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM $items WHERE id = ?1)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, at = excluded.at
WHERE excluded.version >= version"""
_SWEEP = """DELETE FROM $items WHERE rowid IN (
  SELECT rowid FROM $items WHERE generation < ?1 LIMIT ?2
)"""
_BURIED = "SELECT EXISTS (SELECT 1 FROM $gone)"
_FORGET = "DELETE FROM $gone"
_PRUNE = """DELETE FROM $gone WHERE at < ?1
OR at < (SELECT at FROM $gone ORDER BY at DESC LIMIT 1 OFFSET ?2)"""


@dataclass(frozen=True)
class TableSql:
    """One table's statements. Their parameters are numbered:

    `one` id; `some` an array of ids; `upsert` id, version, generation, since, data, *keys; `seen` id,
    generation; `unbury` id, version; `remove` id, version, since; `bury` id, version, at; `sweep`
    generation, at most so many; `prune` at, so many.
    """

    items: str
    columns: Mapping[str, str]
    """The column of each key, and of "id"."""
    keys: tuple[str, ...]
    create: tuple[str, ...]
    index: tuple[str, ...]
    """Makes the keys' indexes where they are not there yet."""
    one: str
    some: str
    upsert: str
    seen: str
    unbury: str
    remove: str
    bury: str
    buried: str
    forget: str
    sweep: str
    prune: str


def lay_out(feeds: Sequence[Feed]) -> Mapping[str, TableSql]:
    """Give every table's statements by its name; ValueError where a name will not do or comes twice."""
    names = [feed.name for feed in feeds]
    tables = [table for feed in feeds for table in feed.tables]
    for kind, given in (("feed", names), ("table", [table.name for table in tables])):
        if len(set(given)) < len(given):
            raise ValueError(f"a {kind} is named twice: {', '.join(given)}")
    return {table.name: _table(table) for table in tables}


def key_values(table: TableSql, keys: Mapping[str, Key]) -> tuple[Key, ...]:
    """Give an item's values in the order of the table's keys; ValueError for a key that it has not."""
    if not keys.keys() <= table.columns.keys() - {"id"}:
        raise ValueError("an item has a key that its table has not")
    return tuple(map(keys.get, table.keys))


def _table(table: Table) -> TableSql:
    for name in (table.name, *table.keys):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no lower-case identifier")
    if len(set(table.keys)) < len(table.keys) or "id" in table.keys:
        raise ValueError(f"table {table.name!r} names a key twice")
    columns = {key: f"key_{key}" for key in table.keys}
    names = {
        "items": f"items_{table.name}",
        "gone": f"gone_{table.name}",
        "declared": "".join(f"{column} ANY, " for column in columns.values()),
        "columns": "".join(f"{column}, " for column in columns.values()),
        "excluded": "".join(f"excluded.{column}, " for column in columns.values()),
        "values": "".join(f"?{number}, " for number in range(6, 6 + len(columns))),
        "sets": "".join(f"{column} = excluded.{column}, " for column in columns.values()),
    }

    def sql(template: str) -> str:
        return Template(template).substitute(names)

    return TableSql(
        items=names["items"],
        columns={**columns, "id": "id"},
        keys=table.keys,
        create=tuple(map(sql, (_ITEMS, _GENERATIONS, _GONE, _GONE_AT))),
        index=tuple(Template(_KEY).substitute(names, column=column) for column in columns.values()),
        one=sql(_ONE),
        some=sql(_SOME),
        upsert=sql(_UPSERT),
        seen=sql(_SEEN),
        unbury=sql(_UNBURY),
        remove=sql(_REMOVE),
        bury=sql(_BURY),
        buried=sql(_BURIED),
        forget=sql(_FORGET),
        sweep=sql(_SWEEP),
        prune=sql(_PRUNE),
    )
