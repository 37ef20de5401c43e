"""Koha's ways of saying no."""

from typing import Any


class KohaError(Exception):
    """A request that is refused; `body` is what Koha sends, which is not always an object."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def refused(status: int, error: str, code: str | None = None) -> KohaError:
    return KohaError(status, {"error": error} | ({"error_code": code} if code else {}))


def forbidden(reason: str, *, status: int = 403) -> KohaError:
    """A hold that a rule forbids. What lies with the reader is 409 and a code, too, in later releases."""
    return refused(status, f"Hold cannot be placed. Reason: {reason}", reason if status == 409 else None)


def not_found(what: str) -> KohaError:
    return refused(404, f"{what} not found", "not_found")


def invalid(*faults: tuple[str, str]) -> KohaError:
    """What the OpenAPI validator says: (path, message) of each fault."""
    errors = [{"message": message, "path": path} for path, message in faults]
    return KohaError(400, {"errors": errors, "status": 400})


def malformed(*names: str) -> KohaError:
    """Query parameters that the specification does not name: a bare array."""
    return KohaError(400, [{"message": "Malformed query string", "path": f"/query/{name}"} for name in names])
