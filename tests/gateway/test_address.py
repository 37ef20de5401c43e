"""Addresses: what needs no parser is written as the parser would write it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.upstream.address import _PLAIN, AddressError, Base, encoded

SEGMENT = st.text("abzAZ09_.~-", min_size=1, max_size=6)
PATHS = st.lists(SEGMENT, max_size=4).map("/".join) | st.text("ab./%?#:;&=@\\ é", max_size=8)
SCALARS = st.text(max_size=6) | st.integers() | st.floats(allow_nan=False) | st.booleans()
PARAMS = st.dictionaries(st.text(max_size=4), SCALARS | st.lists(SCALARS, max_size=3), max_size=3)
KEYS: st.SearchStrategy[dict[str, str]] = st.just({}) | st.just({"key": "a b"})


@given(path=PATHS, params=PARAMS, key=KEYS)
def test_a_path_is_located_as_httpx_would(path: str, params: dict[str, Any], key: dict[str, str]) -> None:
    """With the parser and without it, paths, parameters and key make one URL."""
    if not _PLAIN.fullmatch(path):
        return
    base = Base("http://h.test:81/api", key)
    assert base._plain(path, params) == base._parsed(path, params)


@given(params=PARAMS)
def test_parameters_are_encoded_as_httpx_would(params: dict[str, Any]) -> None:
    """By the same rules of application/x-www-form-urlencoded."""
    pairs: list[tuple[str, Any]] = [
        (name, str(item).lower() if isinstance(item, bool) else str(item))
        for name, value in params.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    assert encoded(params) == str(httpx.QueryParams(pairs))


@pytest.mark.parametrize(
    ("path", "params", "url"),
    [
        ("/n", {}, "http://h.test/api/n"),
        ("", {}, "http://h.test/api/"),
        ("n/", {"a": []}, "http://h.test/api/n/"),
        ("n/1.x", {"a": "1+1 =", "b": ""}, "http://h.test/api/n/1.x?a=1%2B1+%3D&b="),
        ("n?page=2&a=x%20y", {"a": 1}, "http://h.test/api/n?page=2&a=x+y&a=1"),
        ("Location/$near", {}, "http://h.test/api/Location/$near"),
        ("n/龙 岭", {}, "http://h.test/api/n/%E9%BE%99%20%E5%B2%AD"),
        ("http://h.test/api/n?cursor=abc%3D%3D", {}, "http://h.test/api/n?cursor=abc%3D%3D"),
    ],
)
def test_what_is_asked_for(path: str, params: dict[str, Any], url: str) -> None:
    """The letters that a source sees."""
    assert Base("http://h.test/api/", {}).locate(path, params) == url


@pytest.mark.parametrize(
    ("path", "params"), [("n", {"a": "\ud800"}), ("n", {"a": "x" * 70_000}), ("n\x00", {})]
)
def test_what_cannot_be_written_is_no_address(path: str, params: dict[str, Any]) -> None:
    """Half a character, a control, or more than any parser reads."""
    with pytest.raises(AddressError, match=r"^a link that is no address$"):
        Base("http://h.test/api", {}).locate(path, params)
