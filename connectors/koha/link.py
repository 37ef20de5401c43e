"""Link headers (RFC 8288): where an answer that is only a part goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


def next_link(headers: Mapping[str, str]) -> str | None:
    """Give the target of the link with relation `next`, None if there is none."""
    for target, parameters in _LINK.findall(headers.get("link", "")):
        if "next" in _relations(parameters):
            return str(target)
    return None


def remaining_ids(headers: Mapping[str, str]) -> list[str]:
    """Give the request identifiers that a DAIA server left for a next request; none if it left none.

    Only the link's `id` is read and never its address, so that a server which does not know its own
    outer name sends our credential nowhere else.
    """
    link = next_link(headers)
    query = parse_qsl(urlsplit(link).query) if link is not None else []
    return [key for name, value in query if name == "id" for key in value.split("|") if key]


def _relations(parameters: str) -> Iterator[str]:
    for quoted, bare in _REL.findall(parameters)[:1]:
        yield from (quoted or bare).lower().split()
