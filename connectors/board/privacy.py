"""What of a neighbour leaves the connector: a family name, and text without the ways to reach people."""

from __future__ import annotations

import re

_HIDDEN = "［已隐去］"
_WAYS = re.compile(
    r"""
      (?<!\d)\d{7,}[Xx]?(?!\d)                                # a phone, account or identity number
    | (?<!\d)[1１][3-9３-９]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)   # a mobile number in groups
    | (?<!\d)[0０]\d{2,3}[-\s]?\d{7,8}(?!\d)                # a landline
    | [A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+   # an e-mail address
    | (?:微信号?|薇信|v信|vx|wechat|qq号?)[\s:：是为]*[A-Za-z0-9_-]{5,20}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOUBLE_SURNAMES = ("欧阳", "司徒", "上官", "诸葛", "司马", "夏侯", "皇甫", "尉迟", "公孙", "慕容")


def without_contacts(text: str | None) -> str | None:
    """Give a text with phone and identity numbers, addresses and accounts taken out; None for none."""
    return _WAYS.sub(_HIDDEN, (text or "").strip()) or None


def masked(name: str | None) -> str | None:
    """Give 陈* for 陈秀英, or for 陈 alone: what a name begins with, and no more."""
    whole = (name or "").strip()
    if not whole:
        return None
    return f"{whole[: 2 if whole.startswith(_DOUBLE_SURNAMES) else 1]}*"
