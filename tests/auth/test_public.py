"""What everybody is answered alike: told by a document's fields, and what follows for runs and viewers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, parse

from gateway.execution.engine import Engine
from gateway.execution.operation import Operation, Outcome
from gateway.execution.public import is_personal, public_operations
from gateway.execution.sharing import Sharing
from schema.core.entity import relation
from schema.core.viewer import Viewer
from schema.root import build_schema

LI = Viewer(resident="li", role="resident", accounts={"library": "B1"})
WU = Viewer(resident="wu", role="librarian")


@dataclass
class Seen:
    """A context that a run has of its own, good for a minute."""

    viewer: Viewer | None
    partial_errors: list[GraphQLError] = field(default_factory=list)

    def response_extensions(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def fresh_s(self) -> float:
        """A minute."""
        return 60.0


Info = strawberry.Info[Seen, None]


def name_of(info: Info) -> str | None:
    """Whoever asks, as the run has it."""
    return info.context.viewer.resident if info.context.viewer else None


@strawberry.interface
class Thing:
    """What may be somebody's."""

    @strawberry.field
    async def name(self, info: Info) -> str | None:
        """Say who asks, where nobody should."""
        await asyncio.sleep(0)
        return name_of(info)

    @strawberry.field
    def thing(self) -> Thing:
        """Another."""
        return Booking()


@strawberry.type
class Lot(Thing):
    """Nobody's; its `owner` is public."""

    @strawberry.field
    def owner(self) -> str:
        """The operator."""
        return "city"


@strawberry.type
class Booking(Thing):
    """Somebody's."""

    @relation("预约人", "Whose it is", personal=True)
    @staticmethod
    def owner(info: Info) -> str | None:
        """Whoever asks."""
        return name_of(info)


@strawberry.type
class Query:
    """What is for everybody, and what is not."""

    @strawberry.field
    def thing(self) -> Thing:
        """Something."""
        return Booking()

    @strawberry.field
    def lot(self) -> Lot:
        """A car park."""
        return Lot()

    @relation("本人", "Oneself", personal=True)
    @staticmethod
    async def me(info: Info) -> str | None:
        """Whoever asks, after a while."""
        await asyncio.sleep(0)
        return name_of(info)


@strawberry.type
class Mutation:
    """What writes."""

    @strawberry.mutation
    def write(self, info: Info) -> str | None:
        """Say who does."""
        return name_of(info)


ON_QUERY = " fragment {} on Query {{ {} }}"
LOT = "lot { name }"

SCHEMA = strawberry.Schema(Query, Mutation, types=[Booking, Lot])


@pytest.mark.parametrize(
    ("document", "public"),
    [
        ("{ lot { name owner } }", {None}),
        ("{ me }", set()),
        ("{ x: me }", set()),
        ("{ me @skip(if: true) }", set()),
        ("{ lot { name } ... { ... on Query { me } } }", set()),
        ("{ thing { name __typename } }", {None}),
        ("{ thing { ... on Lot { owner } } }", {None}),
        ("{ thing { ... on Booking { owner } } }", set()),
        ("{ thing { thing { ... on Booking { owner } } } }", set()),
        ("query A { lot { name } } query B { me } mutation C { write }", {"A"}),
        ("query A { ...f } query B { ...g }" + ON_QUERY.format("f", "me") + ON_QUERY.format("g", LOT), {"B"}),
        ("{ ...f }" + ON_QUERY.format("f", "...g") + ON_QUERY.format("g", "me"), set()),
        ("{ ...f }" + ON_QUERY.format("f", "...g") + ON_QUERY.format("g", LOT), {None}),
        ("{ __schema { queryType { name } } }", {None}),
        ("mutation { write }", set()),
    ],
)  # fmt: skip
def test_an_operation_is_public_if_nothing_in_it_is_personal(document: str, public: set[str | None]) -> None:
    """By type, however deep, whatever its alias, its fragment or its condition."""
    assert public_operations(SCHEMA._schema, parse(document)) == public


def test_many_fragments_are_looked_at_once_each() -> None:
    """Each spreads all of the next row: ways through them are 2^2000."""
    rows = [ON_QUERY.format(f"{side}{n}", f"...a{n + 1} ...b{n + 1}") for n in range(2000) for side in "ab"]
    last = [ON_QUERY.format(f"{side}2000", LOT) for side in "ab"]
    document = parse("{ ...a0 }" + "".join(rows + last))
    assert public_operations(SCHEMA._schema, document) == {None}


def test_what_is_personal_in_our_graph() -> None:
    """Every field that is marked; whoever marks another adds it here."""
    schema = build_schema()._schema
    marked = {
        f"{type_.name}.{name}"
        for type_ in schema.type_map.values()
        for name, each in getattr(type_, "fields", {}).items()
        if is_personal(each)
    }
    assert marked == {"Query.me", "Query.booking", "Query.caseReport"}


class Runs:
    """An engine that shares, and whom each of its runs was for."""

    def __init__(self) -> None:
        self.viewers: list[Viewer | None] = []

        @asynccontextmanager
        async def open_context(viewer: Viewer | None) -> AsyncIterator[Seen]:
            self.viewers.append(viewer)
            yield Seen(viewer)

        self._engine = Engine(SCHEMA, open_context, sharing=Sharing(join_within_s=1.0))

    async def ask(self, document: str, *viewers: Viewer | None) -> list[Outcome]:
        """Ask the same at once, for each of these."""
        asked = (self._engine(Operation(document=document, viewer=viewer)) for viewer in viewers)
        return list(await asyncio.gather(*asked))


async def test_two_viewers_never_share_what_is_personal() -> None:
    """Nor does one with itself, nor with nobody: each has a run and an answer of its own."""
    runs = Runs()
    outcomes = await runs.ask("{ me }", LI, WU, None, LI, WU)
    assert [outcome.data for outcome in outcomes] == [
        {"me": "li"}, {"me": "wu"}, {"me": None}, {"me": "li"}, {"me": "wu"},
    ]  # fmt: skip
    assert runs.viewers.count(LI) == runs.viewers.count(WU) == 2
    assert len({id(outcome) for outcome in outcomes[:2] + outcomes[3:]}) == 4
    assert all(outcome.personal and outcome.fresh_s == 0.0 for outcome in outcomes)


async def test_what_is_public_is_one_run_without_a_viewer() -> None:
    """With and without a token: a resolver that is not marked finds nobody there, whoever asks."""
    runs = Runs()
    outcomes = await runs.ask("{ thing { name } }", LI, WU, None)
    assert [outcome.data for outcome in outcomes] == [{"thing": {"name": None}}] * 3
    assert runs.viewers == [None]
    assert len({id(outcome) for outcome in outcomes}) == 1
    assert [(outcome.personal, outcome.fresh_s) for outcome in outcomes] == [(False, 60.0)] * 3


async def test_what_writes_has_its_viewer() -> None:
    """And is for nobody else."""
    runs = Runs()
    outcomes = await runs.ask("mutation { write }", LI, WU, None)
    assert [outcome.data for outcome in outcomes] == [{"write": "li"}, {"write": "wu"}, {"write": None}]
    assert all(outcome.personal for outcome in outcomes)
