"""The REST server behind every rival: jsonplaceholder's shape, its bytes made once, fast enough for all.

`python -m bench.posts.upstream PORT` answers `/posts`, `/users/{id}` and `/users?id=1&id=2…`. A protocol
of its own on uvloop, for an ASGI server would be busier than some of the rivals that it serves.
"""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import uvloop

_WORDS = (
    "sunt", "aut", "facere", "repellat", "provident", "occaecati", "excepturi", "optio", "reprehenderit",
    "qui", "est", "esse", "ea", "molestias", "quasi", "exercitationem", "nesciunt", "dolorem", "magnam",
    "facilis", "autem", "asperiores", "adipisci", "vel", "enim", "quam",
)  # fmt: skip
_NAMES = (
    "Leanne Graham", "Ervin Howell", "Clementine Bauch", "Patricia Lebsack", "Chelsey Dietrich",
    "Dennis Schulist", "Kurtis Weissnat", "Nicholas Runolfsdottir", "Glenna Reichert", "Clementina DuBuque",
)  # fmt: skip


def _words(seed: int, count: int) -> str:
    return " ".join(_WORDS[(seed * 7 + index * (seed % 5 + 1)) % len(_WORDS)] for index in range(count))


def make_posts(count: int = 100) -> list[dict[str, Any]]:
    """Give posts as jsonplaceholder shapes them: ten an author, about 275 bytes each."""
    return [
        {
            "userId": (number - 1) * 10 // count + 1,
            "id": number,
            "title": _words(number, 6),
            "body": "\n".join(_words(number + line, 5) for line in range(1, 5)),
        }
        for number in range(1, count + 1)
    ]


def make_users() -> list[dict[str, Any]]:
    """Give the ten authors as jsonplaceholder shapes them: about 550 bytes each."""
    return [
        {
            "id": number,
            "name": name,
            "username": name.split()[0],
            "email": f"{name.replace(' ', '.').lower()}@example.org",
            "address": {
                "street": _words(number, 2),
                "suite": f"Apt. {number * 37}",
                "city": _words(number + 1, 1),
                "zipcode": f"{518100 + number}",
                "geo": {"lat": "22.7206", "lng": "114.2541"},
            },
            "phone": f"1-770-736-80{number:02d}",
            "website": "example.org",
            "company": {"name": _words(number, 2), "catchPhrase": _words(number, 4), "bs": _words(number, 3)},
        }
        for number, name in enumerate(_NAMES, 1)
    ]


@cache
def answer(target: str) -> bytes:
    """Give the whole HTTP response to a request target; made once for each."""
    parts = urlsplit(target)
    found: Any = None
    if parts.path == "/posts":
        found = make_posts()
    elif parts.path == "/users":
        wanted = {int(text) for text in parse_qs(parts.query).get("id", ())}
        found = [user for user in make_users() if not wanted or user["id"] in wanted]
    elif parts.path.startswith("/users/"):
        found = next((u for u in make_users() if str(u["id"]) == parts.path.removeprefix("/users/")), None)
    # Indented, as jsonplaceholder writes it: about 27 KB of posts.
    body = b"{}" if found is None else orjson.dumps(found, option=orjson.OPT_INDENT_2)
    status = b"404 Not Found" if found is None else b"200 OK"
    return (
        b"HTTP/1.1 %b\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: %d\r\n\r\n%b"
    ) % (status, len(body), body)


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(answer(head.split(b" ", 2)[1].decode("ascii")))


async def serve(port: int) -> None:
    """Serve on localhost until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
