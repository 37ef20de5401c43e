"""What of a title can be asked for, end to end: HTTP in, the wires of three libraries out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.conftest import Graph

DISTRICT, BUJI, BANTIAN = "library-district", "library-buji", "library-bantian"
BIBLIOS, DAIA = "/api/v1/biblios", "/daia"

HOLD = """id __typename title scenario unit start placesLeft placesTotal bookable asOf stale service queue
  expected limitations url price { amount } eligibility { note } source { id } biblio { id author }"""
BY_ID = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on BiblioHold { " + HOLD + " } } }"
OF_TITLES = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Biblio { slots { " + HOLD + " } } } }"


def biblio_id(source: str, number: int) -> str:
    return encode_id("biblio", Ref(source, str(number)))


def hold_id(source: str, local: str) -> str:
    return encode_id("biblio-hold", Ref(source, local))


def wire(mocks: RunningMocks) -> Counter[tuple[str, str]]:
    return Counter((call.simulator, call.path) for call in mocks.calls(token=False))


async def slots(graph: Graph, *ids: str) -> list[list[dict[str, Any]]]:
    answer = await graph(OF_TITLES, ids=ids)
    assert answer.errors == []
    return [node["slots"] for node in answer.data["nodes"]]


async def test_a_title_that_is_out_can_be_held(graph: Graph, mocks: RunningMocks) -> None:
    """None is left, two wait, and a third can; the description and the copies, a call each."""
    ((hold,),) = await slots(graph, biblio_id(DISTRICT, OUT))
    assert hold == {}
    assert wire(mocks) == {(DISTRICT, BIBLIOS): 1, (DISTRICT, DAIA): 1}
