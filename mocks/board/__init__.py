"""The neighbours' board: offers and wants as schema.org's Offer and Demand, over a small REST listing.

No standard has such a board; schema.org has the words, and this is how they are served:
- `GET /posts?page=1&pageSize=20` → an `ItemList` (`numberOfItems`, `itemListElement` of `ListItem`s, each
  with its `item`), newest first; `additionalType` (Offer or Demand), `category` and `areaServed` (a
  community's code) narrow it; `identifier`, repeated, names posts; what is sold or taken back is in no list;
- `GET /posts/{identifier}` → the `Offer` or `Demand`; 404 with a `Thing` that has a `description`.
A key in `X-API-Key`. JSON-LD's freedoms are taken: one picture is a text, several are a list, and every
third post's are `ImageObject`s; a price is a number or a text; schema.org's words stand as IRIs with http or
https, or bare; a post of no kind has no `category`. `pageSize` is 100 at most, whatever is asked for.
"""

from mocks.auth import ApiKey
from mocks.board.app import create_app
from mocks.simulator import Simulator
from mocks.world import World

__all__ = ["simulators"]

_ID = "goods-board"


def simulators(world: World) -> list[Simulator]:
    key = ApiKey.of(_ID, "X-API-Key")
    return [Simulator(_ID, "schema.org Offer and Demand", "邻里好物板", create_app(world, key), auth=(key,))]
