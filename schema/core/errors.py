"""Errors that a client may see: a stable code, a safe sentence, and nothing of the cause.

    PublicError            anything a client is told
    ├── InvalidInput       an argument that cannot be served (BAD_USER_INPUT)
    ├── NotFound           what is named is not there, or not for this viewer (NOT_FOUND)
    ├── Unauthenticated    nobody has said who asks (UNAUTHENTICATED)
    └── SourceError        one source could not answer (SOURCE_*, DEADLINE_EXCEEDED)

Every code has its line in docs/errors.md, held by a test.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Stable `extensions.code` of an error; clients branch on these and never on the message."""

    BAD_REQUEST = "BAD_REQUEST"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    CSRF_PREVENTED = "CSRF_PREVENTED"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    OPERATION_TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    SIGN_ON_UNAVAILABLE = "SIGN_ON_UNAVAILABLE"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    WRITES_UNAVAILABLE = "WRITES_UNAVAILABLE"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    SOURCE_TIMEOUT = "SOURCE_TIMEOUT"
    SOURCE_REJECTED = "SOURCE_REJECTED"
    SOURCE_MALFORMED = "SOURCE_MALFORMED"
    SOURCE_BUSY = "SOURCE_BUSY"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"


class PublicError(Exception):
    """An error whose code and message are meant for the client."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def extensions(self) -> dict[str, object]:
        """The GraphQL error's `extensions`: graphql-core copies them from the original error."""
        return {"code": self.code.value}


class InvalidInput(PublicError):  # noqa: N818  # it says what is wrong; "Error" would add nothing
    """An argument that is well typed and still cannot be served."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.BAD_USER_INPUT, message)


class NotFound(PublicError):  # noqa: N818  # as above
    """What is named is not there, or is somebody else's: the two are told alike."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.NOT_FOUND, message)


class Unauthenticated(PublicError):  # noqa: N818  # as above
    """A field that needs to know who asks, and nobody has said so."""

    def __init__(self, message: str = "Say who asks: send a token as `Authorization: Bearer …`.") -> None:
        super().__init__(Code.UNAUTHENTICATED, message)


_SENTENCES: dict[Code, str] = {
    Code.SOURCE_UNAVAILABLE: "{source} cannot be reached at the moment.",
    Code.SOURCE_TIMEOUT: "{source} did not answer in time.",
    Code.SOURCE_REJECTED: "{source} refused the request.",
    Code.SOURCE_MALFORMED: "{source} gave an answer that breaks its standard.",
    Code.SOURCE_BUSY: "{source} is taking no further requests at the moment.",
    Code.DEADLINE_EXCEEDED: "The request's time was up before {source} answered.",
}


class SourceError(PublicError):
    """One source could not answer. `detail` is for the log and never reaches a client.

    `in_doubt`: what was asked was a write, and it may have been done all the same.
    """

    def __init__(self, code: Code, source: str, detail: str = "", *, in_doubt: bool = False) -> None:
        super().__init__(code, _SENTENCES[code].format(source=source))
        self.source = source
        self.detail = detail
        self.in_doubt = in_doubt

    @property
    def extensions(self) -> dict[str, object]:
        """The code and the id of the source that failed."""
        return {"code": self.code.value, "source": self.source}
