"""A response as bytes: written once, and packed once a form, however many wait for it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import orjson

LONG = 128 * 1024
"""Bytes from which a body is packed in a thread (60 µs more): below, no packing holds the loop for longer
than about a millisecond (docs/http.md has the figures)."""


class Written:
    """The JSON of a response (GraphQL, section "Serialization Format"), and what is made of it.

    With `executed` False, `data` is left out, not null. Raises TypeError for what JSON cannot hold.
    """

    __slots__ = ("_data_from", "_data_to", "_digest", "_forms", "body")

    def __init__(
        self, executed: bool, data: Any, errors: list[dict[str, Any]], extensions: dict[str, Any]
    ) -> None:
        before = b'{"errors":%b' % _json(errors) if errors else b"{"
        if executed:
            before += b',"data":' if errors else b'"data":'
        written = _json(data) if executed else b""
        after = b',"extensions":%b}' % _json(extensions) if extensions else b"}"
        self.body = b"%b%b%b" % (before, written, after)
        self._data_from, self._data_to = len(before), len(before) + len(written)
        self._digest: str | None = None
        self._forms: dict[bytes, bytes | asyncio.Future[bytes]] | None = None

    def digest(self) -> str:
        """What `data` is known by; extensions tell how it was come by, and differ where it is the same."""
        if self._digest is None:
            data = memoryview(self.body)[self._data_from : self._data_to]
            self._digest = hashlib.blake2b(data, digest_size=12).hexdigest()
        return self._digest

    async def form(self, name: bytes, pack: Callable[[bytes], bytes]) -> bytes:
        """Give the body packed; a long one is packed in a thread."""
        if self._forms is None:
            self._forms = {}
        form = self._forms.get(name)
        if form is None:
            if len(self.body) < LONG:
                form = pack(self.body)
            else:
                form = asyncio.ensure_future(asyncio.to_thread(pack, self.body))
            self._forms[name] = form
        return form if isinstance(form, bytes) else await asyncio.shield(form)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # A source's text may hold half a character (a lone surrogate): one field's fault, not the answer's.
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return written.encode("utf-8", "replace")
