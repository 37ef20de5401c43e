"""Addresses: what a source's URL may look like, and which paths would leave it."""

from __future__ import annotations

import httpx
from pyreqwest.http import Url


def leads_astray(path: str) -> bool:
    """Whether a percent-decoded path may end elsewhere than where it seems to.

    Parsers differ in what they resolve: httpx leaves `%2e%2e` and a backslash alone, the Rust parser
    beneath it resolves both, and servers decode `%2F` or drop `;…` before they resolve.
    """
    return "\\" in path or any(part.partition(";")[0] in (".", "..") for part in path.split("/"))


def fault_of(url: str) -> str | None:
    """Say why a configured URL cannot be a source's; None if it can. Never quotes what may be a password."""
    if "@" in url:
        return "holds a user or an `@`: a password has its place in `credential`, an `@` is written %40"
    try:
        parsed = httpx.URL(url)
        Url(url)  # the parser beneath httpx is the stricter one of hosts and ports
    except (httpx.InvalidURL, ValueError):
        return f"{url!r} cannot be read as an address"
    if parsed.scheme not in ("http", "https") or not parsed.host or not {" ", "?", "#"}.isdisjoint(url):
        return f"{url!r} is not an http(s) address of its own"
    if leads_astray(parsed.path):
        return f"{url!r} has a path that leads elsewhere"
    return None
