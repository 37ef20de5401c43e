"""What sources.toml says of an OpenActive system."""

from __future__ import annotations

import msgspec

from connectors.kit import Table
from connectors.openactive import feeds


class OpenActiveOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The paths of a system's feeds, how often they are read, and how it is booked at."""

    facility_uses: str | None = None
    slots: str | None = None
    session_series: str | None = None
    scheduled_sessions: str | None = None
    course_instances: str | None = None
    pause_s: float = 8.0
    """Between two questions at the end of a feed; the standard lets its last page be held for 8 s."""
    reread_h: float = 156.0
    """How often a feed is read anew besides: it tells of what is gone for a week only (RPDE, 3.2)."""

    booking: str | None = None
    """The path below which its Open Booking API lies; None where it takes no bookings."""
    broker: str = "龙岗社区图谱"
    """Who it is told that books for its customers (Open Booking API 1.0, 6.2)."""
    customers: str = "residents.graph.example"
    """The domain of the addresses under which it knows them: of a mail relay, or of none at all."""

    def tables(self) -> dict[str, list[Table]]:
        """Give the feeds' paths with the tables that each fills."""
        found: dict[str, list[Table]] = {}
        for path, tables in (
            # Without a feed of their own, parents are what their children carry.
            (self.facility_uses or self.slots, [feeds.FACILITY, feeds.COURT]),
            (self.slots, [feeds.SLOT]),
            (self.session_series or self.scheduled_sessions, [feeds.SERIES]),
            (self.scheduled_sessions, [feeds.SESSION]),
            (self.course_instances, [feeds.COURSE]),
        ):
            if path is not None:
                found.setdefault(path, []).extend(tables)
        return found
