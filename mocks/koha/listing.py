"""Lists: filters, order and pages with the headers that Koha sends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from mocks.asgi import json_response
from mocks.koha.errors import invalid, malformed, refused
from mocks.koha.query import Row, Test, equality, like, parse

_RESERVED = {"_match", "_order_by", "_order_by[]", "_page", "_per_page", "q", "query"}
_DEFAULT_PAGE = 20
_PATTERNS = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}", "exact": "{}"}
_RELATIONS = ("prev", "next", "first", "last")

Lookup = Callable[[Sequence[Any]], list[Row]]


class Listing:
    """One list request.

    `filters` are the attributes that may be query parameters of their own, `flags` other parameters that
    the route itself heeds.
    """

    def __init__(
        self, request: Request, attributes: Iterable[str], page_cap: int,
        filters: Iterable[str] = (), flags: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self._request = request
        self._attributes = frozenset(attributes)
        self._pairs = request.query_params.multi_items()
        allowed = _RESERVED.union(filters, flags)
        if unknown := [name for name, _ in self._pairs if name not in allowed]:
            raise malformed(*unknown)
        self._page = self._number("_page", 1)
        self._size = self._number("_per_page", _DEFAULT_PAGE)
        if self._page < 1 or self._size < 1:
            raise refused(400, "_page and _per_page must be positive", "invalid_parameter_value")
        self._size = min(self._size, page_cap)
        self._q = [value for name, value in self._pairs if name == "q"]
        if header := request.headers.get("x-koha-query"):
            self._q.append(header)
        self._tests = [parse(q, self._attributes) for q in self._q] + list(self._filters(filters))

    def demanded(self, name: str) -> list[Any] | None:
        """The values of `name` that alone can match, if the query says so."""
        return next((found for q in self._q if (found := equality(q, name)) is not None), None)

    def answer(
        self, rows: Iterable[Row], base_total: int, finish: Callable[[Row], Any] | None = None
    ) -> Response:
        """The page of `rows`; `finish` makes each row what is sent."""
        found = [row for row in rows if all(test(row) for test in self._tests)]
        for name, descending in reversed(self._orders()):
            found.sort(key=lambda row: (row[name] is not None, row[name] or 0), reverse=descending)
        first = (self._page - 1) * self._size
        page = found[first : first + self._size]
        headers = {
            "X-Total-Count": str(len(found)),
            "X-Base-Total-Count": str(base_total),
            "Link": self._links(len(found)),
        }
        if echo := self._request.headers.get("x-koha-request-id"):
            headers["x-koha-request-id"] = echo
        return json_response([finish(row) if finish else row for row in page], headers=headers)

    def _number(self, name: str, default: int) -> int:
        given = self._request.query_params.get(name)
        if given is None:
            return default
        if not given.removeprefix("-").isdecimal():
            raise invalid((f"/{name}", "Expected integer - got string."))
        return int(given)

    def _filters(self, names: Iterable[str]) -> Iterable[Test]:
        match = self._request.query_params.get("_match", "contains")
        if match not in _PATTERNS:
            raise invalid(("/_match", "Not in enum list: contains, exact, starts_with, ends_with."))
        allowed = set(names)
        for name, value in self._pairs:
            if name in allowed:
                yield _matching(name, like(_PATTERNS[match].format(value)).fullmatch)

    def _orders(self) -> list[tuple[str, bool]]:
        orders: list[tuple[str, bool]] = []
        for name, value in self._pairs:
            if name not in ("_order_by", "_order_by[]"):
                continue
            for order in value.split(","):
                attribute = order.lstrip("+- ").removeprefix("me.")
                if attribute not in self._attributes:
                    raise refused(400, f"Invalid attribute in _order_by: {order}", "invalid_query")
                orders.append((attribute, order.startswith("-")))
        return orders

    def _links(self, total: int) -> str:
        pages = -(-total // self._size)
        numbers = {
            "prev": self._page - 1 if 1 < self._page <= pages + 1 else None,
            "next": self._page + 1 if self._page < pages else None,
            "first": 1,
            "last": pages,
        }
        kept = [(name, value) for name, value in self._pairs if name not in ("_page", "_per_page")]
        path = str(self._request.url.replace(query=""))
        links = []
        for relation in _RELATIONS:
            number = numbers[relation]
            if number is not None:
                query = urlencode([*kept, ("_page", number), ("_per_page", self._size)])
                links.append(f'<{path}?{query}>; rel="{relation}"')
        return ",".join(links)


def _matching(name: str, matches: Callable[[str], object]) -> Test:
    def test(row: Mapping[str, Any]) -> bool:
        value = row[name]
        return value is not None and matches(str(value)) is not None

    return test
