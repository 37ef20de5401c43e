"""Words: text cut into runs and words, and how they sound.

Everything that comes out holds letters and digits alone, so that nothing a resident types can mean anything
to the index's query language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import rjieba
from pypinyin import lazy_pinyin

from schema.community.gazetteer import COMMUNITIES, SUBDISTRICTS

_HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003fffd"
_RUN = re.compile(f"([{_HAN}]+)|[^\\W_{_HAN}]+")
_LATIN = re.compile(r"[a-z]+")

_IDLE = """
的 了 吗 呢 吧 在 有 和 与 及 我 要 想 找 去 到 里 附近 哪里 哪儿 哪些 什么 怎么 我要 我想 一个 请问
a an the of in at on near for and or to i want where is find
"""
IDLE = frozenset(_IDLE.split())
"""Words that say nothing of what is looked for."""


class Run(NamedTuple):
    """A stretch of text without a break: of Chinese characters, or of letters and digits."""

    text: str
    han: bool


def runs_of(text: str) -> list[Run]:
    """Cut text into runs, all in one form: widths, cases and accents make no difference."""
    return [Run(found[0], found[1] is not None) for found in _RUN.finditer(plain(text))]


def plain(text: str) -> str:
    """Give text in one form: NFKC, no accents, no cases."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in apart if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare).casefold()


def squeezed(text: str) -> str:
    """Give text's runs without what stands between them, to compare names by."""
    return "".join(run.text for run in runs_of(text))


@cache
def _segmenter() -> None:
    """Teach the segmenter the district's names, once; its own dictionary knows few of them."""
    names = [c.name for c in COMMUNITIES.values()] + [s.name for s in SUBDISTRICTS.values()]
    for name in names:
        for word in (name, name.removesuffix("社区").removesuffix("街道")):
            if len(word) > 1:
                rjieba.add_word(word, None, None)


@lru_cache(maxsize=65_536)
def words_of(han: str) -> tuple[str, ...]:
    """Cut a run of Chinese into words, one after another."""
    _segmenter()
    return tuple(rjieba.cut(han))


@lru_cache(maxsize=65_536)
def all_words_of(han: str) -> tuple[str, ...]:
    """Give every word of two characters or more that a run of Chinese holds, words within words, too.

    Whatever the segmenter knows as a word is found in this way however the text around it is cut.
    """
    _segmenter()
    found = dict.fromkeys((*rjieba.cut(han), *rjieba.cut_for_search(han), *rjieba.cut_all(han)))
    return tuple(word for word in found if len(word) > 1)


@lru_cache(maxsize=131_072)
def syllables_of(word: str) -> tuple[str, ...]:
    """Give the pinyin of a word, a syllable a character, without tones; what has none is left out."""
    return tuple(syllable for syllable in lazy_pinyin(word) if _LATIN.fullmatch(syllable))


def sound_of(word: str) -> str:
    """Give the pinyin of a word as it is typed: 图书馆 is tushuguan."""
    return "".join(syllables_of(word))


def initials_of(word: str) -> str:
    """Give the first letters of a word's pinyin: 图书馆 is tsg."""
    return "".join(syllable[0] for syllable in syllables_of(word))


def sounding(runs: Iterable[Run]) -> str:
    """Give how a whole name is typed in pinyin."""
    return "".join("".join(map(sound_of, words_of(run.text))) if run.han else run.text for run in runs)
