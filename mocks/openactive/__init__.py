"""Two operators of sports venues and a provider of parent-child classes, over OpenActive.

Open data: RPDE 1.0 feeds at `/feeds/{name}` (ordered by modified and id, `afterTimestamp` and `afterId`,
500 items a page, withdrawn items told for a week), found from the dataset site's JSON-LD at `/dataset`.
Bookings: Open Booking API 1.0 at `/openbooking` behind OAuth2 (token at `/openbooking/oauth/token`): C1
`PUT /order-quote-templates/{uuid}`, C2 `PUT /order-quotes/{uuid}` (leases the places for 15 minutes), B
`PUT /orders/{uuid}` (201, the same again for the same content), `GET`, `PATCH` to cancel, `GET /orders-rpde`.
- `sports-dayun` lets so many courts of a kind at a time (`FacilityUse/Slot`);
- `sports-street` lets each court by itself (`IndividualFacilityUse/Slot`), its sessions carry their
  series (`ScheduledSession.SessionSeries`), and it writes `modified` in seconds, not milliseconds;
- `classes-family` has series, sessions and courses (`CourseInstance`).
Places are taken by strangers as the world's clock moves, by leases and by orders; each shows in the feed.
Switches: `modified_text` (a string), `shuffled` (pages that are not in order), `repeated` (the last item of
a page is the first of the next, too), `new_edition` (the feed begins anew: older cursors are 410, every
tenth item is gone and nothing tells so).
"""

from mocks.auth import ClientCredentials, protect
from mocks.openactive.app import create_app
from mocks.openactive.errors import refusal
from mocks.simulator import Simulator
from mocks.world import World
from mocks.world.leisure import DAYUN, FAMILY, STREET, Operator

__all__ = ["simulators"]


def simulators(world: World) -> list[Simulator]:
    return [_simulator(world, operator) for operator in (DAYUN, STREET, FAMILY)]


def _simulator(world: World, operator: Operator) -> Simulator:
    oauth = ClientCredentials.of(operator.id, path="/openbooking/oauth/token")
    app = protect(create_app(world, operator), oauth, open_paths=("/feeds", "/dataset"), refusal=refusal)
    return Simulator(
        operator.id,
        "OpenActive RPDE 1.0, Open Booking API 1.0",
        operator.zh,
        app,
        auth=(oauth,),
        switches=frozenset({"modified_text", "shuffled", "repeated", "new_edition"}),
    )
