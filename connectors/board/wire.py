"""Offer and Demand as JSON-LD, and the values in them as they are meant.

Of a neighbour nothing but the name is decoded, and of a place nothing but the community: phone numbers, the
door's address and its position are never read.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec
import structlog

from connectors.kit import DecodeError, json_of
from schema.core.scalars import in_china

_log = structlog.get_logger("connectors.board")

Loose: TypeAlias = Any
"""A value that JSON-LD lets stand alone, in a list, or as an object with more about it."""


class Person(msgspec.Struct, rename="camel"):
    """Who posted it."""

    family_name: str | None = None
    name: str | None = None


class Area(msgspec.Struct):
    """The community that a post is from."""

    identifier: str | None = None


class Post(msgspec.Struct, rename="camel"):
    """An Offer or a Demand."""

    type: str = msgspec.field(name="@type")
    identifier: str
    name: str
    description: str | None = None
    category: Loose = None
    business_function: str | None = None
    availability: str | None = None
    price: Loose = None
    price_currency: str | None = None
    image: Loose = None
    valid_from: str | None = None
    valid_through: str | None = None
    area_served: Area | None = None
    offered_by: Person | None = None
    url: str | None = None


class _ListItem(msgspec.Struct):
    item: msgspec.Raw


class _ItemList(msgspec.Struct, rename="camel"):
    number_of_items: int
    item_list_element: list[_ListItem]


class PostPage(msgspec.Struct):
    """One page of a list: how many posts there are in all, and how many rows this page has."""

    total: int
    rows: int
    posts: list[Post]


_list_of = json_of(_ItemList)
post_of = json_of(Post)


def page_of(body: bytes) -> PostPage:
    """Decode a list: a post that cannot be read is left out and in the log; a page of such is broken."""
    given = _list_of(body)
    posts = []
    for element in given.item_list_element:
        try:
            posts.append(post_of(element.item))
        except DecodeError as error:
            # msgspec's words name the place and the types, never a value.
            _log.warning("unreadable post left out", reason=str(error))
    if given.item_list_element and not posts:
        raise DecodeError("no post of the page can be read")
    return PostPage(given.number_of_items, len(given.item_list_element), posts)


def term(value: str | None) -> str:
    """Give the last part of a schema.org or GoodRelations word, which may stand as an IRI or bare."""
    return (value or "").strip().rpartition("/")[2].rpartition("#")[2]


def texts(value: Loose) -> tuple[str, ...]:
    """Give the texts of a value: one, a list of them, or objects with a `name` or `contentUrl`."""
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if isinstance(value, list):
        return tuple(text for each in value for text in texts(each))
    if isinstance(value, dict):
        return texts(value.get("contentUrl") or value.get("url") or value.get("name"))
    return ()


def urls(value: Loose) -> tuple[str, ...]:
    """Give the web addresses among a value's texts: http(s) only, since clients put them into pages."""
    return tuple(text for text in texts(value) if _is_web(text))


def amount(value: Loose) -> Decimal | None:
    """Give a price, which may be a number or a text; None where it is no amount."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def instant(value: str | None) -> datetime | None:
    """Give an instant at +08:00, None where there is nothing; DecodeError where it is none."""
    if not (value or "").strip():
        return None
    try:
        return in_china(datetime.fromisoformat(str(value).strip()))
    except (ValueError, OverflowError) as error:
        raise DecodeError("not an ISO 8601 instant") from error


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
