"""What an operation costs: exact numbers, and a refusal before anything is called."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, get_introspection_query, get_named_type, parse

from gateway.execution.cost import costs
from gateway.settings import Settings
from mocks.server import RunningMocks
from schema.root import build_schema as build_graph
from tests.conftest import ROOT, Graph

SCHEMA = build_schema("""
    type Query {
      lots(first: Int! = 20): LotConnection
      nodes(ids: [ID!]!): [Node]
      lot: Lot
    }
    interface Node { id: ID! }
    type LotConnection { edges: [LotEdge!]! pageInfo: PageInfo! totalCount: Int }
    type LotEdge { node: Lot! cursor: String! }
    type PageInfo { hasNextPage: Boolean! }
    type Lot implements Node {
      id: ID! names: [String!]! tariffs: [Tariff!]! near(first: Int! = 5): LotConnection
    }
    type Tariff { name: String! }
""")

LOTS = "{ totalCount edges { cursor node { id } } pageInfo { hasNextPage } }"

SPREAD = """
    { lots(first: 3) { ...c } }
    fragment c on LotConnection { edges { ...e } totalCount }
    fragment e on LotEdge { ... { cursor } node { ... on Node { id } } }
"""

TWICE = """
    { a: lots(first: 2) { ...c } b: lots(first: 3) { ...c } }
    fragment c on LotConnection { edges { cursor } }
"""

IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

PAGE = "query ($n: Int = 7) { lots(first: $n) { edges { cursor } } }"

EXACT: list[tuple[str, dict[str, Any], int]] = [
    ("{ lot { id names } }", {}, 3),
    ("{ lot { tariffs { name } } }", {}, 2 + 10),
    (f"{{ lots {LOTS} }}", {}, 1 + 1 + 1 + 20 * 3 + 2),
    (f"{{ lots(first: 1000) {LOTS} }}", {}, 1 + 1 + 1 + 1000 * 3 + 2),
    ("{ lots(first: 3) { edges { node { near(first: 4) { edges { cursor } } } } } }", {},
     2 + 3 * (1 + 2 + 4)),
    ("{ lots(first: 3) { edges { node { near { edges { cursor } } } } } }", {}, 2 + 3 * (1 + 2 + 5)),
    (SPREAD, {}, 1 + 1 + 3 * 3 + 1),
    (TWICE, {}, 2 + 2 + 2 + 3),
    ("{ lot { id id @skip(if: true) } }", {}, 3),
    ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
    ('{ nodes(ids: "a") { id } }', {}, 1 + 1),
    ("{ nodes(ids: [%s]) { id } }" % ("9" * 5000), {}, 1 + 1),
    (IDS, {"ids": ["a", "b"]}, 1 + 2),
    (IDS, {"ids": "a"}, 1 + 1),
    ("query ($i: ID!) { nodes(ids: [$i, $i]) { id } }", {"i": "a"}, 1 + 2),
    (PAGE, {}, 2 + 7),
    (PAGE, {"n": 30}, 2 + 30),
    (PAGE, {"n": 30.0}, 2 + 30),
    ("query ($n: Int!) { lots(first: $n) { edges { cursor } } }", {"n": 1000}, 2 + 1000),
    # What the field refuses gives nothing.
    (PAGE, {"n": 1001}, 2),
    (PAGE, {"n": -1}, 2),
    (PAGE, {"n": None}, 2),
    (PAGE, {"n": "x"}, 2),
    ("query ($n: Int) { lots(first: $n) { edges { cursor } } }", {}, 2 + 20),
]  # fmt: skip


@pytest.mark.parametrize(("document", "variables", "cost"), EXACT)
def test_the_cost_is_exact(document: str, variables: dict[str, Any], cost: int) -> None:
    """Every field counts once, and as often as the lists around it are long."""
    [found] = costs(SCHEMA, parse(document)).values()
    assert found.of(variables) == cost


def test_each_operation_has_its_own_cost_and_defaults() -> None:
    """A fragment's variable takes the default of the operation that spreads it."""
    found = costs(
        SCHEMA,
        parse(
            "query A($n: Int = 2) { ...f } query B($n: Int = 3) { ...f lot { id } }"
            " fragment f on Query { lots(first: $n) { edges { cursor } } }"
        ),
    )
    assert {name: cost.of({}) for name, cost in found.items()} == {"A": 4, "B": 7}


def test_fragments_that_double_are_priced_in_one_pass() -> None:
    """Two to the ninetieth fields that hang on a variable are counted exactly, and at once."""
    doubling = " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(90))
    last = "fragment f90 on Query { lots(first: $n) { totalCount edges { cursor } } }"
    [found] = costs(SCHEMA, parse(f"query ($n: Int!) {{ ...f0 }} {doubling} {last}")).values()
    start = time.process_time()
    assert found.of({"n": 5}) == 2**90 * (1 + 1 + 1 + 5)
    assert time.process_time() - start < 0.5


def test_every_page_says_how_long_it_may_be() -> None:
    """Each field that gives a connection has a `first` with a default, or its length would be a guess."""
    types = build_graph()._schema.type_map.values()
    fields = [field for one in types if isinstance(one, GraphQLObjectType) for field in one.fields.values()]
    pages = [field for field in fields if get_named_type(field.type).name.endswith("Connection")]
    assert len(pages) >= 18
    assert all(field.args["first"].default_value == 20 for field in pages)


def test_what_people_ask_is_within_the_bound() -> None:
    """Each example, a page of a thousand car parks with what there is to show, and introspection."""
    schema = build_graph()._schema
    documents = [path.read_text("utf-8") for path in (ROOT / "gateway" / "examples").glob("*.graphql")]
    found = [cost.of({}) for text in documents for cost in costs(schema, parse(text)).values()]
    assert sorted(found) == [46, 96, 117, 118, 123, 131, 173, 181, 184, 210, 297, 458, 738, 753, 1968]
    lots = """{ parkingLots(near: {lat: 22.6, lng: 114.1}, first: 1000) { totalCount edges { distance cursor
      node { id name openNow stale asOf occupancy { free capacity percent at } position { lat lng }
        source { name } tariffs { name summary } } } } }"""
    assert [cost.of({}) for cost in costs(schema, parse(lots)).values()] == [3 + 1000 * 39]
    introspection = parse(get_introspection_query(True, True, True, True, True, True))
    [cost] = costs(schema, introspection).values()
    assert cost.of({}) < Settings.model_fields["max_cost"].default * 0.9


async def test_what_costs_too_much_is_refused_and_nobody_is_called(graph: Graph, mocks: RunningMocks) -> None:
    """Two hundred pages of a thousand cases in 12 KB are refused by their price, with no call to a source."""
    aliases = " ".join(
        f'a{i}: cases(near: $near, since: "2026-06-01", first: $n) {{ edges {{ ...E }} }}' for i in range(200)
    )
    document = (
        f"query ($near: NearInput, $n: Int!) {{ {aliases} }} fragment E on CaseEdge"
        " { distance cursor node { id name community { name } source { name } } }"
    )
    near = {"lat": 22.6, "lng": 114.12, "radius": 50_000}
    start = time.process_time()
    answer = await graph(document, near=near, n=1000)
    assert time.process_time() - start < 2.0
    assert answer.errors == [
        {
            "message": "The operation costs 1800400, more than 50000: its answer could hold so many fields."
            " Ask for shorter pages or fewer fields.",
            "extensions": {"code": "OPERATION_TOO_COMPLEX"},
        }
    ]
    assert mocks.calls() == []
    one = "query ($n: Int!) { cases(first: $n) { edges { cursor } } }"
    assert (await graph(one, n=1)).errors == []


async def test_the_bound_is_a_setting_and_exact(mocks: RunningMocks, start_graph: Any) -> None:
    """What costs as much as the bound is served, and nothing beyond it."""
    async with start_graph(max_cost=1_000) as graph:
        field = "communities(first: 998) { edges { cursor } }"
        assert (await graph(f"{{ {field} }}")).codes == []
        assert (await graph(f"{{ {field} __typename }}")).codes == ["OPERATION_TOO_COMPLEX"]
    assert mocks.calls() == []
