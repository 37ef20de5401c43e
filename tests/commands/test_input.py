"""Bad input to commands: a stable code and a sentence, nothing kept, nobody asked."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.server import RunningMocks
from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.commands.asks import BOOK, CANCEL, MINE, MOVE, ONE, book, try_to_book
from tests.commands.scripted import SOURCE, ScriptedDesk
from tests.conftest import Graph


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (BOOK, {"input": {"slot": "x", "idempotencyKey": "key-00000001"}}),
        (CANCEL, {"input": {"booking": "x", "idempotencyKey": "key-00000001"}}),
        (MOVE, {"input": {"booking": "x", "slot": "x", "idempotencyKey": "key-00000001"}}),
        (ONE, {"id": "x"}),
        (MINE, {}),
    ],
)
async def test_whoever_does_not_say_who_he_is_is_refused(
    graph: Graph, desk: ScriptedDesk, mocks: RunningMocks, document: str, variables: dict[str, Any]
) -> None:
    """UNAUTHENTICATED for every write and for what is one's own; nobody is called."""
    answer = await graph(document, **variables)
    assert answer.codes == ["UNAUTHENTICATED"]
    assert set(answer.data.values()) == {None}
    assert desk.calls == []
    assert mocks.calls(token=False) == []


@pytest.mark.parametrize("key", ["", "short", "x" * 101, "with a space", "#internal-1", "键键键键键键键键键"])
async def test_a_malformed_key_is_refused(
    graph: Graph, slots: list[str], desk: ScriptedDesk, key: str
) -> None:
    """BAD_USER_INPUT says what a key is."""
    answer = await try_to_book(graph.of("ada"), slots[0], key)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "idempotency key" in answer.errors[0]["message"]
    assert desk.calls == []


@pytest.mark.parametrize(
    "more", [{"party": 0}, {"party": -1}, {"party": 51}, {"note": "x" * 501}, {"note": "\x00"}]
)
async def test_absurd_wishes_are_refused(
    graph: Graph, slots: list[str], desk: ScriptedDesk, more: dict[str, Any]
) -> None:
    """Nobody, too many, too long a note, a note that is no text: BAD_USER_INPUT."""
    answer = await try_to_book(graph.of("ada"), slots[0], **more)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert desk.calls == []


async def test_what_is_no_id_or_no_slot_is_refused(
    graph: Graph, desk: ScriptedDesk, mocks: RunningMocks
) -> None:
    """Neither a made-up text nor the id of something else can be booked."""
    for slot in ("", "nonsense", encode_id("department", Ref(SOURCE, "d")), encode_id("x", Ref("y", "z"))):
        answer = await try_to_book(graph.of("ada"), slot)
        assert answer.codes == ["BAD_USER_INPUT"]
    assert desk.calls == []
    assert mocks.calls(token=False) == []


async def test_an_unknown_slot_is_not_found(graph: Graph, desk: ScriptedDesk) -> None:
    """NOT_FOUND for one that the source does not know, and for a source that is none of ours."""
    for ref in (Ref(SOURCE, "no-such-slot"), Ref("no-such-source", "slot")):
        answer = await try_to_book(graph.of("ada"), encode_id("appointment-slot", ref))
        assert answer.codes == ["NOT_FOUND"]
    assert desk.calls == []


async def test_a_slot_that_is_over_is_too_late(graph: Graph, desk: ScriptedDesk) -> None:
    """TOO_LATE, and the source is not asked to book."""
    past = encode_id("appointment-slot", Ref(SOURCE, "slot-003-0302-20261124-0800"))
    result = await book(graph.of("ada"), past)
    assert (result["__typename"], result["reason"]) == ("BookingRejected", "TOO_LATE")
    assert desk.calls == []


async def test_somebody_elses_booking_is_as_none(graph: Graph, slots: list[str], desk: ScriptedDesk) -> None:
    """It cannot be seen, cancelled or moved, and is told from one that is not there by nothing."""
    booking = (await book(graph.of("ada"), slots[0]))["booking"]["id"]
    bo = graph.of("bo")
    answers = []
    for id_ in (booking, "20261124-0000000000"):
        seen = await bo(ONE, id=id_)
        assert (seen.data, seen.errors) == ({"booking": None}, [])
        gone = await bo(CANCEL, input={"booking": id_, "idempotencyKey": "key-00000001"})
        moved = await bo(MOVE, input={"booking": id_, "slot": slots[1], "idempotencyKey": "key-00000002"})
        answers.append([gone.errors[0]["message"], moved.errors[0]["message"]])
        assert gone.codes == moved.codes == ["NOT_FOUND"]
    assert answers[0] == answers[1]
    assert (await bo(MINE)).data["me"]["bookings"]["totalCount"] == 0
    assert desk.asked == ["book"]
