"""Addresses: what a source's URL may look like, what a path below it leads to, and what would leave it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote_plus

import httpx
from pyreqwest.http import Url

from connectors.kit.upstream import Params, Scalar

_PLAIN = re.compile(r"(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*/)*(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)?")
"""Paths that every parser reads alike: no scheme, query, escape or empty segment, and none that resolves."""
_LONGEST = 65_534
"""Characters of a URL: what pyreqwest's parser takes; httpx's takes two more."""


class AddressError(ValueError):
    """A path or link that cannot be asked for; says why, and quotes nothing of it."""


class Base:
    """A source's URL, below which everything lies that it is asked for; `key` is added to every query."""

    def __init__(self, url: str, key: Mapping[str, str]) -> None:
        self._url = httpx.URL(url.rstrip("/") + "/")
        self._text = str(self._url)
        self._key = key

    def locate(self, path: str, params: Params | None) -> str:
        """Give the URL of a path or of an absolute link; AddressError where it has none of this source."""
        path = path.removeprefix("/")
        form = self._plain if _PLAIN.fullmatch(path) else self._parsed
        try:
            url = form(path, params or {})
        except AddressError:
            raise
        except (httpx.InvalidURL, ValueError):
            raise AddressError("a link that is no address") from None
        if len(url) > _LONGEST:
            raise AddressError("a link that is no address")
        return url

    def _plain(self, path: str, params: Params) -> str:
        """Put together what needs no parser: nearly every call, in a tenth of the time."""
        if self._key:
            params = {**params, **self._key}
        if not params or not (query := encoded(params)):
            return self._text + path
        return f"{self._text}{path}?{query}"

    def _parsed(self, path: str, params: Params) -> str:
        """Parse what may lead anywhere, such as a `next` link."""
        base = self._url
        url = base.join(path)
        if query := encoded(params):
            added = httpx.QueryParams(query).multi_items()
            url = url.copy_with(params=[*url.params.multi_items(), *added])
        if self._key:
            # Put in place of one that a `next` link echoes.
            url = url.copy_merge_params(self._key)
        inside = (url.scheme, url.host, url.port) == (base.scheme, base.host, base.port)
        # The base itself counts as inside without its slash too: some servers page there (`/fhir?page=2`).
        inside = inside and f"{url.path}/".startswith(base.path)
        if not inside or url.userinfo or leads_astray(url.path):
            # A link that leads elsewhere would carry our credential there.
            raise AddressError("a link that leads out of the source")
        return str(url)


def encoded(params: Params) -> str:
    """Write parameters as a query or form has them (application/x-www-form-urlencoded)."""
    pairs: list[str] = []
    for name, value in params.items():
        key = quote_plus(name)
        if isinstance(value, str | int | float | bool):
            pairs.append(f"{key}={_text(value)}")
        else:
            pairs.extend([f"{key}={_text(item)}" for item in value])
    return "&".join(pairs)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quote_plus(str(value))


def path_of(url: str) -> str:
    """Give a URL's path, decoded: what of it may be told."""
    return httpx.URL(url).path


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
