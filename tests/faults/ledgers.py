"""The simulators' ledgers as bookings: what each system has really committed, under which reference.

A reference is ours: the UUID that the gateway gave the system with the order. A booking's global id holds it,
so that what a resident was told can be found in a ledger without asking the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from schema.core.ids import decode_id

Entry = Mapping[str, Any]


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One booking that a system has made; made twice it is two of them, under one reference or another."""

    source: str
    reference: str
    place: str
    """What was booked, in the system's own words: comparable with `place_of` a slot's id."""
    party: int = 1
    cancelled: bool = False


def commits(entries: Iterable[Entry]) -> list[Commit]:
    """Read ledgers (`GET /_control/ledger/*`) in the order of their entries.

    A cancellation takes the oldest booking of its reference that stands. Entries that are no booking and no
    cancellation (a promotion from a waiting list, a case) are nothing here.
    """
    found: list[Commit] = []
    for entry in entries:
        source, kind = entry["simulator"], entry["kind"]
        if kind in _MADE:
            reference, place, party = _MADE[kind](entry)
            found.append(Commit(source=source, reference=reference, place=place, party=party))
        elif kind in _CANCELLED and (reference := _CANCELLED[kind](entry)):
            for number, commit in enumerate(found):
                if (commit.source, commit.reference) == (source, reference) and not commit.cancelled:
                    found[number] = msgspec.structs.replace(commit, cancelled=True)
                    break
    return found


def _referral(entry: Entry) -> tuple[str, str, int]:
    return entry["reference"], f"{entry['service_id']}/{entry['capacity_id']}", entry.get("quantity", 1)


def _application(entry: Entry) -> tuple[str, str, int]:
    return entry["client_reference"], entry["mission_id"], 1


def _order(entry: Entry) -> tuple[str, str, int]:
    return entry["uuid"], entry["items"][0], len(entry["items"])


def _right(entry: Entry) -> tuple[str, str, int]:
    return entry["content"]["id"], entry["content"]["rightSpecification"]["id"], 1


def _appointment(entry: Entry) -> tuple[str, str, int]:
    return entry["identifier"][0], entry["slot"][0], 1


def _no_longer(entry: Entry) -> str:
    return str(entry["identifier"][0]) if entry["status"] == "cancelled" else ""


_MADE: dict[str, Callable[[Entry], tuple[str, str, int]]] = {
    "referral.created": _referral,
    "application.made": _application,
    "order.created": _order,
    "assignedRight.created": _right,
    "appointment.created": _appointment,
}
_CANCELLED: dict[str, Callable[[Entry], str]] = {
    "referral.cancelled": lambda entry: str(entry["reference"]),
    "application.cancelled": lambda entry: str(entry["client_reference"]),
    "order.cancelled": lambda entry: str(entry["uuid"]),
    "assignedRight.deleted": lambda entry: str(entry["id"]),
    "appointment.updated": _no_longer,
}


def source_of(slot: str) -> str:
    """The source of a slot's global id."""
    return decode_id(slot)[1].source


def place_of(slot: str) -> str:
    """What a ledger calls the slot of a global id."""
    kind, ref = decode_id(slot)
    return _PLACES.get(kind, str)(ref.id)


_PLACES: dict[str, Callable[[str], str]] = {
    "volunteer-mission": lambda local: local.partition(":")[0],
    "parking-right": lambda local: unquote(local.split("/")[1]),
}
