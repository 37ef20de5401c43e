"""学校与教学资源 end to end: HTTP in, the local copy of its directory, nobody called."""

from __future__ import annotations

from mocks.server import RunningMocks
from tests.conftest import Graph


async def test_three_kinds_by_their_terms(graph: Graph, mocks: RunningMocks) -> None:
    """Model schools stand somewhere, teams and resources do not; all are listed without a point."""
    answer = await graph(
        """{ schools: schoolServices(type: MODEL_SCHOOL) { ...found } teams: schoolServices(type: EXPERT_TEAM)
          { ...found } resources: schoolServices(type: TEACHING_RESOURCE) { ...found }
          all: schoolServices { totalCount } }
        fragment found on SchoolServiceConnection { totalCount
          edges { node { name type provider position { lat } openNow fees { amount } } } }"""
    )
    assert answer.errors == []
    counts = {name: found["totalCount"] for name, found in answer.data.items()}
    assert counts == {"schools": 14, "teams": 10, "resources": 8, "all": 32}
    school = answer.data["schools"]["edges"][0]["node"]
    assert school["position"] is not None
    assert school["openNow"] is True
    team = answer.data["teams"]["edges"][0]["node"]
    assert (team["provider"], team["position"], team["openNow"]) == ("龙岗区教育局", None, None)
    assert answer.data["resources"]["edges"][0]["node"]["fees"] == [{"amount": "0"}]
    assert mocks.calls(token=False) == []


async def test_words_and_places(graph: Graph) -> None:
    """A subject's team by its word; the schools around a community."""
    answer = await graph(
        """{ schoolServices(filter: {text: "数学 名师"}) { edges { node { name } } }
          community(code: "440307014003") { schoolServices { edges { node { type } } } } }"""
    )
    assert answer.errors == []
    assert [edge["node"]["name"] for edge in answer.data["schoolServices"]["edges"]] == ["数学名师工作室"]
    around = answer.data["community"]["schoolServices"]["edges"]
    assert {edge["node"]["type"] for edge in around} == {"MODEL_SCHOOL"}
