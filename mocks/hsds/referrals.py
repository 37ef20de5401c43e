"""The companion interface: requests for a service's places, under the reference of whoever asks."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mocks.asgi import json_response
from mocks.world import World
from mocks.world.services import Directory, Places, Taken, uuid_of


@dataclass
class _Referral:
    wish: dict[str, Any]
    status: str
    created: str
    quantity: int
    place: Places


class Referrals:
    """A reference is used once: the same request again gives the same answer, another one a conflict."""

    def __init__(self, world: World, identity: str) -> None:
        self._world = world
        self._id = identity
        self._kept: dict[str, _Referral] = {}

    @property
    def _directory(self) -> Directory:
        return self._world.directories[self._id]

    async def create(self, request: Request) -> Response:
        wish = await _wish(request)
        reference = wish["reference"]
        if (kept := self._kept.get(reference)) is not None:
            if kept.wish != wish:
                return _error(409, "REFERENCE_USED", "the reference stands for another request")
            return self._answer(reference)
        entry = self._directory.get(wish["service_id"])
        if entry is None:
            return _error(404, "UNKNOWN_SERVICE", "no such service")
        if entry.status != "active":
            return _error(409, "CLOSED", "the service is closed for a time")
        quantity = wish.get("quantity", 1)
        try:
            place = self._directory.take(entry, wish["capacity_id"], quantity)
        except Taken:
            return _error(409, "FULL", "there are not so many places left")
        except LookupError:
            return _error(404, "UNKNOWN_CAPACITY", "no such capacity")
        now = self._world.clock.now().isoformat(timespec="seconds")
        self._kept[reference] = _Referral(wish, "accepted", now, quantity, place)
        self._world.ledger.record(self._id, "referral.created", **wish)
        return self._answer(reference, 201)

    async def read(self, request: Request) -> Response:
        return self._answer(self._known(request))

    async def cancel(self, request: Request) -> Response:
        reference = self._known(request)
        kept = self._kept[reference]
        if kept.status == "accepted":
            if _begun(kept.place, self._world.clock.now()):
                return _error(409, "TOO_LATE", "the time that it was for has begun")
            kept.status = "cancelled"
            self._directory.give_back(kept.wish["service_id"], kept.wish["capacity_id"], kept.quantity)
            self._world.ledger.record(self._id, "referral.cancelled", reference=reference)
        return self._answer(reference)

    def _known(self, request: Request) -> str:
        reference: str = request.path_params["reference"]
        if reference not in self._kept:
            raise HTTPException(404, "no such referral")
        return reference

    def _answer(self, reference: str, status: int = 200) -> Response:
        kept = self._kept[reference]
        return json_response(
            {
                "id": uuid_of(f"{self._id}/referral/{reference}"),
                "reference": reference,
                "status": kept.status,
                "service_id": kept.wish["service_id"],
                "capacity_id": kept.wish["capacity_id"],
                "quantity": kept.quantity,
                "created": kept.created,
            },
            status,
        )


def _begun(place: Places, now: datetime) -> bool:
    return place.interval is not None and datetime.fromisoformat(place.interval.partition("/")[0]) <= now


async def _wish(request: Request) -> dict[str, Any]:
    try:
        wish = json.loads(await request.body())
    except ValueError:
        raise HTTPException(400, "a JSON object is expected") from None
    needed = ("reference", "service_id", "capacity_id")
    if not isinstance(wish, dict) or not all(isinstance(wish.get(key), str) and wish[key] for key in needed):
        raise HTTPException(422, "reference, service_id and capacity_id are required")
    quantity = wish.get("quantity", 1)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise HTTPException(422, "quantity is a whole number above 0")
    return wish


def _error(status: int, code: str, message: str) -> Response:
    return json_response({"error": message, "code": code}, status)
