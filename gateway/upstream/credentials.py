"""Credentials: what a source wants to see on each call, kept fresh."""

from __future__ import annotations

import asyncio
import base64
import time
import unicodedata
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

import msgspec

from gateway.request import current_request
from gateway.sources import (
    ApiKeyCredential,
    BasicCredential,
    ConfigurationError,
    OAuth2Credential,
    SourceConfig,
)
from gateway.upstream.wire import PASSING, Wire, form_call
from schema.core.errors import Code, SourceError

_EXPIRY_MARGIN_S = 10.0
_DEFAULT_LIFETIME_S = 60.0
_NO_HELP_S = 5.0
"""How long it is remembered that a system refused a fresh token too."""


class Credentials(Protocol):
    """Gives what to add to a call; is told what was refused."""

    async def headers(self) -> Mapping[str, str]:
        """Headers of the next call."""
        ...

    def params(self) -> Mapping[str, str]:
        """Query parameters of every call."""
        ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Say whether fresh headers may help after a 401 to these."""
        ...

    def refused_afresh(self) -> None:
        """Note that fresh headers did not help."""
        ...


class Fixed:
    """Credentials that never change: none, Basic, an API key."""

    def __init__(
        self, headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> None:
        self._headers = dict(headers or {})
        self._params = dict(params or {})

    async def headers(self) -> Mapping[str, str]:
        """The same each time."""
        return self._headers

    def params(self) -> Mapping[str, str]:
        """The same each time."""
        return self._params

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Nothing fresher to offer."""
        return False

    def refused_afresh(self) -> None:
        """Nothing to remember: there is nothing fresher."""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


class ClientCredentials:
    """OAuth2 client credentials: one token for all calls, fetched once however many wait for it.

    All who wait for a fetch share its failure too, and the breaker hears of it once. Each waits no
    longer than its own request has time; the fetch has the time of one call, and ends with its waiters.
    """

    def __init__(self, source: str, config: OAuth2Credential, secret: str, wire: Wire) -> None:
        pair = f"{quote(config.client_id, safe='')}:{quote(secret, safe='')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        form = {"grant_type": "client_credentials", **({"scope": config.scope} if config.scope else {})}
        self._source = source
        self._wire = wire
        self._call = form_call(config.token_url, form, {"authorization": authorization})
        self._fetching: asyncio.Task[str | SourceError] | None = None
        self._waiting = 0
        self._token: str | None = None
        self._expires = 0.0
        self._no_help_until = 0.0

    async def headers(self) -> Mapping[str, str]:
        """The bearer token, a new one where the old is about to expire."""
        token = self._token
        if token is None or time.monotonic() >= self._expires:
            token = await self._fresh()
        return {"authorization": f"Bearer {token}"}

    def params(self) -> Mapping[str, str]:
        """None: a token in a URL would end in logs."""
        return {}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Drop the token that was refused, unless another call has replaced it already."""
        if time.monotonic() < self._no_help_until:
            return False
        if headers.get("authorization") == f"Bearer {self._token}":
            self._token = None
        return True

    def refused_afresh(self) -> None:
        """Ask for no other token in the next seconds: the refusal is not the token's."""
        self._no_help_until = time.monotonic() + _NO_HELP_S

    async def _fresh(self) -> str:
        """Wait for the one fetch under way, begun here if there is none."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetched())
        fetching = self._fetching
        self._waiting += 1
        try:
            async with asyncio.timeout(max(0.0, current_request().remaining())):
                found = await asyncio.shield(fetching)
        except TimeoutError as error:
            raise SourceError(Code.DEADLINE_EXCEEDED, self._source, "waiting for a token") from error
        finally:
            self._waiting -= 1
            if not self._waiting and not fetching.done():
                # As with any call, a deadline is no sign that the source is down: whoever comes next
                # must not wait for what may hang since long ago.
                fetching.cancel()
                self._fetching = None
        if isinstance(found, SourceError):
            # One of its own for each who waited: a raised exception gathers its raiser's traceback.
            raise SourceError(found.code, self._source, found.detail)
        return found

    async def _fetched(self) -> str | SourceError:
        """Give the failure as a value: it is for several, or for none."""
        try:
            return await self._fetch()
        except SourceError as error:
            return SourceError(error.code, self._source, f"token endpoint: {error.detail}")

    async def _fetch(self) -> str:
        answer = await self._wire.send(self._call, self._wire.timeout_s)
        if answer.status != 200:
            self._wire.note(answer.status)
            code = (
                Code.SOURCE_UNAVAILABLE
                if answer.status in PASSING or answer.status >= 500
                else Code.SOURCE_REJECTED
            )
            raise SourceError(code, self._source, f"status {answer.status}")
        try:
            token = msgspec.json.decode(answer.body, type=_Token)
        except msgspec.DecodeError:
            token = _Token("")
        if not (token.access_token.isascii() and token.access_token.isprintable() and token.access_token):
            self._wire.note(answer.status)
            # What it says instead may hold secrets, and no header could.
            raise SourceError(Code.SOURCE_MALFORMED, self._source, "no token")
        lifetime = token.expires_in if token.expires_in is not None else _DEFAULT_LIFETIME_S
        self._token = token.access_token
        self._expires = time.monotonic() + max(lifetime - _EXPIRY_MARGIN_S, lifetime / 2)
        return token.access_token


def read_secret(source: SourceConfig, environment: Mapping[str, str]) -> str:
    """Give a source's secret, empty where it needs none; ConfigurationError if it is not set."""
    name = getattr(source.credential, "secret_env", None)
    if name is None:
        return ""
    secret = environment.get(name)
    if not secret:
        raise ConfigurationError(
            f"Source {source.id!r} wants its secret in the environment as {name}, which is not set."
        )
    in_header = (
        isinstance(source.credential, ApiKeyCredential)
        and source.credential.header is not None
        and source.credential.encoding == "plain"
    )
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in secret):
        raise ConfigurationError(
            f"Source {source.id!r}: {name} holds a line break or another character that no secret has."
        )
    if in_header and not secret.isascii():
        raise ConfigurationError(
            f"Source {source.id!r}: {name} holds characters beyond ASCII, which no header can carry."
        )
    return secret


def make_credentials(source: SourceConfig, secret: str, wire: Wire) -> Credentials:
    """Build a source's credentials out of its configuration and secret."""
    config = source.credential
    if isinstance(config, BasicCredential):
        pair = base64.b64encode(f"{config.user}:{secret}".encode()).decode("ascii")
        return Fixed(headers={"authorization": f"Basic {pair}"})
    if isinstance(config, ApiKeyCredential):
        if config.header is not None:
            key = secret if config.encoding == "plain" else base64.b64encode(secret.encode()).decode("ascii")
            scheme = f"{config.scheme} " if config.scheme else ""
            return Fixed(headers={config.header.lower(): f"{scheme}{key}"})
        return Fixed(params={config.query or "": secret})
    if isinstance(config, OAuth2Credential):
        return ClientCredentials(source.id, config, secret, wire)
    return Fixed()
