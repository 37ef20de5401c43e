"""OpenActive feeds: RPDE paging, what strangers and the clock change, and the quirks to be switched on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks
from tests.mocks.conftest import NOW

SLOT = "sports-dayun-v01-badminton-20261124-18"
Feed = Callable[..., Awaitable[list[dict[str, Any]]]]


async def pages(http: httpx.AsyncClient, url: str) -> list[dict[str, Any]]:
    """Every page up to the last, which has no items and leads to itself."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await http.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found.append(page)
        if not page["items"]:
            assert page["next"] == url
            return found
        url = page["next"]


@pytest.fixture
def feed(mocks: RunningMocks, http: httpx.AsyncClient) -> Feed:
    """All items of a feed, or of what follows a cursor."""

    async def read(source: str, name: str, url: str | None = None) -> list[dict[str, Any]]:
        found = await pages(http, url or f"{mocks.url}/{source}/feeds/{name}")
        return [item for page in found for item in page["items"]]

    return read


def order(item: dict[str, Any]) -> tuple[int, str]:
    """What RPDE orders by."""
    return item["modified"], item["id"]


async def test_pages_of_a_feed(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """500 items a page by modified and id, nothing twice; licence, media type and caching as they are due."""
    url = f"{mocks.url}/sports-dayun/feeds/slots"
    found = await pages(http, url)
    assert [len(page["items"]) for page in found] == [500] * 9 + [0]
    assert {page["license"] for page in found} == {"https://creativecommons.org/licenses/by/4.0/"}
    items = [item for page in found for item in page["items"]]
    assert [order(item) for item in items] == sorted({order(item) for item in items})
    assert len({item["id"] for item in items}) == len(items)
    assert max(item["modified"] for item in items) < NOW.timestamp() * 1000
    first, last = await http.get(url), await http.get(found[-1]["next"])
    assert first.headers["content-type"] == "application/vnd.openactive.rpde+json; version=1"
    assert (first.headers["cache-control"], last.headers["cache-control"]) == (
        "public, max-age=3600",
        "public, max-age=8",
    )


@pytest.mark.parametrize(
    ("source", "name", "kind", "updated", "deleted"),
    [
        ("sports-dayun", "facility-uses", "FacilityUse", 20, 1),
        ("sports-dayun", "slots", "FacilityUse/Slot", 2360, 2140),
        ("sports-dayun", "session-series", "SessionSeries", 15, 1),
        ("sports-dayun", "scheduled-sessions", "ScheduledSession", 44, 21),
        ("sports-street", "facility-uses", "FacilityUse", 18, 1),
        ("sports-street", "slots", "IndividualFacilityUse/Slot", 3186, 2889),
        ("sports-street", "scheduled-sessions", "ScheduledSession.SessionSeries", 77, 35),
        ("classes-family", "session-series", "SessionSeries", 24, 1),
        ("classes-family", "scheduled-sessions", "ScheduledSession", 78, 36),
        ("classes-family", "course-instances", "CourseInstance", 37, 4),
    ],
)
async def test_what_each_feed_holds(
    feed: Feed, source: str, name: str, kind: str, updated: int, deleted: int
) -> None:
    """Items of one kind; what has ended is told as deleted for a week, without data."""
    items = await feed(source, name)
    assert {item["kind"] for item in items} == {kind}
    states = [item["state"] for item in items]
    assert (states.count("updated"), states.count("deleted")) == (updated, deleted)
    assert all(("data" in item) is (item["state"] == "updated") for item in items)


@pytest.mark.parametrize(
    ("source", "name"),
    [("sports-dayun", "course-instances"), ("classes-family", "slots"), ("sports-street", "x")],
)
async def test_feeds_that_are_not_there(
    mocks: RunningMocks, http: httpx.AsyncClient, source: str, name: str
) -> None:
    """404 with an error of the standard."""
    answer = await http.get(f"{mocks.url}/{source}/feeds/{name}")
    assert answer.status_code == 404
    assert answer.json()["@type"] == "NotFoundError"


async def test_the_dataset_site_names_the_feeds(mocks: RunningMocks, http: httpx.AsyncClient) -> None:
    """Each feed with its address, and where to book; no token is needed."""
    found = (await http.get(f"{mocks.url}/sports-street/dataset")).json()
    assert {feed["name"]: feed["contentUrl"] for feed in found["distribution"]} == {
        "FacilityUse": f"{mocks.url}/sports-street/feeds/facility-uses",
        "Slot": f"{mocks.url}/sports-street/feeds/slots",
        "ScheduledSession": f"{mocks.url}/sports-street/feeds/scheduled-sessions",
    }
    assert found["accessService"]["endpointUrl"] == f"{mocks.url}/sports-street/openbooking"


async def test_strangers_take_places_as_time_goes_by(
    mocks: RunningMocks, http: httpx.AsyncClient, feed: Feed
) -> None:
    """Whoever goes on from the end finds what has changed since, and nothing else."""
    url = f"{mocks.url}/sports-dayun/feeds/slots"
    before = await pages(http, url)
    held = {item["id"]: item for page in before for item in page["items"]}
    mocks.world.clock.move_to(NOW + timedelta(hours=2))
    later = await feed("sports-dayun", "slots", before[-1]["next"])
    assert [order(item) for item in later] == sorted(order(item) for item in later)
    assert min(item["modified"] for item in later) >= NOW.timestamp() * 1000 - 1
    ended = [item["id"] for item in later if item["state"] == "deleted"]
    assert len(ended) == 40, "two hours of twenty facilities"
    fewer = [item for item in later if item["state"] == "updated"]
    assert fewer
    for item in fewer:
        assert item["data"]["remainingUses"] < held[item["id"]]["data"]["remainingUses"]
    whole = {item["id"]: item for item in await feed("sports-dayun", "slots")}
    assert whole == held | {item["id"]: item for item in later}


async def test_a_new_day_opens_for_booking_at_midnight(mocks: RunningMocks, feed: Feed) -> None:
    """Slots of the eighth day appear; those that ended eight days ago are told of no more."""
    before = {item["id"] for item in await feed("sports-street", "slots")}
    mocks.world.clock.move_to(NOW.replace(hour=0) + timedelta(days=1, minutes=1))
    after = {item["id"] for item in await feed("sports-street", "slots")}
    assert {key.split("-20")[1][:6] for key in after - before} == {"261202"}
    assert {key.split("-20")[1][:6] for key in before - after} == {"261117"}


async def test_text_for_numbers(mocks: RunningMocks, feed: Feed) -> None:
    """`modified_text`: an older system's `modified`."""
    mocks.fault("sports-dayun", modified_text=True)
    items = await feed("sports-dayun", "facility-uses")
    assert {type(item["modified"]) for item in items} == {str}


async def test_pages_out_of_order_and_items_twice(
    mocks: RunningMocks, http: httpx.AsyncClient, feed: Feed
) -> None:
    """`shuffled` turns each page around; `repeated` gives the last item of a page on the next one, too."""
    items = await feed("sports-dayun", "slots")
    mocks.fault("sports-dayun", shuffled=True)
    shuffled = await pages(http, f"{mocks.url}/sports-dayun/feeds/slots")
    assert [page["items"][::-1] for page in shuffled] == [
        items[start : start + 500] for start in range(0, 4501, 500)
    ]
    mocks.fault("sports-dayun", repeated=True)
    repeated = await feed("sports-dayun", "slots")
    assert len(repeated) == 4500 + 8
    assert repeated[500] == repeated[499]


async def test_a_feed_begins_anew(mocks: RunningMocks, http: httpx.AsyncClient, feed: Feed) -> None:
    """`new_edition`: old cursors are gone; what is read from the beginning lacks what nobody withdrew."""
    url = f"{mocks.url}/sports-dayun/feeds/slots"
    old = await pages(http, url)
    mocks.fault("sports-dayun", new_edition=True)
    gone = await http.get(old[0]["next"])
    assert (gone.status_code, gone.json()["@type"]) == (410, "GoneError")
    kept = {item["id"] for item in await feed("sports-dayun", "slots")}
    before = {item["id"] for page in old for item in page["items"]}
    assert kept < before
    assert len(before - kept) == 474
