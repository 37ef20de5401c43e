"""The ledger: every command from before it is carried out until its retention ends.

Each function is a unit of the database (`gateway.commands.database`): it runs on one connection, within a
transaction that others may share, and does the same when it is run again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.commands.command import OPEN, Command, Kind, State
from gateway.commands.tables import COMMANDS, REPLICAS
from schema.core.booking import Refusal

_FIELDS = Command.__struct_fields__
_SELECT = select(*(COMMANDS.c[name] for name in _FIELDS))
_BY_ID = _SELECT.where(COMMANDS.c.id == bindparam("wanted"))
_BY_KEY = _SELECT.where(COMMANDS.c.resident == bindparam("by"), COMMANDS.c.key == bindparam("wanted"))


def insert(connection: Connection, table: Any) -> Any:
    """Give an INSERT that can say what happens on a conflict, in the words of either database."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def command_of(row: Row[Any]) -> Command:
    """Turn a row into a command."""
    values = row._asdict()
    reason = values["reason"]
    return Command(
        **values
        | {
            "kind": Kind(values["kind"]),
            "state": State(values["state"]),
            "reason": None if reason is None else Refusal(reason),
        }
    )


def find(connection: Connection, id_: str) -> Command | None:
    """Give a command by its receipt."""
    row = connection.execute(_BY_ID, {"wanted": id_}).one_or_none()
    return None if row is None else command_of(row)


def find_by_key(connection: Connection, resident: str, key: str) -> Command | None:
    """Give the command for which a resident has used a key."""
    row = connection.execute(_BY_KEY, {"by": resident, "wanted": key}).one_or_none()
    return None if row is None else command_of(row)


def lock_resident(connection: Connection, resident: str) -> None:
    """Let nobody else take in a command of this resident's until the transaction ends.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:resident, 0))"), {"resident": resident}
        )


def add(connection: Connection, command: Command, settled_at: float | None = None) -> None:
    """Keep a new command."""
    values = msgspec.to_builtins(command) | {"settled_at": settled_at}
    connection.execute(COMMANDS.insert(), values)


def mark_sent(connection: Connection, id_: str, owner: str, now: float) -> bool:
    """Note that an attempt begins; False where another has, or it is settled."""
    result = connection.execute(
        update(COMMANDS)
        .where(COMMANDS.c.id == id_, COMMANDS.c.state == State.ACCEPTED.value)
        .values(state=State.SENT.value, attempts=COMMANDS.c.attempts + 1, owner=owner, sent_at=now)
    )
    return result.rowcount == 1


def put_back(connection: Connection, id_: str) -> None:
    """Note that what was sent has certainly not been done."""
    connection.execute(
        update(COMMANDS)
        .where(COMMANDS.c.id == id_, COMMANDS.c.state.in_((State.SENT.value, State.UNKNOWN.value)))
        .values(state=State.ACCEPTED.value)
    )


def mark_unknown(connection: Connection, id_: str) -> None:
    """Note that nobody knows what became of what was sent."""
    connection.execute(
        update(COMMANDS)
        .where(COMMANDS.c.id == id_, COMMANDS.c.state == State.SENT.value)
        .values(state=State.UNKNOWN.value)
    )


def settle(
    connection: Connection,
    id_: str,
    state: State,
    now: float,
    *,
    reason: Refusal | None = None,
    outcome: str | None = None,
    among: Collection[State] = OPEN,
) -> bool:
    """Note the end of a command; False where it has ended already, or is in another state than those."""
    result = connection.execute(
        update(COMMANDS)
        .where(COMMANDS.c.id == id_, COMMANDS.c.state.in_([one.value for one in among]))
        .values(
            state=state.value,
            reason=None if reason is None else reason.value,
            outcome=outcome,
            settled_at=now,
        )
    )
    return result.rowcount == 1


def refuse(connection: Connection, ids: Sequence[str], reason: Refusal, now: float) -> Sequence[str]:
    """End many that have certainly not been done; gives those that were not ended or sent before."""
    rows = connection.execute(
        update(COMMANDS)
        .where(COMMANDS.c.id.in_(ids), COMMANDS.c.state == State.ACCEPTED.value)
        .values(state=State.REJECTED.value, reason=reason.value, settled_at=now)
        .returning(COMMANDS.c.id)
    )
    return [row.id for row in rows]


def open_of(connection: Connection, owner: str) -> Sequence[Command]:
    """Give a replica's commands that are not settled, in the order in which they were taken in."""
    rows = connection.execute(
        _SELECT.where(COMMANDS.c.settled_at.is_(None), COMMANDS.c.owner == owner).order_by(COMMANDS.c.seq)
    )
    return [command_of(row) for row in rows]


def settled_since(connection: Connection, since: float, but: str) -> Sequence[Command]:
    """Give the commands that others than one replica have carried out from an instant on."""
    rows = connection.execute(
        _SELECT.where(
            COMMANDS.c.settled_at >= since,
            COMMANDS.c.owner != but,
            COMMANDS.c.state == State.CONFIRMED.value,
        )
    )
    return [command_of(row) for row in rows]


def settled_between(connection: Connection, since: float, before: float) -> Sequence[str]:
    """Give the receipts of the commands that ended in a span of time."""
    rows = connection.execute(
        select(COMMANDS.c.id).where(COMMANDS.c.settled_at >= since, COMMANDS.c.settled_at < before)
    )
    return [row.id for row in rows]


def overdue(connection: Connection, now: float, owner: str) -> Sequence[Command]:
    """Give a replica's commands that have not been sent and may not be any more."""
    rows = connection.execute(
        _SELECT.where(
            COMMANDS.c.settled_at.is_(None),
            COMMANDS.c.owner == owner,
            COMMANDS.c.state == State.ACCEPTED.value,
            COMMANDS.c.until < now,
        )
    )
    return [command_of(row) for row in rows]


def beat(connection: Connection, replica: str, now: float) -> int:
    """Note that a replica lives; gives how many others do, or did not long ago."""
    statement = insert(connection, REPLICAS).values(id=replica, seen_at=now)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": statement.excluded.seen_at})
    )
    return int(connection.execute(text("SELECT count(*) FROM replicas")).scalar_one()) - 1


def take_over(connection: Connection, replica: str, silent_since: float) -> Sequence[str]:
    """Make the open commands of replicas that have fallen silent one's own; gives those replicas' ids."""
    dead = [
        row.id for row in connection.execute(select(REPLICAS.c.id).where(REPLICAS.c.seen_at < silent_since))
    ]
    taken = []
    for one in dead:
        gone = connection.execute(
            REPLICAS.delete().where(REPLICAS.c.id == one, REPLICAS.c.seen_at < silent_since)
        )
        if gone.rowcount == 1:
            connection.execute(
                update(COMMANDS)
                .where(COMMANDS.c.settled_at.is_(None), COMMANDS.c.owner == one)
                .values(owner=replica)
            )
            taken.append(one)
    return taken


def forget_before(connection: Connection, instant: float) -> None:
    """Delete the commands that ended before an instant."""
    connection.execute(COMMANDS.delete().where(COMMANDS.c.settled_at < instant))
