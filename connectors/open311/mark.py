"""The mark by which a request is known for ours: GeoReport v2 has no reference of the client's.

What a server surely tells again of what it was given is the description (GET Service Requests), so our
reference stands at its end: `[ref:0f8fad5b-d9cb-469f-a165-70867728950e]`. Residents are not shown it.
"""

from __future__ import annotations

import re

_MARK = re.compile(r"\s*\[ref:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\]\s*\Z")


def marked(description: str, reference: str) -> str:
    """Put a reference (a UUID in lower case) behind a description."""
    return f"{description}\n[ref:{reference}]"


def reference_in(description: str | None) -> str | None:
    """Give the reference behind a description, however the server has treated the space before it."""
    found = _MARK.search(description or "")
    return found[1] if found else None


def unmarked(description: str | None) -> str | None:
    """Give a description as it was written."""
    return (_MARK.sub("", description) or None) if description else description
