"""A further source of a known standard is configuration alone."""

from __future__ import annotations

import tomllib
from collections import Counter

import msgspec

from gateway.sources import SourceConfig
from mocks.environment import environment
from mocks.server import RunningMocks
from mocks.world import Clock, World
from tests.conftest import NOW, ROOT, StartGraph

HOSPITALS = "{ hospitals(first: 10) { totalCount edges { node { name source { id name standard } } } } }"
SLOTS = (
    """{ slots(day: "2026-11-25", first: 100) { edges { node { source { id } department { name } } } } }"""
)


def entry(url: str) -> SourceConfig:
    """The table of docs/sources.md, pointed at a hospital of another city that is simulated there."""
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    table = page.split("```toml\n")[1].split("```")[0]
    (written,) = tomllib.loads(table)["source"]
    sixth = msgspec.convert(written, SourceConfig)
    token_url = f"{url}/hospital-central/oauth/token"
    credential = msgspec.structs.replace(sixth.credential, token_url=token_url, client_id="hospital-central")
    return msgspec.structs.replace(sixth, url=f"{url}/hospital-central/fhir", credential=credential)


async def test_a_sixth_hospital_joins_by_its_entry(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], start_graph: StartGraph
) -> None:
    """Its departments, doctors and slots are in every answer that the other five are in."""
    with RunningMocks(World(8, Clock.frozen(NOW)), only=["hospital-central"]) as city:
        secrets = {**environment(), "HOSPITAL_SIXTH_SECRET": environment()["HOSPITAL_CENTRAL_SECRET"]}
        async with start_graph((*sources, entry(city.url)), environment=secrets) as graph:
            hospitals = (await graph(HOSPITALS)).data["hospitals"]
            mocks.clear_calls()
            city.clear_calls()
            answer = await graph(SLOTS)
        asked = Counter(call.path.rpartition("/")[2] for call in city.calls(token=False))
    assert hospitals["totalCount"] == 6
    told = [edge["node"]["source"] for edge in hospitals["edges"]]
    assert {"id": "hospital-sixth", "name": "龙岗区第六人民医院", "standard": "HL7 FHIR R4"} in told
    assert answer.errors == []
    of_each = Counter(edge["node"]["source"]["id"] for edge in answer.data["slots"]["edges"])
    assert len(of_each) == 6
    assert sum(of_each.values()) == 100
    assert asked == {"Slot": 1}
    assert all(edge["node"]["department"]["name"] for edge in answer.data["slots"]["edges"])
