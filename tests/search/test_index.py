"""The index: what it finds, in what order, and what changes when its records do."""

from __future__ import annotations

import dataclasses

import pytest
from structlog.testing import capture_logs

from gateway.search import ranking
from gateway.search.ranking import find
from gateway.search.words import all_words_of, initials_of, plain, runs_of, sound_of
from schema.core.findable import SearchMatch, Sought
from schema.core.geo import Near
from schema.core.record import Ref
from schema.core.scenario import Scenario
from tests.conftest import NOW
from tests.search.things import (
    DAY,
    NIGHT,
    PART,
    PLACE,
    THING,
    Part,
    Thing,
    ask,
    at,
    filled,
    ids,
    pages,
    place,
    renew,
    thing,
)  # fmt: skip

LIBRARY = thing("library", "布吉图书馆", "布吉街道龙岭路 12 号", name_en="Buji Library")
HALL = thing("hall", "龙岗文体中心", "羽毛球 健身", name_en="Longgang Sports Hall")
GARAGE = thing("garage", "万科广场停车场", "地下停车库 underground car park")
SEAT = Part(ref=Ref("one", "seat"), as_of=NOW, name="座位")
CITY = (LIBRARY, HALL, GARAGE)


# Words


def test_text_has_one_form() -> None:
    """Widths, cases and accents make no difference."""
    assert plain("Ｃafé ＰＡＲＫ Ⅱ 號") == "cafe park ii 號"
    assert [run.text for run in runs_of("万科P+R停车场（东）")] == ["万科", "p", "r", "停车场", "东"]


def test_words_within_words() -> None:
    """Every word that the dictionary knows is found, and the district's names are in it."""
    assert {"图书", "图书馆", "龙岭", "龙岭社区"} <= set(all_words_of("龙岭社区图书馆"))


@pytest.mark.parametrize(
    ("word", "sound", "initials"),
    [("图书馆", "tushuguan", "tsg"), ("重庆", "chongqing", "cq"), ("银行", "yinhang", "yh")],
)
def test_the_sound_of_a_word(word: str, sound: str, initials: str) -> None:
    """As it is typed; characters of several sounds have that of their word."""
    assert (sound_of(word), initials_of(word)) == (sound, initials)


# What is found


@pytest.mark.parametrize(
    ("text", "match", "found"),
    [
        ("图书馆", SearchMatch.EXACT, ["library"]),
        ("图书", SearchMatch.EXACT, ["library"]),
        ("布吉图书馆", SearchMatch.EXACT, ["library"]),
        ("吉图", SearchMatch.EXACT, ["library"]),
        ("图书馆 布吉", SearchMatch.EXACT, ["library"]),
        ("附近有图书馆吗", SearchMatch.EXACT, ["library"]),
        ("圖書館", SearchMatch.SIMILAR, ["library"]),
        ("tushuguan", SearchMatch.EXACT, ["library"]),
        ("TuShuGuan", SearchMatch.EXACT, ["library"]),
        ("tu shu guan", SearchMatch.EXACT, ["library"]),
        ("bujitushuguan", SearchMatch.EXACT, ["library"]),
        ("tushu", SearchMatch.EXACT, ["library"]),
        ("tsg", SearchMatch.EXACT, ["library"]),
        ("bjtsg", SearchMatch.EXACT, ["library"]),
        ("lib", SearchMatch.EXACT, ["library"]),
        ("Library Buji", SearchMatch.EXACT, ["library"]),
        ("图书管", SearchMatch.SIMILAR, ["library"]),
        ("布吉图书倌", SearchMatch.SIMILAR, ["library"]),
        ("libary", SearchMatch.SIMILAR, ["library"]),
        ("tushugaun", SearchMatch.SIMILAR, ["library"]),
        ("tushuguang", SearchMatch.SIMILAR, ["library"]),
        ("羽毛球", SearchMatch.EXACT, ["hall"]),
        ("羽毛秋", SearchMatch.SIMILAR, ["hall"]),
        ("yumaoqiu", SearchMatch.EXACT, ["hall"]),
        ("停车厂", SearchMatch.SIMILAR, ["garage"]),
        ("parking underground", SearchMatch.PARTIAL, ["garage"]),
        ("龙岭", SearchMatch.EXACT, ["library"]),
        ("12号", SearchMatch.EXACT, ["library"]),
        ("图书馆 羽毛球", SearchMatch.PARTIAL, ["hall", "library"]),
        ("游泳", SearchMatch.EXACT, []),
        ("zzqqxx", SearchMatch.EXACT, []),
    ],
)
def test_a_text_is_found(text: str, match: SearchMatch, found: list[str]) -> None:
    """Words, words within words, pinyin, initials, sounds, typing errors, some of the words."""
    hits = ask(filled((THING, CITY)), text)
    assert (sorted(ids(hits)), hits.total) == (found, len(found))
    assert hits.match is match


@pytest.mark.parametrize(
    "text",
    [
        '"', "*", "name:图书馆", '图书馆" OR "a', "NEAR(a b)", "a AND", "NOT", "{name} : x", "^图书馆", "-",
        "'; DROP TABLE texts;--", "\x00", "\ud800", "()", "·", "图书馆*", "\u202e", "🙂", "\\", "%",
        "a" * 100, "馆" * 100, "图 " * 50,
    ],
)  # fmt: skip
def test_no_text_is_a_query_of_the_index(text: str) -> None:
    """Whatever is typed is words or nothing: the index is whole afterwards."""
    index = filled((THING, CITY))
    ask(index, text)
    assert ids(ask(index, "图书馆")) == ["library"]


def test_words_of_the_query_language_are_words() -> None:
    """A column's name, an operator or a wildcard means itself."""
    index = filled((THING, [thing("a", "NEAR 咖啡"), thing("b", "其他", "near not and")]))
    assert ids(ask(index, "not")) == ["b"]
    assert ids(ask(index, "name:咖啡")) == ["a"]


# The order of hits


def test_a_name_says_more_than_other_words() -> None:
    """That is, begins with, or holds it; then what is called so; then the rest."""
    index = filled(
        (
            THING,
            [
                thing("said", "文化中心", "内有图书馆"),
                thing("in", "龙岗图书馆"),
                thing("is", "图书馆"),
                thing("none", "停车场"),
            ],
        )
    )
    assert ids(ask(index, "图书馆")) == ["is", "in", "said"]
    assert ids(ask(index, "tushuguan")) == ["is", "in", "said"]


def test_what_a_kind_is_called_comes_first() -> None:
    """Whoever names a kind looks for it."""
    index = filled(
        (THING, [thing("a", "普通的东西"), thing("b", "部件商店")]),
        (PART, [Part(ref=Ref("one", "p"), as_of=NOW, name="普通的东西")]),
    )
    assert ids(ask(index, "部件")) == ["p", "b"]
    assert ids(ask(index, "part")) == ["p"]


def test_what_a_kind_is_nearly_called_comes_first() -> None:
    """A typing error takes nothing from it, though others speak of it more shortly."""
    index = filled(
        (THING, [thing("said", "乙", "part")]),
        (PART, [Part(ref=Ref("one", "p"), as_of=NOW, name="某个十分普通的东西，又大又长又好看又便宜")]),
    )
    hits = ask(index, "prat")
    assert (hits.match, ids(hits)) == (SearchMatch.SIMILAR, ["p", "said"])


def test_two_characters_sound_like_a_word() -> None:
    """And not like the end of one and the beginning of the next, which meet by chance."""
    index = filled((THING, [thing("classes", "龙岗亲子学堂"), thing("ball", "篮球")]))
    assert ids(ask(index, "钢琴")) == []
    assert ids(ask(index, "兰球")) == ["ball"]
    assert ids(ask(index, "清子")) == ["classes"]


def test_the_nearer_comes_first() -> None:
    """Of equal names the nearer; a name beats a few hundred metres; beyond the radius is nothing."""
    near = Near(22.6, 114.12, 3_000)
    index = filled(
        (
            THING,
            [
                thing("far", "图书馆", position=at(22.61, 114.12)),
                thing("here", "图书馆", position=at(22.601, 114.12)),
                thing("said", "书店", "图书馆", position=at(22.6, 114.12)),
                thing("beyond", "图书馆", position=at(22.7, 114.12)),
                thing("nowhere", "图书馆"),
            ],
        )
    )
    hits = ask(index, "图书馆", near=near)
    assert [(hit.record.ref.id, hit.distance) for hit in hits.items] == [
        ("here", 111),
        ("far", 1112),
        ("said", 0),
    ]
    assert ids(ask(index, near=near)) == ["said", "here", "far"]
    assert ids(ask(index, "", near=Near(22.6, 114.12, 50_000))) == ["said", "here", "far", "beyond"]


def test_pages_follow_one_another() -> None:
    """Each hit once, in the order of the whole, though all have the same score or none at all."""
    index = filled((THING, [thing(f"{n:03}", "停车场") for n in range(25)]))
    every = [f"{n:03}" for n in range(25)]
    for text in ("停车场", ""):
        found = list(pages(lambda text=text, **more: ask(index, text, **more), 10))
        assert [len(page) for page in found] == [10, 10, 5]
        assert [one for page in found for one in page] == every
        assert ids(ask(index, text, first=25)) == every


def test_what_comes_or_goes_moves_no_page() -> None:
    """A cursor holds a place in the order, not a number."""
    things = [thing(f"{n:03}", "停车场") for n in range(10)]
    index = filled((THING, things))
    last = ask(index, "停车场", first=5).items[-1].key
    renew(index, THING, [thing("000a", "停车场"), *things[2:]])
    assert ids(ask(index, "停车场", first=5, after=last)) == ["005", "006", "007", "008", "009"]


def test_words_of_very_many_are_not_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a bound only name, kind and place tell hits apart; all are counted."""
    monkeypatch.setattr("gateway.search.index.MOST_RANKED", 3)
    index = filled(
        (THING, [thing(f"{n}", "停车场" if n == 3 else "某处停车场" + "号" * n) for n in range(6)])
    )
    hits = ask(index, "停车场")
    assert ids(hits) == ["3", "0", "1", "2", "4", "5"]
    assert {hit.score for hit in hits.items[1:]} == {1.3}


# Filters and counts


def test_filters_keep_what_is_known_to_fit() -> None:
    """Open, free, bookable: true and false both leave out what nobody knows."""
    index = filled(
        (THING, [thing("day", "甲店", hours=DAY), thing("night", "乙店", hours=NIGHT), thing("?", "丙店")]),
        (
            PLACE,
            [place("free", "球场", price=0), place("paid", "球场", price=5), place("full", "球场", left=0)],
        ),
    )
    assert ids(ask(index, open_now=True)) == ["day"]
    assert ids(ask(index, open_now=False)) == ["night"]
    assert ids(ask(index, free=True)) == ["free"]
    assert ids(ask(index, free=False)) == ["paid"]
    assert ids(ask(index, bookable=True)) == ["free", "paid"]
    assert ids(ask(index, bookable=False)) == ["full"]
    assert ids(ask(index, "球场", scenarios=frozenset({Scenario.PARKING}))) == []
    assert ids(ask(index, scenarios=frozenset({Scenario.SPORTS}), bookable=True, free=True)) == ["free"]


def test_counts_are_of_all_hits() -> None:
    """By scenario and sub-district, the most first, whatever the page."""
    buji, pinghu = at(22.59879, 114.11969), at(22.69, 114.13)
    index = filled(
        (THING, [thing("a", "甲", position=buji), thing("b", "乙", position=buji), thing("c", "丙")]),
        (PART, [Part(ref=Ref("one", "d"), as_of=NOW, name="丁", position=pinghu)]),
    )
    hits = ask(index, first=1)
    assert (hits.total, hits.more) == (4, True)
    assert list(hits.scenarios.items()) == [(Scenario.PARKING, 3), (Scenario.HEALTH, 1)]
    assert next(iter(hits.subdistricts.items())) == ("440307014", 2)
    assert sum(hits.subdistricts.values()) == 3
    assert ids(ask(index, subdistrict="440307014")) == ["a", "b"]
    assert ids(ask(index, "布吉")) == ["a", "b"]


def test_a_part_is_found_by_what_it_is_part_of() -> None:
    """By its name, and where it stands; what may not be shown is not counted."""
    whole = thing("whole", "中心医院", position=at(22.6, 114.12))
    index = filled(
        (THING, [whole]),
        (
            PART,
            [
                Part(ref=Ref("one", "p"), as_of=NOW, name="儿科", whole=whole.ref),
                Part(ref=Ref("one", "h"), as_of=NOW, name="儿科", whole=whole.ref, words="hidden"),
            ],
        ),
    )
    hits = ask(index, "中心医院儿科", near=Near(22.6, 114.12, 100))
    assert [(hit.name, hit.part_of, hit.distance) for hit in hits.items] == [("儿科", "中心医院", 0)]
    assert hits.total == 1


# Changes


def test_a_renewed_record_is_found_as_it_is_now() -> None:
    """By its new words and not by its old; where only the rest changed, the record alone is another."""
    index = filled((THING, [thing("a", "甲店", hours=DAY), thing("b", "乙店")]))
    renew(
        index,
        THING,
        [thing("a", "丁店", hours=NIGHT, position=at(22.6, 114.12)), thing("b", "乙店", hours=DAY)],
    )
    assert ids(ask(index, "甲店")) == []
    assert ids(ask(index, "丁店")) == ["a"]
    assert ids(ask(index, open_now=True)) == ["b"]
    assert ids(ask(index, near=Near(22.6, 114.12, 10))) == ["a"]


def test_what_is_gone_is_not_found() -> None:
    """Neither by text, nor by place, nor by name, and a misspelling finds it no more."""
    index = filled((THING, [thing("a", "图书馆", position=at(22.6, 114.12)), thing("b", "停车场")]))
    renew(index, THING, [thing("b", "停车场")])
    assert ids(ask(index)) == ["b"]
    for text in ("图书馆", "tsg", "图书管", "tushugaun"):
        assert ids(ask(index, text)) == []
    assert ids(ask(index, near=Near(22.6, 114.12, 10))) == []


def test_records_stay_and_grow_stale() -> None:
    """Where a source could not be asked again."""
    index = filled((THING, CITY))
    index.grow_stale((THING, "one"))
    assert [hit.record.stale for hit in ask(index, "图书馆").items] == [True]
    renew(index, THING, CITY)
    assert [hit.record.stale for hit in ask(index, "图书馆").items] == [False]


def test_there_is_a_bound() -> None:
    """What comes after is left out; when others go there is room again."""
    index = filled((THING, [thing(f"{n}", "停车场") for n in range(5)]), most=3)
    assert ids(ask(index)) == ["0", "1", "2"]
    renew(index, THING, [thing(f"{n}", "停车场") for n in range(2, 5)])
    renew(index, THING, [thing(f"{n}", "停车场") for n in range(2, 5)])
    assert ids(ask(index)) == ["2", "3", "4"]


def test_what_has_no_name_is_not_found() -> None:
    """Nor what has one of signs alone."""
    assert ids(
        ask(
            filled(
                (THING, [thing("a", ""), thing("b", "——"), Thing(ref=Ref("one", "c"), as_of=NOW, name="店")])
            )
        )
    ) == ["c"]


def test_a_record_that_raises_fails_no_search() -> None:
    """What it should tell is unknown, it is shown only where it can be, and the log names its kind once."""

    def fails(*_: object) -> bool:
        raise OverflowError("what the record said")

    odd = dataclasses.replace(THING, open_at=fails, free=fails, bookable_at=fails)
    index = filled((odd, [LIBRARY, HALL]), (dataclasses.replace(PART, whole=None, shows=fails), [SEAT]))
    ranking._note_failure.cache_clear()
    with capture_logs() as logs:
        hits = ask(index, "图书馆")
        assert [(hit.open_now, hit.free, hit.bookable) for hit in hits.items] == [(None, None, None)]
        assert ids(ask(index)) == ["hall", "library"]
        for wanted in ("open_now", "free", "bookable"):
            assert ids(find(index, Sought(**{wanted: False}), NOW)) == []  # type: ignore[arg-type]  # fields that are bool
    assert [(entry["log_level"], entry["kind"]) for entry in logs] == [("error", "thing"), ("error", "part")]
    assert "what the record said" not in str(logs)
