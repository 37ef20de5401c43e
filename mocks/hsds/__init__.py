"""Five directories of Longgang that speak Open Referral's HSDS 3.1, and a companion interface for requests.

`/services` and its kin are the standard's; they tell nothing of what is gone. Their quirks are deterministic:
- `childcare-longgang` keeps to the letter: key in `X-API-Key`, lists by id, `modified_after` on or after;
- `eldercare-longgang` (Basic) leaves out what was modified at that very instant, writes numbers as text,
  empty things as null, times with an offset; one of its canteens closes for good on 2026-11-25 at noon;
- `hostels-longgang` (OAuth2) gives at most ten a page, the last modified first, so that pages shift;
- `schools-longgang` (open) leaves out optional objects; most of its services have no place;
- `enterprise-longgang` (key in the query `key`) has 0,0 for no position, and instants without an offset.

Closures, working days, conditions and categories are terms in `attributes`, the standard's own extension. A
`unit` of scheme ISO 8601 is a bed or place in the interval that it names.

`POST /referrals`, `GET` and `DELETE /referrals/{reference}` are in the manner of Open Referral's referrals,
and no part of the standard itself: see docs/referrals.md.
"""

from mocks.auth import ApiKey, Basic, ClientCredentials, Guard, protect
from mocks.hsds.app import create_app
from mocks.hsds.nested import Manner
from mocks.simulator import Simulator
from mocks.world import World

__all__ = ["simulators"]

_DIRECTORIES: dict[str, tuple[str, Manner]] = {
    "childcare-longgang": ("龙岗区托育服务目录", Manner()),
    "eldercare-longgang": (
        "龙岗区养老服务目录",
        Manner(inclusive=False, as_text=True, nulls=True, offsets=True),
    ),
    "hostels-longgang": ("龙岗区青年驿站", Manner(newest_first=True, most=10)),
    "schools-longgang": ("龙岗教育资源目录", Manner()),
    "enterprise-longgang": ("龙i企", Manner(zero_for_nowhere=True, naive=True)),
}


def simulators(world: World) -> list[Simulator]:
    return [_simulator(world, key, name, manner) for key, (name, manner) in _DIRECTORIES.items()]


def _simulator(world: World, key: str, name: str, manner: Manner) -> Simulator:
    guards: dict[str, Guard] = {
        "childcare-longgang": ApiKey.of(key, "X-API-Key"),
        "eldercare-longgang": Basic.of(key),
        "hostels-longgang": ClientCredentials.of(key),
        "enterprise-longgang": ApiKey.of(key, "key", "query"),
    }
    auth = (guards[key],) if key in guards else ()
    app = create_app(world, key, manner)
    return Simulator(key, "Open Referral HSDS 3.1", name, protect(app, *auth) if auth else app, auth=auth)
