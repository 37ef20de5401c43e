"""What there is to book in the simulators' world, as the graph tells it before a run."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import httpx

from schema.core.ids import decode_id
from schema.core.scalars import CHINA
from tests.faults.ledgers import place_of, source_of

_AROUND = "near: {lat: 22.65, lng: 114.15, radius: 50000}"
_OFFERED = "id placesLeft bookable"
_DAILY = {
    "hostelNights": f"arrival: $day, {_AROUND}",
    "courtSlots": "day: $day, free: true",
    "sportsSessions": "day: $day",
    "classes": "day: $day",
    "slots": "day: $day",
}
_ONCE = {
    "childcareCentres": "slots",
    "eldercareServices": "slots",
    "volunteerMissions": "",
    "parkingLots": "slots",
}
_MOST_RIGHTS = 400
"""Of one right to park: there may be thousands."""
_STRANGERS = frozenset({"court-slot", "sports-session", "parent-child-class", "parking-right"})
"""Kinds whose places others take, too, or whose ledger does not say of which pool they are."""


class Offer(NamedTuple):
    """A slot, and how many places it has left."""

    slot: str
    left: int


async def offers(url: str, *, days: int, sources: tuple[str, ...] = ()) -> list[Offer]:
    """List what can be booked from the day after tomorrow on, for so many days; each place once."""
    found: dict[tuple[str, str], Offer] = {}
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        async for node in _nodes(http, datetime.now(CHINA).date(), days):
            slot, left = node["id"], node["placesLeft"]
            if not node["bookable"] or not left or (sources and source_of(slot) not in sources):
                continue
            found.setdefault((source_of(slot), place_of(slot)), Offer(slot, min(left, _MOST_RIGHTS)))
    return sorted(found.values())


def places(listed: list[Offer]) -> Mapping[tuple[str, str], int]:
    """How many were left of what nobody else takes: what the checker holds a ledger against."""
    return {
        (source_of(offer.slot), place_of(offer.slot)): offer.left
        for offer in listed
        if decode_id(offer.slot)[0] not in _STRANGERS
    }


def wishes(listed: list[Offer], count: int, rng: random.Random) -> list[str]:
    """Choose so many slots at random, as often as they have places, and one in twenty of them too often.

    ValueError where there are not so many places.
    """
    every = [offer.slot for offer in listed for _ in range(offer.left)]
    sold = count * 19 // 20
    if len(every) < sold:
        raise ValueError(f"there are {len(every)} places for {count} bookings")
    chosen = rng.sample(every, sold)
    chosen += rng.choices(chosen, k=count - sold)
    rng.shuffle(chosen)
    return chosen


async def _nodes(http: httpx.AsyncClient, today: date, days: int) -> AsyncIterator[dict[str, Any]]:
    lists = [
        f"{name}({how}, first: 100) {{ edges {{ node {{ {_OFFERED} }} }} }}" for name, how in _DAILY.items()
    ]
    for ahead in range(2, 2 + days):
        day = (today + timedelta(days=ahead)).isoformat()
        data = await _ask(http, f"query($day: Date!) {{ {' '.join(lists)} }}", {"day": day})
        for name in _DAILY:
            for edge in (data.get(name) or {}).get("edges", ()):
                yield edge["node"]
    for name, inner in _ONCE.items():
        shown = f"{inner} {{ {_OFFERED} }}" if inner else _OFFERED
        after, more = None, True
        while more:
            asked = (
                f"query($after: String) {{ {name}(first: 50, after: $after, {_AROUND}) {{"
                f" edges {{ node {{ {shown} }} }} pageInfo {{ endCursor hasNextPage }} }} }}"
            )
            page = (await _ask(http, asked, {"after": after})).get(name) or {"edges": (), "pageInfo": {}}
            for edge in page["edges"]:
                for node in edge["node"][inner] or () if inner else (edge["node"],):
                    yield node
            after, more = page["pageInfo"].get("endCursor"), page["pageInfo"].get("hasNextPage", False)


async def _ask(http: httpx.AsyncClient, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Ask anonymously; what a source that is not configured would have told is null."""
    answer = (await http.post("/graphql", json={"query": document, "variables": variables})).json()
    data: dict[str, Any] = answer.get("data") or {}
    if not data:
        raise RuntimeError(f"the graph lists nothing: {answer['errors']}")
    return data
