"""亲子学堂 end to end: HTTP in, the provider's copy of its feeds read, nobody called."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph

NEAR = {"lat": 22.6, "lng": 114.12, "radius": 20000}
LONGLING = encode_id(
    "class-venue", Ref("classes-family", "https://classes-family.example/places/classes-family-v01")
)
CLASSES = """query ($day: Date, $near: NearInput, $age: Float, $activity: String, $venue: ID,
                 $free: Boolean! = false, $first: Int! = 1000, $after: String) {
  classes(day: $day, near: $near, age: $age, activity: $activity, venue: $venue, free: $free, first: $first,
          after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { distance node {
    id title start placesLeft cancelled bookable eligibility { minimumAge maximumAge } venue { id } } } } }"""
COURSES = """query ($near: NearInput, $age: Float, $activity: String, $venue: ID, $free: Boolean! = false,
                 $first: Int! = 1000, $after: String) {
  classCourses(near: $near, age: $age, activity: $activity, venue: $venue, free: $free, first: $first,
               after: $after) { pageInfo { hasNextPage endCursor } edges { distance node {
    id title start placesLeft bookable eligibility { minimumAge maximumAge } venue { id } } } } }"""
FIELDS = {CLASSES: "classes", COURSES: "classCourses"}


def nodes(connection: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def suits(node: dict[str, Any], age: float) -> bool:
    """Whether a child of an age may come, by what the class says."""
    who = node["eligibility"]
    oldest = who["maximumAge"]
    return bool(who["minimumAge"] <= age and (oldest is None or age < oldest + 1))


async def test_a_class_shows_all_that_is_told(graph: Graph, mocks: RunningMocks) -> None:
    """As any bookable thing is told, with who may come, who gives it and where."""
    found = nodes((await graph(CLASSES, activity="芭蕾", day="2026-11-25")).data["classes"])
    answer = await graph(
        """query ($id: ID!) { node(id: $id) { __typename ... on Slot {
          title start end scenario unit placesLeft placesTotal price { amount note } bookFrom bookUntil
          bookable eligibility { minimumAge maximumAge note } }
          ... on ParentChildClass { description topics activities { name } levels organiser leader
            cancelled cancelUntil website venue { name address phone operator community { name }
              openingHours { opens closes } position { lat } } } } }""",
        id=found[0]["id"],
    )
    assert answer.errors == []
    assert answer.data["node"] == {
        "__typename": "ParentChildClass",
        "title": "亲子芭蕾",
        "start": "2026-11-25T15:00:00+08:00",
        "end": "2026-11-25T16:00:00+08:00",
        "scenario": "CLASSES",
        "unit": "PLACE",
        "placesLeft": 17,
        "placesTotal": 24,
        "price": {"amount": "60.00", "note": "标准价"},
        "bookFrom": "2026-11-18T15:00:00+08:00",
        "bookUntil": "2026-11-25T14:30:00+08:00",
        "bookable": True,
        "eligibility": {"minimumAge": 4.0, "maximumAge": 8.0, "note": "须由一名家长陪同"},
        "description": "南坑亲子学堂开设的亲子芭蕾，由专业老师带领。",
        "topics": ["亲子"],
        "activities": [{"name": "芭蕾"}],
        "levels": ["中级"],
        "organiser": "龙岗亲子学堂",
        "leader": "龙佳怡",
        "cancelled": False,
        "cancelUntil": "2026-11-25T11:00:00+08:00",
        "website": "https://classes-family.example/web/sessions/classes-family-p011-20261125",
        "venue": {
            "name": "南坑亲子学堂",
            "address": "广东省深圳市龙岗区坂田街道南坑中路64号",
            "phone": "0755-28818127",
            "operator": "龙岗亲子学堂",
            "community": {"name": "南坑社区"},
            "openingHours": [{"opens": "09:00", "closes": "21:00"}],
            "position": {"lat": 22.640743},
        },
    }
    assert mocks.calls() == []


async def test_a_course_shows_its_lessons(graph: Graph, mocks: RunningMocks) -> None:
    """One booking, several lessons; what it costs, until when it can be given back."""
    found = nodes((await graph(COURSES, free=True)).data["classCourses"])
    answer = await graph(
        """query ($id: ID!) { node(id: $id) { ... on ParentChildCourse {
          title start end unit placesLeft placesTotal price { amount } eligibility { minimumAge maximumAge }
          bookFrom bookUntil cancelUntil leader lessons { start end } lessonTimes { opens }
          venue { name } } } }""",
        id=found[0]["id"],
    )
    assert answer.errors == []
    course = answer.data["node"]
    lessons = course.pop("lessons")
    first = {"start": course["start"], "end": "2026-11-27T17:00:00+08:00"}
    assert (len(lessons), lessons[0], lessons[-1]["end"]) == (8, first, course["end"])
    assert course == {
        "title": "亲子太极系统课",
        "start": "2026-11-27T16:00:00+08:00",
        "end": "2027-01-15T17:00:00+08:00",
        "unit": "PLACE",
        "placesLeft": 5,
        "placesTotal": 12,
        "price": {"amount": "0.00"},
        "eligibility": {"minimumAge": 5.0, "maximumAge": None},
        "bookFrom": "2026-10-28T16:00:00+08:00",
        "bookUntil": None,
        "cancelUntil": "2026-11-26T16:00:00+08:00",
        "leader": "曹佳怡",
        "lessonTimes": [],
        "venue": {"name": "南坑亲子学堂"},
    }
    assert mocks.calls() == []


@pytest.mark.parametrize("query", FIELDS)
async def test_what_suits_a_child(graph: Graph, query: str) -> None:
    """By age, place, venue, activity and places left; the earliest first."""
    field = FIELDS[query]
    whole = nodes((await graph(query)).data[field])
    starts = [node["start"] for node in whole]
    assert starts == sorted(starts)
    assert starts[0] > "2026-11-24T10:00:00+08:00"
    for age in (1, 4, 8.5, 13):
        found = nodes((await graph(query, age=age)).data[field])
        assert [node["id"] for node in found] == [node["id"] for node in whole if suits(node, age)]
        assert found
    assert nodes((await graph(query, age=0)).data[field]) == []
    free = nodes((await graph(query, free=True)).data[field])
    assert [n["id"] for n in free] == [n["id"] for n in whole if n["placesLeft"] and not n.get("cancelled")]
    assert len(free) < len(whole)
    at = nodes((await graph(query, venue=LONGLING)).data[field])
    assert [node["id"] for node in at] == [n["id"] for n in whole if n["venue"]["id"] == LONGLING]
    near = (await graph(query, near={**NEAR, "radius": 500})).data[field]
    assert [edge["node"]["id"] for edge in near["edges"]] == [node["id"] for node in at]
    assert len({edge["distance"] for edge in near["edges"]}) == 1
    football = nodes((await graph(query, activity="足球")).data[field])
    assert football
    assert {"足球" in node["title"] for node in football} == {True}


@pytest.mark.parametrize("query", FIELDS)
async def test_pages_follow_one_another(graph: Graph, query: str) -> None:
    """Four at a time, for one age: every one once, in the order of the whole."""
    field = FIELDS[query]
    whole = [node["id"] for node in nodes((await graph(query, age=5)).data[field])]
    seen: list[str] = []
    after = None
    while True:
        page = (await graph(query, age=5, first=4, after=after)).data[field]
        seen += [node["id"] for node in nodes(page)]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert len(whole) > 4


async def test_classes_of_a_day(graph: Graph) -> None:
    """Those of that day alone."""
    whole = nodes((await graph(CLASSES)).data["classes"])
    day = nodes((await graph(CLASSES, day="2026-11-28")).data["classes"])
    assert [node["id"] for node in day] == [n["id"] for n in whole if n["start"].startswith("2026-11-28")]
    assert day


@pytest.mark.parametrize("arguments", ["age: -1", "age: 121", 'day: "2026-11-23"', "first: 0", 'venue: "x"'])
async def test_what_cannot_be_asked_of_classes(graph: Graph, mocks: RunningMocks, arguments: str) -> None:
    """BAD_USER_INPUT with a sentence; nothing is called."""
    answer = await graph(f"{{ classes({arguments}) {{ totalCount }} }}")
    assert (answer.codes, answer.data) == (["BAD_USER_INPUT"], {"classes": None})
    assert mocks.calls() == []


async def test_a_community_and_what_is_near(graph: Graph, mocks: RunningMocks) -> None:
    """Classes, courses and venues around a community, and what a venue gives; no source is called."""
    answer = await graph(
        """{ community(code: "440307014003") {
          classes(age: 4, first: 3, radius: 10000) { edges { distance node { title } } }
          classCourses(age: 4, first: 1, radius: 10000) { edges { node { title } } } }
          nearby(lat: 22.6, lng: 114.12, radius: 800, kinds: [CLASS_VENUE]) { edges { distance node {
            __typename name ... on ClassVenue { classes(first: 1, age: 4) { edges { node { title } } }
              courses(first: 1) { edges { node { title } } } } } } } }"""
    )
    assert answer.errors == []
    assert len(answer.data["community"]["classes"]["edges"]) == 3
    assert len(answer.data["community"]["classCourses"]["edges"]) == 1
    ((edge),) = answer.data["nearby"]["edges"]
    assert (edge["node"]["__typename"], edge["node"]["name"]) == ("ClassVenue", "龙岭亲子学堂")
    assert mocks.calls() == []
