"""The history on disk, and the ledgers as bookings."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from schema.core.ids import encode_id
from schema.core.record import Ref
from tests.faults.history import Asked, Event, History, Told, read_history
from tests.faults.ledgers import Commit, commits, place_of, source_of


async def test_a_line_is_on_the_disk_when_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`write` returns after the fsync that took the line; lines that come meanwhile share the next one."""
    synced: list[int] = []
    fsync = os.fsync

    def counted(number: int) -> None:
        fsync(number)
        synced.append(os.fstat(number).st_size)

    monkeypatch.setattr(os, "fsync", counted)
    path = tmp_path / "history.jsonl"
    first = Asked(key="k", resident="r", slot="s", at=1.5)
    with History(path) as history:
        await history.write(first)
        assert synced == [path.stat().st_size]
        await asyncio.gather(*(history.write(Told(key="k", status="PENDING", at=n)) for n in range(20)))
    assert len(synced) == 2
    lines = list(read_history(path))
    assert lines[0] == first
    assert [line.at for line in lines] == [1.5, *range(20)]


async def test_a_line_that_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    """Whoever wrote it had not gone on."""
    path = tmp_path / "history.jsonl"
    with History(path) as history:
        await history.write(Event(what="killed", whom="gateway 1", at=2))
    with path.open("ab") as file:
        file.write(b'{"line":"event","wh')
    assert list(read_history(path)) == [Event(what="killed", whom="gateway 1", at=2)]


REFERRAL = {"client": "r", "reference": "u", "service_id": "s", "capacity_id": "c", "quantity": 2}
APPLICATION = {"client": "r", "client_reference": "u", "mission_id": "m"}
RIGHT = {
    "id": "u",
    "rightSpecification": {"id": "spec"},
    "rightHolder": {"credentials": [{"identifier": {"id": "r"}}]},
}
APPOINTMENT = {"client": ["r"], "id": "1", "slot": ["t"], "identifier": ["u"]}


@pytest.mark.parametrize(
    ("made", "cancelled", "commit"),
    [
        (
            {"kind": "referral.created", **REFERRAL},
            {"kind": "referral.cancelled", "reference": "u"},
            Commit(source="x", client="r", reference="u", place="s/c", party=2),
        ),
        (
            {"kind": "application.made", **APPLICATION},
            {"kind": "application.cancelled", **APPLICATION},
            Commit(source="x", client="r", reference="u", place="m"),
        ),
        (
            {"kind": "order.created", "uuid": "u", "items": ["o", "o"], "client": "r@relay"},
            {"kind": "order.cancelled", "uuid": "u", "items": ["o", "o"]},
            Commit(source="x", client="r", reference="u", place="o", party=2),
        ),
        (
            {"kind": "assignedRight.created", "content": RIGHT},
            {"kind": "assignedRight.deleted", "id": "u"},
            Commit(source="x", client="r", reference="u", place="spec"),
        ),
        (
            {"kind": "appointment.created", "status": "booked", **APPOINTMENT},
            {"kind": "appointment.updated", "status": "cancelled", **APPOINTMENT},
            Commit(source="x", client="r", reference="u", place="t"),
        ),
    ],
    ids=["referral", "application", "order", "right", "appointment"],
)
def test_each_systems_ledger_tells_its_bookings(
    made: dict[str, Any], cancelled: dict[str, Any], commit: Commit
) -> None:
    """Made once it is one booking, made twice it is two; a cancellation takes the oldest that stands."""
    made, cancelled = {"simulator": "x", **made}, {"simulator": "x", **cancelled}
    gone = replace(commit, cancelled=True)
    other = {"simulator": "x", "kind": "slot.updated", "id": "t"}
    assert commits([made, other]) == [commit]
    assert commits([made, made]) == [commit, commit]
    assert commits([made, made, cancelled]) == [gone, commit]
    assert commits([made, cancelled, cancelled]) == [gone]


@pytest.mark.parametrize(
    ("kind", "local", "place"),
    [
        ("hostel-night", "service/capacity", "service/capacity"),
        ("court-slot", "sports-dayun-v01-badminton-20261126-07", "sports-dayun-v01-badminton-20261126-07"),
        ("volunteer-mission", "0f59:LGYG-2026-00166", "0f59"),
        ("parking-right", "440307012018-01/spec%2Fmonthly/pool", "spec/monthly"),
    ],
)
def test_a_slots_id_leads_to_what_its_ledger_calls_it(kind: str, local: str, place: str) -> None:
    """So that a booking of another slot shows."""
    slot = encode_id(kind, Ref("x", local))
    assert (source_of(slot), place_of(slot)) == ("x", place)
