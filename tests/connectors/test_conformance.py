"""Every configured source with every fault: its own fields fail with a stable code, the rest is whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.kit import ReplicaConnector
from gateway.composition import find_connector
from gateway.sources import Limits, NoCredential, SourceConfig
from mocks.environment import environment
from mocks.server import RunningMocks
from tests.conftest import running_graph, simulated_sources

LISTS = {
    "apds": (
        "{ list: parkingLots(near: {lat: 22.68, lng: 114.2, radius: 50000}, first: 1000)"
        " { edges { node { source { id } } } } }"
    ),
    "fhir": "{ list: hospitals(first: 1000) { edges { node { source { id } } } } }",
    "koha": "{ list: libraries(first: 1000) { edges { node { source { id } } } } }",
    "open311": "{ list: serviceTypes(first: 1000) { edges { node { source { id } } } } }",
}
"""For each connector that requests ask a list that all of its sources fill."""

COPIES: dict[str, str] = {}
"""For each connector over a replica a list that all of its sources fill."""

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "answers 503": ({"error_rate": 1.0}, "SOURCE_UNAVAILABLE"),
    "asks for fewer calls": ({"error_rate": 1.0, "error_status": 429, "retry_after": 60}, "SOURCE_BUSY"),
    "refuses": ({"error_rate": 1.0, "error_status": 403}, "SOURCE_REJECTED"),
    "hangs": ({"hang": True}, "SOURCE_TIMEOUT"),
    "gives half an answer": ({"malformed": True}, "SOURCE_MALFORMED"),
    "resets the connection": ({"reset_after_commit": True}, "SOURCE_UNAVAILABLE"),
}


def asked(sources: tuple[SourceConfig, ...], *, by_feed: bool = False) -> tuple[SourceConfig, ...]:
    """Those that requests ask, or those that only a feed's consumer does."""
    return tuple(s for s in sources if issubclass(find_connector(s), ReplicaConnector) is by_feed)


SOURCES = asked(simulated_sources("http://127.0.0.1:1"))


@pytest.fixture(scope="module")
async def warm(running_mocks: RunningMocks) -> None:
    """Let the simulators build their worlds, so that a timeout below tells of the fault only."""
    running_mocks.clear_faults()
    async with running_graph(asked(simulated_sources(running_mocks.url))) as graph:
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
    impatient = tuple(
        msgspec.structs.replace(config, limits=Limits(timeout_ms=800)) for config in asked(sources)
    )
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


async def test_a_feed_that_fails_is_read_once_it_is_back(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source of a feed with each fault: unavailable until the feed was read, whole afterwards."""
    monkeypatch.setattr("gateway.replica.consumer.LAST_RETRY_S", 0.1)
    monkeypatch.setattr("gateway.upstream.breaker.Breaker.refuses", False)
    for config in asked(sources, by_feed=True):
        document = COPIES[config.connector]
        only = (msgspec.structs.replace(config, limits=Limits(timeout_ms=800)),)
        for name, (switches, _) in FAULTS.items():
            mocks.fault(config.id, **switches)
            state = tmp_path / config.id / name
            async with running_graph(only, state_dir=state, warm_up_ms=300, cached_answers=0) as graph:
                answer = await graph(document)
                unavailable = {"code": "SOURCE_UNAVAILABLE", "source": config.id}
                assert [error["extensions"] for error in answer.errors] == [unavailable]
                assert answer.source(config.id)["calls"] == 0
                mocks.clear_faults()
                async with asyncio.timeout(20):
                    while (answer := await graph(document)).errors:  # noqa: ASYNC110  # no event tells of it
                        await asyncio.sleep(0.05)
            assert answer.data["list"]["edges"] != []
