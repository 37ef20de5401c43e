"""The page's files, held in memory with a version that is their content's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

PREFIX = "/graphiql"
"""The path under which they are served."""

DIRECTORY = Path(__file__).parent / "assets"

_MEDIA = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class Asset(Struct, frozen=True):
    """One file."""

    content: bytes
    media: str
    version: str

    def response(self, request: Request) -> Response:
        """Serve it: for ever under the address that names its version, to be asked again under any other."""
        versioned = request.query_params.get("v") == self.version
        etag = f'"{self.version}"'
        headers = {
            "cache-control": "public, max-age=31536000, immutable" if versioned else "no-cache",
            "etag": etag,
            "x-content-type-options": "nosniff",
        }
        known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
        if known & {etag, f"W/{etag}", "*"}:
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers={**headers, "content-type": self.media})


Assets: TypeAlias = Mapping[str, Asset]


@cache
def read_assets() -> Assets:
    """Read the files that the package ships, once."""
    found: dict[str, Asset] = {}
    for path in sorted(DIRECTORY.iterdir()):
        content = path.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:16]
        found[path.name] = Asset(content, _MEDIA[path.suffix], version)
    return found
