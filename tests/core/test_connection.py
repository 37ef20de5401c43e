"""Connections: pages that stay true while records come and go."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.core.connection import MAX_PAGE, SortKey, check_first, decode_cursor, encode_cursor, page
from schema.core.errors import InvalidInput

KEYS = st.sets(st.tuples(st.integers(-(2**62), 2**62), st.text(max_size=8)), max_size=30)


def identity(item: tuple[int, str]) -> SortKey:
    return item


def all_pages(items: list[tuple[int, str]], first: int) -> list[tuple[int, str]]:
    seen: list[tuple[int, str]] = []
    after: SortKey | None = None
    while True:
        cut = page(items, key=identity, first=first, after=after)
        seen += [edge.node for edge in cut.edges]
        assert cut.page_info.has_previous_page is (after is not None)
        if not cut.page_info.has_next_page:
            return seen
        after = decode_cursor(cut.page_info.end_cursor, tuple[int, str])


@given(items=KEYS, first=st.integers(1, 7))
def test_pages_hold_every_record_once(items: set[tuple[int, str]], first: int) -> None:
    """In the order of the key, whatever the page's size and the order in which sources gave them."""
    assert all_pages(list(items), first) == sorted(items)


def test_a_record_that_comes_before_the_cursor_shifts_nothing() -> None:
    """The cursor is a place in the order, not a number: nothing is shown twice, nothing is skipped."""
    first = page([(2, "b"), (4, "d"), (6, "f")], key=identity, first=2)
    after = decode_cursor(first.page_info.end_cursor, tuple[int, str])
    then = page([(1, "new"), (2, "b"), (6, "f")], key=identity, first=2, after=after)
    assert [edge.node for edge in then.edges] == [(6, "f")]
    gone = page([(1, "new"), (9, "z")], key=identity, first=2, after=after)
    assert [edge.node for edge in gone.edges] == [(9, "z")]


def test_an_empty_page() -> None:
    """No cursors, and no next page unless the sources hold more than they gave."""
    nothing: list[tuple[int, str]] = []
    cut = page(nothing, key=identity, first=5, total=0)
    assert (cut.page_info.start_cursor, cut.page_info.end_cursor, cut.total_count) == (None, None, 0)
    assert not cut.page_info.has_next_page
    assert page(nothing, key=identity, first=5, more=True).page_info.has_next_page


def test_distance_and_total_are_shown_as_given() -> None:
    """Both unknown unless told."""
    plain = page([(1, "a")], key=identity, first=1)
    assert (plain.edges[0].distance, plain.total_count) == (None, None)
    told = page([(1, "a")], key=identity, first=1, total=7, distance=lambda item: item[0] * 10)
    assert (told.edges[0].distance, told.total_count) == (10, 7)


def test_cursors_are_those_of_the_edges() -> None:
    """The page's first and last; each edge's cursor begins the page after it."""
    cut = page([(1, "a"), (2, "b"), (3, "c")], key=identity, first=2)
    assert [edge.cursor for edge in cut.edges] == [cut.page_info.start_cursor, cut.page_info.end_cursor]
    assert decode_cursor(cut.edges[0].cursor, tuple[int, str]) == (1, "a")


@given(number=st.integers(-(2**63), 2**63 - 1), text=st.text(max_size=40))
def test_cursors_come_back(number: int, text: str) -> None:
    """Any sort key, and only letters that are safe in a URL."""
    cursor = encode_cursor((number, text))
    assert decode_cursor(cursor, tuple[int, str]) == (number, text)
    assert "=" not in cursor


def test_no_cursor_is_the_beginning() -> None:
    """Null begins at the start of the list."""
    assert decode_cursor(None, tuple[int, str]) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "龙岗",
        "!!!!",
        "WzFd",
        encode_cursor((1,)),
        encode_cursor((1, 2)),
        encode_cursor(("1", "a")),
        encode_cursor((1, "a", "b")),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b'{"a":1}').decode(),
        base64.urlsafe_b64encode(b"[1e400,null]").decode(),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)
def test_the_cursor_of_another_list_is_refused(cursor: str) -> None:
    """Whatever is no key of this list's shape is BAD_USER_INPUT."""
    with pytest.raises(InvalidInput, match="not one of this list's"):
        decode_cursor(cursor, tuple[int, str])


@pytest.mark.parametrize("first", [-1, 0, MAX_PAGE + 1])
def test_a_page_has_bounds(first: int) -> None:
    """1 to 1000."""
    with pytest.raises(InvalidInput):
        check_first(first)
    assert check_first(MAX_PAGE) == MAX_PAGE
