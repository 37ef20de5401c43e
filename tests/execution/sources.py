"""Sources in memory for the graph's own schema: every lookup answered, by chance but repeatably."""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from gateway.context import GatewayContext
from gateway.loading.batch import Loaders
from gateway.request import Request
from schema.civic import lookups as civic
from schema.core.context import SourceInfo
from schema.core.errors import Code, SourceError
from schema.core.findable import Hit, Hits, SearchMatch, Sought
from schema.core.lookup import Lookup, Search
from schema.core.record import Record, Ref
from schema.health import lookups as health
from schema.parking import lookups as parking
from schema.reading import lookups as reading
from schema.search.records import FINDABLES
from tests.conftest import NOW
from tests.execution.zoo import number

SOURCES = {name: SourceInfo(id=name, name=name, standard="none") for name in ("alpha", "beta")}
LOOKUPS: dict[Any, Any] = {
    getattr(module, name): get_args(hint)[1]
    for module in (civic, health, parking, reading)
    for name, hint in get_type_hints(module).items()
    if isinstance(getattr(module, name, None), Lookup | Search)
}
"""What each lookup gives."""


def made(hint: Any, *of: object) -> Any:  # a line a type
    """A value of a type, the same for the same things."""
    n = number(*of)
    origin = get_origin(hint)
    if origin is Annotated:
        return made(get_args(hint)[0], *of)
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return made(kinds[0], *of) if len(kinds) == len(get_args(hint)) or n % 4 else None
    if origin in (tuple, Sequence) or (isinstance(origin, type) and issubclass(origin, Sequence)):
        kinds = list(get_args(hint))
        if len(kinds) == 1 or kinds[-1] is Ellipsis:
            kinds = [kinds[0]] * (n % 3)
        return tuple(made(kind, *of, index) for index, kind in enumerate(kinds))
    if hint is Ref:
        return Ref(("alpha", "beta")[n % 2], str(n % 6))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = get_type_hints(hint, include_extras=True)
        return hint(**{name: made(hints[name], *of, name) for name in hint.__struct_fields__})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[n % len(hint)]
    if hint is float:
        # Beside the point that questions are asked about, so that something is near it.
        return {"lat": 22.6, "lng": 114.12}.get(str(of[-1]), 1.0) + n % 100 / 10_000
    return {
        bool: n % 2 == 0,
        int: n % 50,
        str: f"text {n % 100}",
        datetime: NOW + timedelta(minutes=n % 1000),
        date: NOW.date(),
        time: time(n % 24, n % 60),
        Decimal: Decimal(n % 1000) / 4,
    }[hint]


def _named(record: Any, key: Any) -> Any:
    return msgspec.structs.replace(record, ref=key) if isinstance(record, Record) else record


class MadeSources:
    """The layers below the loaders."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.fetched: list[str] = []

    async def fetch(self, lookup: Any, source: str, keys: Sequence[Any]) -> dict[Any, Any]:
        """Answer by chance: found, not found, failed."""
        self.fetched.append(lookup.name)
        return {key: answer for key in keys if (answer := self._answer(lookup, source, key))}

    def _answer(self, lookup: Any, source: str, key: Any) -> Any:
        of = (self._seed, lookup.name, source, getattr(key, "rights", key))
        match number(*of) % 10:
            case 0:
                return SourceError(Code.SOURCE_TIMEOUT, source)
            case 1:
                return None
        hint = LOOKUPS[lookup]
        if isinstance(lookup, Search):
            found = [made(hint, *of, n) for n in range(number(*of) % 4)]
            return [_named(record, Ref(source, str(n))) for n, record in enumerate(found)]
        return _named(made(hint, *of), key)

    async def find(self, sought: Sought, now: datetime) -> Hits:
        """Whatever the kinds' own searches give, in the order of kinds."""
        hits: list[Hit] = []
        failures: list[SourceError] = []
        for findable in FINDABLES:
            for source in SOURCES:
                answer = self._answer(findable.search, source, findable.key(now))
                if isinstance(answer, SourceError):
                    failures.append(answer)
                    continue
                hits.extend(
                    Hit(
                        record=record,
                        key=(0, 0, findable.record.kind, *msgspec.structs.astuple(record.ref)),
                        scenario=findable.scenario,
                        name=findable.name(record) or "",
                        part_of=None,
                        distance=None if sought.near is None else 1,
                        score=0.5 if sought.text else None,
                        open_now=None,
                        free=findable.free(record),
                        bookable=findable.bookable_at(record, now),
                    )
                    for record in answer or ()
                )
        hits.sort(key=lambda hit: hit.key)
        rest = [hit for hit in hits if sought.after is None or hit.key > sought.after]
        return Hits(
            items=rest[: sought.first],
            total=len(hits),
            more=len(rest) > sought.first,
            match=SearchMatch.EXACT if sought.text else SearchMatch.ALL,
            scenarios=Counter(hit.scenario for hit in hits),
            subdistricts={"440307014": len(hits)},
            failures=failures,
        )


class MadeContext(GatewayContext):
    """A request of the graph's own schema over such sources."""

    def __init__(self, seed: int) -> None:
        self.made = MadeSources(seed)
        self.awaited = 1
        loaders = Loaders(self.made.fetch, lambda _: list(SOURCES))
        super().__init__(Request(0.0, 0.0), loaders, SOURCES, NOW, self.made.find)
