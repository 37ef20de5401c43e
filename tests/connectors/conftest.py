"""Connectors by themselves: over the gateway's own upstream, with respx in the system's place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import msgspec
import pytest
import respx

from connectors.kit import Connector
from gateway.request import Request, request_scope
from gateway.sources import SourceConfig
from gateway.upstream.client import open_upstream
from gateway.upstream.transport import HttpxTransport
from tests.conftest import NOW

C = TypeVar("C", bound=Connector)

# A check that fails shall say what it found, as a test does.
pytest.register_assert_rewrite("tests.connectors.desk_checks")

BASE = "http://system.test/api"
"""Where the system stands that a connector under test is connected to."""

Connect = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def request_() -> Iterator[Request]:
    """Connectors are asked within a request."""
    with request_scope(60) as request:
        yield request


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connect a connector to BASE: `await connect(Koha, {"page_size": 2}, id="library")`; its clock is NOW.

    Further fields are those of a source in sources.toml; `secret` is what `secret_env` would name.
    """
    async with AsyncExitStack() as stack:

        async def make(
            connector: type[C], options: Mapping[str, Any] | None = None, *, secret: str = "", **source: Any
        ) -> C:
            config = SourceConfig(**{"id": "system", "name": "系统", "connector": "x", "url": BASE, **source})
            upstream = await stack.enter_async_context(
                open_upstream(config, secret, transport=HttpxTransport(), now=lambda: NOW)
            )
            return connector(upstream, msgspec.convert(options or {}, connector.Options))

        yield make


@pytest.fixture
def wire() -> Iterator[respx.Router]:
    """The system's side: `wire.get("/places").respond(json=…)`; a call without an answer fails the test."""
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield router
