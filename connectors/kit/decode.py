"""Decoders from a body's bytes to typed structs; whatever breaks the standard raises DecodeError."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from lxml import etree

T = TypeVar("T")

_URL_CHARACTERS = 6_000
"""What keys may take of a URL: servers and proxies commonly refuse more than 8 KB."""

DecodeError = msgspec.DecodeError
"""Raised by every decoder (msgspec's ValidationError is one); the gateway makes it SOURCE_MALFORMED."""


def json_of(type_: type[T], *, strict: bool = True) -> Callable[[bytes], T]:
    """Give a JSON decoder; `strict=False` also takes numbers and booleans written as strings."""
    return msgspec.json.Decoder(type_, strict=strict).decode


def xml(body: bytes) -> etree._Element:
    """Parse XML with no DTD, no entities and no network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise DecodeError(f"not well-formed XML at line {error.lineno}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DecodeError("an XML document with a DTD")
    return root


def chunked(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut keys into lists of at most `size`, so that a URL stays within what servers take.

    Texts are cut by their length, too: an id is a client's word and may be a long one.
    """
    chunk: list[T] = []
    room = _URL_CHARACTERS
    for item in items:
        length = len(quote(item, safe="")) + 3 if isinstance(item, str) else 0
        if chunk and (len(chunk) == size or length > room):
            yield chunk
            chunk, room = [], _URL_CHARACTERS
        chunk.append(item)
        room -= length
    if chunk:
        yield chunk


def convert(value: Any, type_: type[T]) -> T:
    """Turn an already parsed value into a struct, as `json_of(strict=False)` would."""
    return msgspec.convert(value, type_, strict=False)
