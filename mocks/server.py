"""One server for all simulators: each at `/{id}` on one port and, where wished, on a port of its own."""

import asyncio
import contextlib
import importlib
import pkgutil
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

import mocks
from mocks.asgi import json_response, route_path
from mocks.calls import Call, Calls
from mocks.control import create_control, set_tokens
from mocks.faults import Faults
from mocks.simulator import Simulator
from mocks.wire import Wire
from mocks.world import World


class Mocks:
    """The ASGI app of all simulators, with the switches and logs that the control API turns and reads."""

    def __init__(self, world: World, only: Collection[str] = ()) -> None:
        self.call_log = Calls()
        self.closing = asyncio.Event()
        self.ports: dict[int, str] = {}
        self._only = only
        self._build(world)

    def _build(self, world: World) -> None:
        self.world = world
        self.simulators = discover(world, self._only)
        self.faults = Faults(world.seed, self.simulators)
        self._wires = {s.id: Wire(s, self.call_log, self.faults, self.closing) for s in self.simulators}
        self._control = create_control(self)

    def reset(self) -> None:
        """Begin anew: nothing written, no token given out, no fault; the clock stays as it is."""
        self._build(World(self.world.seed, self.world.clock))
        self.call_log.clear()

    def base_url(self, simulator_id: str, server_url: str) -> str:
        return f"{server_url}/{simulator_id}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        if path.startswith("/_control/"):
            await self._control(scope, receive, send)
            return
        own = self.ports.get((scope.get("server") or ("", 0))[1])
        if own is not None:
            await self._wires[own](scope, receive, send)
            return
        simulator_id = path.split("/", 2)[1]
        wire = self._wires.get(simulator_id)
        if wire is None:
            missing = {"error": f"no simulator is called {simulator_id}", "simulators": list(self._wires)}
            await json_response(missing, 404)(scope, receive, send)
            return
        await wire({**scope, "root_path": f"{scope.get('root_path', '')}/{simulator_id}"}, receive, send)


def discover(world: World, only: Collection[str] = ()) -> tuple[Simulator, ...]:
    """Every package under mocks/ that exports `simulators`; ValueError if `only` names one that is not."""
    found: list[Simulator] = []
    for module in pkgutil.iter_modules(mocks.__path__, "mocks."):
        if module.ispkg:
            make: Callable[[World], list[Simulator]] | None
            make = getattr(importlib.import_module(module.name), "simulators", None)
            found += make(world) if make else []
    if unknown := set(only) - {simulator.id for simulator in found}:
        raise ValueError(f"no simulator is called {', '.join(sorted(unknown))}")
    return tuple(simulator for simulator in found if not only or simulator.id in only)


def create_app(world: World, only: Collection[str] = ()) -> ASGIApp:
    """The app by itself; without a server's connection a reset shows as ConnectionResetError."""
    return Mocks(world, only)


class _Protocol(HttpToolsProtocol):
    """Hands the connection to the faults, which must be able to reset it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"mocks.transport": {"transport": self.transport}}


class _Server(uvicorn.Server):
    """Tells when it truly listens, frees hanging requests at the end, and ends a signal with exit code 0."""

    def __init__(self, app: Mocks, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
            )
        )
        self._closing = app.closing
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def _listen(app: Mocks, host: str, port: int, ports: bool) -> list[socket.socket]:
    """The first socket serves every simulator by path, the others one each; OSError if a port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sockets: list[socket.socket] = []
    with contextlib.ExitStack() as opened:
        for index in range(1 + (len(app.simulators) if ports else 0)):
            number = port + index if port else 0
            sockets.append(
                opened.enter_context(socket.create_server((host, number), family=family, backlog=2048))
            )
        opened.pop_all()
    app.ports = {
        listening.getsockname()[1]: simulator.id
        for listening, simulator in zip(sockets[1:], app.simulators, strict=False)
    }
    return sockets


def serve(
    host: str, port: int, world: World, *, ports: bool = False, only: Collection[str] = (),
    faults: Collection[tuple[str, dict[str, Any]]] = (), on_ready: Callable[[str, Mocks], None],
) -> None:  # fmt: skip
    """Serve until a signal comes. `on_ready(url, app)` is called once the sockets truly listen."""
    app = Mocks(world, only)
    for simulator, switches in faults:
        app.faults.set(simulator, switches)
    sockets = _listen(app, host, port, ports)
    url = _url(host, sockets[0])
    _Server(app, lambda: on_ready(url, app)).run(sockets)


class RunningMocks:
    """All simulators in a thread, on a free port unless one is named: `with RunningMocks() as mocks:`."""

    def __init__(
        self, world: World | None = None, *, port: int = 0, only: Collection[str] = (), ports: bool = False
    ) -> None:
        self.app = Mocks(world or World(), only)
        self.url = ""
        self._listening = threading.Event()
        self._server = _Server(self.app, self._listening.set)
        self._port = port
        self._with_ports = ports
        self._thread = threading.Thread(target=self._run, name="mocks", daemon=True)
        self._sockets: list[socket.socket] = []

    def _run(self) -> None:
        self._server.run(self._sockets)

    def __enter__(self) -> Self:
        self._sockets = _listen(self.app, "127.0.0.1", self._port, self._with_ports)
        self.url = _url("127.0.0.1", self._sockets[0])
        self._thread.start()
        if not self._listening.wait(10):
            raise RuntimeError("the simulators did not start within ten seconds")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    @property
    def world(self) -> World:
        return self.app.world

    def url_of(self, simulator: str) -> str:
        """The base URL of one simulator: its own port where it has one."""
        own = {name: number for number, name in self.app.ports.items()}
        return f"http://127.0.0.1:{own[simulator]}" if simulator in own else f"{self.url}/{simulator}"

    def calls(self, simulator: str | None = None, *, token: bool | None = None) -> list[Call]:
        """The requests so far; `token=False` leaves token requests out, `token=True` gives only them."""
        return [call for call in self.app.call_log.of(simulator) if token in (None, call.token)]

    def counts(self) -> dict[str, dict[str, int]]:
        return self.app.call_log.counts()

    def clear_calls(self) -> None:
        self.app.call_log.clear()

    def fault(self, simulator: str, **switches: Any) -> None:
        self.app.faults.set(simulator, switches)

    def clear_faults(self, simulator: str = "*") -> None:
        self.app.faults.clear(simulator)

    def tokens(self, simulator: str = "*", *, lifetime_s: float | None = None, revoke: bool = False) -> None:
        set_tokens(self.app.simulators, simulator, lifetime_s, revoke)

    def ledger(self, simulator: str) -> list[dict[str, Any]]:
        return self.world.ledger.entries(simulator)

    def reset(self) -> None:
        """A fresh world of the same seed and clock: what earlier tests wrote is gone."""
        self.app.reset()

    def clear_ledger(self) -> None:
        self.world.ledger.clear()


def _url(host: str, listening: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"
