"""The FHIR connector against Medplum's in-memory FHIR R4 server, which nobody here wrote (medplum/)."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.fhir.base import FhirOptions
from connectors.fhir.connector import FhirConnector
from connectors.kit import Booked, Standing, StatusError, json_of
from gateway.request import request_scope
from gateway.sources import SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import pooled_transport
from tests.conftest import NOW, Graph, running_graph
from tests.connectors.at_simulators import order
from tests.interop.packages import BIN, environment, install

_HERE = Path(__file__).parent / "medplum"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The server's base URL."""
    install(_HERE)
    # The server ends with its standard input: `node` here is a script, whose end would not be the server's.
    with subprocess.Popen(  # noqa: S603  # our own script
        [BIN / "node", "server.mjs"],
        cwd=_HERE,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "the server did not start"
        yield url
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def source(server: str) -> SourceConfig:
    """That server as a source: no credential, no option."""
    return SourceConfig(id="medplum", name="互联医院", connector="fhir", url=server)


@pytest.fixture
async def graph(source: SourceConfig) -> AsyncIterator[Graph]:
    """A gateway that has no other source."""
    async with running_graph((source,)) as running:
        yield running


SLOTS = """
query Slots($day: Date!, $first: Int!, $after: String) {
  slots(day: $day, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      id start end status serviceType
      practitioner { name title }
      department { name specialty }
      hospital { name }
    } }
  }
}
"""


def _at(minutes: int) -> str:
    """So many minutes after 08:00 on the morrow."""
    return f"2026-11-25T{8 + minutes // 60:02d}:{minutes % 60:02d}:00+08:00"


async def test_slots_of_both_kinds_of_schedule(graph: Graph) -> None:
    """A schedule of a doctor and one of a PractitionerRole both lead to doctor, department and hospital."""
    answer = await graph(SLOTS, day="2026-11-25", first=3)
    assert answer.errors == []
    first, second, third = [edge["node"] for edge in answer.data["slots"]["edges"]]
    by_actor = {
        "status": "FREE",
        "serviceType": "普通门诊",
        "practitioner": {"name": "欧阳静", "title": "主任医师"},
        "department": {"name": "内科门诊", "specialty": "内科"},
        "hospital": {"name": "互联医院"},
    }
    by_role = by_actor | {
        "practitioner": {"name": "陈志强", "title": "住院医师"},
        "department": {"name": "急诊科", "specialty": None},
    }
    assert first == by_actor | {"id": first["id"], "start": _at(0), "end": _at(10)}
    assert second == by_role | {"id": second["id"], "start": _at(0), "end": _at(30)}
    assert third == by_actor | {"id": third["id"], "start": _at(10), "end": _at(20)}
    again = await graph(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on AppointmentSlot { start practitioner { name } } } }",
        ids=[first["id"], second["id"]],
    )
    assert again.data["nodes"] == [
        {"start": _at(0), "practitioner": {"name": "欧阳静"}},
        {"start": _at(0), "practitioner": {"name": "陈志强"}},
    ]


async def test_every_free_slot_once_although_the_server_cuts_lists_without_a_link(graph: Graph) -> None:
    """The server has no `next` links: what its `total` says is missing is asked for, page by page of ours."""
    free = sorted(
        [(_at(n * 10), "欧阳静") for n in range(48) if n % 4 != 3]
        + [(_at(n * 30), "陈志强") for n in range(16)],
        key=lambda slot: (slot[0], slot[1] != "欧阳静"),
    )
    seen: list[tuple[str, str]] = []
    after: str | None = None
    for expected in (20, 20, 12):
        answer = await graph(SLOTS, day="2026-11-25", first=20, after=after)
        slots = answer.data["slots"]
        assert len(slots["edges"]) == expected
        assert slots["pageInfo"]["hasNextPage"] is (expected == 20)
        after = slots["pageInfo"]["endCursor"]
        seen += [(edge["node"]["start"], edge["node"]["practitioner"]["name"]) for edge in slots["edges"]]
    assert seen == free


async def test_many_slots_by_id(graph: Graph, source: SourceConfig) -> None:
    """More ids than a URL should hold go in a form (POST _search): one call for all of them."""
    listed = await graph("""{ slots(day: "2026-11-25", first: 52) { edges { node { id start } } } }""")
    nodes = [edge["node"] for edge in listed.data["slots"]["edges"]]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on AppointmentSlot { start } } }"
    async with running_graph((source,)) as other:
        answer = await other(query, ids=[node["id"] for node in nodes])
    assert answer.data["nodes"] == nodes
    assert len(nodes) == 52
    assert answer.source("medplum")["calls"] == 1


async def test_todays_slots_that_have_begun_are_not_offered(graph: Graph) -> None:
    """Of 08:00 and 11:00 only the latter is left at 10:00."""
    answer = await graph(SLOTS, day="2026-11-24", first=20)
    starts = [edge["node"]["start"] for edge in answer.data["slots"]["edges"]]
    assert starts == ["2026-11-24T11:00:00+08:00"]


async def test_an_appointment_is_made_once_found_and_cancelled_on_its_version(source: SourceConfig) -> None:
    """Conditional create, search by identifier and If-Match are what that server takes them for.

    It stores and books nothing: what it was asked for stays proposed, and the slot free.
    """
    async with open_upstream(source, "", transport=pooled_transport(), now=lambda: NOW) as upstream:
        desk = FhirConnector(upstream, FhirOptions()).desk("appointment-slot")
        slot = "slot-of-schedule-1-on-2026-11-25-at-minute-000"
        wish, other = (order("appointment-slot", "medplum", slot, number) for number in (1, 2))
        with request_scope(30):
            made = await desk.book(wish)
            assert made == Booked(standing=Standing.WAITLISTED, id=made.id, version=made.version)
            assert await desk.book(wish) == made
            assert await desk.find(wish) == made
            assert await desk.find(other) is None
            cancelled = await desk.cancel(wish, made)
            assert cancelled.standing is Standing.CANCELLED
            assert cancelled.version not in (None, made.version)
            assert await desk.cancel(wish, made) == cancelled == await desk.find(wish)
            stale = {"if-match": f'W/"{made.version}"', "content-type": "application/fhir+json"}
            whole = (await upstream.get(f"Appointment/{made.id}", decode=json_of(dict[str, Any]))).data
            with pytest.raises(StatusError) as refused:
                await upstream.send("PUT", f"Appointment/{made.id}", decode=bytes, json=whole, headers=stale)
    assert refused.value.status == 412
    assert whole["cancelationReason"]["coding"][0]["code"] == "pat"


async def test_the_hospital_and_its_campus(graph: Graph) -> None:
    """The Organization that is part of no other, with the site that it manages, which no type shows."""
    answer = await graph(
        """{ hospitals { totalCount edges { node {
          name nameEn address phone position { lat lng } asOf campuses { name address }
        } } } }"""
    )
    assert answer.errors == []
    address = "广东省深圳市龙岗区吉华路1号"
    hospital = {
        "name": "互联医院",
        "nameEn": "Interop Hospital",
        "address": address,
        "phone": "0755-28800009",
        "position": {"lat": 22.61, "lng": 114.13},
        "asOf": "2026-11-24T10:00:00+08:00",
        "campuses": [{"name": "互联医院本部", "address": address}],
    }
    assert answer.data["hospitals"] == {"totalCount": 1, "edges": [{"node": hospital}]}


async def test_departments_their_doctors_and_slots(graph: Graph) -> None:
    """What is active of services and roles; slots of a department whichever way its schedule is kept."""
    answer = await graph(
        """{ departments { edges { node {
          name specialty appointmentRequired availableTimes { days opens closes }
          practitioners { name title departments { name } }
          slots(day: "2026-11-25", first: 2) { edges { node { start practitioner { name } } } }
        } } } }"""
    )
    assert answer.errors == []
    week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]

    def slots(doctor: str, *starts: int) -> dict[str, object]:
        return {
            "edges": [{"node": {"start": _at(start), "practitioner": {"name": doctor}}} for start in starts]
        }

    assert [edge["node"] for edge in answer.data["departments"]["edges"]] == [
        {
            "name": "内科门诊",
            "specialty": "内科",
            "appointmentRequired": True,
            "availableTimes": [{"days": ["MONDAY", "WEDNESDAY"], "opens": "08:00", "closes": "12:00"}],
            "practitioners": [{"name": "欧阳静", "title": "主任医师", "departments": [{"name": "内科门诊"}]}],
            "slots": slots("欧阳静", 0, 10),
        },
        {
            "name": "急诊科",
            "specialty": None,
            "appointmentRequired": None,
            "availableTimes": [{"days": week, "opens": "00:00", "closes": "00:00"}],
            "practitioners": [{"name": "陈志强", "title": "住院医师", "departments": [{"name": "急诊科"}]}],
            "slots": slots("陈志强", 0, 30),
        },
    ]


async def test_wards_with_beds_in_rooms(graph: Graph) -> None:
    """Beds count for their ward through the room; a ward without beds has none to show."""
    answer = await graph(
        """{ wardAreas { edges { node {
          name unaccompanied hospital { name } beds { total free occupied other changedAt asOf stale }
        } } } }"""
    )
    assert answer.errors == []
    hospital = {"name": "互联医院"}
    assert [edge["node"] for edge in answer.data["wardAreas"]["edges"]] == [
        {
            "name": "内科一病区",
            "unaccompanied": True,
            "hospital": hospital,
            "beds": {
                "total": 4,
                "free": 2,
                "occupied": 1,
                "other": 1,
                "changedAt": "2026-11-24T09:30:00+08:00",
                "asOf": "2026-11-24T10:00:00+08:00",
                "stale": False,
            },
        },
        {
            "name": "外科一病区",
            "unaccompanied": False,
            "hospital": hospital,
            "beds": {
                "total": 1,
                "free": 0,
                "occupied": 1,
                "other": 0,
                "changedAt": "2026-11-24T04:00:00+08:00",
                "asOf": "2026-11-24T10:00:00+08:00",
                "stale": False,
            },
        },
        {"name": "空病区", "unaccompanied": False, "hospital": hospital, "beds": None},
    ]
