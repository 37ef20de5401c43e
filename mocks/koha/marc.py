"""Biblios as MARC 21, in the two forms that Koha's public API can send: MARC-in-JSON and MARCXML."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

MARC_IN_JSON = "application/marc-in-json"
MARCXML = "application/marcxml+xml"

_LEADER = "00000nam a2200000 i 4500"
_NAMESPACE = "http://www.loc.gov/MARC21/slim"

Field = tuple[str, str, str, list[tuple[str, str]]]  # tag, indicators, subfields


def in_json(biblio: dict[str, Any]) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [{"001": str(biblio["biblio_id"])}]
    for tag, first, second, subfields in _fields(biblio):
        parts = [{code: value} for code, value in subfields]
        fields.append({tag: {"ind1": first, "ind2": second, "subfields": parts}})
    return {"leader": _LEADER, "fields": fields}


def in_xml(biblio: dict[str, Any]) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<record xmlns="{_NAMESPACE}">',
        f"  <leader>{_LEADER}</leader>",
        f'  <controlfield tag="001">{biblio["biblio_id"]}</controlfield>',
    ]
    for tag, first, second, subfields in _fields(biblio):
        lines.append(f'  <datafield tag="{tag}" ind1={quoteattr(first)} ind2={quoteattr(second)}>')
        lines += [f'    <subfield code="{code}">{escape(value)}</subfield>' for code, value in subfields]
        lines.append("  </datafield>")
    return "\n".join([*lines, "</record>", ""])


def _fields(biblio: dict[str, Any]) -> list[Field]:
    imprint = ("publication_place", "publisher", "publication_year")
    rows: list[tuple[str, str, str, list[tuple[str, Any]]]] = [
        ("020", " ", " ", [("a", isbn) for isbn in (biblio["isbn"] or "").split(" | ") if isbn]),
        ("090", " ", " ", [("a", biblio["cn_class"])]),
        ("100", "1", " ", [("a", biblio["author"])]),
        ("245", "1", "0", [("a", biblio["title"]), ("b", biblio["subtitle"]), ("c", biblio["author"])]),
        ("250", " ", " ", [("a", biblio["edition_statement"])]),
        ("260", " ", " ", [(code, biblio[name]) for code, name in zip("abc", imprint, strict=True)]),
        ("300", " ", " ", [("a", biblio["pages"]), ("c", biblio["material_size"])]),
        ("490", "0", " ", [("a", biblio["series_title"]), ("v", biblio["part_number"])]),
        ("520", " ", " ", [("a", biblio["abstract"])]),
        ("942", " ", " ", [("c", biblio["item_type"])]),
    ]
    fields: list[Field] = []
    for tag, first, second, subfields in rows:
        present = [(code, str(value)) for code, value in subfields if value]
        if present:
            fields.append((tag, first, second, present))
    return fields
