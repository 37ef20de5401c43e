"""Multilingual strings: the Chinese text, the English one, and a plain one where neither is told."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.apds.wire import Address, Text
from connectors.kit import DecodeError


def in_language(texts: Sequence[Text], language: str) -> str | None:
    """Give the text in a language; `zh-CN` and `ZH`, as some systems write it, are `zh`."""
    for text in texts:
        if text.language.lower().partition("-")[0] == language and text.string.strip():
            return text.string.strip()
    return None


def names(texts: Sequence[Text]) -> tuple[str, str | None]:
    """Give the name in Chinese, or whatever there is instead, and the name in English if there is one."""
    english = in_language(texts, "en")
    name = (
        in_language(texts, "zh")
        or english
        or next((t.string.strip() for t in texts if t.string.strip()), None)
    )
    if name is None:
        raise DecodeError("a name without any text")
    return name, english


def address(value: Address | None) -> str | None:
    """Give an address in one line: Chinese ones run on, others have commas."""
    if value is None:
        return None
    texts = [value.city, *(line.text for line in sorted(value.address_lines, key=lambda line: line.order))]
    parts = [names(text)[0] for text in texts if text]
    chinese = any(in_language(text, "zh") for text in texts)
    return ("" if chinese else ", ").join(parts) or None
