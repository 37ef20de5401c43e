"""Reporting: what a gateway asks of a connector whose system takes residents' reports, and what it is told.

A report becomes a case of the system's; a case is supported, rated and reopened by whoever it concerns.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schema.core.record import Position, Ref


class Answer(msgspec.Struct, frozen=True):
    """What was answered to one of a category's questions."""

    code: str
    values: tuple[str, ...]
    """One for each answer chosen, by its key; else the text alone."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody reports, the same in every attempt to hand it in."""

    reference: str
    """Ours: a UUID (RFC 9562), from which nobody learns who reports."""
    category: Ref
    description: str
    position: Position
    """WGS-84."""
    address: str | None = None
    photos: tuple[str, ...] = ()
    """Addresses from which the system can fetch them."""
    answers: tuple[Answer, ...] = ()
    account: str | None
    """Who reports, as this source may know it: 32 hexadecimal digits, others at every other source. None for
    an anonymous report: then nothing that is handed in is of the person's."""
    made: datetime
    """When the resident made it, +08:00."""


class CaseAct(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does about a case, the same in every attempt to carry it out."""

    reference: str
    case: Ref
    account: str
    """Who does it, as in `Report`."""
    score: int | None = None
    """Of a rating: 1 (bad) to 5 (good)."""
    words: str | None = None
    """Of a rating the comment, of a reopening the reason."""


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A report that the system has taken: its case, or a token for it where that comes later."""

    case: str | None = None
    token: str | None = None


class CaseRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a system that takes reports does not say anywhere else."""

    reopen_days: int
    """For how many days after it was closed a case can be reopened."""
