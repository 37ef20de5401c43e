"""What is left of a title for a use: DAIA's word, asked when a booking is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from connectors.kit import Refusal, Refused
from schema.core.record import Ref
from schema.reading.holds import asked_for
from schema.reading.records import CopyUse, HoldingsRecord


class Shelf:
    """The copies of titles, as HOLDINGS has them."""

    def __init__(self, holdings: Callable[[Sequence[Ref]], Awaitable[Mapping[Ref, HoldingsRecord]]]) -> None:
        self._holdings = holdings

    async def places(self, title: Ref, use: CopyUse) -> int:
        """Give how many copies can be had now; refused where none ever can, or the title is not known."""
        found = await self._services(title, use)
        if not found:
            raise Refused(Refusal.NOT_OFFERED, "no copy is offered for this")
        return sum(found)

    async def places_left(self, title: Ref, use: CopyUse) -> int:
        """Give how many copies can be had now, 0 where none ever can."""
        return sum(await self._services(title, use))

    async def _services(self, title: Ref, use: CopyUse) -> list[bool]:
        holdings = (await self._holdings([title])).get(title)
        return [] if holdings is None else [service.available for service in asked_for(holdings, use)]
