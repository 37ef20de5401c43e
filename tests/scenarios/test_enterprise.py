"""龙i企 end to end: HTTP in, the local copy of its directory, nobody called."""

from __future__ import annotations

from collections import Counter

from mocks.server import RunningMocks
from tests.conftest import Graph


async def test_policies_parks_and_offices(graph: Graph, mocks: RunningMocks) -> None:
    """Policies by their words, parks and offices around a community; a name of a person is nowhere."""
    answer = await graph(
        """{ policies: enterpriseServices(type: POLICY, filter: {text: "租金"}) { totalCount
            edges { node { name documents howToApply eligibility { note } position { lat } } } }
          parks: enterpriseServices(type: PARK) { totalCount edges { node { openNow fees { note } } } }
          community(code: "440307014003") { enterpriseServices(type: CONTACT, radius: 3000) {
            edges { node { name contacts { office phone } } } } } }"""
    )
    assert answer.errors == []
    (policy,) = [edge["node"] for edge in answer.data["policies"]["edges"]]
    assert policy == {
        "name": "低成本创新空间租金补贴",
        "documents": ["营业执照", "申报表", "纳税证明"],
        "howToApply": "登录龙i企平台在线申报，材料齐全后二十个工作日内办结。",
        "eligibility": {"note": "注册地与纳税地在龙岗区的企业。"},
        "position": None,
    }
    assert answer.data["parks"]["totalCount"] == 8
    assert answer.data["parks"]["edges"][0]["node"]["openNow"] is True
    (office,) = [edge["node"] for edge in answer.data["community"]["enterpriseServices"]["edges"]]
    assert office["name"] == "布吉街道企业服务专员"
    assert office["contacts"] == [{"office": "企业服务中心 服务专员", "phone": "0755-00009237"}]
    assert mocks.calls(token=False) == []


async def test_nearby_has_all_kinds_of_directories(graph: Graph, mocks: RunningMocks) -> None:
    """One list of the five kinds through the interface that their types share; nobody is called."""
    answer = await graph(
        """{ nearby(lat: 22.598, lng: 114.12, radius: 3000, first: 100, kinds: [CHILDCARE_CENTRE,
          ELDERCARE_SERVICE, YOUTH_HOSTEL, SCHOOL_SERVICE, ENTERPRISE_SERVICE]) {
          edges { distance node { __typename ... on PublicService { provider openNow } } } } }"""
    )
    assert answer.errors == []
    edges = answer.data["nearby"]["edges"]
    assert Counter(edge["node"]["__typename"] for edge in edges) == {
        "ChildcareCentre": 13,
        "EldercareService": 31,
        "YouthHostel": 3,
        "SchoolService": 2,
        "EnterpriseService": 1,
    }
    assert [edge["distance"] for edge in edges] == sorted(edge["distance"] for edge in edges)
    assert all(edge["node"]["provider"] for edge in edges)
    assert mocks.calls(token=False) == []
