"""Two volunteering platforms that speak the mission API of API Engagement, and take sign-ups beside it.

`GET /v0/mission`, `GET /v0/mission/{id}` with a key in `x-api-key`. What they do as the real one does:
- `lat`/`lon` find by a bounding box around any of a mission's addresses, 50 km unless `distance` says
  otherwise, 10 km for a distance of nothing; `location` is the first address's, and left out without one;
- a parameter may be repeated, and alone may be a comma list; `limit` is 25 unless given, at most 10,000;
- lists leave out what is deleted or refused, `/{id}` does not: it says `deleted` and `statusCode`;
- a refused call is `{ok: false, code}`; a wrong key is 401 in plain text.
`volunteers-redcross` is an older release: pages of at most 30 whatever `limit` says, booleans for "yes"
and "no", `soft_skills` alone, instants at +08:00.

The API has no writing. Signing up is a companion of our own, in the same shape (`applications.py`):
`POST /v0/mission/{id}/application`, `GET` and `DELETE /v0/application/{clientReference}`.
"""

from mocks.auth import ApiKey
from mocks.engagement.app import create_app
from mocks.simulator import Simulator
from mocks.world import World
from mocks.world.missions import PLANS

__all__ = ["simulators"]


def simulators(world: World) -> list[Simulator]:
    found = []
    for plan in PLANS:
        key = ApiKey.of(plan.id, "x-api-key")
        app = create_app(world, plan.id, key, old=plan.id == "volunteers-redcross")
        found.append(Simulator(plan.id, "API Engagement v0", plan.name, app, auth=(key,)))
    return found
