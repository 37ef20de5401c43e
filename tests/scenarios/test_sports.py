"""运动 end to end: HTTP in, two operators' copies of their feeds read, nobody called."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph

OPERATORS = ("sports-dayun", "sports-street")
CENTRE = {"lat": 22.6, "lng": 114.12, "radius": 3000}
LONGLING = encode_id(
    "sports-venue", Ref("sports-street", "https://sports-street.example/places/sports-street-v01")
)
COURTS = encode_id("sports-facility", Ref("sports-street", "sports-street-v01-badminton"))
VENUES = """query ($near: NearInput, $activity: String, $first: Int! = 1000, $after: String) {
  sportsVenues(near: $near, activity: $activity, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { distance node { id name source { id } } } } }"""
SLOTS = """query ($day: Date, $near: NearInput, $activity: String, $venue: ID, $facility: ID,
               $free: Boolean! = false, $first: Int! = 1000, $after: String) {
  courtSlots(day: $day, near: $near, activity: $activity, venue: $venue, facility: $facility, free: $free,
             first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { distance node { id start placesLeft bookable source { id } } } } }"""
SESSIONS = """query ($day: Date, $near: NearInput, $activity: String, $venue: ID, $free: Boolean! = false,
                  $first: Int! = 1000, $after: String) {
  sportsSessions(day: $day, near: $near, activity: $activity, venue: $venue, free: $free, first: $first,
                 after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { distance node { id title start placesLeft cancelled bookable source { id } } } } }"""


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def slot_id(source: str, key: str) -> str:
    return encode_id("court-slot", Ref(source, key))


# Venues


async def test_a_venue_shows_all_that_its_operator_tells(graph: Graph, mocks: RunningMocks) -> None:
    """Out of the copy alone: no source is called for it."""
    answer = await graph(
        """query ($id: ID!) { node(id: $id) { __typename ... on SportsVenue {
          name nameEn address phone website operator openNow openingHours { days opens closes }
          position { lat lng } community { name } amenities activities { code name nameEn }
          source { id standard } asOf stale
          facilities { name description courts prices { amount currency note } activities { name }
            openingHours { opens closes } venue { name } } } } }""",
        id=LONGLING,
    )
    assert answer.errors == []
    week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    courts = {
        "description": "2片羽毛球场，按小时预约。",
        "courts": ["1号羽毛球场", "2号羽毛球场"],
        "prices": [
            {"amount": "40.00", "currency": "CNY", "note": "标准价"},
            {"amount": "30.00", "currency": "CNY", "note": "会员卡价"},
        ],
        "activities": [{"name": "羽毛球"}],
        "openingHours": [{"opens": "07:00", "closes": "22:00"}],
        "venue": {"name": "龙岭文体中心"},
    }
    venue = answer.data["node"]
    codes = [activity.pop("code") for activity in venue["activities"]]
    assert codes[0] == "https://openactive.io/activity-list#c0360db0-a817-4bae-9167-40f89b49fc9e"
    assert len(set(codes)) == 5
    assert venue.pop("facilities") == [
        {"name": "龙岭文体中心羽毛球场", **courts},
        {
            "name": "龙岭文体中心乒乓球台",
            **courts,
            "description": "1片乒乓球台，按小时预约。",
            "courts": ["1号乒乓球台"],
            "prices": [
                {"amount": "20.00", "currency": "CNY", "note": "标准价"},
                {"amount": "15.00", "currency": "CNY", "note": "会员卡价"},
            ],
            "activities": [{"name": "乒乓球"}],
        },
    ]
    assert venue == {
        "__typename": "SportsVenue",
        "name": "龙岭文体中心",
        "nameEn": None,
        "address": "广东省深圳市龙岗区布吉街道龙岭一路145号",
        "phone": "0755-28817717",
        "website": "https://sports-street.example/web/places/sports-street-v01",
        "operator": "龙岗街道文体中心",
        "openNow": True,
        "openingHours": [{"days": week, "opens": "07:00", "closes": "22:00"}],
        "position": {"lat": 22.600088, "lng": 114.120466},
        "community": {"name": "龙岭社区"},
        "amenities": ["LOCKERS", "PARKING", "TOILETS"],
        "activities": [
            {
                "name": "羽毛球",
                "nameEn": "Badminton",
            },
            {
                "name": "乒乓球",
                "nameEn": "Table Tennis",
            },
            {"name": "篮球", "nameEn": "Basketball"},
            {"name": "瑜伽", "nameEn": "Yoga"},
            {"name": "健美操", "nameEn": "Aerobics"},
        ],
        "source": {"id": "sports-street", "standard": "OpenActive RPDE 1.0"},
        "asOf": "2026-11-24T10:00:00+08:00",
        "stale": False,
    }
    assert mocks.calls() == []


async def test_venues_near_and_by_activity(graph: Graph, mocks: RunningMocks) -> None:
    """The nearest first, each with its distance; an activity by either language, a part of it or its code."""
    near = (await graph(VENUES, near=CENTRE)).data["sportsVenues"]
    assert [(edge["distance"], edge["node"]["name"]) for edge in near["edges"]] == [
        (49, "龙岭文体中心"),
        (742, "布吉圩体育馆"),
        (1009, "国展体育公园"),
        (1231, "龙珠文体中心"),
        (2543, "可园文体中心"),
    ]
    assert near["totalCount"] == 5
    whole = (await graph(VENUES)).data["sportsVenues"]
    assert whole["totalCount"] == 14
    assert {edge["distance"] for edge in whole["edges"]} == {None}
    found = [
        {node["name"] for node in nodes((await graph(VENUES, activity=word)).data["sportsVenues"])}
        for word in (
            "网球",
            "tennis",
            "https://openactive.io/activity-list#f2ea7405-6098-4378-b0fe-4e398a659fc4",
        )
    ]
    assert found[0] == found[2]
    assert found[0] < found[1], "table tennis has tennis in its English name"
    assert (await graph(VENUES, activity="冰壶")).data["sportsVenues"]["totalCount"] == 0
    assert mocks.calls() == []


async def test_pages_of_venues_follow_one_another(graph: Graph) -> None:
    """Five at a time: every venue once, in the order of the whole."""
    whole = [
        node["id"]
        for node in nodes((await graph(VENUES, near={**CENTRE, "radius": 50000})).data["sportsVenues"])
    ]
    seen: list[str] = []
    after = None
    while True:
        page = (await graph(VENUES, near={**CENTRE, "radius": 50000}, first=5, after=after)).data[
            "sportsVenues"
        ]
        seen += [node["id"] for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert len(whole) == 14


# Courts


async def test_a_court_slot_shows_all_that_is_told(graph: Graph, mocks: RunningMocks) -> None:
    """A single court's hour, as any bookable thing is told, with its courts and its venue."""
    answer = await graph(
        """query ($id: ID!) { node(id: $id) { __typename ... on Slot {
          title start end scenario unit placesLeft placesTotal price { amount currency note }
          eligibility { minimumAge } bookFrom bookUntil bookable }
          ... on CourtSlot { court cancelUntil prices { amount } activities { name }
            facility { id name } venue { id name } } } }""",
        id=slot_id("sports-street", "sports-street-v01-badminton-20261127-19-2"),
    )
    assert answer.errors == []
    assert answer.data["node"] == {
        "__typename": "CourtSlot",
        "title": "龙岭文体中心羽毛球场",
        "start": "2026-11-27T19:00:00+08:00",
        "end": "2026-11-27T20:00:00+08:00",
        "scenario": "SPORTS",
        "unit": "TIME",
        "placesLeft": 1,
        "placesTotal": 1,
        "price": {"amount": "40.00", "currency": "CNY", "note": "标准价"},
        "eligibility": None,
        "bookFrom": "2026-11-20T19:00:00+08:00",
        "bookUntil": None,
        "bookable": True,
        "court": "2号羽毛球场",
        "cancelUntil": "2026-11-27T15:00:00+08:00",
        "prices": [{"amount": "40.00"}, {"amount": "30.00"}],
        "activities": [{"name": "羽毛球"}],
        "facility": {"id": COURTS, "name": "龙岭文体中心羽毛球场"},
        "venue": {"id": LONGLING, "name": "龙岭文体中心"},
    }
    assert mocks.calls() == []


async def test_court_slots_of_a_day(graph: Graph, mocks: RunningMocks) -> None:
    """Today's that have not begun, the earliest first; of the eighth day some are not open for booking."""
    today = (await graph(SLOTS, day="2026-11-24")).data["courtSlots"]
    starts = [node["start"] for node in nodes(today)]
    assert starts == sorted(starts)
    assert (starts[0], starts[-1]) == ("2026-11-24T11:00:00+08:00", "2026-11-24T21:00:00+08:00")
    assert len(starts) == 11 * (20 + 27), "eleven hours of 20 kinds of courts and 27 single ones"
    assert today["totalCount"] is None
    last = nodes((await graph(SLOTS, day="2026-12-01")).data["courtSlots"])
    assert {node["start"][11:13] for node in last if node["bookable"]} == {"07", "08", "09", "10"}
    assert nodes((await graph(SLOTS, day="2026-12-02")).data["courtSlots"]) == []
    assert mocks.calls() == []


async def test_court_slots_that_are_wanted(graph: Graph) -> None:
    """Near a point, of a venue, of courts, for an activity, with places left."""
    day = "2026-11-24"
    near = (await graph(SLOTS, day=day, near=CENTRE, activity="羽毛球")).data["courtSlots"]
    assert {edge["distance"] for edge in near["edges"]} == {49, 742, 1009, 1231, 2543}
    assert len(near["edges"]) == 11 * 8, "two kinds of courts and six single ones"
    free = nodes((await graph(SLOTS, day=day, near=CENTRE, activity="羽毛球", free=True)).data["courtSlots"])
    assert [node["id"] for node in free] == [node["id"] for node in nodes(near) if node["placesLeft"]]
    assert 0 < len(free) < 88
    assert len(nodes((await graph(SLOTS, day=day, venue=LONGLING)).data["courtSlots"])) == 11 * 3
    assert len(nodes((await graph(SLOTS, day=day, facility=COURTS)).data["courtSlots"])) == 11 * 2
    both = await graph(SLOTS, day=day, venue=LONGLING, facility=COURTS)
    assert len(nodes(both.data["courtSlots"])) == 11 * 2
    elsewhere = encode_id("sports-facility", Ref("sports-dayun", "sports-dayun-v01-badminton"))
    assert nodes((await graph(SLOTS, day=day, venue=LONGLING, facility=elsewhere)).data["courtSlots"]) == []


async def test_slots_through_the_venue_and_its_courts(graph: Graph, mocks: RunningMocks) -> None:
    """The relations lead to the same slots as the arguments do."""
    answer = await graph(
        """query ($venue: ID!) { node(id: $venue) { ... on SportsVenue {
          courtSlots(day: "2026-11-24", activity: "乒乓", first: 2) { edges { node { start venue { id } } } }
          facilities { slots(day: "2026-11-24", first: 1) { edges { node { start title } } } }
          sessions(first: 1) { edges { node { title start venue { id } } } } } } }""",
        venue=LONGLING,
    )
    assert answer.errors == []
    eleven, noon = "2026-11-24T11:00:00+08:00", "2026-11-24T12:00:00+08:00"
    assert nodes(answer.data["node"]["courtSlots"]) == [
        {"start": start, "venue": {"id": LONGLING}} for start in (eleven, noon)
    ]
    assert [nodes(facility["slots"]) for facility in answer.data["node"]["facilities"]] == [
        [{"start": eleven, "title": "龙岭文体中心羽毛球场"}],
        [{"start": eleven, "title": "龙岭文体中心乒乓球台"}],
    ]
    (session,) = nodes(answer.data["node"]["sessions"])
    assert session["venue"] == {"id": LONGLING}
    assert mocks.calls() == []


@pytest.mark.parametrize("query", [SLOTS, SESSIONS])
async def test_pages_of_what_begins_follow_one_another(graph: Graph, query: str) -> None:
    """Of both operators, ties included: every one once, in the order of the whole."""
    field = "courtSlots" if query is SLOTS else "sportsSessions"
    asked = {"near": CENTRE} | ({"day": "2026-11-24"} if query is SLOTS else {})
    whole = [node["id"] for node in nodes((await graph(query, **asked)).data[field])]
    seen: list[str] = []
    after = None
    while True:
        page = (await graph(query, **asked, first=7, after=after)).data[field]
        seen += [node["id"] for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert len(whole) == len(set(whole)) > 14


@pytest.mark.parametrize(
    "arguments",
    [
        'day: "2026-11-23"',
        'day: "2027-01-24"',
        "first: 0",
        'after: "?"',
        'venue: "x"',
        f'venue: "{COURTS}"',
        "near: {lat: 91, lng: 0}",
    ],
)
async def test_what_cannot_be_asked_of_court_slots(graph: Graph, mocks: RunningMocks, arguments: str) -> None:
    """BAD_USER_INPUT with a sentence; nothing is called."""
    answer = await graph(f"{{ courtSlots({arguments}) {{ totalCount }} }}")
    assert (answer.codes, answer.data) == (["BAD_USER_INPUT"], {"courtSlots": None})
    assert mocks.calls() == []


# Sessions


async def test_a_session_shows_all_that_is_told(graph: Graph, mocks: RunningMocks) -> None:
    """Its own facts, and those of its series, which came by another feed."""
    found = nodes((await graph(SESSIONS, activity="羽毛球")).data["sportsSessions"])
    of_dayun = next(node for node in found if node["source"]["id"] == "sports-dayun" and node["bookable"])
    answer = await graph(
        """query ($id: ID!) { node(id: $id) { ... on SportsSession {
          title start end description placesLeft placesTotal price { amount note }
          eligibility { minimumAge maximumAge note } levels organiser leader cancelled website
          activities { name } bookFrom bookUntil cancelUntil unit venue { name community { name } } } } }""",
        id=of_dayun["id"],
    )
    assert answer.errors == []
    assert answer.data["node"] == {
        "title": "羽毛球训练营",
        "start": "2026-11-28T15:00:00+08:00",
        "end": "2026-11-28T16:30:00+08:00",
        "description": "国展体育公园开设的羽毛球训练营，由专业老师带领。",
        "placesLeft": 12,
        "placesTotal": 16,
        "price": {"amount": "50.00", "note": "标准价"},
        "eligibility": {"minimumAge": 8.0, "maximumAge": 17.0, "note": None},
        "levels": ["中级"],
        "organiser": "深圳大运中心场馆",
        "leader": "薛文博",
        "cancelled": False,
        "website": "https://sports-dayun.example/web/sessions/sports-dayun-p009-20261128",
        "activities": [{"name": "羽毛球"}],
        "bookFrom": "2026-11-21T15:00:00+08:00",
        "bookUntil": "2026-11-28T14:30:00+08:00",
        "cancelUntil": "2026-11-28T11:00:00+08:00",
        "unit": "PLACE",
        "venue": {"name": "国展体育公园", "community": {"name": "国展社区"}},
    }
    assert mocks.calls() == []


async def test_sessions_that_are_wanted(graph: Graph) -> None:
    """Of a day, near a point, of a venue; what is called off is shown, and is not free."""
    whole = nodes((await graph(SESSIONS)).data["sportsSessions"])
    assert len(whole) == 44 + 77 - 2, "two have begun and not ended"
    off = [node for node in whole if node["cancelled"]]
    assert len(off) == 3
    assert {node["bookable"] for node in off} == {False}
    free = [node["id"] for node in nodes((await graph(SESSIONS, free=True)).data["sportsSessions"])]
    assert free == [node["id"] for node in whole if node["placesLeft"] and not node["cancelled"]]
    day = nodes((await graph(SESSIONS, day="2026-11-28")).data["sportsSessions"])
    assert [node["id"] for node in day] == [n["id"] for n in whole if n["start"].startswith("2026-11-28")]
    near = (await graph(SESSIONS, near=CENTRE)).data["sportsSessions"]
    assert {edge["distance"] for edge in near["edges"]} == {49, 742, 1009, 1231, 2543}
    at = nodes((await graph(SESSIONS, venue=LONGLING)).data["sportsSessions"])
    assert [node["id"] for node in at] == [
        edge["node"]["id"] for edge in near["edges"] if edge["distance"] == 49
    ]


async def test_a_community_and_what_is_near(graph: Graph, mocks: RunningMocks) -> None:
    """Venues and sessions around the centre, and venues among all that is near; no source is called."""
    answer = await graph(
        """{ community(code: "440307014003") {
          sportsVenues(first: 2, activity: "羽毛球") { totalCount edges { distance node { name } } }
          sportsSessions(first: 1, free: true) { edges { node { title } } } }
          nearby(lat: 22.6, lng: 114.12, radius: 800, kinds: [SPORTS_VENUE]) {
            edges { distance node { __typename name } } } }"""
    )
    assert answer.errors == []
    venues = answer.data["community"]["sportsVenues"]
    assert [edge["node"]["name"] for edge in venues["edges"]] == ["龙岭文体中心", "布吉圩体育馆"]
    assert len(nodes(answer.data["community"]["sportsSessions"])) == 1
    assert answer.data["nearby"]["edges"] == [
        {"distance": 49, "node": {"__typename": "SportsVenue", "name": "龙岭文体中心"}},
        {"distance": 742, "node": {"__typename": "SportsVenue", "name": "布吉圩体育馆"}},
    ]
    assert mocks.calls() == []
