"""Documents: something small that is published at an address of its own, and belongs to no source."""

from __future__ import annotations

import ipaddress

import httpx
from pyreqwest.http import Url

from gateway.upstream.transport import FAULTS, BodyTooLongError, Transport

_HEADERS = {
    "user-agent": "longgang-community-graph",
    "accept": "application/json",
    "accept-encoding": "gzip",
}


class UnreadDocumentError(Exception):
    """It did not come whole. The words are for the log, and quote nothing of it and of its address."""


async def fetch_document(transport: Transport, url: str, *, timeout_s: float, max_body_bytes: int) -> bytes:
    """Ask for a document once and give its body; UnreadDocumentError where it did not come with 200."""
    try:
        answer = await transport.send(
            "GET", url, _HEADERS, b"", timeout_s=timeout_s, max_body_bytes=max_body_bytes
        )
    except BodyTooLongError:
        raise UnreadDocumentError(f"a body over {max_body_bytes} bytes") from None
    except TimeoutError:
        raise UnreadDocumentError(f"no answer in {timeout_s:.2f} s") from None
    except (ValueError, *FAULTS) as error:
        # Without its words: a transport's may quote what it was sent.
        raise UnreadDocumentError(type(error).__name__) from None
    if answer.status != 200:
        raise UnreadDocumentError(f"status {answer.status}")
    return answer.body


def fault_of_document(url: str) -> str | None:
    """Say why a document cannot be trusted or asked for at an address, None if it can; never quotes it."""
    try:
        parsed = httpx.URL(url)
        Url(url)  # the parser beneath httpx is the stricter one of hosts and ports
    except (httpx.InvalidURL, ValueError):
        return "cannot be read as an address"
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.fragment:
        return "is no https address without user and fragment"
    if parsed.scheme == "http" and not _is_local(parsed.host):
        return "is not https: anybody on the way could put another document in its place"
    return None


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
