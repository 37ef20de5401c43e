"""The seeded world that every simulator shows a part of."""

from mocks.world.clock import CHINA, Clock
from mocks.world.geography import COMMUNITIES, Community, distance_m, position_in
from mocks.world.ledger import Ledger
from mocks.world.world import World

__all__ = [
    "CHINA",
    "COMMUNITIES",
    "Clock",
    "Community",
    "Ledger",
    "World",
    "distance_m",
    "position_in",
]
