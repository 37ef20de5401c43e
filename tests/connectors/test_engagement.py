"""The mission API of API Engagement at the wire: pages, two reads by id, and what releases differ in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import respx
from structlog.testing import capture_logs

from connectors.engagement import CONNECTOR
from connectors.engagement.connector import Engagement
from connectors.kit import Code, SourceError
from schema.core.geo import Near
from schema.core.record import Position, Ref
from schema.core.slot import Eligibility
from schema.volunteering.lookups import ORGANISATION_BY_REF
from schema.volunteering.records import VolunteerDomain, VolunteerMissionRecord, VolunteerMode, VolunteerSite
from tests.conftest import NOW
from tests.connectors.conftest import Connect

CIRCLE = Near(22.6, 114.12, 3500)


def mission(id_: str = "m1", **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "_id": id_,
        "clientId": f"c-{id_}",
        "publisherId": "p1",
        "title": "河道清洁",
        "startAt": "2026-11-28T01:00:00.000Z",
        "endAt": "2026-11-28T03:00:00.000Z",
        "location": {"lat": 22.6, "lon": 114.12},
        **fields,
    }


def page(*missions: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {
        "ok": True,
        "total": len(missions) if total is None else total,
        "data": list(missions),
        "limit": 1000,
        "skip": 0,
    }


def at(written: str) -> datetime:
    return datetime.fromisoformat(f"2026-{written}+08:00")


@pytest.fixture
async def platform(connect: Connect) -> Engagement:
    """A connector for one platform."""
    connector: Engagement = await connect(CONNECTOR, id="union")
    return connector


async def one(platform: Engagement, wire: respx.Router, **fields: Any) -> VolunteerMissionRecord:
    """Read a list of one mission."""
    wire.get("/v0/mission").respond(json=page(mission(**fields)))
    (found,) = (await platform.missions([None]))[None]
    return found


async def test_a_circle_is_asked_for_in_whole_kilometres(platform: Engagement, wire: respx.Router) -> None:
    """`lat`, `lon` and a `distance` that covers the radius; all of the district is asked for without."""
    route = wire.get("/v0/mission").respond(json=page(mission()))
    found = await platform.missions([CIRCLE, None])
    assert [len(found[key]) for key in (CIRCLE, None)] == [1, 1]
    assert sorted(str(call.request.url.params) for call in route.calls) == [
        "lat=22.6&lon=114.12&distance=4km&limit=1000&skip=0",
        "limit=1000&skip=0",
    ]


async def test_pages_are_read_by_what_they_really_hold(connect: Connect, wire: respx.Router) -> None:
    """A platform gives fewer than asked, and a row moves to the next page meanwhile: each once, no gap."""
    platform = await connect(CONNECTOR, {"page_size": 3, "publishers": ["p1", "p2"], "cities": ["深圳市"]})
    pages = {"0": ("a", "b"), "2": ("b", "c"), "4": ("d",)}
    route = wire.get("/v0/mission").mock(
        side_effect=lambda request: respx.MockResponse(
            json=page(*map(mission, pages[request.url.params["skip"]]), total=5)
        )
    )
    found = (await platform.missions([None]))[None]
    assert [item.ref.id for item in found] == ["a:c-a", "b:c-b", "c:c-c", "d:c-d"]
    assert [call.request.url.params["skip"] for call in route.calls] == ["0", "2", "4"]
    assert route.calls[0].request.url.params.get_list("publisher") == ["p1", "p2"]
    assert route.calls[0].request.url.params["city"] == "深圳市"


async def test_an_empty_page_ends_a_list_and_one_without_end_is_malformed(
    platform: Engagement, wire: respx.Router
) -> None:
    """A total that is never reached is no loop; pages that never end are SOURCE_MALFORMED after fifty."""
    empty = wire.get("/v0/mission").respond(json=page(total=9))
    assert (await platform.missions([None]))[None] == []
    assert empty.call_count == 1
    endless = wire.get("/v0/mission").respond(json=page(mission(), total=10**6))
    with pytest.raises(SourceError) as refused:
        await platform.missions([None])
    assert refused.value.code is Code.SOURCE_MALFORMED
    assert endless.call_count == 51


async def test_one_is_read_by_id_and_many_by_client_ids(platform: Engagement, wire: respx.Router) -> None:
    """`/{id}` for one, a repeated `clientId` for many: one call, whatever another publisher calls so, too."""
    single = wire.get("/v0/mission/m1").respond(json={"ok": True, "data": mission()})
    many = wire.get("/v0/mission").respond(
        json=page(mission("m2"), mission(), mission("m9", clientId="c-m1"))
    )
    refs = [Ref("union", f"{id_}:c-{id_}") for id_ in ("m1", "m2", "m3")]
    assert list(await platform.mission_by_ref(refs[:1])) == refs[:1]
    assert (single.call_count, many.call_count) == (1, 0)
    assert list(await platform.mission_by_ref(refs)) == refs[:2]
    assert (single.call_count, many.call_count) == (1, 1)
    assert many.calls[0].request.url.params.get_list("clientId") == ["c-m1", "c-m2", "c-m3"]


@pytest.mark.parametrize("fields", [{"deleted": True}, {"statusCode": "REFUSED"}], ids=["deleted", "refused"])
async def test_what_was_withdrawn_is_not_found(
    platform: Engagement, wire: respx.Router, fields: dict[str, Any]
) -> None:
    """`/{id}` gives it all the same; lists may, and it is not shown from there either."""
    wire.get("/v0/mission/m1").respond(json={"ok": True, "data": mission(**fields)})
    wire.get("/v0/mission").respond(json=page(mission(**fields), mission("m2")))
    assert await platform.mission_by_ref([Ref("union", "m1:c-m1")]) == {}
    assert [found.ref.id for found in (await platform.missions([None]))[None]] == ["m2:c-m2"]


async def test_an_unknown_mission_is_not_found_and_other_refusals_are_failures(
    platform: Engagement, wire: respx.Router
) -> None:
    """404 with a code is an answer; 401 in plain text is SOURCE_REJECTED."""
    ref = Ref("union", "m1:c-m1")
    wire.get("/v0/mission/m1").respond(404, json={"ok": False, "code": "NOT_FOUND"})
    assert await platform.mission_by_ref([ref]) == {}
    wire.get("/v0/mission/m1").respond(401, text="Unauthorized")
    with pytest.raises(SourceError) as refused:
        await platform.mission_by_ref([ref])
    assert refused.value.code is Code.SOURCE_REJECTED


@pytest.mark.parametrize("id_", ["m1", ":c", "m1:", "..:c", ".:c", "../zz:c"])
async def test_what_no_mission_is_called_is_asked_of_nobody(
    platform: Engagement, wire: respx.Router, id_: str
) -> None:
    """An id that lacks a part, or would lead elsewhere, is not found without a call."""
    assert await platform.mission_by_ref([Ref("union", id_)]) == {}
    assert wire.calls.call_count == 0


async def test_a_mission_in_full(platform: Engagement, wire: respx.Router) -> None:
    """Every field of today's release, each where the graph has it."""
    found = await one(
        platform,
        wire,
        description=" 沿河捡拾垃圾 ",
        domain="environnement",
        activity="河道清洁",
        tasks=["捡拾垃圾", " "],
        softSkills=["户外"],
        soft_skills=["旧"],
        requirements=["穿防滑鞋", "自带水杯"],
        audience=["社区居民"],
        openToMinors="no",
        reducedMobilityAccessible="yes",
        remote="possible",
        schedule="周六上午",
        places=6,
        applicationUrl="https://volunteer.example/r/m1",
        publisherName="义工联",
        organizationClientId="o1",
        organizationName="绿芽环保社",
        organizationDescription="做环保",
        organizationUrl="javascript:alert(1)",
        organizationFullAddress="龙岭路1号",
        addresses=[
            {"street": "龙岭路2号", "location": {"lat": 22.6, "lon": 114.12}},
            {"city": "深圳市", "location": {"lat": 0, "lon": 0}},
            {"location": None},
        ],
    )
    organisation = found.organisation
    assert organisation is not None
    assert (organisation.ref, organisation.name) == (Ref("union", "p1:o1"), "绿芽环保社")
    assert (organisation.address, organisation.website, organisation.logo_url) == ("龙岭路1号", None, None)
    position = Position(lat=22.6, lng=114.12)
    assert found == VolunteerMissionRecord(
        ref=Ref("union", "m1:c-m1"),
        as_of=NOW,
        name="河道清洁",
        title="河道清洁",
        position=position,
        sites=(
            VolunteerSite(address="龙岭路2号", position=position),
            VolunteerSite(address="深圳市", position=None),
        ),
        description="沿河捡拾垃圾",
        domain=VolunteerDomain.ENVIRONMENT,
        activity="河道清洁",
        mode=VolunteerMode.EITHER,
        tasks=("捡拾垃圾",),
        skills=("户外",),
        beneficiaries=("社区居民",),
        schedule="周六上午",
        hours=2.0,
        accessible=True,
        organiser="绿芽环保社",
        url="https://volunteer.example/r/m1",
        start=at("11-28T09:00:00"),
        end=at("11-28T11:00:00"),
        book_until=at("11-28T09:00:00"),
        places_left=6,
        eligibility=Eligibility(minimum_age=18, note="穿防滑鞋；自带水杯"),
        organisation=organisation,
    )


async def test_an_older_release_reads_the_same(platform: Engagement, wire: respx.Router) -> None:
    """Booleans, `soft_skills`, one address on the mission itself, instants without an offset."""
    found = await one(
        platform,
        wire,
        openToMinors=False,
        reducedMobilityAccessible=False,
        soft_skills=["急救"],
        address="龙岭路3号",
        startAt="2026-11-28T09:00:00",
        endAt="2026-11-28T09:30:00+08:00",
        publisherName="红十字会",
    )
    assert (found.eligibility, found.accessible) == (Eligibility(minimum_age=18), False)
    assert found.skills == ("急救",)
    assert found.sites == (VolunteerSite(address="龙岭路3号", position=Position(lat=22.6, lng=114.12)),)
    assert (found.start, found.hours) == (at("11-28T09:00:00"), 0.5)
    assert (found.organiser, found.organisation) == ("红十字会", None)


async def test_a_mission_may_say_next_to_nothing(platform: Engagement, wire: respx.Router) -> None:
    """Nulls and absent fields are nothing; a domain of another list is OTHER; places below 0 are none."""
    found = await one(
        platform, wire, location=None, startAt=None, endAt=None, domain="loisirs", places=-2, remote=None,
        openToMinors=None, tasks=None, addresses=[], applicationUrl="ftp://x",
    )  # fmt: skip
    assert found == VolunteerMissionRecord(
        ref=Ref("union", "m1:c-m1"), as_of=NOW, name="河道清洁", title="河道清洁", places_left=0
    )


@pytest.mark.parametrize(
    ("start", "end", "bookable", "until"),
    [
        ("2026-11-28T09:00+08:00", "2026-11-28T11:00+08:00", True, "2026-11-28T09:00+08:00"),
        ("2026-11-24T09:00+08:00", "2026-11-24T11:00+08:00", False, "2026-11-24T09:00+08:00"),
        ("2026-10-01T09:00+08:00", "2026-12-31T11:00+08:00", True, "2026-12-31T11:00+08:00"),
        ("2026-10-01T09:00+08:00", None, True, None),
        (None, "2026-12-31T11:00+08:00", True, "2026-12-31T11:00+08:00"),
    ],
    ids=["to come", "under way", "goes on", "without end", "without beginning"],
)
async def test_until_when_a_mission_can_be_joined(
    platform: Engagement,
    wire: respx.Router,
    start: str | None,
    end: str | None,
    bookable: bool,
    until: str | None,
) -> None:
    """A single date until it begins, a longer one until it ends, one without an end at any time."""
    found = await one(platform, wire, startAt=start, endAt=end, places=3)
    assert found.bookable_at(NOW) is bookable
    assert found.book_until == (None if until is None else datetime.fromisoformat(until))
    assert (await one(platform, wire, startAt=start, endAt=end, places=0)).bookable_at(NOW) is False


async def test_what_is_over_is_in_no_list(platform: Engagement, wire: respx.Router) -> None:
    """Platforms list it until its publisher takes it away; by its id it is still there."""
    over = mission(startAt="2026-11-20T01:00:00Z", endAt="2026-11-24T02:00:00Z")
    wire.get("/v0/mission").respond(json=page(over, mission("m2")))
    wire.get("/v0/mission/m1").respond(json={"ok": True, "data": over})
    assert [found.ref.id for found in (await platform.missions([None]))[None]] == ["m2:c-m2"]
    assert len(await platform.mission_by_ref([Ref("union", "m1:c-m1")])) == 1


async def test_a_broken_mission_does_not_hide_the_others(platform: Engagement, wire: respx.Router) -> None:
    """One without a title, with a wrong instant, or ending before it begins is left out and logged."""
    broken = [
        mission("b1", title=None),
        mission("b2", startAt="tomorrow"),
        mission("b3", endAt="2026-11-27T00:00:00Z"),
    ]
    wire.get("/v0/mission").respond(json=page(*broken, mission()))
    with capture_logs() as logs:
        found = (await platform.missions([None]))[None]
    assert [item.ref.id for item in found] == ["m1:c-m1"]
    assert [entry["event"] for entry in logs] == ["unreadable mission left out"] * 3
    assert "tomorrow" not in str(logs)


@pytest.mark.parametrize(
    "body",
    [
        {"ok": False, "code": "SERVER_ERROR"},
        page() | {"ok": False},
        {"ok": True, "data": []},
        [],
        page({"id": 1}),
    ],
    ids=["refused", "not ok", "no total", "no envelope", "nothing readable"],
)
async def test_a_broken_envelope_is_malformed(platform: Engagement, wire: respx.Router, body: Any) -> None:
    """SOURCE_MALFORMED: nothing is shown of it."""
    wire.get("/v0/mission").respond(json=body)
    with pytest.raises(SourceError) as refused:
        await platform.missions([None])
    assert refused.value.code is Code.SOURCE_MALFORMED


@pytest.mark.parametrize(
    "body",
    [{"ok": False, "data": mission()}, {"ok": True, "data": mission(startAt="tomorrow")}],
    ids=["not ok", "no instant"],
)
async def test_a_single_answer_that_cannot_be_read_is_malformed(
    platform: Engagement, wire: respx.Router, body: dict[str, Any]
) -> None:
    """200 with `ok: false` breaks the API's own rule, and a broken mission leaves nothing to show."""
    wire.get("/v0/mission/m1").respond(json=body)
    with pytest.raises(SourceError) as refused:
        await platform.mission_by_ref([Ref("union", "m1:c-m1")])
    assert refused.value.code is Code.SOURCE_MALFORMED


async def test_organisations_are_made_of_missions(platform: Engagement, wire: respx.Router) -> None:
    """One list for all of them; one without an id of its own is none, and one without missions not found."""
    route = wire.get("/v0/mission").respond(
        json=page(
            mission("m1", organizationClientId="o1", organizationName="甲"),
            mission("m2", organizationClientId="o1", organizationName="甲"),
            mission("m3", organizationName="乙"),
            mission("m4", organizationClientId="o4"),
        )
    )
    refs = [Ref("union", f"p1:{key}") for key in ("o1", "o4", "o9")]
    found = await platform.fetches()[ORGANISATION_BY_REF](refs)
    assert {ref.id: item.name for ref, item in found.items()} == {"p1:o1": "甲"}
    assert route.call_count == 1
