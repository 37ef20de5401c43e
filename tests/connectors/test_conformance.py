"""Every configured source with every fault: its own fields fail with a stable code, the rest is whole."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from connectors.kit import ReplicaConnector
from gateway.composition import find_connector
from gateway.sources import Limits, NoCredential, SourceConfig
from mocks.environment import environment
from mocks.server import RunningMocks
from tests.conftest import running_graph, simulated_sources

STATIONS = (
    "{ list: chargingStations(near: {lat: 22.6, lng: 114.12, radius: 5000}, first: 1)"
    " { edges { node { source { id } } } } }"
)
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
"""For each connector that requests ask, a list that all of its sources fill."""
COPIES = {
    "charging-grid": STATIONS,
    "charging-swift": STATIONS,
    "classes-family": "{ list: classes(first: 1) { edges { node { source { id } } } } }",
    "childcare-longgang": "{ list: childcareCentres(first: 1) { edges { node { source { id } } } } }",
    "eldercare-longgang": "{ list: eldercareServices(first: 1) { edges { node { source { id } } } } }",
    "enterprise-longgang": "{ list: enterpriseServices(first: 1) { edges { node { source { id } } } } }",
    "hostels-longgang": "{ list: youthHostels(first: 1) { edges { node { source { id } } } } }",
    "schools-longgang": "{ list: schoolServices(first: 1) { edges { node { source { id } } } } }",
    "sports-dayun": "{ list: courtSlots(first: 1) { edges { node { source { id } } } } }",
    "sports-street": "{ list: courtSlots(first: 1) { edges { node { source { id } } } } }",
}
"""For each source that is read into a local copy, a list that it fills."""

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


CONFIGURED = simulated_sources("http://127.0.0.1:1")
SOURCES = asked(CONFIGURED)


def test_every_source_is_here() -> None:
    """A new one has a list, of its connector or of its own."""
    assert {source.connector for source in SOURCES} == LISTS.keys()
    assert {source.id for source in CONFIGURED} - {source.id for source in SOURCES} == COPIES.keys()


@pytest.fixture(scope="module")
async def warm(running_mocks: RunningMocks) -> None:
    """Let the simulators build their worlds, so that a timeout below tells of the fault only."""
    running_mocks.clear_faults()
    async with running_graph(asked(simulated_sources(running_mocks.url))) as graph:
        for document in LISTS.values():
            assert (await graph(document)).errors == []
    async with running_graph(simulated_sources(running_mocks.url), warm_up_ms=30_000) as graph:
        for document in COPIES.values():
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
        msgspec.structs.replace(config, limits=Limits(timeout_ms=1500)) for config in asked(sources)
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


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("source", COPIES)
@pytest.mark.usefixtures("warm")
async def test_a_feed_that_fails_is_read_once_it_is_back(
    mocks: RunningMocks,
    sources: tuple[SourceConfig, ...],
    source: str,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the fault: unavailable until the feed was read, whole afterwards."""
    monkeypatch.setattr("gateway.replica.consumer.LAST_RETRY_S", 0.1)
    monkeypatch.setattr("gateway.upstream.breaker.Breaker.refuses", False)
    config = next(config for config in sources if config.id == source)
    impatient = msgspec.structs.replace(config, limits=Limits(timeout_ms=1500))
    mocks.fault(source, **FAULTS[fault][0])
    async with running_graph((impatient,), warm_up_ms=300) as graph:
        answer = await graph(COPIES[source])
        assert [error["extensions"] for error in answer.errors] == [
            {"code": "SOURCE_UNAVAILABLE", "source": source}
        ]
        assert answer.data == {"list": None}
        assert answer.source(source)["calls"] == 0
        mocks.clear_faults()
        async with asyncio.timeout(20):
            while (answer := await graph(COPIES[source])).errors:  # noqa: ASYNC110  # no event tells of it
                await asyncio.sleep(0.05)
    assert answer.data["list"]["edges"] == [{"node": {"source": {"id": source}}}]


@pytest.mark.parametrize("source", COPIES)
async def test_a_copy_is_filled_with_the_sources_credential(
    mocks: RunningMocks, sources: tuple[SourceConfig, ...], source: str
) -> None:
    """With the right secret the list is there; with a wrong one it is not."""
    config = next(config for config in sources if config.id == source)
    async with running_graph((config,), warm_up_ms=10_000) as graph:
        answer = await graph(COPIES[source])
    assert answer.errors == []
    assert answer.data["list"]["edges"] == [{"node": {"source": {"id": source}}}]
    secret = getattr(config.credential, "secret_env", None)
    if secret is None:
        return
    async with running_graph(
        (config,), environment={**environment(), secret: "wrong"}, warm_up_ms=500
    ) as graph:
        answer = await graph(COPIES[source])
    assert answer.codes == ["SOURCE_UNAVAILABLE"]
