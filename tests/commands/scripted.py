"""A desk that does as it is told, in the place of a hospital's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec.structs import replace

from connectors.kit import Booked, Code, Desk, Order, Refusal, Refused, SourceError, Standing

SOURCE = "hospital-central"

Step = Callable[[Order], Awaitable[Booked]]


class ScriptedDesk(Desk):
    """Books as long as it has places. `script` are the answers to the next calls of `book`, one each."""

    repeatable = True

    def __init__(self, places: int = 1) -> None:
        self.places = places
        self.waits = False
        """Whether it has a waiting list of its own."""
        self.script: list[Step] = []
        self.known: dict[str, Booked] = {}
        self.calls: list[tuple[str, str]] = []
        """Every call: what was asked for, and the order's reference."""
        self.down: SourceError | None = None
        """What `find` and `cancel` raise, and `book` too where the script is at its end."""
        self.too_late = False
        self.holds_until: datetime | None = None
        self._called = asyncio.Event()

    @property
    def asked(self) -> list[str]:
        """What was asked for, in order."""
        return [name for name, _ in self.calls]

    async def hold(self, order: Order) -> datetime | None:
        """Hold nothing unless told to."""
        return self.holds_until

    async def called(self, times: int = 1) -> None:
        """Wait until it has been called so often."""
        async with asyncio.timeout(15):
            while len(self.calls) < times:
                self._called.clear()
                await self._called.wait()

    def _note(self, name: str, order: Order) -> None:
        self.calls.append((name, order.reference))
        self._called.set()

    async def book(self, order: Order) -> Booked:
        """Follow the script, then book."""
        self._note("book", order)
        if self.script:
            return await self.script.pop(0)(order)
        if self.down is not None:
            raise self.down
        return self.commit(order)

    def commit(self, order: Order) -> Booked:
        """Take a place, once for one reference."""
        if (before := self.known.get(order.reference)) is not None:
            return before
        taken = sum(one.standing is Standing.CONFIRMED for one in self.known.values())
        if taken < self.places:
            booked = Booked(standing=Standing.CONFIRMED, id=f"id-{len(self.known) + 1}", number="A1")
        elif self.waits and order.waitlist:
            booked = Booked(standing=Standing.WAITLISTED, id=f"id-{len(self.known) + 1}", position=1)
        else:
            raise Refused(Refusal.FULL, "taken")
        self.known[order.reference] = booked
        return booked

    async def find(self, order: Order) -> Booked | None:
        """Say what is known of a reference."""
        self._note("find", order)
        if self.down is not None:
            raise self.down
        return self.known.get(order.reference)

    async def cancel(self, order: Order, booked: Booked) -> Booked:
        """Give the place back."""
        self._note("cancel", order)
        if self.down is not None:
            raise self.down
        if self.too_late:
            raise Refused(Refusal.TOO_LATE, "begun")
        self.known[order.reference] = replace(self.known[order.reference], standing=Standing.CANCELLED)
        return self.known[order.reference]


def in_doubt() -> SourceError:
    """Give the failure of a call that may have been carried out."""
    return SourceError(Code.SOURCE_TIMEOUT, SOURCE, "no answer", in_doubt=True)


def unreached() -> SourceError:
    """Give the failure of a call that was never sent."""
    return SourceError(Code.SOURCE_UNAVAILABLE, SOURCE, "breaker open")
