"""JWKS: an issuer's keys in a file or at an address, read again as they change (RFC 7517, section 5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from pathlib import Path

import structlog
from joserfc.jwk import Key

from gateway.auth.identity import SignOnUnavailable
from gateway.auth.keys import TrustedKeys, read_jwks
from gateway.request import current_request
from gateway.sources import ConfigurationError
from gateway.upstream.document import UnreadDocumentError, fetch_document
from gateway.upstream.transport import MakeTransport, Transport

FRESH_S = 300.0
"""How old keys may be before they are asked for again: so long at most is one trusted that was withdrawn."""
RETRY_S = 10.0
"""How often keys are asked for at most, whatever tokens name."""
TIMEOUT_S = 5.0
MAX_BYTES = 1_000_000

_log = structlog.get_logger("gateway.auth")


class _Health:
    """Says once when the keys cannot be read any more, and once when they can be again."""

    def __init__(self) -> None:
        self.failing = False

    def failed(self, why: str, *, kept: bool) -> None:
        if not self.failing:
            _log.warning("keys of the sign-on cannot be read", why=why, older_ones_trusted=kept)
        self.failing = True

    def succeeded(self) -> None:
        if self.failing:
            _log.info("keys of the sign-on can be read again")
        self.failing = False


class FileKeys:
    """Keys in a file, which whoever rotates them replaces. A file that is gone or broken changes nothing."""

    def __init__(self, path: Path) -> None:
        """Read it; ConfigurationError if it cannot be."""
        self._path = path
        self._health = _Health()
        try:
            self._seen = self._look()
            self._keys = read_jwks(path.read_bytes())
        except OSError as error:
            raise ConfigurationError(f"GATEWAY_JWKS: {path} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise ConfigurationError(f"GATEWAY_JWKS: {path} holds {error}.") from error

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Give the key that a token names, of the file as it is now."""
        self._renew()
        return self._keys.find(kid, algorithm)

    def _renew(self) -> None:
        try:
            seen = self._look()
            if seen == self._seen:
                return
            self._keys = read_jwks(self._path.read_bytes())
        except OSError as error:
            self._health.failed(type(error).__name__, kept=True)
        except ValueError as error:
            self._health.failed(str(error), kept=True)
        else:
            self._seen = seen
            self._health.succeeded()

    def _look(self) -> tuple[int, ...]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size


class FetchedKeys:
    """Keys at an address: asked for at start, by their age, and where a token names one that is not known.

    At most one question is under way, and it belongs to none of those who wait for it. While there is no
    answer, the last keys go on.
    """

    def __init__(
        self, url: str, transport: MakeTransport, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._make = transport
        self._clock = clock
        self._health = _Health()
        self._keys: TrustedKeys | None = None
        self._read_at = self._asked_at = -float("inf")
        self._transport: Transport | None = None
        self._asking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ask for the keys, and go on without waiting for them."""
        self._transport = self._make()
        self._ask()
        try:
            yield
        finally:
            if self._asking is not None:
                self._asking.cancel()
                with suppress(asyncio.CancelledError):
                    await self._asking
            await self._transport.close()
            self._transport = self._asking = None

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Give the key that a token names; SignOnUnavailable if it may be one not yet read."""
        key = self._keys.find(kid, algorithm) if self._keys is not None else None
        if key is not None:
            if self._clock() - self._read_at >= FRESH_S:
                self._ask()
            return key
        asking = self._ask()
        if asking is not None:
            await asyncio.wait({asking}, timeout=max(0.0, current_request().remaining()))
        if self._keys is not None and (key := self._keys.find(kid, algorithm)) is not None:
            return key
        if self._keys is None or self._health.failing or (asking is not None and not asking.done()):
            raise SignOnUnavailable
        return None

    def _ask(self) -> asyncio.Task[None] | None:
        """Give the question under way, begun here if it is time; None if it is too early for another."""
        if self._asking is not None and not self._asking.done():
            return self._asking
        if self._clock() - self._asked_at < RETRY_S or self._transport is None:
            return None
        self._asked_at = self._clock()
        # In a context of its own: it is nobody's request.
        asking = self._asking = asyncio.get_running_loop().create_task(
            self._read(self._transport), context=Context()
        )
        return asking

    async def _read(self, transport: Transport) -> None:
        try:
            text = await fetch_document(transport, self._url, timeout_s=TIMEOUT_S, max_body_bytes=MAX_BYTES)
            self._keys = read_jwks(text)
        except (UnreadDocumentError, ValueError) as error:
            self._health.failed(str(error), kept=self._keys is not None)
        else:
            self._read_at = self._clock()
            self._health.succeeded()
