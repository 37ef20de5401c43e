"""Made records for tests of the index: places with a name, further words and hours, and slots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, ClassVar

from gateway.search.index import Index
from gateway.search.ranking import find
from schema.core.docs import doc
from schema.core.findable import Findable, Hits, Sought
from schema.core.hours import WEEK, OpeningHours, within
from schema.core.lookup import Search
from schema.core.record import PlaceRecord, Position, Record, Ref
from schema.core.scenario import Scenario
from schema.core.slot import Price, SlotRecord, SlotUnit
from tests.conftest import NOW


class Thing(PlaceRecord, frozen=True, kw_only=True):
    """物。
    A thing.
    """

    kind: ClassVar[str] = "thing"
    words: Annotated[str | None, doc("词", "Words")] = None
    hours: tuple[OpeningHours, ...] = ()
    whole: Ref | None = None


class Part(Thing, frozen=True, kw_only=True):
    """部分。
    A part of a thing.
    """

    kind: ClassVar[str] = "part"


class Place(SlotRecord, frozen=True, kw_only=True):
    """名额。
    A place to be booked.
    """

    kind: ClassVar[str] = "place"
    scenario: ClassVar[Scenario] = Scenario.SPORTS
    unit: ClassVar[SlotUnit] = SlotUnit.PLACE


THINGS: Search[None, Thing] = Search("parking.things")
PARTS: Search[None, Part] = Search("health.parts")
PLACES: Search[None, Place] = Search("sports.places")


def _open_at(thing: Thing, now: datetime) -> bool | None:
    return within(thing.hours, now) if thing.hours else None


THING = Findable(
    record=Thing,
    scenario=Scenario.PARKING,
    called=("物件", "thing"),
    search=THINGS,
    key=lambda _: None,
    words=lambda thing: (thing.words,),
    open_at=_open_at,
)
PART = Findable(
    record=Part,
    scenario=Scenario.HEALTH,
    called=("部件", "part"),
    search=PARTS,
    key=lambda _: None,
    part_of=lambda part: part.whole,
    whole=Thing,
    shows=lambda part, _: part.words != "hidden",
)
PLACE = Findable(record=Place, scenario=Scenario.SPORTS, called=("名额",), search=PLACES, key=lambda _: None)
DAY = (OpeningHours(days=WEEK, opens=time(8), closes=time(18)),)
NIGHT = (OpeningHours(days=WEEK, opens=time(20), closes=time(6)),)


def thing(id_: str, name: str, words: str | None = None, **more: object) -> Thing:
    """A thing of the source `one`."""
    return Thing(ref=Ref("one", id_), as_of=NOW, name=name, words=words, **more)  # type: ignore[arg-type]  # the fields of a Thing, by name


def at(lat: float, lng: float) -> Position:
    """A position."""
    return Position(lat=lat, lng=lng)


def place(id_: str, title: str, *, left: int = 1, price: int | None = None) -> Place:
    """A place that begins in an hour."""
    return Place(
        ref=Ref("one", id_),
        as_of=NOW,
        title=title,
        start=NOW + timedelta(hours=1),
        places_left=left,
        price=None if price is None else Price(amount=Decimal(price)),
    )


def filled(*lists: tuple[Findable, Sequence[Record]], most: int = 1_000) -> Index:
    """An index of the source `one`."""
    index = Index(most)
    for findable, records in lists:
        renew(index, findable, records)
    return index


def renew(index: Index, findable: Findable, records: Sequence[Record]) -> None:
    """A round of a listing."""
    index.begin((findable, "one"))
    index.put((findable, "one"), records)
    index.end((findable, "one"))


def ask(index: Index, text: str = "", **more: object) -> Hits:
    """A search."""
    return find(index, Sought(text=text, **more), NOW)  # type: ignore[arg-type]  # Sought's own fields


def ids(hits: Hits) -> list[str]:
    """The ids of hits, in order."""
    return [hit.record.ref.id for hit in hits.items]


def pages(ask_page: Callable[..., Hits], first: int) -> Iterator[list[str]]:
    """The ids of each page."""
    after = None
    while True:
        hits = ask_page(first=first, after=after)
        yield ids(hits)
        if not hits.more:
            return
        after = hits.items[-1].key
