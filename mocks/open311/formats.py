"""XML and JSON of GeoReport v2: the same rows in both, and errors in the form that was asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from mocks.asgi import json_response
from mocks.faults import switched

Row = Mapping[str, Any]


class RefusedError(Exception):
    """A request that the platform does not carry out."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


def wants_json(request: Request) -> bool:
    """By the path's ending, as the standard has it; RefusedError for any other ending."""
    ending = request.url.path.rpartition(".")[2]
    if ending == "xml":
        return False
    if ending == "json" and not switched(request.scope, "xml_only"):
        return True
    raise RefusedError(404, f"The format {ending} is not offered.")


def rows(request: Request, root: str, element: str, found: Sequence[Row], status: int = 200) -> Response:
    """A list: `<root><element>…` or a JSON array."""
    if wants_json(request):
        return json_response(found, status)
    top = etree.Element(root)
    for row in found:
        _fill(etree.SubElement(top, element), row)
    return _xml(top, status)


def document(request: Request, root: str, content: Row) -> Response:
    """A single object: `<root>…` or a JSON object."""
    if wants_json(request):
        return json_response(content)
    top = etree.Element(root)
    _fill(top, content)
    return _xml(top, 200)


def refusal(request: Request, status: int, description: str) -> Response:
    """The standard's errors, in XML unless JSON was asked for and is offered."""
    error = {"code": status, "description": description}
    try:
        as_json = wants_json(request)
    except RefusedError:
        as_json = False
    if as_json:
        return json_response([error], status)
    top = etree.Element("errors")
    _fill(etree.SubElement(top, "error"), error)
    return _xml(top, status)


_PARTS = {"attributes": "attribute", "values": "value"}


def _fill(element: etree._Element, row: Row) -> None:
    for name, value in row.items():
        child = etree.SubElement(element, name)
        if isinstance(value, list):
            for part in value:
                _fill(etree.SubElement(child, _PARTS[name]), part)
        elif isinstance(value, bool):
            child.text = "true" if value else "false"
        else:
            child.text = None if value is None else str(value)


def _xml(top: etree._Element, status: int) -> Response:
    body = etree.tostring(top, xml_declaration=True, encoding="utf-8")
    return Response(body, status, media_type="text/xml; charset=utf-8")
