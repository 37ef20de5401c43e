"""Types derived from records: each concept is written once, as a record, and the graph's type follows.

A record's documented fields become the type's fields with their nullability and description; the
decorated class adds only relations. Objects at run time are the records themselves.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import strawberry
from strawberry.types.field import StrawberryField

from schema.core.context import Context, Info, SourceInfo
from schema.core.docs import text
from schema.core.errors import InvalidInput
from schema.core.geo import Crs, to_gcj02
from schema.core.ids import decode_id, encode_id
from schema.core.lookup import Lookup
from schema.core.record import Position, Record, Ref, Value

T = TypeVar("T")


PERSONAL = "personal"
"""Marks, in a field's metadata, an answer that depends on who asks."""


def relation(
    zh: str, en: str, type_: Any = None, *, personal: bool = False
) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Decorate a resolver over a record: `type_` is its GraphQL type where that is not the annotation.

    `personal`: its answer depends on the viewer. Elsewhere in a query, there is none.
    """

    def decorate(resolver: Callable[..., Any]) -> StrawberryField:
        return strawberry.field(
            resolver, description=text(zh, en), graphql_type=type_, metadata={PERSONAL: personal}
        )

    return decorate


@cache
def value_type(struct: type[msgspec.Struct]) -> type:
    """Give the GraphQL type of a Value; one per struct, named like it."""
    cls = type(struct.__name__, (), {"__annotations__": {}, "__module__": struct.__module__})
    _derive(struct, cls)
    return strawberry.type(cls, description=_description(struct))


def _description(struct: type) -> str:
    # Not inspect.getdoc: it would take the base class's for one's own.
    description = inspect.cleandoc(struct.__doc__ or "")
    if not description:
        raise TypeError(f"{struct.__name__} has no docstring; it would be undocumented in the graph")
    return description


def _derive(struct: type[msgspec.Struct], cls: type) -> None:
    """Add the documented fields of a struct to a class that is to become a GraphQL type."""
    defined = {
        field.python_name
        for base in cls.__mro__[1:]
        for field in getattr(getattr(base, "__strawberry_definition__", None), "fields", ())
    }
    # What a record says again of a field that its base has, it says more narrowly.
    defined -= inspect.get_annotations(struct).keys()
    for name, hint in get_type_hints(struct, include_extras=True).items():
        if get_origin(hint) is not Annotated or name in cls.__dict__ or name in defined:
            continue
        annotation, *metadata = get_args(hint)
        description = next((m.description for m in metadata if isinstance(m, msgspec.Meta)), None)
        if description is None:
            continue
        if annotation in (Position, Position | None):
            setattr(cls, name, _position_field(name, description, optional=annotation is not Position))
            continue
        cls.__annotations__[name] = _graphql_annotation(annotation)
        setattr(cls, name, strawberry.field(description=description))


def _graphql_annotation(annotation: Any) -> Any:
    """Turn a record's annotation into the one Strawberry reads."""
    origin = get_origin(annotation)
    if origin is tuple:
        item, ellipsis = get_args(annotation)
        if ellipsis is not Ellipsis:
            raise TypeError(f"a record's list is tuple[T, ...], not {annotation}")
        return list[_graphql_annotation(item)]  # type: ignore[misc]  # built at run time
    if origin in (Union, types.UnionType):
        inner = [_graphql_annotation(part) for part in get_args(annotation) if part is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"a record's field has one type or None, not {annotation}")
        return inner[0] | None
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return value_type(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if not hasattr(annotation, "__strawberry_definition__"):
            raise TypeError(f"{annotation.__name__} is not described by enum_type()")
        return annotation
    return annotation


def _position_field(name: str, description: str, *, optional: bool) -> StrawberryField:
    def position(root: strawberry.Parent[Any], crs: Crs = Crs.WGS84) -> Position | None:
        value: Position | None = getattr(root, name)
        return to_gcj02(value) if value is not None and crs is Crs.GCJ02 else value

    graphql_type = value_type(Position)
    field: StrawberryField = strawberry.field(
        position, description=description, graphql_type=graphql_type | None if optional else graphql_type
    )
    field.base_resolver.arguments[0].description = text("返回坐标的坐标系", "Coordinate system of the answer")  # type: ignore[union-attr]  # just made with a resolver
    return field


@strawberry.type(description=text("数据来源系统", "A system that the data come from"))
class Source:
    """A configured source, as residents may know it."""

    id: str = strawberry.field(description=text("来源编号", "Id of the source"))
    name: str = strawberry.field(description=text("来源名称", "Name"))
    name_en: str | None = strawberry.field(description=text("英文名称", "Name in English"))
    standard: str = strawberry.field(
        description=text("所用的接口标准", "The published standard that it speaks")
    )


@strawberry.interface(description=text("可凭全局 ID 再次读取的对象", "Whatever can be read again by its id"))
class Node:
    """Relay's Node."""

    @relation("全局 ID", "Global id", type_=strawberry.ID)
    @staticmethod
    def id(root: strawberry.Parent[Any]) -> str:
        """Kind, source and local id, opaque."""
        return global_id(root)


@strawberry.interface(
    description=text(
        "来自某个来源系统的对象，附带来源与时效", "Something a source tells, with its provenance"
    )
)
class Entity(Node):
    """Provenance of whatever a source tells."""

    as_of: datetime = strawberry.field(
        description=text("数据所反映的时刻", "The instant at which the data were true")
    )
    stale: bool = strawberry.field(
        description=text(
            "来源暂不可用、给出的是此前缓存的数据时为真",
            "True where the source failed and an earlier answer is given",
        )
    )

    @relation("数据来源", "Where the data come from", type_=Source)
    @staticmethod
    def source(root: strawberry.Parent[Record], info: Info) -> SourceInfo:
        """The configured source by its id."""
        return info.context.sources[root.ref.source]


@dataclass(frozen=True)
class NodeType:
    """What `node(id)` needs to know of one kind of object."""

    graphql: type
    record: Any
    """The struct of its objects."""
    read: Callable[[Context, Ref], Awaitable[Any]]


NODES: dict[str, NodeType] = {}
"""Every kind of object that has a global id, by the kind in it; filled by `@entity` and `@node_type`."""


def entity(record: type[Record], lookup: Lookup[Ref, Any], name: str) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of a record that `node(id)` finds by its lookup."""

    async def read(context: Context, ref: Ref) -> Any:
        return await context.load(lookup, ref)

    return _node(record, name, read)


def node_type(
    struct: type[msgspec.Struct], name: str, find: Callable[[Ref], Any]
) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of something that we know ourselves and no source tells."""

    async def read(_: Context, ref: Ref) -> Any:
        return find(ref)

    return _node(struct, name, read)


def _node(
    struct: Any, name: str, read: Callable[[Context, Ref], Awaitable[Any]]
) -> Callable[[type[T]], type[T]]:
    def decorate(cls: type[T]) -> type[T]:
        if struct.kind in NODES:
            raise TypeError(f"two kinds of object are called {struct.kind!r}")
        cls.__annotations__ = inspect.get_annotations(cls)
        _derive(struct, cls)
        cls.is_type_of = classmethod(lambda _cls, obj, _info: isinstance(obj, struct))  # type: ignore[attr-defined]  # Strawberry's hook
        derived = strawberry.type(cls, name=name, description=_description(struct))
        NODES[struct.kind] = NodeType(derived, struct, read)
        return derived

    return decorate


def part(struct: type[Value], name: str) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of a Value to which it adds relations."""

    def decorate(cls: type[T]) -> type[T]:
        cls.__annotations__ = inspect.get_annotations(cls)
        _derive(struct, cls)
        return strawberry.type(cls, name=name, description=_description(struct))

    return decorate


def interface(record: type[Record], name: str, zh: str, en: str) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL interface of a record that others extend."""

    def decorate(cls: type[T]) -> type[T]:
        cls.__annotations__ = inspect.get_annotations(cls)
        _derive(record, cls)
        return strawberry.interface(cls, name=name, description=text(zh, en))

    return decorate


class Identified(Protocol):
    """Whatever has a global id."""

    kind: ClassVar[str]

    @property
    def ref(self) -> Ref:
        """Where it lives."""
        ...


def global_id(record: Identified) -> str:
    """Give the global id of an object."""
    return encode_id(record.kind, record.ref)


def local_ref(value: str, record: type[Identified]) -> Ref:
    """Give the Ref of a global id that must be of a record's kind."""
    kind, ref = decode_id(value)
    if kind != record.kind:
        raise InvalidInput(
            f"This is the id of another kind of object; one of kind {record.kind!r} is needed."
        )
    return ref
