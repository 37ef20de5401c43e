"""An independent client of GeoReport v2, PyPI `georeport`, reads the simulator that our connector reads."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from georeport import GeoReport  # type: ignore[import-untyped]  # it ships no types

from mocks.server import RunningMocks
from tests.conftest import Graph

WINDOW = {"start_date": "2026-10-24T16:00:00Z", "end_date": "2026-11-24T02:01:00Z"}
CASES = """{ cases(first: 1000) { totalCount edges { node {
  id name open state description agency address mediaUrl requestedAt updatedAt expectedAt
  position { lat lng } serviceType { code name description group keywords } } } } }"""


@pytest.fixture(params=["json", "xml"])
def client(request: pytest.FixtureRequest, mocks: RunningMocks) -> GeoReport:
    """The client, in each of its formats."""
    return GeoReport(mocks.url_of("events"), jurisdiction="longgang", output_format=str(request.param))


def test_the_client_reads_the_services(client: GeoReport) -> None:
    """Fourteen matters; the first with all that the standard has of it."""
    services = client.get_service_list()
    assert len(services) == 14
    assert services[0] == {
        "service_code": "44030701037",
        "service_name": "路灯异常",
        "description": "路灯不亮、闪烁、倾斜或漏电",
        "metadata": "true",
        "type": "realtime",
        "keywords": "路灯,照明,灯杆",
        "group": "市政公用设施",
    }


def test_the_client_reads_a_definition(client: GeoReport) -> None:
    """The questions of 路灯异常 with their choices."""
    definition: Any = client.get_service_definition("44030701037")
    attributes = definition["attributes"]
    fault = attributes[0] if isinstance(attributes, list) else attributes["attribute"][0]
    values = fault["values"] if isinstance(fault["values"], list) else fault["values"]["value"]
    assert (fault["code"], fault["description"], fault["datatype"]) == (
        "FAULT",
        "故障现象",
        "singlevaluelist",
    )
    assert [value["name"] for value in values] == ["不亮", "闪烁", "倾斜", "漏电"]


def test_the_client_reads_one_request(client: GeoReport) -> None:
    """The case of 09:54, by its id and by a list of ids."""
    one: Any = client.get_service_request("261124004")
    assert str(one["service_request_id"]) == "261124004"
    assert {name: one[name] for name in ("status", "status_notes", "service_name", "requested_datetime")} == {
        "status": "open",
        "status_notes": "待派单",
        "service_name": "道路破损",
        "requested_datetime": "2026-11-24T09:54:13+08:00",
    }
    assert (float(one["lat"]), float(one["long"])) == (22.637278, 114.203885)
    both = client.get_service_requests(service_request_id="261124003,261124004")
    assert [str(row["service_request_id"]) for row in both] == ["261124004", "261124003"]


async def test_the_graph_says_what_the_client_reads(client: GeoReport, graph: Graph) -> None:
    """Every case of the last 30 days, field by field: our reading is the independent client's."""
    rows = await asyncio.to_thread(lambda: client.get_service_requests(**WINDOW))
    services = {
        service["service_code"]: service for service in await asyncio.to_thread(client.get_service_list)
    }
    answer = await graph(CASES)
    assert answer.errors == []
    assert answer.data["cases"]["totalCount"] == len(rows) == 681
    nodes = [edge["node"] for edge in answer.data["cases"]["edges"]]
    for node, row in zip(nodes, rows, strict=True):
        service = services[row["service_code"]]
        assert node["name"] == row["service_name"] == node["serviceType"]["name"] == service["service_name"]
        assert node["serviceType"]["code"] == row["service_code"]
        assert node["serviceType"]["group"] == service["group"]
        assert ",".join(node["serviceType"]["keywords"]) == service["keywords"]
        assert (node["open"], node["description"], node["agency"], node["address"], node["mediaUrl"]) == (
            row["status"] == "open",
            row["description"],
            row["agency_responsible"],
            row["address"],
            row["media_url"] or None,
        )
        for ours, theirs in (
            ("requestedAt", "requested_datetime"),
            ("updatedAt", "updated_datetime"),
            ("expectedAt", "expected_datetime"),
        ):
            assert datetime.fromisoformat(node[ours]) == datetime.fromisoformat(row[theirs])
        located = float(row["lat"]), float(row["long"])
        assert node["position"] == (None if located == (0, 0) else {"lat": located[0], "lng": located[1]})
