"""The one seeded world: the same seed and clock give the same Longgang, in every process and any order."""

from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from mocks.world.clock import Clock
from mocks.world.ledger import Ledger

if TYPE_CHECKING:
    from mocks.world.board import Board
    from mocks.world.cases import Cases
    from mocks.world.charging import Charging
    from mocks.world.hospitals import Hospitals
    from mocks.world.leisure import Leisure
    from mocks.world.libraries import Libraries
    from mocks.world.missions import Platform
    from mocks.world.parking import Parking
    from mocks.world.services import Directory


class World:
    """Each part is built when a simulator first asks for it, so that starting costs nothing."""

    def __init__(self, seed: int = 7, clock: Clock | None = None) -> None:
        self.seed = seed
        self.clock = clock or Clock()
        self.ledger = Ledger(self.clock)

    def rng(self, name: str) -> Random:
        """A generator of its own for each name, independent of the order in which they are asked for."""
        return Random(f"{self.seed}/{name}")

    @cached_property
    def parking(self) -> "Parking":
        from mocks.world.parking import Parking

        return Parking(self)

    @cached_property
    def charging(self) -> "Charging":
        from mocks.world.charging import Charging

        return Charging(self)

    @cached_property
    def cases(self) -> "Cases":
        from mocks.world.cases import Cases

        return Cases(self)

    @cached_property
    def hospitals(self) -> "Hospitals":
        from mocks.world.hospitals import Hospitals

        return Hospitals(self)

    @cached_property
    def libraries(self) -> "Libraries":
        from mocks.world.libraries import Libraries

        return Libraries(self)

    @cached_property
    def directories(self) -> "dict[str, Directory]":
        from mocks.world.care import childcare, eldercare
        from mocks.world.hostels import hostels
        from mocks.world.institutions import enterprise, schools
        from mocks.world.services import Directory

        builders = {
            "childcare-longgang": childcare,
            "eldercare-longgang": eldercare,
            "hostels-longgang": hostels,
            "schools-longgang": schools,
            "enterprise-longgang": enterprise,
        }
        return {name: Directory(self, build) for name, build in builders.items()}

    @cached_property
    def volunteering(self) -> "dict[str, Platform]":
        from mocks.world.missions import PLANS, Platform

        return {plan.id: Platform(self, plan) for plan in PLANS}

    @cached_property
    def board(self) -> "Board":
        from mocks.world.board import Board

        return Board(self)

    @cached_property
    def leisure(self) -> "Leisure":
        from mocks.world.leisure import Leisure

        return Leisure(self)
