"""Koha's `q`: conditions as JSON (SQL::Abstract over the API's attributes), built so that text stays text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from schema.reading.lookups import BiblioField, BiblioSearch

Condition: TypeAlias = dict[str, Any]

_TITLE = ("title", "subtitle", "part_name", "series_title")
_AUTHOR = ("author",)
_ATTRIBUTES = {
    BiblioField.ANY: (*_TITLE, *_AUTHOR),
    BiblioField.TITLE: _TITLE,
    BiblioField.AUTHOR: _AUTHOR,
}


def one_of(attribute: str, values: Sequence[str | int]) -> Condition:
    """Rows whose attribute is one of these."""
    return {attribute: {"-in": list(values)}}


def search_condition(search: BiblioSearch, source: str) -> Condition:
    """Give the condition of a search in one source's catalogue, behind the search's `after`."""
    condition: Condition = _text_condition(search)
    if search.after is not None:
        number, last = search.after
        # Numbers first, then sources: a source that sorts behind the last one may have its number too.
        condition["biblio_id"] = {">=" if source > last else ">": number}
    return condition


def _text_condition(search: BiblioSearch) -> Condition:
    by_isbn = [_like("isbn", spelling) for spelling in isbn_spellings(search.isbns)]
    if search.field is BiblioField.ISBN:
        return {"-or": by_isbn}
    by_terms = [
        {"-or": [_like(attribute, term) for attribute in _ATTRIBUTES[search.field]]} for term in search.terms
    ]
    if search.field is BiblioField.ANY and by_isbn:
        return {"-or": [*by_isbn, {"-and": by_terms}]}
    return {"-and": by_terms}


def _like(attribute: str, text: str) -> Condition:
    """Rows whose attribute contains a text; LIKE's own signs in it mean themselves (MySQL's escape)."""
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {attribute: {"-like": f"%{literal}%"}}


def isbn_spellings(forms: Sequence[str]) -> Iterator[str]:
    """Give the ways in which a catalogue may have written an ISBN: plain, or with hyphens.

    Where the hyphens stand depends on how many numbers the publisher has; each possibility is given
    as far as the hyphen before the check digit, which both forms of the number share.
    """
    yield from forms
    if not forms:
        return
    prefix, core = forms[0][:3], forms[0][3:12]
    # 978 is no part of the old form; 979 tells numbers apart that are otherwise the same.
    start = "" if prefix == "978" else f"{prefix}-"
    group = _group_length(prefix, core)
    for end in range(group + 2, min(group + 7, 8) + 1):
        yield f"{start}{core[:group]}-{core[group:end]}-{core[end:]}-"


def _group_length(prefix: str, core: str) -> int:
    """How many digits name the country or language (the registration groups of ISO 2108)."""
    if prefix == "979":
        return 1 if core[0] == "8" else 2
    if core[0] in "0123457":
        return 1
    if "65" <= core[:2] <= "94":
        return 2
    return 5 if core[:3] == "999" else 4 if core[:2] == "99" else 3
