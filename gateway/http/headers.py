"""A request's headers, looked up by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from starlette.types import Scope

Headers: TypeAlias = Mapping[bytes, bytes]
"""By lower-case name; a field that came several times is joined as RFC 9110, section 5.2, has it."""


def request_headers(scope: Scope) -> Headers:
    """Read the headers of an ASGI scope."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def media_type(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Split `type/subtype; name=value` into the type and its parameters, all lower-case, without quotes."""
    first, *rest = value.split(b";")
    found: dict[bytes, bytes] = {}
    for part in rest:
        name, _, text = part.partition(b"=")
        found[name.strip().lower()] = text.strip().strip(b'"').lower()
    return first.strip().lower(), found
