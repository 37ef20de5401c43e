"""`GET /me/bookings.ics`: a resident's bookings as RFC 5545 has them, and who does not get them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar, Component
from msgspec.structs import replace

from gateway.calendar import calendar_of
from schema.core.bookings import BookingRecord, BookingStatus
from schema.core.record import Ref
from schema.core.scenario import Scenario
from tests.commands.asks import book, cancel
from tests.commands.conftest import StartWriting
from tests.commands.scripted import ScriptedDesk
from tests.conftest import NOW, Graph

PATH = "/me/bookings.ics"
BOOKING = BookingRecord(
    receipt="20261124-AAAAAAAAAA",
    status=BookingStatus.CONFIRMED,
    scenario=Scenario.HEALTH,
    title="口腔科",
    start=NOW + timedelta(days=1),
    end=NOW + timedelta(days=1, minutes=15),
    number="A1",
    where="门诊楼三层",
    made_at=NOW,
    changed_at=NOW + timedelta(seconds=90),
    kind="appointment-slot",
    slot=Ref("hospital-central", "slot-1"),
)


def events(written: bytes) -> list[Component]:
    """Parse a calendar as a phone does."""
    return list(Calendar.from_ical(written).walk("VEVENT"))


def event(**changed: Any) -> Component:
    """The one event of a changed booking."""
    (found,) = events(calendar_of([replace(BOOKING, **changed)]))
    return found


def test_an_event_says_what_is_booked() -> None:
    """What is needed by section 3.6.1 and what helps; instants in UTC; nothing of a METHOD."""
    written = calendar_of([BOOKING])
    calendar = Calendar.from_ical(written)
    assert (calendar["VERSION"], calendar["X-WR-CALNAME"]) == ("2.0", "我的预约")
    assert "PRODID" in calendar
    assert "METHOD" not in calendar
    (found,) = events(written)
    assert {name: found[name] for name in ("UID", "SUMMARY", "STATUS", "CLASS", "LOCATION", "SEQUENCE")} == {
        "UID": "20261124-AAAAAAAAAA@longgang-community-graph",
        "SUMMARY": "口腔科",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "LOCATION": "门诊楼三层",
        "SEQUENCE": 4 * 90 + 1,
    }
    assert found["DESCRIPTION"] == "回执号 Receipt: 20261124-AAAAAAAAAA\n预约号 Number: A1"
    for name, instant in {
        "DTSTART": BOOKING.start,
        "DTEND": BOOKING.end,
        "DTSTAMP": BOOKING.changed_at,
        "LAST-MODIFIED": BOOKING.changed_at,
        "CREATED": BOOKING.made_at,
    }.items():
        assert found.decoded(name) == instant
    assert b"\r\nDTSTART:20261125T020000Z\r\n" in written
    assert "TRANSP" not in found


def test_lines_end_and_fold_as_they_must() -> None:
    """CRLF everywhere, no line of more than 75 octets, no character cut in two (section 3.1)."""
    title = "龙岗区社区" * 60 + "，a;b,c\\d"
    written = calendar_of([replace(BOOKING, title=title, where="长" * 200)])
    assert written.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\r" not in written.replace(b"\r\n", b"")
    lines = written.removesuffix(b"\r\n").split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() for line in lines)
    assert events(written)[0]["SUMMARY"] == title


def test_no_control_characters_get_in() -> None:
    """A source's title may hold what a TEXT must not (section 3.3.11); line breaks are written as such."""
    found = event(title="牙\x00科\x07\x1b[31m", where="一楼\r\nATTENDEE:mailto:x@example.org\n\x7f二楼")
    assert found["SUMMARY"] == "牙科[31m"
    assert "ATTENDEE" not in found
    assert str(found["LOCATION"]).splitlines() == ["一楼", "ATTENDEE:mailto:x@example.org", "二楼"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (BookingStatus.WAITLISTED, ("TENTATIVE", 0)),
        (BookingStatus.CONFIRMED, ("CONFIRMED", 1)),
        (BookingStatus.CANCELLING, ("CONFIRMED", 1)),
        (BookingStatus.CANCELLED, ("CANCELLED", 2)),
    ],
)
def test_each_status_has_its_word(status: BookingStatus, told: tuple[str, int]) -> None:
    """By section 3.8.1.11, the same UID, and a greater SEQUENCE even within the second."""
    found = event(status=status, changed_at=NOW)
    assert (found["STATUS"], found["SEQUENCE"]) == told
    assert found["UID"] == "20261124-AAAAAAAAAA@longgang-community-graph"


def test_what_is_no_appointment_is_left_out() -> None:
    """What is being carried out, was rejected, or has no time."""
    left_out = [
        replace(BOOKING, status=BookingStatus.PENDING),
        replace(BOOKING, status=BookingStatus.REJECTED),
        replace(BOOKING, start=None),
    ]
    assert events(calendar_of(left_out)) == []


def test_an_end_that_is_none_is_not_told() -> None:
    """DTEND must lie after DTSTART (section 3.8.2.2); without a title there is a word all the same."""
    assert BOOKING.start is not None
    for end in (None, BOOKING.start, BOOKING.start - timedelta(hours=1)):
        assert "DTEND" not in event(end=end)
    assert event(title=None)["SUMMARY"] == "预约"


def test_what_lasts_for_days_keeps_nobody_busy() -> None:
    """A month's right to park is TRANSPARENT (section 3.8.2.7)."""
    assert BOOKING.start is not None
    assert event(end=BOOKING.start + timedelta(days=30))["TRANSP"] == "TRANSPARENT"


async def fetch(graph: Graph, **headers: str) -> httpx.Response:
    """Ask for the file."""
    return await graph.http.get(PATH, headers={**graph.headers, **headers})


async def test_a_resident_has_his_own_bookings_as_a_file(
    graph: Graph, slots: list[str], desk: ScriptedDesk
) -> None:
    """His and nobody else's, kept by no cache; a cancelled one is told as cancelled, later in SEQUENCE."""
    desk.places = 3
    ada = graph.of("ada")
    first = (await book(ada, slots[0]))["booking"]["id"]
    await book(graph.of("bo"), slots[1])
    response = await fetch(ada)
    assert response.status_code == 200
    assert dict(response.headers) == {
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "content-type": "text/calendar; charset=utf-8",
        "content-disposition": 'attachment; filename="bookings.ics"',
        "content-length": str(len(response.content)),
    }
    (found,) = events(response.content)
    assert found["UID"] == f"{first}@longgang-community-graph"
    assert (found["STATUS"], found["SEQUENCE"]) == ("CONFIRMED", 1)
    assert found.decoded("DTSTART") == datetime.fromisoformat("2026-11-25T08:00:00+08:00")
    assert (await fetch(ada)).content == response.content
    await cancel(ada, first)
    (found,) = events((await fetch(ada)).content)
    assert found["UID"] == f"{first}@longgang-community-graph"
    assert (found["STATUS"], found["SEQUENCE"]) == ("CANCELLED", 2)
    assert events((await fetch(graph.of("cy"))).content) == []
    head = await ada.http.head(PATH, headers=ada.headers)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, "Bearer"),
        ("Bearer nonsense", 'Bearer error="invalid_token"'),
        ("Basic YTpi", 'Bearer error="invalid_token"'),
    ],
)
async def test_without_a_good_token_there_is_no_file(
    graph: Graph, desk: ScriptedDesk, authorization: str | None, challenge: str
) -> None:
    """401 as RFC 6750 has it, in JSON, and nothing that a cache may keep; a token in the address is none."""
    headers = {} if authorization is None else {"authorization": authorization}
    token = graph.of("ada").headers["authorization"].removeprefix("Bearer ")
    for path in (PATH, f"{PATH}?access_token={token}"):
        response = await graph.http.get(path, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == challenge
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "private, no-store"
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert desk.calls == []


async def test_only_reading_is_offered(graph: Graph) -> None:
    """Any other method is 405."""
    for method in ("POST", "PUT", "DELETE"):
        response = await graph.http.request(method, PATH, headers=graph.of("ada").headers)
        assert response.status_code == 405
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_where_no_commands_are_kept_there_is_no_file(start_writing: StartWriting) -> None:
    """503 WRITES_UNAVAILABLE."""
    async with start_writing(database_url="none") as graph:
        response = await fetch(graph.of("ada"))
        assert response.status_code == 503
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["WRITES_UNAVAILABLE"]
