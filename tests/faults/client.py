"""The residents' side of a run: asks until it is answered, and writes down what it asks and is told."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
from msgspec.structs import replace

from tests.faults.checker import CANCELLED, PENDING
from tests.faults.history import Asked, History, Told
from tests.faults.residents import Residents

_RESULT = """{
    kind: __typename
    ... on BookingConfirmed { booking { id status } }
    ... on BookingWaitlisted { booking { id status } }
    ... on BookingCancelled { booking { id status } }
    ... on BookingAccepted { booking { id status } }
    ... on BookingRejected { reason booking { id status } }
  }
}"""
BOOK = (
    "mutation($slot: ID!, $key: String!, $waitlist: Boolean!) {"
    "  result: book(input: {slot: $slot, idempotencyKey: $key, waitlist: $waitlist}) " + _RESULT
)
CANCEL = (
    "mutation($booking: ID!, $key: String!) {"
    "  result: cancelBooking(input: {booking: $booking, idempotencyKey: $key}) " + _RESULT
)
ONE = "query($id: ID!) { booking(id: $id) { status reason } }"

_STATUSES = {
    "BookingConfirmed": "CONFIRMED",
    "BookingWaitlisted": "WAITLISTED",
    "BookingCancelled": CANCELLED,
    "BookingAccepted": PENDING,
    "BookingRejected": "REJECTED",
}
_UNSETTLED = frozenset({PENDING, "CANCELLING"})
AGAIN = frozenset(
    {
        *("WRITES_UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL"),
        *("SOURCE_UNAVAILABLE", "SOURCE_TIMEOUT", "SOURCE_BUSY", "SOURCE_MALFORMED"),
    }
)
"""Codes after which a client sends the same again: nobody has said what became of it."""
_TIMEOUT_S = 20.0
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 2.0


class Client:
    """A browser for each resident, and the balancer before the gateways. Runs while it is entered.

    `seen` counts what a resident would have seen of the faults: codes of errors, lost connections, statuses.
    """

    def __init__(
        self,
        history: History,
        residents: Residents,
        gateways: Sequence[str],
        *,
        seed: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._history = history
        self._residents = residents
        self._gateways = list(gateways)
        self._random = random.Random(f"{seed}/client")  # noqa: S311  # a seeded run, not a secret
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_S, limits=limits, transport=transport)
        self.seen: Counter[str] = Counter()
        self.took: list[float] = []
        """Seconds from the first sending of each booking to its answer."""

    async def close(self) -> None:
        """End every connection."""
        await self._http.aclose()

    async def book(self, key: str, resident: str, slot: str, *, waitlist: bool = False) -> Told:
        """Ask for a booking under a key until it is answered; gives that answer, which may be PENDING."""
        await self._history.write(Asked(key=key, resident=resident, slot=slot))
        began = asyncio.get_running_loop().time()
        told = await self._until_told(key, resident, BOOK, {"slot": slot, "key": key, "waitlist": waitlist})
        self.took.append(asyncio.get_running_loop().time() - began)
        return told

    async def repeat(self, told: Told, resident: str, slot: str) -> Told:
        """Send a booking once more under its key, though it was answered."""
        variables = {"slot": slot, "key": told.key, "waitlist": False}
        return await self._until_told(told.key, resident, BOOK, variables)

    async def cancel(self, key: str, booked: Told, *, resident: str, slot: str) -> Told:
        """Ask for the cancellation of what was booked, under a key of its own, until it is answered."""
        await self._history.write(Asked(key=key, resident=resident, slot=slot, cancels=booked.key))
        return await self._until_told(key, resident, CANCEL, {"booking": booked.booking, "key": key})

    async def settle(self, told: Told, resident: str, *, cancels: bool = False) -> Told:
        """Ask what became of a booking, or of its cancellation, until it is settled."""
        pause = _FIRST_PAUSE_S
        while told.status == PENDING:
            await asyncio.sleep(pause * self._random.uniform(0.5, 1))
            pause = min(_LAST_PAUSE_S, pause * 1.5)
            found = await self._ask(resident, ONE, {"id": told.booking})
            booking = ((found or {}).get("data") or {}).get("booking")
            if booking is None or booking["status"] in _UNSETTLED:
                continue
            status = booking["status"]
            if cancels and status != CANCELLED:
                status = "REJECTED"  # it stands as it stood
            told = replace(told, status=status, reason=booking["reason"], attempts=1, at=time.time())
            await self._history.write(told)
        return told

    async def _until_told(self, key: str, resident: str, document: str, variables: dict[str, Any]) -> Told:
        attempts, pause = 0, _FIRST_PAUSE_S
        while True:
            attempts += 1
            answer = await self._ask(resident, document, variables)
            if answer is not None:
                told = _read(key, answer, attempts)
                await self._history.write(told)
                return told
            await asyncio.sleep(pause * self._random.uniform(0.5, 1))
            pause = min(_LAST_PAUSE_S, pause * 2)

    async def _ask(self, resident: str, document: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        """Send once, to whichever gateway; None where there is no answer, or none that says anything."""
        url = self._random.choice(self._gateways)
        headers = {"authorization": f"Bearer {self._residents.token(resident)}"}
        body = {"query": document, "variables": variables}
        try:
            response = await self._http.post(f"{url}/graphql", json=body, headers=headers)
        except httpx.TransportError as error:
            self.seen[type(error).__name__] += 1
            return None
        if response.status_code >= 500:
            self.seen[str(response.status_code)] += 1
            return None
        answer: dict[str, Any] = response.json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        self.seen.update(codes)
        return None if not AGAIN.isdisjoint(codes) else answer


def _read(key: str, answer: dict[str, Any], attempts: int) -> Told:
    result = (answer.get("data") or {}).get("result")
    if result is None:
        return Told(key=key, status=answer["errors"][0]["extensions"]["code"], attempts=attempts)
    booking = result["booking"]
    return Told(
        key=key,
        status=_STATUSES[result["kind"]],
        booking=booking["id"],
        reason=result.get("reason"),
        attempts=attempts,
    )
