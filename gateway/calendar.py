"""Calendar: a resident's bookings as iCalendar (RFC 5545), for the calendar of a phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from icalendar import Calendar, Event

from schema.core.bookings import BookingRecord, BookingStatus

_STATUS = {
    BookingStatus.CONFIRMED: "CONFIRMED",
    BookingStatus.CANCELLING: "CONFIRMED",
    BookingStatus.PENDING: "TENTATIVE",
    BookingStatus.WAITLISTED: "TENTATIVE",
    BookingStatus.CANCELLED: "CANCELLED",
}
"""By RFC 5545, section 3.8.1.11. What was rejected never was an appointment."""
_DOMAIN = "longgang-community-graph"


def calendar_of(bookings: Sequence[BookingRecord]) -> bytes:
    """Give the calendar of all bookings that have a time.

    An event keeps its UID, so that a calendar that is fetched again shows what has changed: a cancelled
    booking is told as cancelled (section 3.8.1.11), and later changes have a later SEQUENCE.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{_DOMAIN}//bookings//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "我的预约")
    for booking in bookings:
        if booking.start is not None and booking.status in _STATUS:
            calendar.add_component(_event(booking, booking.start))
    written: bytes = calendar.to_ical()
    return written


def _event(booking: BookingRecord, start: datetime) -> Event:
    event = Event()
    event.add("uid", f"{booking.receipt}@{_DOMAIN}")
    event.add("dtstamp", booking.changed_at.astimezone(UTC))
    event.add("last-modified", booking.changed_at.astimezone(UTC))
    event.add("sequence", int((booking.changed_at - booking.made_at).total_seconds()))
    # In UTC: a calendar shows its own zone, and needs no VTIMEZONE for it.
    event.add("dtstart", start.astimezone(UTC))
    if booking.end is not None and booking.end > start:
        event.add("dtend", booking.end.astimezone(UTC))
    event.add("summary", booking.title or "预约")
    event.add("status", _STATUS[booking.status])
    event.add("description", "\n".join(_lines(booking)))
    if booking.where:
        event.add("location", booking.where)
    return event


def _lines(booking: BookingRecord) -> Sequence[str]:
    lines = [f"回执号 Receipt: {booking.receipt}"]
    if booking.number:
        lines.append(f"预约号 Number: {booking.number}")
    if booking.party > 1:
        lines.append(f"人数 People: {booking.party}")
    return lines
