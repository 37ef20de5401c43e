"""Commands as the ledger keeps them: what is to be done, for whom, and how far it has come."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from schema.core.booking import Refusal

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it is taken for something else when it is read aloud."""


class State(StrEnum):
    """How far a command has come. ACCEPTED → SENT → CONFIRMED | REJECTED | UNKNOWN.

    ACCEPTED: kept, and certainly not done: it has not been sent, or what was sent did not arrive. SENT: an
    attempt is under way, or died with its process. UNKNOWN: sent, and nobody has said what became of it; the
    system is asked by our reference until it does.
    """

    ACCEPTED = "ACCEPTED"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"


OPEN = (State.ACCEPTED, State.SENT, State.UNKNOWN)
SETTLED = (State.CONFIRMED, State.REJECTED)


class Kind(StrEnum):
    """What is to be done."""

    BOOK = "BOOK"
    CANCEL = "CANCEL"
    REPORT = "REPORT"
    SUPPORT = "SUPPORT"
    RATE = "RATE"
    REOPEN = "REOPEN"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command. Instants of timing are seconds of the system's clock since 1970."""

    id: str
    """The receipt: what the resident is told before any system is."""
    kind: Kind
    resident: str
    key: str
    """The resident's idempotency key; the gateway's own begin with `#`, which no resident's may."""
    fingerprint: str
    source: str
    lane: str
    """Commands of one lane are carried out one after the other, first come first served."""
    subject: str
    """What it is about: a booking's id, or a report's."""
    payload: str
    """What is to be done, as JSON."""
    reference: str
    """The UUID by which the system knows it."""
    state: State = State.ACCEPTED
    attempts: int = 0
    owner: str = ""
    """The replica that carries it out."""
    reason: Refusal | None = None
    outcome: str | None = None
    """What the system gave, as JSON."""
    until: float
    """After this it is not sent any more."""
    sent_at: float | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more will change."""
        return self.state in SETTLED


def make_receipt(now: datetime) -> str:
    """Give a new receipt number: the day, and ten characters that nobody can guess."""
    return f"{now:%Y%m%d}-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def encode(value: Any) -> str:
    """Write a struct as the ledger keeps it."""
    return msgspec.json.encode(value).decode()
