"""Relations that are one keyed read: which resolvers are, and what their keys' functions give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gateway.execution.compiled.keyed import Given, keyed_read
from schema.core.lookup import Lookup
from schema.core.record import Ref

CAT: Lookup[Ref, Any] = Lookup("keyed.cat")
OTHER = "no lookup"


class Cat(msgspec.Struct):
    """What the resolvers are asked of."""

    lives: int
    home: Ref | None = None


async def at_once(root: Cat, info: Any) -> Any:
    """One expression."""
    return await info.context.load(CAT, Ref("s", str(root.lives)))


async def by_name(root: Cat, info: Any) -> Any:
    """With a name for what is found."""
    found: Cat | None = await info.context.load(CAT, Ref("s", str(root.lives)))
    return found


async def guarded(root: Cat, info: Any) -> Any:
    """With something to give without reading."""
    if root.home is None:
        return "homeless"
    return await info.context.load(CAT, root.home)


async def told(root: Cat, info: Any, *, house: str = "s") -> Any:
    """With an argument, and something done before that must not be done twice."""
    info.context.told += 1
    return await info.context.load(CAT, Ref(house, str(root.lives)))


async def twice(root: Cat, info: Any) -> Any:
    """Two reads."""
    found = await info.context.load(CAT, Ref("s", str(root.lives)))
    return await info.context.load(CAT, found.home)


async def changed(root: Cat, info: Any) -> Any:
    """Something made of what is found."""
    return (await info.context.load(CAT, Ref("s", str(root.lives)))) or ()


async def tried(root: Cat, info: Any) -> Any:
    """A failure that is caught."""
    try:
        return await info.context.load(CAT, Ref("s", str(root.lives)))
    except ValueError:
        return None


async def unknown(root: Cat, info: Any) -> Any:
    """Something that is no lookup."""
    return await info.context.load(OTHER, Ref("s", str(root.lives)))


async def awaited_key(root: Cat, info: Any) -> Any:
    """A key that has to be waited for."""
    return await info.context.load(CAT, await asyncio.sleep(0, Ref("s", str(root.lives))))


def inside() -> Callable[..., Any]:
    """A resolver that knows of its surroundings."""
    house = "s"

    async def closure(root: Cat, info: Any) -> Any:
        return await info.context.load(CAT, Ref(house, str(root.lives)))

    return closure


@pytest.mark.parametrize("function", [at_once, by_name])
def test_a_keyed_read_is_its_lookup_and_its_key(function: Any) -> None:
    """The key's function takes the resolver's own arguments and waits for nothing."""
    read = keyed_read(function)
    assert read is not None
    assert read.lookup is CAT
    assert read.repeatable
    assert read.key(Cat(3), info=None) == Ref("s", "3")


def test_what_is_returned_before_the_read_is_given() -> None:
    """It comes in the key's place, told apart from any key."""
    read = keyed_read(guarded)
    assert read is not None
    assert read.repeatable
    assert read.key(Cat(3, Ref("h", "1")), None) == Ref("h", "1")
    given = read.key(Cat(3), None)
    assert isinstance(given, Given)
    assert given.value == "homeless"


def test_defaults_are_the_resolvers_own_and_traces_make_it_unrepeatable() -> None:
    """What is done before the read is done with each key."""
    read = keyed_read(told)
    assert read is not None
    assert not read.repeatable

    class Info:
        class context:  # noqa: N801  # as an attribute
            told = 0

    assert read.key(Cat(1), Info) == Ref("s", "1")
    assert read.key(Cat(1), Info, house="t") == Ref("t", "1")
    assert Info.context.told == 2


@pytest.mark.parametrize(
    "function",
    [
        twice,
        changed,
        tried,
        unknown,
        awaited_key,
        inside(),
        len,
        Cat,
        test_defaults_are_the_resolvers_own_and_traces_make_it_unrepeatable,
    ],
)
def test_anything_more_is_left_whole(function: Any) -> None:
    """It is stepped as a coroutine, or not at all."""
    assert keyed_read(function) is None
