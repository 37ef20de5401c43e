"""Desks of the configured sources: who takes bookings of which kind of slot, and who takes reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from connectors.kit import CaseDesk, Desk
from gateway.sources import SourceConfig


class BookedAt(msgspec.Struct, frozen=True):
    """A desk, and the source that it belongs to."""

    desk: Desk
    config: SourceConfig


class ReportedAt(msgspec.Struct, frozen=True):
    """A desk for reports, and the source that it belongs to."""

    desk: CaseDesk
    config: SourceConfig


Desks: TypeAlias = Mapping[tuple[str, str], BookedAt]
"""By source and kind of slot."""

CaseDesks: TypeAlias = Mapping[str, ReportedAt]
"""By source."""
