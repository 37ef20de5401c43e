"""Global ids: kind, source and the source's own id in one opaque string."""

from __future__ import annotations

import base64
import binascii

from schema.core.errors import InvalidInput
from schema.core.record import Ref

_MAX_LENGTH = 512


def encode_id(kind: str, ref: Ref) -> str:
    """Give the global id of a record."""
    return base64.urlsafe_b64encode(f"{kind}:{ref.source}:{ref.id}".encode()).rstrip(b"=").decode("ascii")


def decode_id(value: str) -> tuple[str, Ref]:
    """Give kind and Ref of a global id; InvalidInput if it is not one."""
    if len(value) <= _MAX_LENGTH:
        try:
            raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            raw = ""
        match raw.split(":", 2):
            case [kind, source, local] if kind and source and local and local.isprintable():
                return kind, Ref(source, local)
    raise InvalidInput("This is not an id of this graph.")
