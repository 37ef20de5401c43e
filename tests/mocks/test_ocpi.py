"""The charge point operators at the wire: OCPI 2.2.1's lists and envelope, the clock, and their quirks."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks
from tests.mocks.conftest import NOW

ROOT = "/ocpi/cpo/2.2.1"
OPERATORS = ("charging-grid", "charging-swift")

Client = Callable[[str], httpx.AsyncClient]


@pytest.fixture
def cpo(mocks: RunningMocks, http: httpx.AsyncClient) -> Client:
    """A client of one operator that has its token."""

    def make(operator: str = "charging-grid") -> httpx.AsyncClient:
        token = base64.b64encode(f"token-of-{operator}".encode()).decode()
        http.headers["authorization"] = f"Token {token}"
        http.base_url = httpx.URL(f"{mocks.url}/{operator}")
        return http

    return make


async def every(http: httpx.AsyncClient, path: str = f"{ROOT}/locations", **params: Any) -> list[Any]:
    """Follow the links to the end."""
    found: list[Any] = []
    answer = await http.get(path, params=params)
    while True:
        found += answer.json()["data"]
        if "next" not in answer.links:
            return found
        answer = await http.get(answer.links["next"]["url"])


async def test_versions_lead_to_the_modules(cpo: Client) -> None:
    """From the list of versions to its details, and from there to both modules."""
    http = cpo("charging-grid")
    (version,) = (await http.get("/ocpi/versions")).json()["data"]
    assert version["version"] == "2.2.1"
    details = (await http.get(version["url"])).json()["data"]
    assert [(one["identifier"], one["role"]) for one in details["endpoints"]] == [
        ("locations", "SENDER"),
        ("tariffs", "SENDER"),
    ]
    for endpoint in details["endpoints"]:
        assert (await http.get(endpoint["url"])).json()["status_code"] == 1000


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "a credentials token is required"),
        ("Bearer x", "a credentials token is required"),
        ("Token token-of-charging-grid", "the credentials token is not known"),
        ("Token dG9rZW4=", "the credentials token is not known"),
    ],
)
async def test_a_token_is_wanted(
    mocks: RunningMocks, http: httpx.AsyncClient, header: str | None, message: str
) -> None:
    """In Base64; else 401, in the envelope."""
    headers = {} if header is None else {"authorization": header}
    answer = await http.get(f"{mocks.url}/charging-grid/ocpi/versions", headers=headers)
    assert answer.status_code == 401
    assert (answer.json()["status_code"], answer.json()["status_message"]) == (2001, message)


@pytest.mark.parametrize(
    ("operator", "count", "most"), [("charging-grid", 76, 50), ("charging-swift", 65, 25)]
)
async def test_every_location_page_by_page(cpo: Client, operator: str, count: int, most: int) -> None:
    """Totals, limits and links say the same; each location comes once."""
    http = cpo(operator)
    first = await http.get(f"{ROOT}/locations", params={"limit": 1000})
    assert (first.headers["x-total-count"], first.headers["x-limit"]) == (str(count), str(most))
    assert len(first.json()["data"]) == most
    locations = await every(http)
    assert len({location["id"] for location in locations}) == len(locations) == count
    assert [one["id"] for one in await every(http, limit=7)] == [one["id"] for one in locations]
    beyond = await http.get(f"{ROOT}/locations", params={"offset": 500})
    assert (beyond.json()["data"], "link" in beyond.headers) == ([], False)


async def test_windows_hold_their_beginning_and_not_their_end(cpo: Client) -> None:
    """`date_from` inclusive, `date_to` exclusive, of `last_updated`; the links keep both."""
    http = cpo("charging-grid")
    changed = sorted(one["last_updated"] for one in await every(http))
    begin, end = changed[10], changed[-3]
    found = await every(http, date_from=begin, date_to=end, limit=9)
    expected = [at for at in changed if begin <= at < end]
    assert sorted(one["last_updated"] for one in found) == expected
    assert expected[0] == begin
    assert len(expected) < len([at for at in changed if begin <= at <= end])
    naive = await every(http, date_from=begin.removesuffix("Z"), date_to=end)
    assert len(naive) == len(expected)


async def test_objects_by_their_ids(cpo: Client) -> None:
    """A location, an EVSE, a connector, whatever the case of the ids; 404 with 2003 where there is none."""
    http = cpo("charging-grid")
    location = (await every(http))[0]
    evse = location["evses"][0]
    path = f"{ROOT}/locations/{location['id'].lower()}"
    assert (await http.get(path)).json()["data"] == location
    assert (await http.get(f"{path}/{evse['uid']}")).json()["data"] == evse
    assert (await http.get(f"{path}/{evse['uid']}/1")).json()["data"] == evse["connectors"][0]
    for missing in (f"{ROOT}/locations/none", f"{path}/none", f"{path}/{evse['uid']}/9", f"{path}/none/1"):
        answer = await http.get(missing)
        assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)


@pytest.mark.parametrize("params", [{"limit": "x"}, {"offset": "-1"}, {"date_from": "yesterday"}])
async def test_a_bad_parameter_is_told_in_the_envelope(cpo: Client, params: dict[str, str]) -> None:
    """2001 with a 200: what reaches the OCPI layer is no error of HTTP."""
    answer = await cpo("charging-grid").get(f"{ROOT}/locations", params=params)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert "data" not in answer.json()


async def test_statuses_change_with_the_clock(mocks: RunningMocks, cpo: Client) -> None:
    """A quarter of an hour later some have changed, and `date_from` finds just their locations."""
    http = cpo("charging-grid")
    before = {one["id"]: one for one in await every(http)}
    since = NOW + timedelta(seconds=1)
    assert await every(http, date_from=since.isoformat()) == []
    mocks.world.clock.move_to(NOW + timedelta(minutes=15))
    after = {one["id"]: one for one in await every(http)}
    differ = {id_ for id_, one in after.items() if before.get(id_) != one}
    changed = {one["id"]: one for one in await every(http, date_from=since.isoformat())}
    assert differ == changed.keys()
    assert 10 < len(changed) < len(after)
    for location in changed.values():
        assert location["last_updated"] == max(evse["last_updated"] for evse in location["evses"])


async def test_every_status_is_there(cpo: Client) -> None:
    """All nine of the standard but INOPERATIVE, most of them free or in use."""
    counts: Counter[str] = Counter()
    for operator in OPERATORS:
        counts.update(evse["status"] for one in await every(cpo(operator)) for evse in one["evses"])
    assert counts == {
        "CHARGING": 592,
        "AVAILABLE": 523,
        "BLOCKED": 39,
        "PLANNED": 31,
        "OUTOFORDER": 30,
        "REMOVED": 22,
        "RESERVED": 21,
        "UNKNOWN": 19,
    }


async def test_sites_come_and_go(mocks: RunningMocks, cpo: Client) -> None:
    """A site that is given up stays with every EVSE REMOVED; new ones appear."""
    http = cpo("charging-swift")
    now = {one["id"]: one for one in await every(http)}
    assert "REMOVED" not in {evse["status"] for evse in now["PCK-0074"]["evses"]}
    mocks.world.clock.move_to(datetime.fromisoformat("2026-12-20T10:00:00+08:00"))
    later = {one["id"]: one for one in await every(http)}
    assert {evse["status"] for evse in later["PCK-0074"]["evses"]} == {"REMOVED"}
    assert (len(now), len(later)) == (65, 67)


async def test_operators_differ(cpo: Client) -> None:
    """One tells the power, the other leaves it to be computed and some locations without a name."""
    grid, swift = await every(cpo("charging-grid")), await every(cpo("charging-swift"))
    plugs = [
        [p for one in told for evse in one["evses"] for p in evse["connectors"]] for told in (grid, swift)
    ]
    assert all("max_electric_power" in plug for plug in plugs[0])
    assert not any("max_electric_power" in plug for plug in plugs[1])
    assert [sum("name" not in one for one in told) for told in (grid, swift)] == [0, 3]
    assert [sum(not one["publish"] for one in told) for told in (grid, swift)] == [3, 1]


@pytest.mark.parametrize(("operator", "names"), [("charging-grid", 4), ("charging-swift", 3)])
async def test_tariffs_that_connectors_name(cpo: Client, operator: str, names: int) -> None:
    """Each is there; the grid's operator keeps one that has ended."""
    http = cpo(operator)
    tariffs = {one["id"] for one in await every(http, f"{ROOT}/tariffs")}
    named = {
        id_
        for one in await every(http)
        for evse in one["evses"]
        for plug in evse["connectors"]
        for id_ in plug["tariff_ids"]
    }
    assert (len(tariffs), len(named), named <= tariffs) == (names, 3, True)


async def test_quirks(mocks: RunningMocks, cpo: Client) -> None:
    """Each switch does what has been seen of a server in use."""
    http = cpo("charging-grid")
    mocks.fault("charging-grid", slash=True)
    answer = await http.get(f"{ROOT}/locations?limit=1")
    assert (answer.status_code, answer.headers["location"]) == (
        307,
        f"{mocks.url}/charging-grid{ROOT}/locations/?limit=1",
    )
    assert (await http.get(f"{ROOT}/locations/?limit=1")).status_code == 200
    mocks.fault("charging-grid", lower_ids=True)
    location = (await http.get(f"{ROOT}/locations?limit=1")).json()["data"][0]
    assert (location["id"], location["evses"][0]["uid"], location["party_id"]) == (
        "lgd-0103",
        "lgd-0103-01",
        "LGD",
    )
    assert location["evses"][0]["connectors"][0]["tariff_ids"][0].startswith("LGD-")
    mocks.fault("charging-grid", bad_link=True)
    answer = await http.get(f"{ROOT}/locations?limit=1")
    assert answer.links["next"]["url"] == (
        "https://www.example.com/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.locations/?limit=1&offset=1"
    )
    mocks.fault("charging-grid", bare_errors=True)
    assert (await http.get(f"{ROOT}/locations/none")).json() == {"detail": "Not Found"}
    answer = await http.get(f"{ROOT}/locations?limit=x")
    assert (answer.status_code, answer.json()) == (422, {"detail": [{"msg": "limit is not a number"}]})
