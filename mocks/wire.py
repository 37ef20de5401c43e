"""The wire in front of one simulator: notes each request and lets it meet its fault."""

import asyncio
import contextlib
import time

from starlette.types import Message, Receive, Scope, Send

from mocks.asgi import Held, abort, disconnected, route_path
from mocks.calls import Call, Calls
from mocks.faults import Fault, Faults, marked, proxy_error
from mocks.simulator import Simulator


class Wire:
    """An ASGI app around a simulator's; `closing` frees hanging requests when the server stops."""

    def __init__(self, simulator: Simulator, calls: Calls, faults: Faults, closing: asyncio.Event) -> None:
        self._id = simulator.id
        self._app = simulator.app
        self._token_paths = frozenset(guard.token_path for guard in simulator.auth if guard.token_path)
        self._calls = calls
        self._faults = faults
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        query = scope["query_string"].decode("latin-1")
        token = path in self._token_paths
        call = self._calls.arrived(self._id, scope["method"], path, query, token)
        began = time.perf_counter()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            elif not message.get("more_body", False):  # complete before the client can ask for the log
                call.ms = _since(began)
            await send(message)

        try:
            await self._meet(call, scope, receive, answer)
        finally:
            call.ms = call.ms or _since(began)
            self._calls.ended(call)

    async def _meet(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        met = self._faults.take(self._id, call.method, call.path, call.token)
        if met is None:
            await self._app(scope, receive, send)
            return
        fault, error = met
        if fault.latency_ms:
            call.fault = "latency_ms"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), fault.latency_ms / 1000)
        if fault.hang:
            call.fault = "hang"
            await self._hang(scope, receive)
        elif error:
            call.fault = "error_rate"
            await proxy_error(fault)(scope, receive, send)
        else:
            await self._carry_out(call, fault, scope, receive, send)

    async def _carry_out(self, call: Call, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        scope = marked(scope, fault)
        if not (fault.malformed or fault.reset_after_commit):
            await self._app(scope, receive, send)
            return
        held = Held()
        await self._app(scope, receive, held)
        if fault.reset_after_commit:
            call.fault = "reset_after_commit"
            await abort(scope, receive)
        else:
            call.fault = "malformed"
            await held.release(send, bytes(held.body[: len(held.body) // 2]))

    async def _hang(self, scope: Scope, receive: Receive) -> None:
        left = asyncio.ensure_future(disconnected(receive))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({left, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            closing.cancel()
        if not left.done():
            await abort(scope, receive)


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
