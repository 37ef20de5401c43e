"""Desks of the configured sources: who takes bookings of which kind of slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from connectors.kit import Desk
from gateway.sources import SourceConfig


class BookedAt(msgspec.Struct, frozen=True):
    """A desk, and the source that it belongs to."""

    desk: Desk
    config: SourceConfig


Desks: TypeAlias = Mapping[tuple[str, str], BookedAt]
"""By source and kind of slot."""
