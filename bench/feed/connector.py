"""The connector for the long feed: decoded as strictly as a connector decodes, each item kept as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from connectors.kit import (
    Feed,
    FeedPage,
    FeedReset,
    Item,
    Removal,
    Replica,
    ReplicaConnector,
    Table,
    Upstream,
    json_of,
)


class Geo(msgspec.Struct):
    """Where it is."""

    latitude: float
    longitude: float


class Location(msgspec.Struct):
    """In which house."""

    name: str
    geo: Geo


class Organizer(msgspec.Struct):
    """Who holds it."""

    id: str
    name: str


class Session(msgspec.Struct):
    """What the feed tells of a session, as far as it is shown."""

    name: str
    url: str
    description: str
    organizer: Organizer
    location: Location
    start: int = msgspec.field(name="startDate")
    remaining: int = msgspec.field(name="remainingAttendeeCapacity")


class FeedItem(msgspec.Struct):
    """One item of a page."""

    state: Literal["updated", "deleted"]
    id: str
    modified: int
    data: Session | None = None


class Page(msgspec.Struct):
    """One page."""

    next: int
    items: list[FeedItem]


SESSIONS = Table(name="session", keys=("organiser", "start", "lat", "lng"))
_encode = msgspec.json.Encoder().encode


class Sessions(ReplicaConnector):
    """One feed of sessions; `again` makes it say once that the feed begins anew."""

    standard = "RPDE-like"

    def __init__(self, upstream: Upstream, options: Any, replica: Replica) -> None:
        super().__init__(upstream, options, replica)
        self.again = False

    def feeds(self) -> Sequence[Feed]:
        """Give the feed."""
        return [Feed(name="sessions", tables=(SESSIONS,), read=self.read, pause_s=0.1)]

    async def read(self, cursor: str | None) -> FeedPage:
        """Read a page and make of it what is kept."""
        if cursor and self.again:
            self.again = False
            raise FeedReset
        response = await self.upstream.get("/feed", decode=json_of(Page), params={"after": cursor or "0"})
        page = response.data
        return FeedPage(
            changes=[_change(item) for item in page.items], cursor=str(page.next), more=bool(page.items)
        )


def _change(item: FeedItem) -> Item | Removal:
    session = item.data
    if session is None:
        return Removal(table="session", id=item.id, version=item.modified)
    return Item(
        table="session",
        id=item.id,
        version=item.modified,
        data=_encode(session),
        keys={
            "organiser": session.organizer.id,
            "start": session.start,
            "lat": session.location.geo.latitude,
            "lng": session.location.geo.longitude,
        },
    )
