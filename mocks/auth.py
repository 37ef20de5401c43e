"""Guards that a simulator puts before its routes: OAuth2 client credentials, API keys, tokens, Basic.

    oauth = ClientCredentials.of("koha-longgang", path="/api/v1/oauth/token")
    basic = Basic.of("koha-longgang")
    app = protect(Starlette(routes=…), oauth, basic, open_paths=("/api/v1/public",), refusal=koha_error)
    Simulator(id, standard, name, app, auth=(oauth, basic))

`protect` serves the token endpoint by itself and lets a request pass as soon as one guard accepts it.
Credentials are fixed and obviously made up, a function of the simulator's id.
"""

import base64
import binascii
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mocks.asgi import json_response, route_path


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a guard does not let a request pass; `tried` tells a wrong credential from none at all."""

    status: int
    message: str
    challenge: str | None = None
    tried: bool = False


class Guard(Protocol):
    """One way to prove who calls."""

    kind: str
    token_path: str | None

    def objection(self, connection: HTTPConnection) -> Objection | None:
        """None lets the request pass."""
        ...


Refusal = Callable[[int, str], Response]


def plain_refusal(status: int, message: str) -> Response:
    return json_response({"error": message}, status)


class ClientCredentials:
    """OAuth2 client credentials (RFC 6749, 4.4) with bearer tokens that really expire, on real time."""

    kind = "oauth2-client-credentials"

    def __init__(
        self, client_id: str, client_secret: str, lifetime_s: float = 300, path: str = "/oauth/token"
    ) -> None:
        self.client_id = client_id
        self.lifetime_s = lifetime_s
        self.token_path: str | None = path
        self._secret = client_secret
        self._expiry: dict[str, float] = {}

    @classmethod
    def of(cls, simulator: str, lifetime_s: float = 300, path: str = "/oauth/token") -> "ClientCredentials":
        return cls(simulator, f"secret-of-{simulator}", lifetime_s, path)

    def revoke(self) -> None:
        """Make every live token invalid at once."""
        self._expiry.clear()

    def issue(self) -> str:
        now = time.monotonic()
        self._expiry = {token: until for token, until in self._expiry.items() if until > now}
        token = secrets.token_urlsafe(24)
        self._expiry[token] = now + self.lifetime_s
        return token

    def objection(self, connection: HTTPConnection) -> Objection | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return Objection(401, "a bearer token is required", 'Bearer realm="mocks"')
        if self._expiry.get(token.strip(), 0.0) > time.monotonic():
            return None
        message = "the access token is unknown, revoked or expired"
        return Objection(
            401, message, f'Bearer error="invalid_token", error_description="{message}"', tried=True
        )

    async def endpoint(self, request: Request) -> Response:
        """`POST` to the token path; the client authenticates by Basic or in the form."""
        if request.method != "POST":
            return _oauth_error(405, "invalid_request", {"allow": "POST"})
        if (
            request.headers.get("content-type", "").partition(";")[0].strip()
            != "application/x-www-form-urlencoded"
        ):
            return _oauth_error(400, "invalid_request")
        form = await request.form()
        by_basic = _basic_pair(request)
        client = by_basic or (form.get("client_id"), form.get("client_secret"))
        if client != (self.client_id, self._secret):
            challenge = (
                {"www-authenticate": 'Basic realm="mocks"'} if "authorization" in request.headers else None
            )
            return _oauth_error(401, "invalid_client", challenge)
        grant = form.get("grant_type")
        if grant != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type" if grant else "invalid_request")
        answer = {"access_token": self.issue(), "token_type": "Bearer", "expires_in": int(self.lifetime_s)}
        if scope := form.get("scope"):
            answer["scope"] = str(scope)
        return json_response(answer, headers={"cache-control": "no-store", "pragma": "no-cache"})


class ApiKey:
    """A fixed key in a header or a query argument."""

    kind = "api-key"
    token_path: str | None = None

    def __init__(self, name: str, key: str, place: Literal["header", "query"] = "header") -> None:
        self.name = name
        self.place = place
        self._key = key

    @classmethod
    def of(cls, simulator: str, name: str, place: Literal["header", "query"] = "header") -> "ApiKey":
        return cls(name, f"key-of-{simulator}", place)

    def accepts(self, key: object) -> bool:
        """For routes that find the key elsewhere, such as in a form."""
        return isinstance(key, str) and secrets.compare_digest(key.encode(), self._key.encode())

    def objection(self, connection: HTTPConnection) -> Objection | None:
        given = (connection.headers if self.place == "header" else connection.query_params).get(self.name)
        if self.accepts(given):
            return None
        if given is None:
            return Objection(401, f"the API key {self.name} is missing")
        return Objection(403, f"the API key {self.name} is not known", tried=True)


class OcpiToken:
    """`Authorization: Token <base64 of the credentials token>` (OCPI 2.2.1, section 4.1.1)."""

    kind = "token"
    token_path: str | None = None

    def __init__(self, token: str) -> None:
        self._token = token

    @classmethod
    def of(cls, simulator: str) -> "OcpiToken":
        return cls(f"token-of-{simulator}")

    def objection(self, connection: HTTPConnection) -> Objection | None:
        scheme, _, encoded = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "token":
            return Objection(401, "a credentials token is required", "Token")
        try:
            token = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            token = b""
        if secrets.compare_digest(token, self._token.encode()):
            return None
        return Objection(401, "the credentials token is not known", "Token", tried=True)


class Basic:
    """HTTP Basic (RFC 7617)."""

    kind = "basic"
    token_path: str | None = None

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self._password = password

    @classmethod
    def of(cls, simulator: str) -> "Basic":
        return cls(simulator, f"password-of-{simulator}")

    def objection(self, connection: HTTPConnection) -> Objection | None:
        pair = _basic_pair(connection)
        if pair == (self.user, self._password):
            return None
        return Objection(401, "user and password are required", 'Basic realm="mocks"', tried=pair is not None)


def protect(
    app: ASGIApp, *guards: Guard, open_paths: Sequence[str] = (), refusal: Refusal = plain_refusal
) -> ASGIApp:
    """`app` behind `guards`: one must accept, except for paths that begin with one of `open_paths`."""
    endpoints = {g.token_path: g.endpoint for g in guards if isinstance(g, ClientCredentials)}

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        if path in endpoints:
            response = await endpoints[path](Request(scope, receive))
            await response(scope, receive, send)
            return
        if not path.startswith(tuple(open_paths)) and (found := _objection(guards, scope)) is not None:
            response = refusal(found.status, found.message)
            if found.challenge:
                response.headers["www-authenticate"] = found.challenge
            await response(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded


def _objection(guards: Sequence[Guard], scope: Scope) -> Objection | None:
    found: list[Objection] = []
    for guard in guards:
        objection = guard.objection(HTTPConnection(scope))
        if objection is None:
            return None
        found.append(objection)
    return next((o for o in found if o.tried), found[0]) if found else None


def _oauth_error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return json_response({"error": code}, status, {"cache-control": "no-store", **(headers or {})})


def _basic_pair(connection: HTTPConnection) -> tuple[str, str] | None:
    scheme, _, encoded = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None
