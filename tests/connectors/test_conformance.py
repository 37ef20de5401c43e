"""Every configured source with every fault: its own fields fail with a stable code, the rest is whole."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.sources import Limits, NoCredential, SourceConfig
from mocks.environment import environment
from mocks.server import RunningMocks
from tests.conftest import running_graph, simulated_sources

LISTS = {
    "apds": (
        "{ list: parkingLots(near: {lat: 22.68, lng: 114.2, radius: 50000}, first: 1000)"
        " { edges { node { source { id } } } } }"
    ),
    "board": "{ list: boardPosts(first: 1000) { edges { node { source { id } } } } }",
    "engagement": "{ list: volunteerMissions(first: 1000) { edges { node { source { id } } } } }",
    "fhir": "{ list: hospitals(first: 1000) { edges { node { source { id } } } } }",
    "koha": "{ list: libraries(first: 1000) { edges { node { source { id } } } } }",
    "open311": "{ list: serviceTypes(first: 1000) { edges { node { source { id } } } } }",
}
"""For each connector a list that all of its sources fill."""

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "answers 503": ({"error_rate": 1.0}, "SOURCE_UNAVAILABLE"),
    "asks for fewer calls": ({"error_rate": 1.0, "error_status": 429, "retry_after": 60}, "SOURCE_BUSY"),
    "refuses": ({"error_rate": 1.0, "error_status": 403}, "SOURCE_REJECTED"),
    "hangs": ({"hang": True}, "SOURCE_TIMEOUT"),
    "gives half an answer": ({"malformed": True}, "SOURCE_MALFORMED"),
    "resets the connection": ({"reset_after_commit": True}, "SOURCE_UNAVAILABLE"),
}


SOURCES = simulated_sources("http://127.0.0.1:1")


@pytest.fixture(scope="module")
async def warm(running_mocks: RunningMocks) -> None:
    """Let the simulators build their worlds, so that a timeout below tells of the fault only."""
    running_mocks.clear_faults()
    async with running_graph(simulated_sources(running_mocks.url)) as graph:
        for document in LISTS.values():
            assert (await graph(document)).errors == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("source", [source.id for source in SOURCES])
@pytest.mark.usefixtures("warm")
async def test_a_failing_source_takes_only_its_own_with_it(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], source: str, fault: str
) -> None:
    """The error carries code and source, the ledger says FAILED, the connector's other sources are whole."""
    connector = next(config.connector for config in sources if config.id == source)
    others = {config.id for config in sources if config.connector == connector} - {source}
    switches, code = FAULTS[fault]
    impatient = tuple(msgspec.structs.replace(config, limits=Limits(timeout_ms=800)) for config in sources)
    mocks.fault(source, **switches)
    async with running_graph(impatient) as graph:
        answer = await graph(LISTS[connector])
    assert [error["extensions"] for error in answer.errors] == [{"code": code, "source": source}]
    assert answer.errors[0]["path"] == ["list"]
    assert answer.source(source)["outcome"] == "FAILED"
    assert {answer.source(other)["outcome"] for other in others} <= {"OK"}
    edges = answer.data["list"]["edges"] if others else []
    assert {edge["node"]["source"]["id"] for edge in edges} == others
    assert others or answer.data == {"list": None}


@pytest.mark.parametrize("source", [source.id for source in SOURCES if source.credential != NoCredential()])
async def test_a_revoked_token_is_replaced_and_a_wrong_secret_is_told(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], source: str
) -> None:
    """After a revocation the next read still works; with a wrong secret the source is SOURCE_REJECTED."""
    config = next(config for config in sources if config.id == source)
    document = LISTS[config.connector]
    async with running_graph((config,), cached_answers=0) as graph:
        assert (await graph(document)).errors == []
        mocks.tokens(source, revoke=True)
        assert (await graph(document)).errors == []
    secret = getattr(config.credential, "secret_env", "")
    async with running_graph((config,), environment={**environment(), secret: "wrong"}) as graph:
        answer = await graph(document)
    assert [error["extensions"] for error in answer.errors] == [{"code": "SOURCE_REJECTED", "source": source}]
    assert answer.data == {"list": None}
