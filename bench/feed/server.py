"""The system that gives the feed: `python -m bench.feed.server PORT COUNT`, pages made as they are asked for.

`/feed?after=N` gives the next 500 items as RPDE shapes them; every twentieth is a deletion of the one that
stood nineteen before it. A protocol of its own, so that the feed is not what is measured.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvloop

PAGE = 500
"""Items of a page: the least that RPDE 1.0, "page size", allows while there are as many."""
ORGANISERS = 1_000
_SESSION = (
    b'{"state":"updated","kind":"SessionSeries","id":"session-%07d","modified":%d,"data":{"@type":'
    b'"SessionSeries","url":"https://sports.example/sessions/%07d","name":"\xe6\x99\xa8\xe9\x97\xb4\xe7\x91'
    b'\x9c\xe4\xbc\xbd","description":"%s","activity":["yoga"],'
    b'"organizer":{"id":"org-%d","name":"Sports Centre"},'
    b'"location":{"name":"Longling Hall","geo":{"latitude":22.%04d,"longitude":114.%04d}},"startDate":%d,'
    b'"offers":[{"name":"adult","price":30,"priceCurrency":"CNY"}],"remainingAttendeeCapacity":%d}}'
)
_GONE = b'{"state":"deleted","kind":"SessionSeries","id":"session-%07d","modified":%d}'
_WORDS = b"An hour for beginners and for those who have been here before; mats are there. " * 4
FIRST_DAY = 1_795_000_000


def item(number: int) -> bytes:
    """Give one item of the feed."""
    if number % 20 == 19:
        return _GONE % (number - 19, number + 1)
    return _SESSION % (
        number, number + 1, number, _WORDS, number % ORGANISERS, number % 10_000, number * 7 % 10_000,
        FIRST_DAY + number % 100_000 * 60, number % 30,
    )  # fmt: skip


def left(count: int) -> int:
    """How many sessions are there after so many items."""
    return count - 2 * (count // 20)


def page(after: int, count: int) -> bytes:
    """Give the response to the question for what comes after so many items."""
    items = b",".join(item(number) for number in range(after, min(after + PAGE, count)))
    body = b'{"next":%d,"items":[%b],"license":"https://creativecommons.org/licenses/by/4.0/"}' % (
        min(after + PAGE, count), items,
    )  # fmt: skip
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


class _Connection(asyncio.Protocol):
    def __init__(self, count: int) -> None:
        self._count = count

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            query = parse_qs(urlsplit(head.split(b" ", 2)[1].decode("ascii")).query)
            self._transport.write(page(int(query["after"][0]), self._count))


async def serve(port: int, count: int) -> None:
    """Serve on localhost until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(_Connection, count), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
