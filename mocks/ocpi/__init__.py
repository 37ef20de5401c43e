"""Two charge point operators that speak OCPI 2.2.1 in the role of a CPO.

Each wants `Authorization: Token <base64 of its token>` and has `/ocpi/versions`, `/ocpi/2.2.1` and
`/ocpi/cpo/2.2.1/locations` and `/tariffs`. Statuses change with the world's clock, and `last_updated` of the
point and of its location with them. They differ as real operators do:
- `charging-grid` gives 50 objects a page, each connector's power, and prices by the time of day;
- `charging-swift` gives 25 objects a page, no power of its own, prices without tax; some of its locations
  have neither a name nor a parking type.
Switches, each what has been seen of a server in use: `slash` (307 to the same path with a slash at its
end), `lower_ids` (ids in lower case, but not those that refer to others), `bad_link` (a `Link` that leads
to a host and path that are not there), `bare_errors` (errors as `{"detail": …}`, outside the envelope).
"""

from mocks.auth import OcpiToken, protect
from mocks.ocpi.app import create_app, refused
from mocks.simulator import Simulator
from mocks.world import World
from mocks.world.charging import OPERATORS

__all__ = ["simulators"]

_SWITCHES = frozenset({"slash", "lower_ids", "bad_link", "bare_errors"})


def simulators(world: World) -> list[Simulator]:
    return [_simulator(world, operator, zh) for operator, (zh, _, _) in OPERATORS.items()]


def _simulator(world: World, operator: str, name: str) -> Simulator:
    token = OcpiToken.of(operator)
    app = protect(create_app(world, operator), token, refusal=refused)
    return Simulator(operator, "OCPI 2.2.1", name, app, auth=(token,), switches=_SWITCHES)
