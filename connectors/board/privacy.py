"""What of a neighbour leaves the connector: a family name, and text without the ways to reach people."""

from __future__ import annotations

import re

_HIDDEN = "［已隐去］"
_WAYS = re.compile(
    r"""
      (?<!\d)\d{17}[\dXx](?!\d)                                   # an identity number
    | (?<!\d)(?:\+?86[-\s]?)?1[3-9]\d(?:[-\s]?\d{4}){2}(?!\d)     # a mobile number
    | (?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)                          # a landline
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                # an e-mail address
    | (?:微信号?|薇信|[vV][xX]|[wW]e[cC]hat|QQ|qq)[\s:：是为]*[A-Za-z0-9_-]{5,20}  # an account
    """,
    re.VERBOSE | re.ASCII,
)
_DOUBLE_SURNAMES = ("欧阳", "司徒", "上官", "诸葛", "司马", "夏侯", "皇甫", "尉迟", "公孙", "慕容")


def without_contacts(text: str | None) -> str | None:
    """Give a text with phone and identity numbers, addresses and accounts taken out; None for none."""
    return _WAYS.sub(_HIDDEN, (text or "").strip()) or None


def masked(family: str | None, name: str | None) -> str | None:
    """Give 陈* for 陈秀英: the family name where it is told, else what a whole name begins with."""
    told, whole = (family or "").strip(), (name or "").strip()
    if not told and whole:
        # A name in Latin letters says nowhere which part is the family's: its first letter will do.
        told = whole[:2] if whole.startswith(_DOUBLE_SURNAMES) else whole[0]
    return f"{told}*" if told else None
