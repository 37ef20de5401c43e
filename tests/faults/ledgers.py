"""The simulators' ledgers as bookings: what each system has really committed, and for whom.

A system knows a resident by a pseudonym, or by the number that he has there. Both can be computed by whoever
minted the residents' tokens, so that what a resident was told is held against a ledger without asking the
gateway, whose own word on it is what is to be checked.
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
    client: str
    """The resident, as the source knows him."""
    reference: str
    """Ours, under which the system took it."""
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
            found.append(_MADE[kind](entry))
        elif kind in _CANCELLED and (reference := _CANCELLED[kind](entry)):
            for number, commit in enumerate(found):
                if (commit.source, commit.reference) == (source, reference) and not commit.cancelled:
                    found[number] = msgspec.structs.replace(commit, cancelled=True)
                    break
    return found


def _referral(entry: Entry) -> Commit:
    return Commit(
        source=entry["simulator"],
        client=entry.get("client", ""),
        reference=entry["reference"],
        place=f"{entry['service_id']}/{entry['capacity_id']}",
        party=entry.get("quantity", 1),
    )


def _application(entry: Entry) -> Commit:
    return Commit(
        source=entry["simulator"],
        client=entry["client"],
        reference=entry["client_reference"],
        place=entry["mission_id"],
    )


def _order(entry: Entry) -> Commit:
    return Commit(
        source=entry["simulator"],
        client=entry["client"].partition("@")[0],  # a relay's address, made of the pseudonym
        reference=entry["uuid"],
        place=entry["items"][0],
        party=len(entry["items"]),
    )


def _right(entry: Entry) -> Commit:
    content = entry["content"]
    return Commit(
        source=entry["simulator"],
        client=content["rightHolder"]["credentials"][0]["identifier"]["id"],
        reference=content["id"],
        place=content["rightSpecification"]["id"],
    )


def _appointment(entry: Entry) -> Commit:
    return Commit(
        source=entry["simulator"],
        client=entry["client"][0],
        reference=entry["identifier"][0],
        place=entry["slot"][0],
    )


def _no_longer(entry: Entry) -> str:
    return str(entry["identifier"][0]) if entry["status"] == "cancelled" else ""


_MADE: dict[str, Callable[[Entry], Commit]] = {
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
