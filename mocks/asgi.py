"""The few ASGI moves that the wire, the guards and the faults share."""

import contextlib
import socket
import struct
from collections.abc import Mapping

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

_NO_LINGER = struct.pack("ii", 1, 0)  # close with RST instead of FIN


def route_path(scope: Scope) -> str:
    """The path inside the simulator, whatever prefix it is mounted at; at least `/`."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) or "/"


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON the quick way; non-string keys and numpy are nobody's business here."""
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


async def disconnected(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def abort(scope: Scope, receive: Receive) -> None:
    """Reset the TCP connection with no answer; without a connection, fail as a client would see it."""
    transport = (scope.get("extensions") or {}).get("mocks.transport", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the simulator reset the connection")
    wire = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # the client may have left first
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    await disconnected(receive)


class Held:
    """Stands in for `send` and keeps an answer back until the wire has decided what becomes of it."""

    def __init__(self) -> None:
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def release(self, send: Send, body: bytes) -> None:
        """Send the held answer with another body and the length that fits it."""
        if self.start is None:
            return
        headers = [
            (name, value) for name, value in self.start["headers"] if name.lower() != b"content-length"
        ]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**self.start, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
