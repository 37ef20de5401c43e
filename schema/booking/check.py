"""Check: what the graph can say of a wish without asking the source to book."""

from __future__ import annotations

import re
from datetime import date, datetime

from schema.core.booking import Refusal
from schema.core.errors import InvalidInput
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord
from schema.core.viewer import Viewer

MOST_PEOPLE = 50
LONGEST_NOTE = 500
_KEY = re.compile(r"[A-Za-z0-9._:~-]{8,100}")
_FOR_OTHERS = (Scenario.CLASSES, Scenario.CHILDCARE, Scenario.ELDERCARE)
"""What is booked for somebody else than who books: a child, a parent."""


def check_key(key: str) -> str:
    """Give an idempotency key; InvalidInput where it is not one."""
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "An idempotency key is 8 to 100 letters, digits or any of . _ : ~ -, such as a UUID of your own."
        )
    return key


def check_party(party: int) -> int:
    """Give for how many people; InvalidInput where it is absurd."""
    if not 1 <= party <= MOST_PEOPLE:
        raise InvalidInput(f"A booking is for 1 to {MOST_PEOPLE} people.")
    return party


def check_note(note: str | None) -> str | None:
    """Give a note, None for an empty one; InvalidInput where it is too long or no text."""
    if note is None or not (note := note.strip()):
        return None
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"A note has at most {LONGEST_NOTE} characters.")
    if not all(character.isprintable() or character == "\n" for character in note):
        raise InvalidInput("A note is plain text.")
    return note


def refusal_of(
    slot: SlotRecord, viewer: Viewer, now: datetime, *, party: int, waitlist: bool
) -> Refusal | None:
    """Say why a slot cannot be booked; None where it has a chance."""
    if not slot.offered:
        return Refusal.NOT_OFFERED
    if slot.book_from is not None and now < slot.book_from:
        return Refusal.TOO_EARLY
    if _too_young_or_old(slot, viewer, now):
        return Refusal.NOT_ELIGIBLE
    if slot.places_total is not None and slot.counts_places and party > slot.places_total:
        return Refusal.NOT_POSSIBLE
    if slot.bookable_at(now):
        scarce = slot.counts_places and slot.places_left is not None and slot.places_left < party
        return Refusal.FULL if scarce and not waitlist else None
    if slot.places_left == 0 and (slot.last_call is None or now < slot.last_call):
        return None if waitlist else Refusal.FULL
    return Refusal.TOO_LATE


def _too_young_or_old(slot: SlotRecord, viewer: Viewer, now: datetime) -> bool:
    """Whether the ages of who may have it leave the viewer out; no where that is not known."""
    if viewer.born is None or slot.eligibility is None or slot.scenario in _FOR_OTHERS:
        return False
    age = _years(viewer.born, (slot.start or now).date())
    youngest, oldest = slot.eligibility.minimum_age, slot.eligibility.maximum_age
    return (youngest is not None and age < youngest) or (oldest is not None and age >= oldest + 1)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
