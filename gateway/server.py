"""The server: uvicorn with a readiness that falls before it stops, and one word when it truly listens."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from gateway.settings import Settings
from gateway.sources import ConfigurationError

Ready = Callable[[str], Awaitable[None]]


class Server(uvicorn.Server):
    """At the first signal /readyz says no for `drain_ms`, then what is under way is finished."""

    def __init__(self, app: Starlette, settings: Settings, on_ready: Ready) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                # Nothing here asks for a client's address; whatever will must say which proxies it trusts.
                proxy_headers=False,
                timeout_graceful_shutdown=max(1, settings.request_timeout_ms // 1000),
            )
        )
        self._app = app
        self._settings = settings
        self._on_ready = on_ready
        self._tasks: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell the address once the sockets accept."""
        await super().startup(sockets)
        settle_memory()
        if sockets and not self.should_exit:
            self._keep(asyncio.ensure_future(self._announce(address_of(sockets[0], self._settings.host))))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Fall out of readiness first, stop after the drain; a second signal stops at once."""
        if not self._app.state.health.ready or self._settings.drain_ms == 0:
            super().handle_exit(sig, frame)
            return
        self._app.state.health.ready = False
        loop = asyncio.get_running_loop()
        loop.call_later(self._settings.drain_ms / 1000, super().handle_exit, sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take a signal as a wish to stop: after a clean stop it is not raised again, the exit code is 0."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, url: str) -> None:
        await self._on_ready(url)


def settle_memory() -> None:
    """Leave out of garbage collection what stands once the gateway has started, and collect more seldom.

    What stands stays to the end. An answer of 100,000 objects makes hundreds of thousands that are no
    garbage yet: by Python's own thresholds the collector would walk them again and again, and an object
    would cost twice as much there as in an answer of a hundred (`python -m bench.objects`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def serve(app: Starlette, settings: Settings, on_ready: Ready) -> None:
    """Serve until a signal comes; ConfigurationError if the address cannot be had."""
    listening = listen(settings.host, settings.port)
    with listening:
        Server(app, settings, on_ready).run([listening])


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything else starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(f"HOST={host} PORT={port} cannot be listened on: {reason}.") from error


def address_of(listening: socket.socket, host: str) -> str:
    """Give the http address of a listening socket."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"
