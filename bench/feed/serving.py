"""The feed's server as a process, for whoever measures."""

from __future__ import annotations

import sys

from bench.process import Process


def serving(count: int, core: int) -> Process:
    """Give the server of a feed of so many items, not yet started."""
    return Process(lambda port: [sys.executable, "-m", "bench.feed.server", str(port), str(count)], core)
