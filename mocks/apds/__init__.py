"""Four parking operators that speak APDS v4 (Alliance for Parking Data Standards).

Each is protected by OAuth2 client credentials at `/oauth/token` and differs as real operators do:
- `parking-city` counts taken bays, has temporary car parks (so `deletedReferences`) and more than one page;
- `parking-roadside` gives a percentage only, and does not know where one of its car parks lies;
- `parking-metro` counts taken bays;
- `parking-park` gives a percentage only, and for some of its car parks no demand at all.
"""

from mocks.apds.app import create_app
from mocks.apds.query import status
from mocks.auth import ClientCredentials, protect
from mocks.simulator import Simulator
from mocks.world import World
from mocks.world.parking import OPERATORS

__all__ = ["simulators"]


def simulators(world: World) -> list[Simulator]:
    return [_simulator(world, operator, zh) for operator, (zh, _) in OPERATORS.items()]


def _simulator(world: World, operator: str, name: str) -> Simulator:
    oauth = ClientCredentials.of(operator)
    app = protect(create_app(world, operator), oauth, refusal=status)
    return Simulator(operator, "APDS v4", name, app, auth=(oauth,))
