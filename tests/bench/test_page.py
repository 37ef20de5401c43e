"""What `make bench` writes."""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec
from graphql import FieldNode, Visitor, parse, visit

from bench.feed.figures import FeedFigures, Read
from bench.feed.server import PAGE, item, left
from bench.objects import LEAST, SIZES, Cost, Figures, two_hundred_fields
from bench.page import Run, page, parts, plot, targets
from bench.posts.queries import GREET, POSTS, POSTS_WITH_USERS
from bench.rounds import Result
from bench.upstream import Cost as Get
from bench.workloads import Workload

RATES = {
    POSTS_WITH_USERS: {
        "gateway": 6000.0,
        "gateway, sharing": 30_000.0,
        "Strawberry": 100.0,
        "Starlette, joined by hand": 6_400.0,
        "uvicorn alone, a constant": 50_000.0,
    },
    POSTS: {"gateway": 8000.0, "Strawberry": 400.0},
    GREET: {"gateway": 40_000.0, "Strawberry": 1600.0},
}


def _results() -> list[Result]:
    return [
        Result(
            workload=workload,
            rival=rival,
            rate=rate,
            spread=0.08,
            p50_ms=1.25,
            p99_ms=9.5,
            cpu_us=1_000_000 / rate,
            busy=1.0,
            peak_mb=150.2,
        )
        for query, rates in RATES.items()
        for workload in [Workload(query, query, 100, tuple(rates))]
        for rival, rate in rates.items()
    ]


RUN = Run(
    about={"Date": "2026-11-24"},
    public=_results(),
    graph=(),
    figures=Figures(
        least_us=50.0,
        costs=[
            Cost(size, 50.0 + (size - LEAST) * (1.0 if size < 100_000 else 1.5), 80.0 * size)
            for size in SIZES
        ],
        prepare_ms=21.5,
    ),
    upstream=[
        Get("HttpUpstream, decoded by msgspec", 5000.0, 200.0),
        Get("HttpUpstream, bytes", 6200.4, 161.3),
        Get("pyreqwest's own interface", 35_000.0, 28.6),
    ],
    feed=FeedFigures(
        items=100_000,
        page=500,
        rate=40_000.4,
        cpu_us=13.4,
        again_rate=15_000.0,
        grown_mb=44.9,
        file_mb=110.1,
        reads=[Read("one by its id", "nothing is written", 65.2, 1143.5)],
    ),
)


def test_targets_are_judged_by_what_was_measured() -> None:
    """A target is reached, not reached, or not measured where a server was not there."""
    assert [(measured, verdict) for _, measured, verdict in targets(RUN)] == [
        ("60.00×, by CPU 60.00×", "reached"),
        ("20.00×, by CPU 20.00×", "**not reached**"),
        ("25.00×, by CPU 25.00×", "reached"),
        ("not measured", ""),
        ("1.00 to 1.50 µs: 1.5×", "reached"),
        ("21.5 ms", "**not reached**"),
    ]


def test_a_line_tells_all_of_a_load() -> None:
    """Rate, spread, latencies, CPU, how busy, memory, and how the first server compares."""
    lines = page(RUN).splitlines()
    assert f"| `{POSTS_WITH_USERS}` | gateway | 6,000 | 4% | 1.2 | 9.5 | 167 | 100% | 150 |  |  |" in lines
    assert "|  | Strawberry | 100 | 4% | 1.2 | 9.5 | 10,000 | 100% | 150 | 60.00× | 60.00× |" in lines
    assert "| 100,000 | 150,047 | 1.50 | 8,000,000 | 53.3× |" in lines
    assert "| HttpUpstream, bytes | 6,200 | 161 |" in lines
    assert "| one by its id | nothing is written | 65 | 1,144 |" in lines
    assert "store (`python -m bench.feed`): 40,000 items a second from an empty file (13 µs of the" in lines


def test_the_long_feed_is_what_it_says() -> None:
    """Every twentieth item takes one away that stood before it; the rest are sessions of their own."""
    kept: set[str] = set()
    for number in range(2 * PAGE):
        told = msgspec.json.decode(item(number))
        assert told["modified"] == number + 1
        if told["state"] == "deleted":
            kept.remove(told["id"])
        else:
            kept.add(told["id"])
    assert len(kept) == left(2 * PAGE)


def test_the_parts_of_a_request_are_told_beside_their_floor() -> None:
    """Serving, executing 200 objects, two GETs and decoding add up to what a request should take."""
    assert [(part, round(ours, 1), round(floor, 1)) for part, ours, floor in parts(RUN)] == [
        ("serving HTTP, as for a constant", 20.0, 20.0),
        ("endpoint, engine, loaders and writing", 248.0, 0.0),
        ("two GETs", 322.6, 57.2),
        ("decoding posts", 38.7, 38.7),
        ("together", 629.3, 115.9),
        ("measured, and joined by hand", 166.7, 156.2),
    ]


def test_the_plot_is_an_svg_with_a_bar_for_each_server() -> None:
    """Bars are as long as the logarithm of the rate: a hundred times is two decades of the axis."""
    drawn = plot(RUN)
    assert drawn == plot(RUN)
    bars = [
        float(rect.attrib["width"])
        for rect in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314  # our own drawing
        if rect.attrib.get("height") == "16"
    ]
    assert len(bars) == sum(len(rates) for rates in RATES.values())
    decade = 520 / 4
    assert bars[:3] == [round(decade * decades, 1) for decades in (2.778151, 3.477121, 1.0)]


def test_the_operation_of_200_fields_has_200() -> None:
    """As many fields as the target is about, a new document for each salt."""

    class Count(Visitor):
        fields = 0

        def enter_field(self, *_: FieldNode) -> None:
            self.fields += 1

    count = Count()
    visit(parse(two_hundred_fields(1)), count)
    assert count.fields == 200
    assert two_hundred_fields(1) != two_hundred_fields(2)
