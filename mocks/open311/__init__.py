"""The district's event platform, which speaks Open311 GeoReport v2 and the `servicerequestupdates` extension.

Reads need no key, and refuse a wrong one; `POST /requests` needs `api_key` (in the form or the query). Beside
the standard, residents support, rate and reopen cases: see docs/reports.md and mocks.open311.acts. Its quirks
are deterministic:
- an id is a JSON number, and `metadata` a string (`"true"`);
- an unknown id is 404 in XML but 500 in JSON;
- a case that nobody located (about 3 %) lies at 0,0;
- what is absent is an empty element in XML; in JSON `address_id` is then `""`, `service_notice` null, and
  `media_url` `""` for an even id and null for an odd one;
- the platform's own state is the whole of `status_notes`; only 已结案 is closed;
- an explicit window of more than 90 days is refused (400); a list stops silently at 1,000 rows;
- updates come oldest first, of the last 24 hours unless dates are given, so that a reader can resume.
Switches: `xml_only` takes JSON away (404); `batch` makes every service answer with a token instead of an id.
"""

from mocks.auth import ApiKey
from mocks.open311.app import create_app
from mocks.simulator import Simulator
from mocks.world import World

__all__ = ["simulators"]

_ID = "events"


def simulators(world: World) -> list[Simulator]:
    key = ApiKey.of(_ID, "api_key", "query")
    app = create_app(world, _ID, key)
    return [
        Simulator(
            _ID,
            "Open311 GeoReport v2",
            "龙岗区一网统管事件平台",
            app,
            auth=(key,),
            switches=frozenset({"xml_only", "batch"}),
        )
    ]
