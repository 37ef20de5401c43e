"""docs/performance.md and its plot: what was measured, where and how, and which targets it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from bench.feed.figures import FeedFigures
from bench.objects import LEAST, Figures
from bench.objects import Cost as ObjectCost
from bench.plot import bars
from bench.posts.queries import GREET, POSTS, POSTS_WITH_USERS
from bench.rounds import Result
from bench.upstream import BYTES, DECODED, IN_FLIGHT, PYREQWEST, Cost
from bench.workloads import (
    BARE,
    GATEWAY,
    JOINED,
    PUBLIC_CONNECTIONS,
    SHARED,
    SHARING,
    STRAWBERRY,
    UNSHARED,
)

PLOT = "performance.svg"
FLAT = 2.0
"""Cost per object counts as flat where no size costs more than so many times another."""

_TEMPLATE = Path(__file__).parent / "performance.template.md"


@dataclass(frozen=True)
class Run:
    """All of one run. `about` says by name what it was made with."""

    about: Mapping[str, str]
    public: Sequence[Result]
    graph: Sequence[Result]
    figures: Figures
    upstream: Sequence[Cost]
    feed: FeedFigures


def plot(run: Run) -> str:
    """Draw the public workload."""
    groups: dict[str, list[tuple[str, float]]] = {}
    for result in run.public:
        groups.setdefault(result.workload.title, []).append((result.rival, result.rate))
    return bars("Requests a second on one core (logarithmic)", groups)


def page(run: Run) -> str:
    """Write the page."""
    figures = run.figures
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        about="\n".join(f"- {name}: {value}" for name, value in run.about.items()),
        connections=PUBLIC_CONNECTIONS,
        targets=_table(("target", "measured", ""), "---", targets(run)),
        shared=SHARED,
        unshared=UNSHARED,
        plot=PLOT,
        public=_results(run.public),
        parts=_table(
            ("part", "µs", "floor µs"),
            "---:",
            ((part, f"{ours:,.0f}", f"{floor:,.0f}") for part, ours, floor in parts(run)),
        ),
        graph=_results(run.graph),
        least=f"{figures.least_us:,.0f}",
        costs=_table(
            ("objects in the answer", "gateway µs", "an object µs", "Strawberry µs", "Strawberry takes"),
            "---:",
            (_cost(figures, cost) for cost in figures.costs),
        ),
        prepare=f"{figures.prepare_ms:.1f}",
        **_feed(run.feed),
        in_flight=IN_FLIGHT,
        upstream=_table(
            ("way", "GETs/s", "CPU µs each"),
            "---:",
            ((cost.way, f"{cost.rate:,.0f}", f"{cost.cpu_us:,.0f}") for cost in run.upstream),
        ),
    )


def _feed(figures: FeedFigures) -> Mapping[str, str]:
    return {
        "feed_items": f"{figures.items:,}",
        "feed_page": f"{figures.page}",
        "feed_rate": f"{figures.rate:,.0f}",
        "feed_cpu": f"{figures.cpu_us:.0f}",
        "feed_again": f"{figures.again_rate:,.0f}",
        "feed_grown": f"{figures.grown_mb:.0f}",
        "feed_file": f"{figures.file_mb:.0f}",
        "feed_reads": _table(
            ("a read of", "while", "p50 µs", "p99 µs"),
            "---:",
            (
                (read.what, read.while_, f"{read.p50_us:,.0f}", f"{read.p99_us:,.0f}")
                for read in figures.reads
            ),
        ),
    }


def targets(run: Run) -> list[tuple[str, str, str]]:
    """Give each target with what was measured and whether that reaches it."""
    measured = {(result.workload.document, result.rival): result for result in run.public}

    def ratio(document: str, ours: str, other: str, wanted: float) -> tuple[str, str, str]:
        mode = "with" if ours == SHARING else "without"
        sentence = f"{mode} sharing ≥ {wanted:g}× {other} on `{document}`"
        mine, theirs = measured.get((document, ours)), measured.get((document, other))
        if mine is None or theirs is None:
            return sentence, "not measured", ""
        by_rate, by_cpu = mine.rate / theirs.rate, theirs.cpu_us / mine.cpu_us
        return sentence, f"{by_rate:.2f}×, by CPU {by_cpu:.2f}×", _verdict(by_rate >= wanted)

    each = [run.figures.each_us(cost) for cost in run.figures.costs]
    flat = max(each) / min(each)
    return [
        ratio(POSTS_WITH_USERS, GATEWAY, STRAWBERRY, 50),
        ratio(POSTS, GATEWAY, STRAWBERRY, 25),
        ratio(GREET, GATEWAY, STRAWBERRY, 25),
        ratio(POSTS_WITH_USERS, SHARING, SHARED, 1),
        (
            f"cost per object flat from 10 to 100,000 objects (within {FLAT:g}×)",
            f"{min(each):.2f} to {max(each):.2f} µs: {flat:.1f}×",
            _verdict(flat <= FLAT),
        ),
        (
            "an operation of 200 fields ready in ≤ 20 ms",
            f"{run.figures.prepare_ms:.1f} ms",
            _verdict(run.figures.prepare_ms <= 20),
        ),
    ]


def parts(run: Run) -> list[tuple[str, float, float]]:
    """Give what the first query's time is made up of: each part, ours and the least that it could be."""
    cpu = {
        result.rival: result.cpu_us for result in run.public if result.workload.document == POSTS_WITH_USERS
    }
    get = {cost.way: cost.cpu_us for cost in run.upstream}
    hundred = next(cost for cost in run.figures.costs if cost.objects == 100)
    # 100 posts and 100 times an author.
    executing = run.figures.least_us + (200 - LEAST) * run.figures.each_us(hundred)
    decoding = get[DECODED] - get[BYTES]
    found = [
        ("serving HTTP, as for a constant", cpu[BARE], cpu[BARE]),
        ("endpoint, engine, loaders and writing", executing, 0.0),
        ("two GETs", 2 * get[BYTES], 2 * get[PYREQWEST]),
        ("decoding posts", decoding, decoding),
    ]
    return [
        *found,
        ("together", sum(ours for _, ours, _ in found), sum(floor for *_, floor in found)),
        ("measured, and joined by hand", cpu[GATEWAY], cpu[JOINED]),
    ]


def _verdict(reached: bool) -> str:
    return "reached" if reached else "**not reached**"


def _results(results: Sequence[Result]) -> str:
    heads = "asked, server, requests/s, ±, p50 ms, p99 ms, CPU µs/request, busy, peak MB, first is, by CPU"
    rows: list[Sequence[str]] = []
    first: Result | None = None
    for result in results:
        new = first is None or first.workload is not result.workload
        if first is None or new:
            first = result
        title = result.workload.title if new else ""
        rows.append((
            f"`{title}`" if "{" in title else title,
            result.rival,
            f"{result.rate:,.0f}" if result.rate >= 100 else f"{result.rate:,.1f}",
            f"{result.spread / 2:.0%}",
            f"{result.p50_ms:,.1f}",
            f"{result.p99_ms:,.1f}",
            f"{result.cpu_us:,.0f}",
            f"{result.busy:.0%}",
            f"{result.peak_mb:,.0f}",
            "" if new else f"{first.rate / result.rate:,.2f}×",
            "" if new else f"{result.cpu_us / first.cpu_us:,.2f}×",
        ))  # fmt: skip
    return _table(heads.split(", "), "---:", rows)


def _cost(figures: Figures, cost: ObjectCost) -> Sequence[str]:
    row = [f"{cost.objects:,}", f"{cost.gateway_us:,.0f}", f"{figures.each_us(cost):.2f}"]
    if cost.strawberry_us is None:
        return [*row, "", ""]
    return [*row, f"{cost.strawberry_us:,.0f}", f"{cost.strawberry_us / cost.gateway_us:.1f}×"]


def _table(heads: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; the first column is text."""
    rules = ["---", *[align] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, rules, *rows))
