"""The checker, over histories made by hand: each kind of fault is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pytest

from tests.faults.checker import Finding, Kind, Verdict, check
from tests.faults.history import Asked, Event, Line, Told
from tests.faults.ledgers import Commit


def asked(key: str, at: float = 1, slot: str = "hostels/bed", cancels: str | None = None) -> Line:
    """A resident of the key's own asks."""
    return Asked(key=key, resident=key, slot=slot, cancels=cancels, at=at)


def told(key: str, status: str, at: float = 2, booking: str | None = None, attempts: int = 1) -> Line:
    """An answer; the booking of key `a` is `A` unless another is named."""
    return Told(key=key, status=status, booking=booking or key.upper(), attempts=attempts, at=at)


def event(what: Literal["killed", "down", "back", "end"], whom: str, at: float) -> Line:
    """Something that the run did."""
    return Event(what=what, whom=whom, at=at)


def made(reference: str, place: str = "bed", *, cancelled: bool = False, client: str | None = None) -> Commit:
    """What the hostels' ledger has; `A` is for the resident of key `a` unless another is named."""
    client = reference.lower() if client is None else client
    return Commit(source="hostels", client=client, reference=reference, place=place, cancelled=cancelled)


def verdict(
    lines: Sequence[Line],
    commits: Sequence[Commit] = (),
    places: Mapping[tuple[str, str], int] | None = None,
) -> Verdict:
    """The checker's, where a resident is known everywhere by the same name and a slot is `source/place`."""
    return check(
        lines,
        commits,
        client=lambda asked: asked.resident,
        source=lambda slot: slot.partition("/")[0],
        place=lambda slot: slot.partition("/")[2],
        places=places,
    )


def found(
    lines: Sequence[Line],
    commits: Sequence[Commit] = (),
    places: Mapping[tuple[str, str], int] | None = None,
) -> list[tuple[Kind, str]]:
    """What is wrong."""
    return [(finding.kind, finding.what) for finding in verdict(lines, commits, places).findings]


def test_a_run_in_which_all_is_well_has_no_finding() -> None:
    """Confirmed, refused, waited for, cancelled, asked twice: all of it as the ledgers have it."""
    lines = [
        asked("a"),
        told("a", "CONFIRMED", attempts=3),
        asked("b"),
        told("b", "PENDING"),
        asked("c"),
        told("c", "REJECTED"),
        told("b", "CONFIRMED", at=9),
        asked("d"),
        told("d", "WAITLISTED"),
        told("d", "CONFIRMED", at=8),
        asked("e"),
        told("e", "CONFIRMED"),
        asked("-e", cancels="e"),
        told("-e", "CANCELLED", attempts=2),
        asked("f"),
        told("f", "BAD_USER_INPUT", booking=""),
        event("killed", "gateway 1", 3),
        event("killed", "gateway 1", 4),
    ]
    commits = [made("A"), made("B"), made("D"), made("E", cancelled=True)]
    assert verdict(lines, commits, {("hostels", "bed"): 3}) == Verdict(
        findings=(),
        asked=6,
        outcomes={"CONFIRMED": 4, "REJECTED": 1, "BAD_USER_INPUT": 1},
        committed=4,
        retried=2,
        killed=2,
        longest_s=0,
    )


@pytest.mark.parametrize("status", ["CONFIRMED", "WAITLISTED"])
def test_a_booking_that_the_system_lacks_is_lost(status: str) -> None:
    """What was told is held by nobody."""
    assert found([asked("a"), told("a", status)]) == [(Kind.LOST, "a")]


def test_a_wish_that_is_booked_twice_is_doubled() -> None:
    """Under one reference or two; also where one has been cancelled: nobody had asked for two."""
    lines = [asked("a"), told("a", "CONFIRMED")]
    assert found(lines, [made("A"), made("A")]) == [(Kind.DOUBLED, "a")]
    assert found(lines, [made("A"), made("B", client="a")]) == [(Kind.DOUBLED, "a")]
    assert (Kind.DOUBLED, "a") in found(lines, [made("A", cancelled=True), made("A")])


def test_a_refusal_of_what_is_booked_is_found() -> None:
    """Told REJECTED, or an error's code, while a place is taken."""
    for status in ("REJECTED", "SOURCE_UNAVAILABLE"):
        lines = [asked("a"), told("a", status)]
        assert found(lines, [made("A")]) == [(Kind.NOT_BOOKED_FOR, "a")]


def test_a_booking_that_nobody_asked_for_is_found() -> None:
    """For somebody who has never asked, or never asked that source."""
    lines = [asked("a"), told("a", "CONFIRMED"), asked("b", slot="inns/bed")]
    assert found(lines, [made("A"), made("B"), made("C")]) == [
        (Kind.NEVER_ASKED, "hostels/B"),
        (Kind.NEVER_ASKED, "hostels/C"),
        (Kind.UNANSWERED, "b"),
    ]


def test_a_resident_who_books_twice_at_a_source_is_a_fault_of_the_run() -> None:
    """Whose booking is which would not be known."""
    with pytest.raises(ValueError, match="asks for more than one booking at a source"):
        verdict([asked("a"), Asked(key="a2", resident="a", slot="hostels/cot")])


def test_a_wish_that_was_never_settled_is_found() -> None:
    """Still PENDING at the end, or with no answer at all; a cancellation likewise."""
    lines = [asked("a"), told("a", "PENDING"), asked("b")]
    assert found(lines, [made("A")]) == [(Kind.UNKNOWN, "a"), (Kind.UNANSWERED, "b")]
    lines = [asked("a"), told("a", "CONFIRMED"), asked("-a", cancels="a")]
    assert found(lines, [made("A")]) == [(Kind.UNANSWERED, "-a")]
    assert found([*lines, told("-a", "PENDING")], [made("A")]) == [(Kind.UNKNOWN, "-a")]


def test_more_people_than_places_are_found() -> None:
    """Those that were cancelled take no place."""
    lines: list[Line] = []
    for key in "abc":
        lines += [asked(key), told(key, "CONFIRMED")]
    commits = [made("A"), made("B"), made("C")]
    assert found(lines, commits, {("hostels", "bed"): 3}) == []
    assert found(lines, commits, {("hostels", "bed"): 2}) == [(Kind.OVERSOLD, "hostels/bed")]
    lines += [asked("-c", cancels="c"), told("-c", "CANCELLED")]
    assert found(lines, [*commits[:2], made("C", cancelled=True)], {("hostels", "bed"): 2}) == []


def test_a_booking_of_something_else_is_found() -> None:
    """Another slot, or another source, than was asked for."""
    lines = [asked("a"), told("a", "CONFIRMED")]
    assert found(lines, [made("A", "cot")]) == [(Kind.ELSEWHERE, "a")]
    assert found([asked("a", slot="inns/bed"), told("a", "CONFIRMED")], [made("A")]) == [
        (Kind.NEVER_ASKED, "hostels/A"),
        (Kind.LOST, "a"),
    ]


def test_cancellations_are_held_against_the_ledger() -> None:
    """Told cancelled and still booked; cancelled unasked; told that it is too late, and cancelled."""
    lines = [asked("a"), told("a", "CONFIRMED")]
    asks = asked("-a", cancels="a")
    assert found([*lines, asks, told("-a", "CANCELLED")], [made("A")]) == [(Kind.STILL_BOOKED, "a")]
    assert found(lines, [made("A", cancelled=True)]) == [(Kind.CANCELLED_UNASKED, "a")]
    assert found([*lines, asks, told("-a", "REJECTED")], [made("A", cancelled=True)]) == [
        (Kind.CANCELLED_UNASKED, "a")
    ]
    assert found([*lines, asks, told("-a", "REJECTED")], [made("A")]) == []
    assert found([*lines, told("a", "CANCELLED")], [made("A")]) == [(Kind.STILL_BOOKED, "a")]


@pytest.mark.parametrize(
    "statuses",
    [
        ("CONFIRMED", "REJECTED"),
        ("REJECTED", "CONFIRMED"),
        ("CONFIRMED", "PENDING"),
        ("CONFIRMED", "WAITLISTED"),
    ],
)
def test_what_is_taken_back_is_found(statuses: Sequence[str]) -> None:
    """One key told one thing, and later another that does not follow."""
    lines = [asked("a"), *(told("a", status, at=2 + n) for n, status in enumerate(statuses))]
    assert (Kind.CONTRADICTED, "a") in found(lines, [made("A")])


def test_a_key_has_one_booking_and_a_booking_one_key() -> None:
    """Two ids told for one key; one id told for two keys."""
    lines = [asked("a"), told("a", "PENDING", booking="A1"), told("a", "CONFIRMED", booking="A2")]
    assert found(lines, [made("A")]) == [(Kind.TWO_ANSWERS, "a")]
    lines = [asked("a"), told("a", "CONFIRMED"), asked("b"), told("b", "CONFIRMED", booking="A")]
    assert found(lines, [made("A"), made("B")]) == [(Kind.SHARED, "b")]


def test_what_settles_too_late_after_a_return_is_found() -> None:
    """Sixty seconds from the return of its own source, for what was asked before and not settled then."""
    back = event("back", "hostels", 100)

    def settling(at: float, since: float = 1) -> Verdict:
        lines = [asked("a", at=since), told("a", "PENDING", at=2), back, told("a", "CONFIRMED", at=at)]
        return verdict(lines, [made("A")])

    assert (settling(160).findings, settling(160).longest_s) == ((), 60)
    assert settling(161).findings == (Finding(Kind.LATE, "a"),)
    assert (settling(99).findings, settling(99).longest_s) == ((), 0)
    assert settling(300, since=101).findings == ()


def test_a_return_that_does_not_last_counts_for_nothing() -> None:
    """Down again within the minute: the time runs from the return that lasts, and from no other source's."""
    lines = [
        asked("a"),
        told("a", "PENDING"),
        event("back", "hostels", 100),
        event("down", "hostels", 130),
        event("back", "inns", 131),
        event("back", "*", 200),
        told("a", "CONFIRMED", at=230),
    ]
    assert (verdict(lines, [made("A")]).findings, verdict(lines, [made("A")]).longest_s) == ((), 30)
