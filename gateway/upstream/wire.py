"""Wire: sends a source's calls within its limits and tells its breaker which of them failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from connectors.kit.upstream import Params
from gateway.sources import SourceConfig
from gateway.upstream.address import encoded
from gateway.upstream.breaker import Breaker
from gateway.upstream.transport import FAULTS, Answer, BodyTooLongError, Transport, unreached
from schema.core.errors import Code, SourceError

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that say "not now" rather than "not so": worth a repeat, and a sign of a source that is down."""
_NO_HEADERS: Mapping[str, str] = {}


class Call(NamedTuple):
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    writes: bool = False
    """Whether it changes something there: a failure leaves then in doubt whether it did."""


def form_call(
    url: str, form: Params, headers: Mapping[str, str], method: str = "POST", *, writes: bool = False
) -> Call:
    """Make the call that sends a form."""
    body = encoded(form).encode("ascii")
    return Call(
        method, url, {"content-type": "application/x-www-form-urlencoded", **headers}, body, writes=writes
    )


def json_call(url: str, value: Any, headers: Mapping[str, str], method: str) -> Call:
    """Make the write that sends JSON."""
    body = msgspec.json.encode(value)
    return Call(method, url, {"content-type": "application/json", **headers}, body, writes=True)


class Wire:
    """One source's HTTP: data and tokens go the same way.

    The breaker hears here of calls that failed. Statuses the caller notes: that a token was given says
    nothing of the system behind it.
    """

    def __init__(
        self, config: SourceConfig, transport: Transport, breaker: Breaker, headers: Mapping[str, str]
    ) -> None:
        self.breaker = breaker
        self.timeout_s = config.limits.timeout_ms / 1000
        self._source = config.id
        self._max_body_bytes = config.limits.max_body_bytes
        self._transport = transport
        self._headers = headers

    async def send(self, call: Call, timeout_s: float, credential: Mapping[str, str] = _NO_HEADERS) -> Answer:
        """Send once; SourceError where no whole answer came. No detail holds more than a type's name.

        No error has a cause: a transport's words quote the URL, which may hold a key, or a header's value.
        """
        given = {name.lower(): value for name, value in call.headers.items()}
        headers = {**self._headers, **given, **credential}
        try:
            if not "".join(headers.values()).isascii():
                raise ValueError  # which one transport would send in UTF-8
            return await self._transport.send(
                call.method,
                call.url,
                headers,
                call.body,
                timeout_s=timeout_s,
                max_body_bytes=self._max_body_bytes,
            )
        except BodyTooLongError as error:
            self.note(error.status)
            detail = f"a body over {self._max_body_bytes} bytes"
            raise SourceError(Code.SOURCE_MALFORMED, self._source, detail, in_doubt=call.writes) from None
        except TimeoutError:
            detail = f"no answer in {timeout_s:.2f} s"
            if timeout_s < self.timeout_s:
                # The request had less time than the source is allowed: no sign that the source is down.
                raise SourceError(
                    Code.DEADLINE_EXCEEDED, self._source, detail, in_doubt=call.writes
                ) from None
            raise self._failed(Code.SOURCE_TIMEOUT, detail, in_doubt=call.writes) from None
        except ValueError as error:
            # A header that is no text, on either side. The same would come again.
            raise self._failed(Code.SOURCE_MALFORMED, type(error).__name__, in_doubt=call.writes) from None
        except FAULTS as error:
            in_doubt = call.writes and not unreached(error)
            raise self._failed(Code.SOURCE_UNAVAILABLE, type(error).__name__, in_doubt=in_doubt) from None

    def note(self, status: int) -> None:
        """Tell the breaker of a status: one that is not a passing one shows that the system is there."""
        if status in PASSING:
            self.breaker.failed(f"status {status}")
        else:
            self.breaker.succeeded()

    def _failed(self, code: Code, detail: str, *, in_doubt: bool = False) -> SourceError:
        self.breaker.failed(detail)
        return SourceError(code, self._source, detail, in_doubt=in_doubt)
