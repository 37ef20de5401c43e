"""APDS v4 as its authors publish it: our simulators' answers and our connector's questions are held to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_schema_validator import OAS31Validator

from mocks.server import RunningMocks
from mocks.world.parking import OPERATORS
from tests.conftest import Graph

SPECIFICATION = json.loads(Path(__file__).with_name("apds4.json").read_text(encoding="utf-8"))
CONTRACT = OpenAPI.from_dict(SPECIFICATION)
STATUS = OAS31Validator(
    {"$ref": "#/components/schemas/ResponseStatus", "components": SPECIFICATION["components"]}
)
LISTS = {
    "/places": ("expand=all", "expand=none&layer=0", "modified_since=1764000000&type=place"),
    "/rates": ("expand=all", ""),
    "/rights/specs": ("expand=all", "expand=none"),
    "/rights/assigned": ("expand=all", "modified_since=1764000000"),
    "/sessions": ("expand=all", ""),
    "/contacts": ("type=operator",),
}
SINGLES = ("/places", "/rates", "/rights/specs", "/rights/assigned")


class Operator:
    """One simulated operator, every answer of which must be one of the standard's."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, query: str = "", pattern: str | None = None) -> Any:
        """Ask, hold question and answer to the contract, and give the answer's body."""
        answer = await self.http.get(f"{path}?{query}" if query else path)
        request = _request(path, dict(parse_qsl(query)), pattern)
        CONTRACT.validate_request(request)
        CONTRACT.validate_response(request, _response(answer))
        return answer.json()

    async def pages(self, path: str, query: str) -> list[Any]:
        """Read every page of a list."""
        items: list[Any] = []
        for number in range(1, 100):
            page = await self.get(path, "&".join(part for part in (query, f"page={number}") if part))
            items += page["data"]
            if len(items) >= page["meta"]["total"]:
                break
        return items


@asynccontextmanager
async def _connected(mocks: RunningMocks, name: str) -> AsyncIterator[Operator]:
    async with httpx.AsyncClient(base_url=mocks.url_of(name), timeout=10) as http:
        token = await http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=httpx.BasicAuth(name, f"secret-of-{name}"),
        )
        http.headers["authorization"] = f"Bearer {token.json()['access_token']}"
        yield Operator(http)


@pytest.fixture(params=list(OPERATORS))
async def operator(request: pytest.FixtureRequest, mocks: RunningMocks) -> AsyncIterator[Operator]:
    """Each operator in turn, with a token."""
    async with _connected(mocks, request.param) as connected:
        yield connected


@pytest.mark.parametrize("path", LISTS)
async def test_lists_are_the_standards(operator: Operator, path: str) -> None:
    """Every item of every page with all that `expand` brings, and the first page of the other forms."""
    whole, *others = LISTS[path]
    assert await operator.pages(path, whole)
    for query in others:
        await operator.get(path, query)


@pytest.mark.parametrize("path", SINGLES)
async def test_single_objects_are_the_standards(operator: Operator, path: str) -> None:
    """The last of each kind, whole, in its version, and the answer where there is none."""
    by_kind = {item.get("type"): item for item in await operator.pages(path, "")}
    for item in by_kind.values():
        for query in ("expand=all", f"version={item['version']}"):
            found = await operator.get(f"{path}/{item['id']}", query, f"{path}/{{id}}")
            assert found["id"] == item["id"]
    missing = await operator.get(f"{path}/none-such", "", f"{path}/{{id}}")
    assert (missing["status"], missing["code"]) == ("error", 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/places?expand=everything", 400),
        ("GET", "/places?latitude=22.6", 400),
        ("GET", "/places?page=0", 400),
        ("GET", "/rates?modified_since=yesterday", 400),
        ("GET", "/none-such", 404),
        ("PATCH", "/places", 405),
        ("POST", "/webhooks", 400),
    ],
)
async def test_refusals_are_the_standards(operator: Operator, method: str, path: str, status: int) -> None:
    """Whatever is refused is refused in the standard's own words, ResponseStatus."""
    answer = await operator.http.request(method, path)
    assert answer.status_code == status
    STATUS.validate(answer.json())
    assert answer.json()["code"] == status


async def test_without_a_token_nothing_is_told(operator: Operator) -> None:
    """401 in the standard's own words."""
    del operator.http.headers["authorization"]
    answer = await operator.http.get("/places")
    assert answer.status_code == 401
    STATUS.validate(answer.json())


async def test_our_questions_are_the_standards(graph: Graph, mocks: RunningMocks) -> None:
    """Every call that the connector makes has the standard's parameters and only those."""
    fields = "id evBays accessibleBays tariffs { id }"
    answer = await graph(
        "{ parkingLots(near: {lat: 22.6093, lng: 114.1224, radius: 30000}, first: 1000)"
        f" {{ edges {{ node {{ {fields} }} }} }} }}"
    )
    assert answer.errors == []
    lots = [edge["node"] for edge in answer.data["parkingLots"]["edges"]]
    ids = [lots[0]["id"], lots[0]["tariffs"][0]["id"]]
    assert all((await graph("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)).data["nodes"])
    calls = [call for name in OPERATORS for call in mocks.calls(name, token=False)]
    known = {path: set(_parameters(path)) for path in SPECIFICATION["paths"]}
    seen = set()
    for call in calls:
        pattern = _pattern(call.path)
        query = dict(parse_qsl(call.query))
        CONTRACT.validate_request(_request(call.path, query, pattern))
        assert set(query) <= known[pattern]
        seen.add(pattern)
    assert seen == {"/places", "/places/{id}", "/rates", "/rates/{id}", "/rights/specs"}


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("/places", lambda place: place.pop("timeZone")),
        ("/places", lambda place: place["name"].clear()),
        ("/places", lambda place: place["times"].pop("openAllYear")),
        ("/places", lambda place: place["hierarchyElementReference"]["supply"][0].pop("supplyViewType")),
        ("/rates", lambda rate: rate.pop("rateLineCollections")),
        ("/rates", lambda rate: rate.update(availability="everyone")),
        ("/rights/specs", lambda spec: spec["hierarchyElements"].clear()),
    ],
)
async def test_the_contract_refuses_what_is_not_the_standards(
    mocks: RunningMocks, path: str, spoil: Callable[[Any], object]
) -> None:
    """A validator that took everything would prove nothing: one fault in a true answer is found."""
    async with _connected(mocks, "parking-metro") as metro:
        body = await metro.get(path, "expand=all")
    del body["data"][1:]
    request = _request(path, {"expand": "all"})
    CONTRACT.validate_response(request, MockResponse(json.dumps(body).encode(), 200))
    spoil(body["data"][0])
    with pytest.raises(OpenAPIError):
        CONTRACT.validate_response(request, MockResponse(json.dumps(body).encode(), 200))


@pytest.mark.parametrize(
    "query", [{"expand": "prices"}, {"page": "0"}, {"layer": "first"}, {"type": "garage"}]
)
def test_the_contract_refuses_what_cannot_be_asked(query: dict[str, str]) -> None:
    """And questions that are not the standard's are found, too."""
    with pytest.raises(OpenAPIError):
        CONTRACT.validate_request(_request("/places", query))


def _request(path: str, query: dict[str, str], pattern: str | None = None) -> MockRequest:
    view = {"id": path.rsplit("/", 1)[1]} if pattern and pattern.endswith("{id}") else {}
    return MockRequest("http://operator.test", "get", path, path_pattern=pattern, args=query, view_args=view)


def _response(answer: httpx.Response) -> MockResponse:
    content_type = answer.headers["content-type"].partition(";")[0]
    return MockResponse(answer.content, answer.status_code, content_type=content_type)


def _pattern(path: str) -> str:
    parent, _, last = path.rpartition("/")
    return path if path in SPECIFICATION["paths"] else f"{parent}/{{id}}" if last else path


def _parameters(path: str) -> Iterator[str]:
    shared = SPECIFICATION["components"]["parameters"]
    for parameter in SPECIFICATION["paths"][path]["get"].get("parameters", ()):
        yield (
            shared[parameter["$ref"].rsplit("/", 1)[1]]["name"] if "$ref" in parameter else parameter["name"]
        )
