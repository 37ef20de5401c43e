"""Global ids: opaque, stable, and refused where they are not ours."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.community.gazetteer import COMMUNITIES, CommunityRecord
from schema.core.entity import global_id, local_ref
from schema.core.errors import Code, InvalidInput
from schema.core.ids import decode_id, encode_id
from schema.core.record import Ref

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
LOCAL = st.text(min_size=1, max_size=60).filter(str.isprintable)


def raw(text: str | bytes) -> str:
    return base64.urlsafe_b64encode(text.encode() if isinstance(text, str) else text).decode().rstrip("=")


def test_an_id_is_stable() -> None:
    """Bookmarks and other systems keep it: the form may never change."""
    assert encode_id("case", Ref("events", "261124004")) == "Y2FzZTpldmVudHM6MjYxMTI0MDA0"


@given(kind=NAMES, source=NAMES, local=LOCAL)
def test_every_ref_comes_back(kind: str, source: str, local: str) -> None:
    """Whatever a source calls its object, colons and all, is found again; the id is safe in a URL."""
    id_ = encode_id(kind, Ref(source, local))
    assert decode_id(id_) == (kind, Ref(source, local))
    assert set(id_) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "=",
        "A",
        "not base64!",
        "龙岗",
        "AAAAA",
        raw("case"),
        raw("case:events"),
        raw("case:events:"),
        raw("case::1"),
        raw(":events:1"),
        raw("case:events:1\n2"),
        raw("case:events:\x00"),
        raw(b"case:events:\xff"),
        raw("case:events:" + "1" * 400),
        " " + raw("case:events:1"),
    ],
)
def test_what_is_no_id_is_refused(value: str) -> None:
    """BAD_USER_INPUT with a sentence that repeats nothing of what was sent."""
    with pytest.raises(InvalidInput) as caught:
        decode_id(value)
    assert caught.value.code is Code.BAD_USER_INPUT
    assert caught.value.message == "This is not an id of this graph."


def test_the_id_of_another_kind_is_refused() -> None:
    """A field that wants a community takes no case; the right kind gives the Ref."""
    community = COMMUNITIES["440307014003"]
    assert local_ref(global_id(community), CommunityRecord) == community.ref
    with pytest.raises(InvalidInput, match="another kind of object; one of kind 'community'"):
        local_ref(encode_id("case", Ref("events", "1")), CommunityRecord)
