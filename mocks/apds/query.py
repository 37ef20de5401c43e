"""What APDS requests and answers share: query arguments, the list envelope, references and errors."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from mocks.asgi import json_response
from mocks.world import distance_m

PAGE_SIZE = 200
Json = dict[str, Any]
T = TypeVar("T")


class BadQueryError(Exception):
    """An argument that the standard does not allow."""


def status(code: int, message: str, ids: Sequence[str] = ()) -> Response:
    """The standard's ResponseStatus, for errors and for writes."""
    answer: Json = {"status": "ok" if code < 400 else "error", "code": code, "message": message}
    return json_response({**answer, "ids": list(ids)} if ids else answer, code)


def instant(at: datetime) -> str:
    """`2026-11-24T02:00:00Z`: the standard's form, always UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(zh: str, en: str) -> list[Json]:
    """A MultilingualString."""
    return [{"language": "zh", "string": zh}, {"language": "en", "string": en}]


def reference(identity: str, version: int, class_name: str) -> Json:
    return {"id": identity, "version": version, "className": class_name}


def integer(request: Request, name: str, minimum: int = 0) -> int | None:
    given = request.query_params.get(name)
    if given is None or given == "":
        return None
    try:
        number = int(given)
    except ValueError:
        raise BadQueryError(f"{name} must be an integer.") from None
    if number < minimum:
        raise BadQueryError(f"{name} must be at least {minimum}.")
    return number


def listed(request: Request, name: str, allowed: Iterable[str] | None = None) -> frozenset[str] | None:
    """A comma-separated argument; None where it is absent or blank, which means all."""
    given = frozenset(part.strip() for part in request.query_params.get(name, "").split(",")) - {""}
    if allowed is not None and (wrong := given - set(allowed)):
        raise BadQueryError(f"{name} does not know {', '.join(sorted(wrong))}.")
    return given or None


def expanded(request: Request, allowed: frozenset[str]) -> frozenset[str]:
    """The attributes to include beyond those that the schema requires."""
    given = listed(request, "expand", allowed | {"all", "none"}) or frozenset()
    return allowed if "all" in given else given & allowed


@dataclass(frozen=True, slots=True)
class Circle:
    """A place and a radius; the standard wants all three arguments or none."""

    lat: float
    lng: float
    radius_m: float

    def holds(self, position: tuple[float, float] | None) -> bool:
        return position is not None and distance_m(self.lat, self.lng, *position) <= self.radius_m


def circle(request: Request) -> Circle | None:
    given = [request.query_params.get(name) or None for name in ("latitude", "longitude", "radius")]
    if given == [None, None, None]:
        return None
    if None in given:
        raise BadQueryError("latitude, longitude and radius are needed together.")
    try:
        lat, lng = float(given[0] or ""), float(given[1] or "")
    except ValueError:
        raise BadQueryError("latitude and longitude must be numbers.") from None
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise BadQueryError("latitude or longitude is out of range.")
    return Circle(lat, lng, integer(request, "radius") or 0)


def listing(
    request: Request,
    items: Sequence[T],
    render: Callable[[T], Json],
    now: datetime,
    deleted: Iterable[tuple[str, str, datetime]] = (),
) -> Response:
    """A page in the standard's envelope; `deleted` (id, class, when) shows only with modified_since."""
    offset = ((integer(request, "page", 1) or 1) - 1) * PAGE_SIZE
    since = integer(request, "modified_since")
    answer: Json = {
        "meta": {
            "referenceInstant": int(now.timestamp()),
            "pageSize": PAGE_SIZE,
            "offset": offset,
            "total": len(items),
        },
        "data": [render(item) for item in items[offset : offset + PAGE_SIZE]],
    }
    if since is not None:
        answer["deletedReferences"] = [
            {"id": identity, "className": class_name, "deleteTimestamp": instant(at)}
            for identity, class_name, at in deleted
            if at.timestamp() >= since
        ]
    return json_response(answer)
