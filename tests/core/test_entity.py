"""Types derived from records: what comes out, and what is refused while the schema is built."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.core import entity as entities
from schema.core.connection import Connection
from schema.core.context import Info
from schema.core.docs import doc, enum_type
from schema.core.entity import NODES, Entity, Node, entity, node_type, relation, value_type
from schema.core.lookup import Lookup
from schema.core.record import PlaceRecord, Position, Record, Ref, Value
from schema.core.scalars import SCALARS


class Colour(StrEnum):
    """Described."""

    RED = "r"


enum_type(Colour, "颜色", "Colour", RED=("红", "Red"))


class Plain(StrEnum):
    """Not described."""

    A = "a"


class Wheel(Value, frozen=True, kw_only=True):
    """轮子。
    A wheel.
    """

    size: Annotated[int, doc("尺寸", "Size")]
    at: Annotated[Position, doc("位置", "Where")]


class CarRecord(PlaceRecord, frozen=True, kw_only=True):
    """汽车。
    A car.
    """

    kind: ClassVar[str] = "test-car"

    colour: Annotated[Colour, doc("颜色", "Colour")]
    wheels: Annotated[tuple[Wheel, ...], doc("轮子", "Wheels")] = ()
    spare: Annotated[Wheel | None, doc("备胎", "Spare wheel")] = None
    built: Annotated[datetime | None, doc("出厂", "When built")] = None
    owner: Ref | None = None


CAR: Lookup[Ref, CarRecord] = Lookup("test.car")
RECORD = CarRecord(
    ref=Ref("garage", "1"),
    as_of=datetime(2026, 11, 24, tzinfo=UTC),
    name="一号",
    position=Position(lat=22.637278, lng=114.203885),
    colour=Colour.RED,
    wheels=(Wheel(size=17, at=Position(lat=22.637278, lng=114.203885)),),
)


@pytest.fixture(autouse=True)
def _nodes_of_this_test() -> Iterator[None]:
    """Kinds that a test adds are gone after it: the graph's own schema is built from what is there."""
    kinds = dict(NODES)
    yield
    NODES.clear()
    NODES.update(kinds)


def _schema() -> tuple[strawberry.Schema, type]:
    @entities.interface(PlaceRecord, "Spot", "地点", "A spot")
    class Spot(Entity):
        pass

    @entity(CarRecord, CAR, "Car")
    class Car(Spot):
        @relation("名称的长度", "Length of the name")
        @staticmethod
        def length(root: strawberry.Parent[CarRecord]) -> int:
            return len(root.name)

    @strawberry.type
    class Query:
        @relation("一辆车", "A car", Car)
        @staticmethod
        def car(_info: Info) -> Any:
            return RECORD

        @relation("任一对象", "Anything", Node)
        @staticmethod
        def anything(_info: Info) -> Any:
            return RECORD

        @relation("列表", "A list", Connection[Car] | None)
        @staticmethod
        def cars(_info: Info) -> Any:
            return None

    return strawberry.Schema(Query, types=[Car], config=StrawberryConfig(scalar_map=SCALARS)), Car


def test_fields_follow_the_record() -> None:
    """Documented fields with their nullability and both languages; the others are not in the graph."""
    schema, _ = _schema()
    type_ = schema._schema.get_type("Car")
    fields = {name: str(field.type) for name, field in type_.fields.items()}  # type: ignore[union-attr]  # an object
    assert fields == {
        "id": "ID!",
        "asOf": "DateTime!",
        "stale": "Boolean!",
        "source": "Source!",
        "name": "String!",
        "nameEn": "String",
        "position": "Position",
        "colour": "Colour!",
        "wheels": "[Wheel!]!",
        "spare": "Wheel",
        "built": "DateTime",
        "length": "Int!",
    }
    assert type_.description == "汽车。\nA car."  # type: ignore[union-attr]  # an object
    assert type_.fields["colour"].description == "颜色\nColour"  # type: ignore[union-attr]  # an object
    assert {interface.name for interface in type_.interfaces} == {"Spot", "Entity", "Node"}  # type: ignore[union-attr]  # an object


def test_records_are_the_objects() -> None:
    """A record is resolved as it is, behind an interface too; positions in either coordinate system."""
    schema, _ = _schema()
    result = schema.execute_sync(
        """{ car { id name length colour stale asOf built spare { size }
             wheels { size at { lat } } position { lat } gcj: position(crs: GCJ02) { lat lng } }
             anything { __typename ... on Car { name } } }"""
    )
    assert result.errors is None
    assert result.data == {
        "car": {
            "id": "dGVzdC1jYXI6Z2FyYWdlOjE",
            "name": "一号",
            "length": 2,
            "colour": "RED",
            "stale": False,
            "asOf": "2026-11-24T08:00:00+08:00",
            "built": None,
            "spare": None,
            "wheels": [{"size": 17, "at": {"lat": 22.637278}}],
            "position": {"lat": 22.637278},
            "gcj": {"lat": 22.634462, "lng": 114.2087834},
        },
        "anything": {"__typename": "Car", "name": "一号"},
    }


def test_one_type_a_value() -> None:
    """A value that many records hold is one type of the graph."""
    assert value_type(Wheel) is value_type(Wheel)


def test_two_kinds_of_one_name_are_refused() -> None:
    """`node(id)` could not tell them apart."""

    @node_type(CarRecord, "OneCar", lambda ref: None)
    class _One(Node):
        pass

    with pytest.raises(TypeError, match="two kinds of object are called 'test-car'"):
        node_type(CarRecord, "OtherCar", lambda ref: None)(type("Other", (Node,), {}))


def _derive(**hints: Any) -> None:
    struct = type(
        "BadRecord",
        (Record,),
        {"__doc__": "坏。\nBad.", "__annotations__": hints, "__module__": __name__, "kind": "test-bad"},
        frozen=True,
        kw_only=True,
    )
    entity(struct, Lookup("test.bad"), "Bad")(type("Bad", (Entity,), {}))


@pytest.mark.parametrize(
    ("annotation", "sentence"),
    [
        (Annotated[tuple[int, str], doc("对", "A pair")], "a record's list is tuple"),
        (Annotated[int | str, doc("或", "Either")], "a record's field has one type or None"),
        (Annotated[Plain, doc("枚举", "An enum")], "Plain is not described by enum_type"),
    ],
)
def test_what_cannot_be_derived_is_refused_at_once(annotation: Any, sentence: str) -> None:
    """The schema is not built, and the sentence names what is wrong."""
    with pytest.raises(TypeError, match=sentence):
        _derive(x=annotation)


def test_an_undescribed_value_is_refused() -> None:
    """A part without a docstring would be undocumented in the graph."""
    silent = type("Silent", (Value,), {"__annotations__": {}}, frozen=True, kw_only=True)
    with pytest.raises(TypeError, match="Silent has no docstring"):
        value_type(silent)


def test_an_enum_is_described_whole() -> None:
    """A value without its words, or words without a value, is refused with its name."""
    with pytest.raises(TypeError, match=r"Plain: described and defined values differ in \['A', 'B'\]"):
        enum_type(Plain, "枚举", "An enum", B=("乙", "B"))
