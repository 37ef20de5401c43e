"""The transport under every source's client: pyreqwest behind httpx's interface (see docs/decisions)."""

from __future__ import annotations

from datetime import timedelta

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport


def pooled_transport() -> httpx.AsyncBaseTransport:
    """Give a transport with a pool of its own, which follows no redirect and no proxy of the environment."""
    client = (
        ClientBuilder()
        .follow_redirects(False)
        .no_proxy()
        .tcp_nodelay(True)
        .pool_idle_timeout(timedelta(seconds=15))
        .build()
    )
    return HttpxTransport(client)
