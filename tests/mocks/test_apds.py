"""The parking operators: APDS v4 places, occupancy, tariffs, rights and sessions, quirks included."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mocks.server import RunningMocks
from mocks.world.parking import OPERATORS

NOW = 1_795_485_600  # the world's clock in the tests, 2026-11-24T10:00+08:00, as the standard counts time
LOT = "440307014003-01"


Connect = Callable[..., Awaitable[httpx.AsyncClient]]


async def _all(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = 0
    while True:
        page += 1
        answer = (await client.get(f"/places?{query}&page={page}")).json()
        found += answer["data"]
        if len(found) >= answer["meta"]["total"]:
            return found


async def test_a_place_without_expand_carries_basic_attributes_only(connect: Connect) -> None:
    """Names in two languages and what the schema requires; nothing that expand would bring."""
    place = (await (await connect()).get(f"/places/{LOT}")).json()
    assert set(place) == {
        "id", "version", "type", "name", "layer", "hierarchyElementRecord", "timeZone", "childIds",
        "responsibilityRoleAssignments",
    }  # fmt: skip
    assert place["name"] == [
        {"language": "zh", "string": "龙岭社区公共停车场"},
        {"language": "en", "string": "Longling Community Public Car Park"},
    ]
    assert (place["version"], place["layer"], place["timeZone"]) == (12, 0, "Asia/Shanghai")
    assert place["hierarchyElementRecord"]["creationTime"] == "2026-10-20T07:48:00Z"
    assert [child["id"] for child in place["childIds"]] == [f"{LOT}-ev", f"{LOT}-accessible"]


async def test_expand_brings_the_named_attributes(connect: Connect) -> None:
    """Each name brings its attribute; coordinates are GeoJSON, longitude first."""
    client = await connect()
    place = (await client.get(f"/places/{LOT}?expand=pointLocation,openingTimes,occupancy")).json()
    assert place["indicativePlacePointLocation"] == [{"type": "Point", "coordinates": [114.12107, 22.599408]}]
    assert place["times"]["available24hours"] is True
    assert place["hierarchyElementReference"] == {
        "elementId": {"id": LOT, "version": 12, "className": "Place"},
        "supply": [
            {
                "supplyViewType": "spaceView",
                "supplyQuantity": 108,
                "supplyValidityStart": "2026-10-20T07:48:00Z",
            }
        ],
        "demandTable": [
            {
                "frequency": "PT3M",
                "timestamp": "2026-11-24T02:00:00Z",
                "demandType": [
                    {"count": 66, "occupancyCalculation": "counted", "recordDateTime": "2026-11-24T02:00:00Z"}
                ],
            }
        ],
    }
    assert "placeStreetAddress" not in place
    full = (await client.get(f"/places/{LOT}?expand=all")).json()
    assert [line["text"][0]["string"] for line in full["placeStreetAddress"]["addressLines"]] == [
        "龙岗区", "布吉街道", "龙岭西街213号",
    ]  # fmt: skip
    assert full["characteristics"]["evChargingPoints"] == 19
    plaza = (await client.get("/places/440307014003-03?expand=openingTimes")).json()
    assert plaza["times"]["operatingTime"]["periods"] == [
        {"recurringTimePeriodOfDay": [{"startTimeOfPeriod": "08:00", "endTimeOfPeriod": "23:00"}]}
    ]


async def test_charging_and_accessible_bays_are_a_supply_below_the_place(connect: Connect) -> None:
    """Layer 1 holds them, with their parent, their own supply and who may use them."""
    area = (await (await connect()).get(f"/places/{LOT}-ev?expand=all")).json()
    assert (area["type"], area["layer"], area["parentId"]["id"]) == ("identifiedArea", 1, LOT)
    assert area["operatingRestrictions"] == [{"operatingRestriction": "electricVehicleOnly"}]
    assert area["hierarchyElementReference"]["supply"][0]["supplyQuantity"] == 19


async def test_lists_are_paged_by_two_hundred(connect: Connect) -> None:
    """The envelope counts all; pages do not overlap; a page beyond the end is empty."""
    client = await connect()
    pages = [(await client.get(f"/places?page={page}")).json() for page in (1, 2, 3, 4)]
    assert pages[0]["meta"] == {"referenceInstant": NOW, "pageSize": 200, "offset": 0, "total": 402}
    assert [len(page["data"]) for page in pages] == [200, 200, 2, 0]
    assert len({element["id"] for page in pages for element in page["data"]}) == 402
    assert "deletedReferences" not in pages[0]


async def test_every_community_has_at_least_two_car_parks(connect: Connect) -> None:
    """All operators together: 319 permanent ones and the temporary ones that stand now."""
    found = [
        element["id"] for operator in OPERATORS for element in await _all(await connect(operator), "layer=0")
    ]
    assert len(found) == 319 + 3
    lasting = [identity for identity in found if not identity.startswith("temporary")]
    communities = [identity.split("-")[0] for identity in lasting]
    assert len(set(communities)) == 111
    assert min(communities.count(code) for code in set(communities)) == 2


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("layer=0", 134),
        ("type=identifiedArea", 268),
        ("type=place,identifiedArea", 402),
        ("latitude=22.6093&longitude=114.1224&radius=800&layer=0", 5),
        ("name=PLAZA&layer=0", 5),
        ("name=商业广场&layer=0", 5),
        ("structure_type=offStreetStructure&layer=0", 20),
        ("structure_grade=underground,aboveGround&layer=0", 20),
        ("right_type=permitParking&layer=0", 129),
        ("operator=parking-city", 402),
        ("operator=parking-park", 0),
        ("unknown=argument", 402),
    ],
)
async def test_places_can_be_filtered(connect: Connect, query: str, total: int) -> None:
    """By area, type, layer, name in any language, structure, right and operator."""
    assert (await (await connect()).get(f"/places?{query}")).json()["meta"]["total"] == total


@pytest.mark.parametrize(
    "query",
    [
        "latitude=22.6", "latitude=22.6&longitude=x&radius=5", "latitude=99&longitude=114&radius=5",
        "page=0", "page=two", "expand=everything", "type=garage", "modified_since=-1", "layer=top",
    ],
)  # fmt: skip
async def test_wrong_arguments_are_a_response_status(connect: Connect, query: str) -> None:
    """400 with status, code and message."""
    answer = await (await connect()).get(f"/places?{query}")
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"
    assert answer.json()["code"] == 400


async def test_unknown_things_are_a_response_status(connect: Connect) -> None:
    """404 for an unknown id, version or path, 405 for a method, 401 without a token: all in one shape."""
    client = await connect()
    missing = await client.get("/places/nowhere")
    assert missing.status_code == 404
    assert missing.json() == {"status": "error", "code": 404, "message": "Place not found."}
    assert (await client.get(f"/places/{LOT}?version=3")).status_code == 404
    assert (await client.get(f"/places/{LOT}?version=12")).status_code == 200
    assert (await client.get("/quotes")).json()["code"] == 404
    assert (await client.put("/places")).json()["code"] == 405
    client.headers.pop("authorization")
    assert (await client.get("/places")).json()["code"] == 401


async def test_modified_since_gives_changes_and_deletions(connect: Connect) -> None:
    """Only records edited since then; a closed temporary car park is a deleted reference, with its areas."""
    client = await connect()
    recent = (await client.get(f"/places?modified_since={NOW - 3 * 86_400}")).json()
    assert recent["meta"]["total"] == 36
    assert recent["deletedReferences"] == []
    month = (await client.get(f"/places?modified_since={NOW - 30 * 86_400}")).json()
    assert month["deletedReferences"][0] == {
        "id": "temporary-0020",
        "className": "Place",
        "deleteTimestamp": "2026-11-06T19:00:00Z",
    }
    assert [reference["id"] for reference in month["deletedReferences"]] == [
        "temporary-0020", "temporary-0020-ev", "temporary-0020-accessible",
    ]  # fmt: skip


async def test_a_temporary_car_park_goes_when_its_time_is_over(mocks: RunningMocks, connect: Connect) -> None:
    """What stood at the first reading is gone at the next, and the feed says so."""
    client = await connect()
    assert (await client.get("/places/temporary-0021")).status_code == 200
    mocks.world.clock.move_to(mocks.world.clock.now() + timedelta(days=14))
    assert (await client.get("/places/temporary-0021")).status_code == 404
    changes = (await client.get(f"/places?modified_since={NOW}")).json()
    assert changes["deletedReferences"][0]["id"] == "temporary-0021"


async def test_modified_since_covers_an_expanded_occupancy(mocks: RunningMocks, connect: Connect) -> None:
    """With expand=occupancy a place is listed again once its bays were counted anew, every three minutes."""
    client = await connect("parking-metro")
    query = f"/places?layer=0&expand=occupancy&modified_since={NOW + 1}"
    assert (await client.get(query)).json()["meta"]["total"] == 0
    mocks.world.clock.move_to(mocks.world.clock.now() + timedelta(minutes=3))
    assert (await client.get(query)).json()["meta"]["total"] == 27


async def test_occupancy_moves_through_the_day(mocks: RunningMocks, connect: Connect) -> None:
    """Homes are full by night, park-and-ride by day, parks at weekends; a count stands for three minutes."""

    async def share(operator: str, name: str, days: int, hour: int, minute: int = 0) -> float:
        client = await connect(operator)
        midnight = mocks.world.clock.now().replace(hour=0, minute=0)
        mocks.world.clock.move_to(midnight + timedelta(days=days, hours=hour, minutes=minute))
        found = await _all(client, f"layer=0&name={name}&expand=occupancy")
        mocks.world.clock.move_to(midnight)
        shares: list[float] = []
        for reference in (element["hierarchyElementReference"] for element in found):
            for table in reference.get("demandTable", ()):
                demand, bays = table["demandType"][0], reference["supply"][0]["supplyQuantity"]
                shares.append(float(demand.get("percentage", demand.get("count", 0) / bays * 100)))
        return round(sum(shares) / len(shares), 1)

    home, metro, park = ("parking-city", "社区公共"), ("parking-metro", "P%2BR"), ("parking-park", "公园")
    assert await share(*home, 0, 2) > 90
    assert await share(*home, 0, 12) < 60
    assert await share(*metro, 0, 11) > 85
    assert await share(*metro, 0, 23) < 20
    assert await share(*park, 4, 15) > 80
    assert await share(*park, 0, 15) < 45
    assert await share(*home, 0, 10) == await share(*home, 0, 10, 2)
    assert await share(*home, 0, 10) != await share(*home, 0, 10, 3)


async def test_operators_differ_as_real_ones_do(connect: Connect) -> None:
    """Two give a percentage only, one lacks demand for some places, one does not know where a place lies."""
    kinds: dict[str, set[str]] = {}
    without_demand: dict[str, int] = {}
    without_point: dict[str, int] = {}
    for operator in OPERATORS:
        places = await _all(await connect(operator), "layer=0&expand=occupancy,pointLocation")
        demands = [p["hierarchyElementReference"].get("demandTable") for p in places]
        kinds[operator] = {key for d in demands if d for key in d[0]["demandType"][0]} & {
            "count",
            "percentage",
        }
        without_demand[operator] = demands.count(None)
        without_point[operator] = sum("indicativePlacePointLocation" not in place for place in places)
    assert kinds == {
        "parking-city": {"count"},
        "parking-roadside": {"percentage"},
        "parking-metro": {"count"},
        "parking-park": {"percentage"},
    }
    assert without_demand == {"parking-city": 0, "parking-roadside": 0, "parking-metro": 0, "parking-park": 9}
    assert without_point == {"parking-city": 0, "parking-roadside": 1, "parking-metro": 0, "parking-park": 0}


async def test_a_tariff_is_found_from_a_place(connect: Connect) -> None:
    """Place → right specification → rate eligibility → rate table → lines, in Shenzhen's manner."""
    client = await connect()
    place = (await client.get(f"/places/{LOT}?expand=rightSpecifications")).json()
    assert [spec["id"] for spec in place["rightSpecifications"]] == [
        "spec-city-home-visit", "spec-city-home-monthly",
    ]  # fmt: skip
    specs = (await client.get(f"/rights/specs?place={LOT}&expand=rateEligibility")).json()["data"]
    rates = {spec["id"]: spec["rateEligibility"][0]["rateTable"]["id"] for spec in specs}
    assert rates == {
        "spec-city-home-visit": "rate-city-home",
        "spec-city-home-monthly": "rate-city-home-monthly",
    }
    assert LOT in [element["id"] for element in specs[0]["hierarchyElements"]]
    tables = (await client.get(f"/rates?place={LOT}&expand=rateLineCollections.rateLines")).json()["data"]
    visit, monthly = (table["rateLineCollections"][0] for table in tables)
    assert [
        (line["rateLineType"], line["durationStart"], line["durationEnd"], line["value"])
        for line in visit["rateLines"]
    ] == [
        ("flatRateTier", "00:00", "00:15", 0),
        ("flatRateTier", "00:15", "01:00", 4),
        ("incrementingRate", "01:00", "24:00", 1),
    ]
    assert visit["rateLines"][2]["incrementPeriod"] == "PT30M"
    assert visit["maxValueCollection"] == {"currencyType": "CNY", "currencyValue": 20}
    assert [(line["value"], line["incrementPeriod"]) for line in monthly["rateLines"]] == [(300, "P1M")]


async def test_rates_and_specs_can_be_filtered(connect: Connect) -> None:
    """By several places, right specification, area, issuer and time of change."""
    client = await connect("parking-roadside")

    async def ids(path: str) -> list[str]:
        return [item["id"] for item in (await client.get(path)).json()["data"]]

    assert await ids("/rates") == ["rate-roadside-core", "rate-roadside-outer"]
    assert await ids("/rates?right_spec=spec-roadside-outer-visit") == ["rate-roadside-outer"]
    assert await ids("/rates?place=440307014003-02,440307003004-02") == await ids("/rates")
    assert await ids("/rates?place=440307014003-02") == ["rate-roadside-core"]
    assert await ids("/rates?latitude=22.6&longitude=114.12&radius=900") == ["rate-roadside-core"]
    assert await ids("/rights/specs?issuer=parking-city") == []
    assert await ids(f"/rights/specs?modified_since={NOW}") == []
    charged = (await client.get("/rights/specs/spec-roadside-core-visit")).json()["validity"]
    assert charged["validityTimeSpecification"]["validPeriods"] == [
        {"recurringTimePeriodOfDay": [{"startTimeOfPeriod": "07:30", "endTimeOfPeriod": "21:00"}]}
    ]
    assert (await client.get("/rates/none")).json()["message"] == "Rate table not found."
    assert (await client.get("/rights/specs/none")).status_code == 404


async def test_the_operator_says_who_it_is(connect: Connect) -> None:
    """`/contacts` names the organisation that places and rights refer to."""
    contacts = (await (await connect("parking-park")).get("/contacts")).json()["data"]
    assert [(c["id"], c["organisationName"][0]["string"]) for c in contacts] == [
        ("parking-park", "公园与场馆停车")
    ]
