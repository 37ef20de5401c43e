"""The checker: what residents were told, held against what the systems have committed.

Pure: it reads a history and ledgers, and asks nobody, least of all the gateway. A resident books once at a
source, so that a booking in its ledger is known by whom it is for. Whatever the two sides do not agree on is
a `Finding`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from tests.faults.history import Asked, Event, Line, Told
from tests.faults.ledgers import Commit

HELD = frozenset({"CONFIRMED", "WAITLISTED"})
CANCELLED = "CANCELLED"
PENDING = "PENDING"
SETTLES_WITHIN_S = 60.0
"""So long after its system is back a booking may still be unknown (issue 5)."""


class Kind(StrEnum):
    """What can be wrong."""

    LOST = "told that it is booked, and the system has no such booking"
    DOUBLED = "booked more than once"
    NOT_BOOKED_FOR = "told that it is refused, and the system has it booked"
    NEVER_ASKED = "booked, and nobody has asked for it"
    STILL_BOOKED = "told that it is cancelled, and the system has it booked"
    CANCELLED_UNASKED = "cancelled, and nobody has asked for it, or was told so"
    ELSEWHERE = "booked at another source, or another slot, or for another number of people"
    UNKNOWN = "never settled"
    UNANSWERED = "never answered"
    LATE = "settled too long after its system was back"
    CONTRADICTED = "told one thing, and later another that does not follow from it"
    TWO_ANSWERS = "one key, and more than one booking"
    SHARED = "one booking, and more than one key was told of it"
    OVERSOLD = "more people than places"


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong; `what` names the wish's key, else the source and what is there."""

    kind: Kind
    what: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    findings: tuple[Finding, ...]
    asked: int
    """Bookings asked for, one a key."""
    outcomes: Mapping[str, int]
    """How many of them ended as what."""
    committed: int
    """Bookings that the systems have made, those that were cancelled afterwards included."""
    retried: int
    """Wishes that were sent more than once until they were answered."""
    killed: int
    longest_s: float
    """The longest that a booking took to settle after its system was back, of those that were not before."""

    def count(self, *kinds: Kind) -> int:
        """How many findings are of these kinds."""
        return sum(finding.kind in kinds for finding in self.findings)


class _Wish(msgspec.Struct):
    """All that is known of one key."""

    asked: Asked
    told: list[Told]

    @property
    def status(self) -> str | None:
        """What was told last."""
        return self.told[-1].status if self.told else None

    @property
    def settled_at(self) -> float | None:
        """When it was first told for good."""
        return next((told.at for told in self.told if told.status != PENDING), None)


def check(
    history: Iterable[Line],
    committed: Sequence[Commit],
    *,
    client: Callable[[Asked], str],
    source: Callable[[str], str],
    place: Callable[[str], str],
    places: Mapping[tuple[str, str], int] | None = None,
    within_s: float = SETTLES_WITHIN_S,
) -> Verdict:
    """Compare.

    `client` gives whoever asks as the slot's source knows him; `source` and `place` where a slot's id leads;
    `places` how many were left at (source, place) before the run, where none but these take them. ValueError
    where a resident books twice at a source: whose booking is which would not be known.
    """
    lines = list(history)
    wishes = _wishes(lines)
    bookings = {key: wish for key, wish in wishes.items() if wish.asked.cancels is None}
    cancellations = {
        wish.asked.cancels: wish.status for wish in wishes.values() if wish.asked.cancels is not None
    }
    owners = _owners(bookings, client, source)
    by_key: dict[str, list[Commit]] = defaultdict(list)
    findings: list[Finding] = []
    for commit in committed:
        owner = owners.get((commit.source, commit.client))
        if owner is None:
            findings.append(Finding(Kind.NEVER_ASKED, f"{commit.source}/{commit.reference}"))
        else:
            by_key[owner].append(commit)
    told_of: dict[str, str] = {}
    for key, wish in wishes.items():
        kinds = list(_of_answers(wish))
        if wish.asked.cancels is None:
            at = source(wish.asked.slot), place(wish.asked.slot)
            kinds += _of_booking(wish, by_key[key], at, key in cancellations, cancellations.get(key))
            if any(told_of.setdefault(told.booking, key) != key for told in wish.told if told.booking):
                kinds.append(Kind.SHARED)
        findings += [Finding(kind, key) for kind in kinds]
    findings += _oversold(committed, places or {})
    late, longest = _late(lines, wishes, source, within_s)
    return Verdict(
        findings=(*findings, *late),
        asked=len(bookings),
        outcomes=Counter(wish.status or "UNANSWERED" for wish in bookings.values()),
        committed=len(committed),
        retried=sum(any(told.attempts > 1 for told in wish.told) for wish in wishes.values()),
        killed=sum(isinstance(line, Event) and line.what == "killed" for line in lines),
        longest_s=longest,
    )


def _wishes(lines: Iterable[Line]) -> dict[str, _Wish]:
    wishes: dict[str, _Wish] = {}
    for line in lines:
        match line:
            case Asked(key=key):
                wishes.setdefault(key, _Wish(line, []))
            case Told(key=key):
                wishes[key].told.append(line)
            case Event():
                pass
    return wishes


def _owners(
    bookings: Mapping[str, _Wish], client: Callable[[Asked], str], source: Callable[[str], str]
) -> dict[tuple[str, str], str]:
    owners: dict[tuple[str, str], str] = {}
    for key, wish in bookings.items():
        if owners.setdefault((source(wish.asked.slot), client(wish.asked)), key) != key:
            raise ValueError(f"{wish.asked.resident} asks for more than one booking at a source")
    return owners


def _of_answers(wish: _Wish) -> Iterable[Kind]:
    """Tell what is wrong with what was told, whatever the systems have committed."""
    if wish.status is None:
        yield Kind.UNANSWERED
    elif wish.status == PENDING:
        yield Kind.UNKNOWN
    for before, after in pairwise([told.status for told in wish.told]):
        follows = (
            before in (PENDING, after) or after == CANCELLED or (before, after) == ("WAITLISTED", "CONFIRMED")
        )
        if not follows:
            yield Kind.CONTRADICTED
    if len({told.booking for told in wish.told if told.booking}) > 1:
        yield Kind.TWO_ANSWERS


def _of_booking(
    wish: _Wish, its: Sequence[Commit], at: tuple[str, str], to_cancel: bool, cancellation: str | None
) -> Iterable[Kind]:
    """Compare what was told with what is committed; `cancellation` is what was told to that."""
    stands = any(not commit.cancelled for commit in its)
    if len(its) > 1:
        yield Kind.DOUBLED
    if any((commit.source, commit.place) != at for commit in its):
        yield Kind.ELSEWHERE
    if wish.status in HELD and not its:
        yield Kind.LOST
    if wish.status is not None and wish.status not in {*HELD, PENDING, CANCELLED} and stands:
        yield Kind.NOT_BOOKED_FOR
    if CANCELLED in (wish.status, cancellation) and stands:
        yield Kind.STILL_BOOKED
    unasked = not to_cancel or cancellation not in (None, PENDING, CANCELLED)
    if unasked and wish.status != CANCELLED and any(commit.cancelled for commit in its):
        yield Kind.CANCELLED_UNASKED


def _oversold(committed: Sequence[Commit], places: Mapping[tuple[str, str], int]) -> Iterable[Finding]:
    taken: Counter[tuple[str, str]] = Counter()
    for commit in committed:
        if not commit.cancelled:
            taken[commit.source, commit.place] += commit.party
    for where, left in places.items():
        if taken[where] > left:
            yield Finding(Kind.OVERSOLD, "/".join(where))


def _late(
    lines: Sequence[Line], wishes: Mapping[str, _Wish], source: Callable[[str], str], within_s: float
) -> tuple[list[Finding], float]:
    """Hold against each return of a source whatever was asked of it before and was not settled then."""
    late: list[Finding] = []
    longest = 0.0
    returns = _returns(lines, within_s)
    for key, wish in wishes.items():
        settled = wish.settled_at
        for back in [*returns[source(wish.asked.slot)], *returns["*"]]:
            if settled is not None and wish.asked.at < back < settled:
                longest = max(longest, settled - back)
                if settled - back > within_s:
                    late.append(Finding(Kind.LATE, key))
    return late, longest


def _returns(lines: Sequence[Line], within_s: float) -> dict[str, list[float]]:
    """Tell when each source came back to stay: one that is down again too soon does not count."""
    events = [line for line in lines if isinstance(line, Event)]
    returns: dict[str, list[float]] = defaultdict(list)
    for event in events:
        again = any(
            other.what == "down" and other.whom in (event.whom, "*") and 0 <= other.at - event.at < within_s
            for other in events
        )
        if event.what == "back" and not again:
            returns[event.whom].append(event.at)
    return returns
