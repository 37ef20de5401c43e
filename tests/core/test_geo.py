"""Positions: distances, circles, and the two coordinate systems there and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.community.gazetteer import COMMUNITIES, SUBDISTRICTS, communities_of, community_at
from schema.core.errors import InvalidInput
from schema.core.geo import MAX_RADIUS_M, Crs, Near, NearInput, distance_m, from_gcj02, near, to_gcj02
from schema.core.record import Position

LATITUDES, LONGITUDES = st.floats(22.4, 23.0), st.floats(113.9, 114.7)
LONGLING = COMMUNITIES["440307014003"]


@given(lat=LATITUDES, lng=LONGITUDES)
def test_gcj02_and_back(lat: float, lng: float) -> None:
    """Within a few centimetres all over the district, and some 500 to 800 metres off in between."""
    there = to_gcj02(Position(lat=lat, lng=lng))
    back = from_gcj02(there.lat, there.lng)
    assert distance_m(lat, lng, back.lat, back.lng) < 0.05
    assert 400 < distance_m(lat, lng, there.lat, there.lng) < 900


def test_a_known_point_of_gcj02() -> None:
    """A resident's map has this point of 龙岗 about 590 metres to the south-east."""
    point = Position(lat=22.637278, lng=114.203885)
    assert to_gcj02(point) == Position(lat=22.634462, lng=114.2087834)
    assert from_gcj02(22.634462, 114.2087834) == point


@pytest.mark.parametrize(("lat", "lng"), [(48.85, 2.35), (0.0, 0.0), (-33.9, 151.2)])
def test_outside_china_the_systems_are_one(lat: float, lng: float) -> None:
    """GCJ-02 is defined for China only."""
    assert to_gcj02(Position(lat=lat, lng=lng)) == Position(lat=lat, lng=lng)
    assert from_gcj02(lat, lng) == Position(lat=lat, lng=lng)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 0), (0, 1), 111_195),
        ((22.6, 114.1), (22.6, 114.11), 1_027),
        ((90, 0), (-90, 0), 20_015_114),
        ((0, 179.5), (0, -179.5), 111_195),
    ],
)
def test_distance(a: tuple[float, float], b: tuple[float, float], metres: int) -> None:
    """Great circles, poles and the date line included; the same in both directions."""
    assert round(distance_m(*a, *b)) == metres == round(distance_m(*b, *a))


@given(
    lat=st.floats(-90, 90),
    lng=st.floats(-180, 180),
    radius=st.integers(1, MAX_RADIUS_M),
    bearing=st.floats(0, 2 * math.pi),
)
def test_what_sources_are_asked_for_covers_the_circle(
    lat: float, lng: float, radius: int, bearing: float
) -> None:
    """Whatever the circle holds, to the rim and in any direction, wherever on the earth."""
    circle = Near(lat, lng, radius)
    phi, angle = math.radians(lat), radius / 6_371_008.8
    north = math.asin(
        max(-1, min(1, math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)))
    )
    east = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(phi),
        math.cos(angle) - math.sin(phi) * math.sin(north),
    )
    rim = Position(lat=math.degrees(north), lng=lng + math.degrees(east))
    assert circle.covering().holds(rim)
    assert circle.covering().holds(Position(lat=lat, lng=lng))


def test_neighbours_ask_for_the_same() -> None:
    """What is asked for tells the cell of 400 m and the radius in steps, not where in it one stands."""
    asked = {
        Near(lat, lng, radius).covering()
        for lat in (22.5981, 22.6, 22.6019)
        for lng in (114.1181, 114.12, 114.1219)
        for radius in (700, 800, 1_000, 1_184)
    }
    assert asked == {Near(22.6, 114.12, 1_500)}
    assert Near(22.6021, 114.12, 1_000).covering() == Near(22.604, 114.12, 1_500)
    assert Near(22.6, 114.1221, 1_185).covering() == Near(22.6, 114.124, 2_000)
    assert Near(22.6, 114.12, MAX_RADIUS_M).covering().radius == 50_500


def test_a_circle_holds_what_is_inside() -> None:
    """Its rim included; what has no position is nowhere."""
    circle = near(22.6, 114.1, 1_027)
    assert circle.holds(Position(lat=22.6, lng=114.11))
    assert not circle.holds(Position(lat=22.6, lng=114.1101))
    assert not circle.holds(None)
    assert circle.distance_to(None) is None


def test_a_circle_in_gcj02_is_brought_to_wgs84() -> None:
    """The same circle whichever system the client's map uses."""
    circle = NearInput(lat=22.634462, lng=114.2087834, radius=500, crs=Crs.GCJ02).resolve()
    assert circle == NearInput(lat=22.637278, lng=114.203885, radius=500).resolve()


@pytest.mark.parametrize(
    ("lat", "lng", "radius"),
    [
        (90.1, 0, 1),
        (-90.1, 0, 1),
        (0, 180.1, 1),
        (0, -180.1, 1),
        (float("nan"), 0, 1),
        (0, float("inf"), 1),
        (0, 0, 0),
        (0, 0, -1),
        (0, 0, MAX_RADIUS_M + 1),
    ],
)
def test_what_is_no_circle(lat: float, lng: float, radius: int) -> None:
    """Off the earth, or with no radius or one too large."""
    with pytest.raises(InvalidInput):
        near(lat, lng, radius)


def test_the_gazetteer() -> None:
    """11 sub-districts, 111 communities, the pilot among them; 凤凰社区 twice, told apart by sub-district."""
    assert (len(SUBDISTRICTS), len(COMMUNITIES)) == (11, 111)
    assert (LONGLING.name, LONGLING.subdistrict.name) == ("龙岭社区", "布吉街道")
    assert list(COMMUNITIES) == sorted(COMMUNITIES)
    twice = [c for c in COMMUNITIES.values() if c.name == "凤凰社区"]
    assert len(twice) == 2
    assert len({c.subdistrict.code for c in twice}) == 2
    assert all(code.startswith(community.subdistrict.code) for code, community in COMMUNITIES.items())


def test_a_sub_district_by_code_or_name() -> None:
    """The same communities either way, and by the name as it is spoken; none for what is none of these."""
    assert communities_of("布吉街道") == communities_of("布吉") == communities_of("440307014")
    assert communities_of("") == communities_of("街道") == communities_of("布") == []
    assert LONGLING in communities_of("440307014")
    assert communities_of("440307") == []


def test_a_point_belongs_to_the_nearest_community() -> None:
    """Each centre to its own; nobody's beyond five kilometres, or without a position."""
    for community in COMMUNITIES.values():
        assert community_at(community.position) is community
    assert community_at(Position(lat=22.54, lng=113.93)) is None
    assert community_at(Position(lat=0, lng=0)) is None
    assert community_at(None) is None
