"""Credentials: what a source wants to see on each call, kept fresh."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

import httpx
import msgspec

from gateway.request import current_request
from gateway.sources import (
    ApiKeyCredential,
    BasicCredential,
    ConfigurationError,
    OAuth2Credential,
    SourceConfig,
)
from schema.core.errors import Code, SourceError

_EXPIRY_MARGIN_S = 10.0
_DEFAULT_LIFETIME_S = 60.0


class Credentials(Protocol):
    """Gives what to add to a call; `refresh` is told which token was refused."""

    async def headers(self) -> Mapping[str, str]:
        """Headers of the next call."""
        ...

    def params(self) -> Mapping[str, str]:
        """Query parameters of the next call."""
        ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Say whether fresh headers may help after a 401 to these."""
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


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


class ClientCredentials:
    """OAuth2 client credentials: one token for all calls, fetched once however many wait for it."""

    def __init__(
        self, source: str, config: OAuth2Credential, secret: str, client: httpx.AsyncClient, timeout_s: float
    ) -> None:
        pair = f"{quote(config.client_id, safe='')}:{quote(secret, safe='')}"
        self._source = source
        self._config = config
        self._authorization = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        self._client = client
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._expires = 0.0

    async def headers(self) -> Mapping[str, str]:
        """The bearer token, a new one where the old is about to expire."""
        if self._token is None or time.monotonic() >= self._expires:
            try:
                async with asyncio.timeout(max(0.0, current_request().remaining())), self._lock:
                    if self._token is None or time.monotonic() >= self._expires:
                        await self._fetch()
            except TimeoutError as error:
                raise SourceError(Code.DEADLINE_EXCEEDED, self._source, "waiting for a token") from error
        return {"authorization": f"Bearer {self._token}"}

    def params(self) -> Mapping[str, str]:
        """None: a token in a URL would end in logs."""
        return {}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Drop the token that was refused, unless another call has replaced it already."""
        if headers.get("authorization") == f"Bearer {self._token}":
            self._token = None
        return True

    async def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"}
        if self._config.scope:
            form["scope"] = self._config.scope
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(
                    self._config.token_url,
                    data=form,
                    headers={"authorization": self._authorization, "accept": "application/json"},
                )
        except TimeoutError as error:
            raise SourceError(Code.SOURCE_TIMEOUT, self._source, "token endpoint: timeout") from error
        except httpx.HTTPError as error:
            raise SourceError(
                Code.SOURCE_UNAVAILABLE, self._source, f"token endpoint: {type(error).__name__}"
            ) from error
        if response.status_code != 200:
            code = Code.SOURCE_UNAVAILABLE if response.status_code >= 500 else Code.SOURCE_REJECTED
            raise SourceError(code, self._source, f"token endpoint: status {response.status_code}")
        try:
            token = msgspec.json.decode(response.content, type=_Token)
        except msgspec.DecodeError as error:
            raise SourceError(Code.SOURCE_MALFORMED, self._source, "token endpoint: no token") from error
        lifetime = token.expires_in if token.expires_in is not None else _DEFAULT_LIFETIME_S
        self._token = token.access_token
        self._expires = time.monotonic() + max(lifetime - _EXPIRY_MARGIN_S, lifetime / 2)


def read_secret(source: SourceConfig, environment: Mapping[str, str]) -> str:
    """Give a source's secret, empty where it needs none; ConfigurationError if it is not set."""
    name = getattr(source.credential, "secret_env", None)
    if name is None:
        return ""
    if not environment.get(name):
        raise ConfigurationError(
            f"Source {source.id!r} wants its secret in the environment as {name}, which is not set."
        )
    return environment[name]


def make_credentials(source: SourceConfig, secret: str, client: httpx.AsyncClient) -> Credentials:
    """Build a source's credentials out of its configuration and secret."""
    config = source.credential
    if isinstance(config, BasicCredential):
        pair = base64.b64encode(f"{config.user}:{secret}".encode()).decode("ascii")
        return Fixed(headers={"authorization": f"Basic {pair}"})
    if isinstance(config, ApiKeyCredential):
        if config.header is not None:
            return Fixed(headers={config.header.lower(): secret})
        return Fixed(params={config.query or "": secret})
    if isinstance(config, OAuth2Credential):
        return ClientCredentials(source.id, config, secret, client, source.limits.timeout_ms / 1000)
    return Fixed()
