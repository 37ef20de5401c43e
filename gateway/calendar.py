"""Calendar: a resident's bookings as iCalendar (RFC 5545), for the calendar of a phone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from schema.core.bookings import BookingRecord, BookingStatus

_STATUS = {
    BookingStatus.WAITLISTED: "TENTATIVE",
    BookingStatus.CONFIRMED: "CONFIRMED",
    BookingStatus.CANCELLING: "CONFIRMED",
    BookingStatus.CANCELLED: "CANCELLED",
}
"""By RFC 5545, section 3.8.1.11. What is being carried out is no appointment yet, and what was rejected never
was one."""
_RANK = {status: rank for rank, status in enumerate(dict.fromkeys(_STATUS.values()))}
_DOMAIN = "longgang-community-graph"
_NAME = "我的预约"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What a text must not hold (section 3.1, CONTROL); sources give titles."""


def calendar_of(bookings: Sequence[BookingRecord]) -> bytes:
    """Give the calendar of all bookings that are appointments: on a waiting list, booked or cancelled.

    An event keeps its UID, so that a calendar that is fetched again shows what has changed: a cancelled
    booking is told as cancelled (section 3.8.1.11), and later changes have a greater SEQUENCE. It has no
    METHOD, which would make it a message from an organizer (RFC 5546, section 3.2.1); hence DTSTAMP tells
    when an event was last changed (section 3.8.7.2), and the same bookings are the same bytes.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{_DOMAIN}//bookings//ZH")
    calendar.add("version", "2.0")
    # RFC 7986, section 5.1, and what phones read in its place.
    calendar.add("name", _NAME)
    calendar.add("x-wr-calname", _NAME)
    for booking in bookings:
        if booking.start is not None and booking.status in _STATUS:
            calendar.add_component(_event(booking, booking.start))
    written: bytes = calendar.to_ical()
    return written


def _event(booking: BookingRecord, start: datetime) -> Event:
    status = _STATUS[booking.status]
    event = Event()
    event.add("uid", f"{booking.receipt}@{_DOMAIN}")
    event.add("dtstamp", booking.changed_at.astimezone(UTC))
    event.add("created", booking.made_at.astimezone(UTC))
    event.add("last-modified", booking.changed_at.astimezone(UTC))
    event.add("sequence", _sequence(booking, status))
    # In UTC: a calendar shows its own zone, and needs no VTIMEZONE for it.
    event.add("dtstart", start.astimezone(UTC))
    if booking.end is not None and booking.end > start:
        event.add("dtend", booking.end.astimezone(UTC))
        if booking.end - start > timedelta(days=1):
            # Nobody is busy for as long as a right to park lasts.
            event.add("transp", "TRANSPARENT")
    event.add("summary", _text(booking.title or "预约"))
    event.add("status", status)
    # Where a calendar is shared, others see that its owner is busy, and not which doctor he sees.
    event.add("class", "PRIVATE")
    event.add("description", _text("\n".join(_lines(booking))))
    if booking.where:
        event.add("location", _text(booking.where))
    return event


def _sequence(booking: BookingRecord, status: str) -> int:
    """Give a number that grows with each change (section 3.8.7.4), also with two in the same second."""
    return 4 * int((booking.changed_at - booking.made_at).total_seconds()) + _RANK[status]


def _lines(booking: BookingRecord) -> Sequence[str]:
    lines = [f"回执号 Receipt: {booking.receipt}"]
    if booking.number:
        lines.append(f"预约号 Number: {booking.number}")
    if booking.party > 1:
        lines.append(f"人数 People: {booking.party}")
    return lines


def _text(text: str) -> str:
    return _CONTROL.sub("", text)
