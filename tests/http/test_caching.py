"""Caching by others: which answers may be kept, for how long, and how they are asked for again."""

from __future__ import annotations

import re
from functools import partial
from importlib.resources import files

import httpx
import pytest

from gateway.endpoint import GraphQLEndpoint
from gateway.execution.operation import Operation, Outcome
from gateway.loading.cache import Cache
from mocks.server import RunningMocks
from tests.conftest import Graph, StartGraph

GRAPHQL = "application/graphql-response+json"
WHOLE = Outcome(executed=True, data={"text": "x" * 2000}, extensions={"ms": 1}, fresh_s=29.9)
FAILED = {"message": "no", "extensions": {"code": "INTERNAL"}}


async def ask(outcome: Outcome, method: str = "GET", **headers: str) -> httpx.Response:
    """Ask once, of a gateway that has this outcome for everything."""

    async def execute(_operation: Operation, /) -> Outcome:
        return outcome

    names = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.ASGITransport(GraphQLEndpoint(execute))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        if method == "POST":
            return await client.post("/graphql", json={"query": "{ text }"}, headers=names)
        return await client.request(method, "/graphql?query={text}", headers=names)


async def test_a_whole_and_fresh_answer_may_be_kept() -> None:
    """By anybody, in full seconds, and not beyond."""
    response = await ask(WHOLE, accept_encoding="identity")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "public, max-age=29, must-revalidate"
    assert re.fullmatch(r'W/"[0-9a-f]{24}-json-plain"', response.headers["etag"])
    assert response.headers["vary"] == "accept, accept-encoding"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(executed=True, data={"text": "x"}),
        Outcome(executed=True, data={"text": "x"}, fresh_s=0.9),
        Outcome(executed=True, data={"text": None}, errors=[FAILED], fresh_s=60.0),
        Outcome(executed=False, errors=[FAILED], fresh_s=60.0),
    ],
    ids=["not fresh", "for less than a second", "with an error", "not executed"],
)
@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
async def test_nothing_else_may_be_kept(outcome: Outcome, accept: str) -> None:
    """No tag is given that nobody could use."""
    response = await ask(outcome, accept=accept, if_none_match="*")
    assert response.status_code != 304
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_an_answer_to_post_may_not_be_kept() -> None:
    """It has no address to be found by again, and what it is asked on is no tag's business."""
    tag = (await ask(WHOLE)).headers["etag"]
    for known in (tag, "*"):
        response = await ask(WHOLE, "POST", if_none_match=known)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in response.headers


async def test_head_is_refused_as_ever() -> None:
    """With or without a tag."""
    response = await ask(WHOLE, "HEAD", if_none_match="*")
    assert (response.status_code, response.headers["cache-control"]) == (405, "no-store")


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ("{tag}", 304),
        ("*", 304),
        (" * ", 304),
        ('"other", {tag}', 304),
        ('W/"a,b",{tag} , "c"', 304),
        ("{strong}", 304),
        ('"other"', 200),
        ("{bare}", 200),
        ("", 200),
        ('W/"other-json-plain"', 200),
    ],
)
async def test_what_the_client_has_is_not_sent_again(if_none_match: str, status: int) -> None:
    """304 by weak comparison, with the headers that a cache renews and no body."""
    tag = (await ask(WHOLE, accept_encoding="identity")).headers["etag"]
    strong = tag.removeprefix("W/")
    known = if_none_match.format(tag=tag, strong=strong, bare=strong.strip('"'))
    response = await ask(WHOLE, accept_encoding="identity", if_none_match=known)
    assert response.status_code == status
    if status == 304:
        assert response.content == b""
        assert dict(response.headers) == {
            "cache-control": "public, max-age=29, must-revalidate",
            "etag": tag,
            "vary": "accept, accept-encoding",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
        }


async def test_each_representation_has_its_tag() -> None:
    """Media type and coding are told apart, so that no cache takes one for the other."""
    tags = [
        (await ask(WHOLE, accept=accept, accept_encoding=coding)).headers["etag"]
        for accept in (GRAPHQL, "application/json")
        for coding in ("identity", "gzip", "br", "zstd")
    ]
    assert len(set(tags)) == 8
    assert {tag.rpartition("-")[2] for tag in tags} == {'plain"', 'gzip"', 'br"', 'zstd"'}
    assert len({tag.partition("-")[0] for tag in tags}) == 1


async def test_the_tag_stands_for_the_data() -> None:
    """How they were come by, which extensions tell, makes no other answer; other data do."""
    tag = (await ask(WHOLE)).headers["etag"]
    again = Outcome(executed=True, data=WHOLE.data, extensions={"ms": 2}, fresh_s=5.0)
    assert (await ask(again)).headers["etag"] == tag
    other = Outcome(executed=True, data={"text": "y"}, extensions={"ms": 1}, fresh_s=5.0)
    assert (await ask(other)).headers["etag"] != tag


# Through the whole gateway


async def get(graph: Graph, query: str, **headers: str) -> httpx.Response:
    return await graph.http.get("/graphql", params={"query": query}, headers=headers)


LIVE = "{ parkingLots(near: {lat: 22.6, lng: 114.12, radius: 2000}, first: 5) { edges { node { name } } } }"


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("{ subdistricts { code name } }", 3600),
        ("{ __schema { queryType { name } } }", 3600),
        ("{ libraries(first: 5) { totalCount } }", 3600),
        ("{ serviceTypes(first: 5) { totalCount } }", 600),
        (LIVE, 30),
        ("{ libraries(first: 5) { totalCount } serviceTypes(first: 5) { totalCount } }", 600),
        ("{ childcareCentres(first: 5) { totalCount } }", 15),
        ("{ youthHostels(first: 5) { totalCount } }", 15),
        ("{ eldercareServices(first: 5) { totalCount } }", 15),
        ("{ schoolServices(first: 5) { totalCount } }", 60),
        ("{ enterpriseServices(first: 5) { totalCount } }", 60),
        ("{ classes(first: 5) { totalCount } }", 15),
        ("{ courtSlots(first: 5) { totalCount } }", 15),
        ("{ nearby(lat: 22.6, lng: 114.12, radius: 500, kinds: [LIBRARY]) { __typename } }", 60),
    ],
)
async def test_an_answer_may_be_kept_as_long_as_its_least_fresh_part(
    graph: Graph, query: str, seconds: int
) -> None:
    """The lookups' freshness, an hour where no source was asked, a minute where the instant matters."""
    response = await get(graph, query)
    assert response.status_code == 200, response.text
    assert "errors" not in response.json()
    found = re.fullmatch(r"public, max-age=(\d+), must-revalidate", response.headers["cache-control"])
    assert found is not None
    # Less what passed in between: a moment, cut to full seconds.
    assert seconds - 5 <= int(found[1]) <= seconds


async def test_the_front_door_may_be_kept(graph: Graph) -> None:
    """As long as places left are good for, and it is known again by its tag."""
    query = files("gateway").joinpath("examples/1-front-door.graphql").read_text(encoding="utf-8")
    response = await get(graph, query)
    assert "errors" not in response.json()
    found = re.fullmatch(r"public, max-age=(\d+), must-revalidate", response.headers["cache-control"])
    assert found is not None
    assert 10 <= int(found[1]) <= 15
    again = await get(graph, query, **{"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_client_is_told_that_nothing_has_changed(graph: Graph, mocks: RunningMocks) -> None:
    """The second answer comes of the cache, its ledger tells another story, and its tag is the same."""
    query = "{ serviceTypes(first: 5) { totalCount } }"
    first = await get(graph, query)
    second = await get(graph, query)
    assert first.json()["extensions"] != second.json()["extensions"]
    tag = first.headers["etag"]
    assert second.headers["etag"] == tag
    third = await get(graph, query, **{"if-none-match": tag})
    assert (third.status_code, third.content, third.headers["etag"]) == (304, b"", tag)
    assert len(mocks.calls(token=False)) == 1


async def test_what_is_stale_or_partly_missing_is_not_kept(
    mocks: RunningMocks, start_graph: StartGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that fails: its gap, and the old answer in its place, are told once; age counts."""
    seconds = [0.0]
    monkeypatch.setattr("gateway.composition.Cache", partial(Cache, clock=lambda: seconds[0]))
    async with start_graph() as graph:
        whole = await get(graph, LIVE)
        assert whole.headers["cache-control"].startswith("public")
        seconds[0] = 20.0
        older = re.search(r"max-age=(\d+)", (await get(graph, LIVE)).headers["cache-control"])
        assert older is not None
        assert 5 <= int(older[1]) < 10
        mocks.fault("parking-city", error_rate=1, error_status=500)
        seconds[0] = 31.0
        stale = await get(graph, LIVE)
        assert "errors" not in stale.json()
        assert {source["id"]: source["outcome"] for source in stale.json()["extensions"]["sources"]}[
            "parking-city"
        ] == "STALE"
        assert stale.headers["cache-control"] == "no-store"
        seconds[0] = 1000.0
        gap = await get(graph, LIVE)
        assert [error["extensions"]["source"] for error in gap.json()["errors"]] == ["parking-city"]
        assert gap.headers["cache-control"] == "no-store"
