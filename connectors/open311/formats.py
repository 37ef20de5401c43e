"""The two formats of GeoReport v2: XML, which every server has, and JSON, both read into the same rows.

A row is a mapping of plain values: text in XML, what JSON has in JSON. An empty element, an empty
string and null all mean the same ("Optional Arguments"): nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import msgspec
from lxml import etree

from connectors.kit import DecodeError, json_of, xml

T = TypeVar("T")

Format: TypeAlias = Literal["xml", "json"]
Row: TypeAlias = Mapping[str, Any]

_LISTS = {"attributes": "attribute", "values": "value"}
"""Elements that hold a list, with the name of its items (service definition)."""
_any = json_of(object)
_object = json_of(dict[str, Any])


class Rows(msgspec.Struct, Generic[T], frozen=True):
    """What a list held: how many rows in all, and those among them that keep to the standard."""

    total: int
    items: list[T]


class _Error(msgspec.Struct):
    description: str | None = None
    code: int | str | None = None


_errors = json_of(list[_Error])


def rows_of(form: Format, root: str, element: str, make: Callable[[Row], T]) -> Callable[[bytes], Rows[T]]:
    """Give the decoder of a list: `<root><element>…` or a JSON array of objects.

    Some servers call the root otherwise, and some write JSON as if it were their XML
    (`{"requests": [{"request": […]}]}`): rows are known by the element's name.

    `make` raises DecodeError for a row that breaks the standard. Such a row is left out, for one bad
    entry of a platform must not hide a district's others; an answer of bad rows alone is malformed.
    """

    def decode(body: bytes) -> Rows[T]:
        rows = (
            _unwrapped(_any(body), element) if form == "json" else _elements_under(xml(body), root, element)
        )
        items: list[T] = []
        for row in rows:
            try:
                items.append(make(row))
            except DecodeError:
                continue
        if rows and not items:
            raise DecodeError(f"none of {len(rows)} rows keeps to the standard")
        return Rows(len(rows), items)

    return decode


def object_of(form: Format, root: str, make: Callable[[Row], T]) -> Callable[[bytes], T]:
    """Give the decoder of a single object: `<root>…` or a JSON object."""

    def decode(body: bytes) -> T:
        return make(_object(body) if form == "json" else _fields(_root(body, root)))

    return decode


def is_error(body: bytes) -> bool:
    """Whether a body is the standard's own error, in either format ("Errors")."""
    try:
        if body.lstrip()[:1] == b"[":
            errors = _errors(body)
            return bool(errors) and all(error.description is not None for error in errors)
        return _name(xml(body)) == "errors"
    except DecodeError:
        return False


def error_words(body: bytes) -> str:
    """Give the description of the standard's first error, for the connector alone; empty where it is none."""
    try:
        if body.lstrip()[:1] == b"[":
            return next((error.description or "" for error in _errors(body)), "")
        return next((str(row.get("description") or "") for row in _elements(xml(body), "error")), "")
    except DecodeError:
        return ""


def _elements_under(root: etree._Element, name: str, element: str) -> list[Row]:
    """Give the rows under a root of any name; without any, the root has to be the standard's."""
    rows = _elements(root, element)
    if not rows and _name(root) != name:
        raise DecodeError(f"neither {name} nor any {element}")
    return rows


def _unwrapped(value: object, element: str) -> list[Row]:
    """Give the rows of a JSON list, however it is wrapped; DecodeError where there is no list."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        if len(lists) != 1:
            raise DecodeError("no list")
        value = lists[0]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise DecodeError("no list of objects")
    if all(item.keys() == {element} for item in value):
        inner = [row for item in value for row in _listed(item[element])]
        if not all(isinstance(row, dict) for row in inner):
            raise DecodeError("no list of objects")
        return inner
    return value


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _root(body: bytes, name: str) -> etree._Element:
    root = xml(body)
    if _name(root) != name:
        raise DecodeError(f"another element than {name}")
    return root


def _name(element: etree._Element) -> str:
    # The standard has no namespace, and allows one all the same ("XML Support").
    return etree.QName(element).localname


def _children(element: etree._Element) -> list[etree._Element]:
    # Comments and processing instructions are children, too; their tags are no strings.
    return [child for child in element if isinstance(child.tag, str)]


def _elements(parent: etree._Element, name: str) -> list[Row]:
    return [_fields(child) for child in _children(parent) if _name(child) == name]


def _text(element: etree._Element) -> str | None:
    # A comment cuts an element's own text in two.
    return str(element.xpath("string()")) or None


def _fields(element: etree._Element) -> Row:
    fields: dict[str, Any] = {}
    for child in _children(element):
        name = _name(child)
        fields[name] = _elements(child, _LISTS[name]) if name in _LISTS else _text(child)
    return fields
