"""Bilingual descriptions: whatever a front-end team reads stands in zh-CN and in en."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

import msgspec
import strawberry

E = TypeVar("E", bound=Enum)


def text(zh: str, en: str) -> str:
    """One description in both languages, Chinese first."""
    return f"{zh}\n{en}"


def doc(zh: str, en: str) -> msgspec.Meta:
    """Describe a record's field; a field without it is internal and never in the graph."""
    return msgspec.Meta(description=text(zh, en))


def enum_type(cls: type[E], zh: str, en: str, **values: tuple[str, str]) -> type[E]:
    """Put an enum into the graph with a description for itself and for each of its values."""
    missing = {member.name for member in cls} ^ values.keys()
    if missing:
        raise TypeError(f"{cls.__name__}: described and defined values differ in {sorted(missing)}")
    decorated = strawberry.enum(cls, description=text(zh, en))
    for value in decorated.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set by strawberry.enum
        value.description = text(*values[value.name])
    return decorated


def wording(value: Enum) -> str:
    """Give what an enum's value is called, in both languages."""
    definition = value.__class__.__strawberry_definition__  # type: ignore[attr-defined]  # set by enum_type
    found = next(each for each in definition.values if each.name == value.name)
    return str(found.description)
