"""Who asks, as the settings have it: which issuer is trusted, with which keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import structlog

from gateway.auth.bearer import Bearer
from gateway.auth.development import ISSUER, DevelopmentIssuer
from gateway.auth.identity import Verify
from gateway.auth.jwks import FetchedKeys, FileKeys
from gateway.auth.jwt import JwtVerifier
from gateway.auth.keys import KeySource
from gateway.auth.pseudonyms import Pseudonyms
from gateway.settings import Settings
from gateway.sources import ConfigurationError
from gateway.upstream.document import fault_of_document
from gateway.upstream.transport import MakeTransport

_log = structlog.get_logger("gateway.auth")


class WhoAsks:
    """A sign-on that is trusted: `bearer` tells who asks, while this is running."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        transport: MakeTransport,
        verify: Verify | None = None,
    ) -> None:
        """Take the issuer that the settings name, or another judge of tokens in its place.

        ConfigurationError where the settings contradict each other or keys cannot be read.
        """
        self._keys: KeySource | None = None
        if verify is None:
            self._keys = _key_source(settings, transport)
            verify = JwtVerifier(
                self._keys,
                issuer=settings.jwt_issuer or ISSUER,
                audience=settings.jwt_audience,
                now=now,
            )
        self.pseudonyms = Pseudonyms.open(settings)
        self.bearer = Bearer(verify, self.pseudonyms, now)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the keys up to date; say whom is trusted that should not be in production."""
        if isinstance(self._keys, DevelopmentIssuer):
            _log.warning("tokens of the development issuer are trusted", because="GATEWAY_JWKS is not set")
        if isinstance(self._keys, FetchedKeys):
            async with self._keys.running():
                yield
        else:
            yield


def development_issuer(settings: Settings) -> DevelopmentIssuer:
    """Give the issuer that is trusted where no sign-on is configured; ConfigurationError where one is."""
    if settings.jwks:
        raise ConfigurationError(
            "GATEWAY_JWKS names a sign-on: tokens come from there, and none is made here."
        )
    if settings.jwt_issuer:
        # Whoever names an issuer means to trust that one, and not this host's own.
        raise ConfigurationError(
            "GATEWAY_JWT_ISSUER is set, and GATEWAY_JWKS does not say where its keys are."
        )
    return DevelopmentIssuer.open(settings)


def _key_source(settings: Settings, transport: MakeTransport) -> KeySource:
    where = settings.jwks
    if not where:
        return development_issuer(settings)
    if not settings.jwt_issuer:
        raise ConfigurationError(
            "GATEWAY_JWKS is set, and GATEWAY_JWT_ISSUER does not say whose keys these are."
        )
    if "://" not in where:
        return FileKeys(Path(where))
    if fault := fault_of_document(where):
        raise ConfigurationError(f"GATEWAY_JWKS {fault}.")
    return FetchedKeys(where, transport)
