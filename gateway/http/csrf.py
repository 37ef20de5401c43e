"""Cross-site request forgery: which requests a foreign web page could have made a resident's browser send.

A page may make a browser send "simple" requests to us without asking us first (the Fetch standard, "CORS
protocol"): GET, and POST with a form's or text's content type. It cannot read the answer, for we offer no
CORS, but the request would run with the resident's cookies and on the resident's network. Our rule:

- POST takes `application/json` alone. No simple request can carry it: a browser would ask by a preflight
  first, which we do not grant.
- GET is accepted if it carries a header that no simple request can: `GraphQL-Require-Preflight`,
  `Apollo-Require-Preflight` or `Content-Type: application/json`. (`Accept` proves nothing: any page may set
  it with `fetch(…, {mode: "no-cors"})`.)
- Otherwise, `Sec-Fetch-Site` decides, which browsers set themselves and no page can forge: `same-origin`
  and `none` (the address bar, a bookmark) are accepted, `cross-site` and `same-site` refused.
- Browsers leave `Sec-Fetch-Site` out over plain HTTP beyond localhost, and old ones always. Then an
  `Origin` or a `Referer` must not be foreign, and what calls itself a browser (every browser's `User-Agent`
  begins with `Mozilla/`, and no simple request can change it) must show one that is ours.
- What is left is no browser: a program, which carries nobody's cookies but its own.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.http.errors import HttpError
from gateway.http.headers import Headers, media_type
from gateway.http.negotiation import JSON
from schema.core.errors import Code

PREFLIGHT_HEADERS = (b"graphql-require-preflight", b"apollo-require-preflight")


def check_get(headers: Headers) -> None:
    """Refuse a GET that a foreign page could have caused."""
    if not _is_safe(headers):
        raise HttpError(
            403,
            Code.CSRF_PREVENTED,
            "Another site could have caused this request; send the header GraphQL-Require-Preflight: 1.",
        )


def _is_safe(headers: Headers) -> bool:
    if any(headers.get(name) for name in PREFLIGHT_HEADERS):
        return True
    if media_type(headers.get(b"content-type", b""))[0] == JSON:
        return True
    if (site := headers.get(b"sec-fetch-site")) is not None:
        return site in {b"same-origin", b"none"}
    shown = [headers[name] for name in (b"origin", b"referer") if name in headers]
    if not all(_is_ours(url, headers) for url in shown):
        return False
    return bool(shown) or not headers.get(b"user-agent", b"").startswith(b"Mozilla/")


def _is_ours(url: bytes, headers: Headers) -> bool:
    """Compare a URL's host and port with the host that was asked; `null` and the like are nobody's."""
    try:
        host = urlsplit(url.decode("ascii")).netloc
    except ValueError:
        return False
    return bool(host) and host.lower().encode() == headers.get(b"host", b"").lower()
