"""What holds for every part of the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_input_type,
    is_non_null_type,
    is_object_type,
)
from graphql.type import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema.root import build_schema

SCHEMA: GraphQLSchema = build_schema()._schema


def _described() -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument and enum value with its description."""
    for name, type_ in SCHEMA.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for value, definition in type_.values.items():
                yield f"{name}.{value}", definition.description
        if isinstance(type_, GraphQLInputObjectType):
            for field, input_ in type_.fields.items():
                yield f"{name}.{field}", input_.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, output in type_.fields.items():
                yield f"{name}.{field}", output.description
                for argument, definition_ in output.args.items():
                    yield f"{name}.{field}({argument})", definition_.description


def test_everything_is_described_in_both_languages() -> None:
    """Each description has Chinese and then English on a line of its own."""
    wrong = [
        name
        for name, description in _described()
        if description is None
        or not re.search(r"[\u4e00-\u9fff]", description.partition("\n")[0])
        or not re.search(r"[A-Za-z]{2}", description.partition("\n")[2])
    ]
    assert wrong == []


def test_entities_tell_where_they_come_from() -> None:
    """Every type with an id has source, asOf and stale, but for the community, which no source tells."""
    nodes = SCHEMA.get_type("Node")
    assert isinstance(nodes, GraphQLInterfaceType)
    told = {
        type_.name
        for type_ in SCHEMA.get_possible_types(nodes)
        if {"source", "asOf", "stale"} <= type_.fields.keys()
    }
    assert {type_.name for type_ in SCHEMA.get_possible_types(nodes)} - told == {"Community"}


def test_lists_that_grow_are_connections() -> None:
    """A field that takes `first` gives a connection with edges, pageInfo and totalCount."""
    for type_ in SCHEMA.type_map.values():
        if not is_object_type(type_):
            continue
        assert isinstance(type_, GraphQLObjectType)
        for field in type_.fields.values():
            if "first" in field.args:
                connection = SCHEMA.get_type(str(field.type).rstrip("!"))
                assert isinstance(connection, GraphQLObjectType)
                more = {"match", "facets", "titles"} if connection.name == "SearchConnection" else set()
                assert {"edges", "pageInfo", "totalCount"} | more == connection.fields.keys()


def test_every_write_can_be_sent_again() -> None:
    """A mutation takes one `input` with an idempotency key; deleting what is one's own needs none."""
    assert SCHEMA.mutation_type is not None
    assert SCHEMA.subscription_type is None
    for name, field in SCHEMA.mutation_type.fields.items():
        if name == "eraseMe":
            assert field.args == {}
            continue
        assert list(field.args) == ["input"]
        given = get_named_type(field.args["input"].type)
        assert isinstance(given, GraphQLInputObjectType)
        assert str(given.fields["idempotencyKey"].type) == "String!"
    assert is_enum_type(SCHEMA.get_type("Crs"))
    assert is_input_type(SCHEMA.get_type("NearInput"))


def test_whatever_asks_a_source_can_be_null() -> None:
    """A field with an asynchronous resolver is nullable: a source that fails takes this field and no more."""
    too_strict = [
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_)
        for name, field in type_.fields.items()
        if is_non_null_type(field.type)
        and (resolver := field.extensions["strawberry-definition"].base_resolver) is not None
        and resolver.is_async
    ]
    assert too_strict == []
