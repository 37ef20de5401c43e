"""What residents ask in these tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.conftest import Answer, Graph

_RESULT = """
    __typename
    ... on BookingConfirmed { booking { id status number } }
    ... on BookingWaitlisted { booking { id status position } }
    ... on BookingCancelled { booking { id status } }
    ... on BookingAccepted { booking { id status } message messageEn }
    ... on BookingRejected { reason message messageEn booking { id status reason } }
"""
BOOK = f"mutation ($input: BookInput!) {{ book(input: $input) {{ {_RESULT} }} }}"
CANCEL = f"mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ {_RESULT} }} }}"
MOVE = f"mutation ($input: RescheduleBookingInput!) {{ rescheduleBooking(input: $input) {{ {_RESULT} }} }}"
MINE = "{ me { bookings { totalCount edges { node { id status reason replaces } } } } }"
ONE = "query ($id: ID!) { booking(id: $id) { id status reason position } }"


async def book(graph: Graph, slot: str, key: str = "key-00000001", **more: Any) -> dict[str, Any]:
    """Book a slot; the answer must have no errors."""
    answer = await try_to_book(graph, slot, key, **more)
    assert answer.errors == []
    result: dict[str, Any] = answer.data["book"]
    return result


async def try_to_book(graph: Graph, slot: str, key: str = "key-00000001", **more: Any) -> Answer:
    """Book a slot."""
    return await graph(BOOK, input={"slot": slot, "idempotencyKey": key, **more})


async def cancel(graph: Graph, booking: str, key: str = "key-cancel-1") -> dict[str, Any]:
    """Cancel a booking; the answer must have no errors."""
    answer = await graph(CANCEL, input={"booking": booking, "idempotencyKey": key})
    assert answer.errors == []
    result: dict[str, Any] = answer.data["cancelBooking"]
    return result


async def move(graph: Graph, booking: str, slot: str, key: str = "key-move-001") -> dict[str, Any]:
    """Move a booking to a slot; the answer must have no errors."""
    answer = await graph(MOVE, input={"booking": booking, "slot": slot, "idempotencyKey": key})
    assert answer.errors == []
    result: dict[str, Any] = answer.data["rescheduleBooking"]
    return result


async def standing(graph: Graph, booking: str) -> str:
    """How a booking stands now."""
    status: str = (await graph(ONE, id=booking)).data["booking"]["status"]
    return status


async def until(so: Callable[[], Awaitable[bool]], within_s: float = 15.0) -> None:
    """Wait until something is so, asking again and again."""
    async with asyncio.timeout(within_s):
        while not await so():  # noqa: ASYNC110  # it is asked over HTTP, which tells no event
            await asyncio.sleep(0.02)


async def comes_to(graph: Graph, booking: str, status: str, within_s: float = 15.0) -> None:
    """Wait until a booking stands so."""

    async def stands_so() -> bool:
        return await standing(graph, booking) == status

    await until(stands_so, within_s)
