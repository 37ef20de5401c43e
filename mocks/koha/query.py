"""Koha's `q`: SQL::Abstract's conditions as JSON, over the attributes of the API."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import orjson

from mocks.koha.errors import KohaError, refused

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

_LIKE_PARTS = re.compile(r"(\\.|%|_)", re.DOTALL)


def parse(text: str, attributes: Collection[str]) -> Test:
    """The test that `q` puts to a row; KohaError 400 for what cannot be understood."""
    try:
        condition = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise refused(400, f"q is not JSON: {text[:80]}", "invalid_query") from None
    return _Parser(attributes).condition(condition)


def equality(text: str, name: str) -> list[Any] | None:
    """The values that `q` demands of `name`, where it says that and perhaps more; for an index."""
    condition = orjson.loads(text)
    wanted = condition.get(name, condition.get(f"me.{name}")) if isinstance(condition, dict) else None
    if isinstance(wanted, dict):
        wanted = wanted.get("-in", wanted.get("=", wanted.get("in")))
    if isinstance(wanted, (int, str)):
        return [wanted]
    return wanted if isinstance(wanted, list) and all(isinstance(w, (int, str)) for w in wanted) else None


def like(pattern: str) -> re.Pattern[str]:
    """SQL's LIKE as MySQL has it: blind to case as the collation is, with `\\` as the escape."""
    return re.compile("".join(map(_like_part, _LIKE_PARTS.split(pattern))), re.DOTALL | re.IGNORECASE)


def _like_part(part: str) -> str:
    wild = {"%": ".*", "_": "."}.get(part)
    return wild if wild is not None else re.escape(part[1:] if len(part) == 2 and part[0] == "\\" else part)


class _Parser:
    """Turns conditions into tests, knowing which attributes there are."""

    def __init__(self, attributes: Collection[str]) -> None:
        self._attributes = attributes

    def condition(self, condition: Any) -> Test:
        """An object is a conjunction, an array a disjunction."""
        if isinstance(condition, dict):
            return _all([self._pair(key, value) for key, value in condition.items()])
        if isinstance(condition, list):
            return _any([self.condition(each) for each in condition])
        raise refused(400, f"{condition!r} is no condition", "invalid_query")

    def _pair(self, key: str, value: Any) -> Test:
        if key in ("-and", "-or"):
            parts = value if isinstance(value, list) else [{k: v} for k, v in value.items()]
            tests = [self.condition(part) for part in parts]
            return _all(tests) if key == "-and" else _any(tests)
        if key == "-not":
            inner = self.condition(value)
            return lambda row: not inner(row)
        name = key.removeprefix("me.")
        if name not in self._attributes:
            raise refused(400, f"Invalid attribute in query: {key}", "invalid_query")
        return self._attribute(name, value)

    def _attribute(self, name: str, value: Any) -> Test:
        if isinstance(value, list):
            if value[:1] == ["-and"]:
                return _all([self._attribute(name, each) for each in value[1:]])
            return _any([self._attribute(name, each) for each in value if each != "-or"])
        if isinstance(value, dict):
            return _all([self._operator(name, op, operand) for op, operand in value.items()])
        return self._operator(name, "=", value)

    def _operator(self, name: str, op: str, operand: Any) -> Test:
        plain = op.removeprefix("-").replace(" ", "_").lower()
        if plain in ("in", "not_in"):
            operands = _list(operand)
            numbers = frozenset(n for n in map(_number, operands) if n is not None)
            texts = frozenset(str(each).casefold() for each in operands)
            return partial(_in, name, numbers, texts, plain == "in")
        if plain in ("between", "not_between"):
            low, high = _list(operand, 2)
            return partial(_between, name, low, high, plain == "between")
        if isinstance(operand, list):
            return _any([self._operator(name, op, each) for each in operand])
        if plain in ("like", "not_like"):
            return partial(_like, name, like(str(operand)), plain == "like")
        if op not in _COMPARISONS:
            # Koha means to name the operator here, but sends what its printf returns
            raise KohaError(400, {"error": 1, "error_code": "invalid_query"})
        return partial(_compare, name, op, operand)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}


def _compare(name: str, op: str, operand: Any, row: Row) -> bool:
    value = row[name]
    if operand is None:
        return (value is None) is (op == "=")
    if value is None:  # SQL: a comparison with NULL is never true
        return False
    return _COMPARISONS[op](*_comparable(value, operand))


def _in(name: str, numbers: frozenset[float], texts: frozenset[str], positive: bool, row: Row) -> bool:
    value = row[name]
    if value is None:
        return False
    if isinstance(value, (bool, int, float)):
        return (value in numbers) is positive
    return (str(value).casefold() in texts) is positive


def _between(name: str, low: Any, high: Any, positive: bool, row: Row) -> bool:
    return (_compare(name, ">=", low, row) and _compare(name, "<=", high, row)) is positive


def _like(name: str, pattern: re.Pattern[str], positive: bool, row: Row) -> bool:
    value = row[name]
    return value is not None and (pattern.fullmatch(str(value)) is not None) is positive


def _comparable(value: Any, operand: Any) -> tuple[Any, Any]:
    """As the database does: numbers with numeric strings, strings blind to case."""
    if isinstance(value, (bool, int, float)):
        number = _number(operand)
        return (str(value), str(operand)) if number is None else (float(value), number)
    return str(value).casefold(), str(operand).casefold()


def _number(operand: Any) -> float | None:
    try:
        return float(operand)
    except (ValueError, TypeError):
        return None


def _list(operand: Any, length: int | None = None) -> list[Any]:
    if not isinstance(operand, list) or length not in (None, len(operand)):
        raise refused(400, f"{operand!r} is not a list of values", "invalid_query")
    return operand


def _all(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda row: any(test(row) for test in tests)
