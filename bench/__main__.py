"""`make bench`: run every workload against every server, write docs/performance.md and its plot.

The servers under load have a core to themselves; the load generator, the REST server and the simulators
share the other. BENCH_SECONDS is a load's length (4), BENCH_ROUNDS how often each is repeated (3). With
BENCH_ONLY, some of `public,graph,objects,upstream,feed`, only those run, and the page is left as it is.
BENCH_FEED_ITEMS is the length of the feed (100,000); of a million it takes minutes.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench import objects, upstream
from bench.feed.figures import FeedFigures
from bench.feed.serving import serving
from bench.page import PLOT, Run, page, plot
from bench.posts import tailcall
from bench.process import ROOT, Process
from bench.rounds import Result, run
from bench.workloads import GRAPH_WORKLOADS, graph_rivals, public_rivals, public_workloads
from mocks.environment import environment
from mocks.server import RunningMocks
from schema.core.scalars import CHINA

SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
FEED_ITEMS = int(os.environ.get("BENCH_FEED_ITEMS", "100000"))
PARTS = ("public", "graph", "objects", "upstream", "feed")


def main() -> None:
    """Run what is asked for; write the page if that is everything."""
    only = tuple(filter(None, os.environ.get("BENCH_ONLY", "").split(",")))
    if unknown := set(only) - set(PARTS):
        raise SystemExit(
            f"bench: BENCH_ONLY names {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        )
    parts = only or PARTS
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("bench: the server needs a core to itself, and there is only one")
    core = cores[0]
    os.sched_setaffinity(0, {cores[1]})
    measured = Run(
        about=_about(),
        public=_public(core, cores[1]) if "public" in parts else (),
        graph=_graph(core) if "graph" in parts else (),
        figures=_objects(core) if "objects" in parts else objects.Figures(0, [], 0),
        upstream=_upstream(core, cores[1]) if "upstream" in parts else (),
        feed=_feed(core, cores[1]) if "feed" in parts else FeedFigures(),
    )
    for result in (*measured.public, *measured.graph):
        print(
            f"{result.workload.title:.50} | {result.rival} | {result.rate:,.1f}/s ±{result.spread / 2:.0%} |"
            f" p50 {result.p50_ms:.1f} p99 {result.p99_ms:.1f} ms | {result.cpu_us:,.0f} µs |"
            f" busy {result.busy:.0%} | {result.peak_mb:.0f} MB"
        )
    print(measured.figures, *measured.upstream, measured.feed, sep="\n")
    if not only:
        docs = ROOT / "docs"
        (docs / "performance.md").write_text(page(measured), encoding="utf-8")
        (docs / PLOT).write_text(plot(measured), encoding="utf-8")


def _rest(core: int) -> Process:
    return Process(lambda port: [sys.executable, "-m", "bench.posts.upstream", str(port)], core)


def _public(core: int, other: int) -> list[Result]:
    with _rest(other) as rest, tempfile.TemporaryDirectory() as directory:
        rivals = public_rivals(rest.url, Path(directory))
        return run(rivals, public_workloads(rivals), core=core, seconds=SECONDS, rounds=ROUNDS)


def _graph(core: int) -> list[Result]:
    with RunningMocks() as mocks, _sources_file(mocks.url) as sources:
        rivals = graph_rivals({**environment(), "SOURCES": str(sources)})
        return run(rivals, GRAPH_WORKLOADS, core=core, seconds=SECONDS, rounds=ROUNDS)


def _objects(core: int) -> objects.Figures:
    done = _on_core(core, "bench.objects")
    return msgspec.json.decode(done, type=objects.Figures)


def _upstream(core: int, other: int) -> list[upstream.Cost]:
    with _rest(other) as rest:
        done = _on_core(core, "bench.upstream", rest.url, str(SECONDS))
    return msgspec.json.decode(done, type=list[upstream.Cost])


def _feed(core: int, other: int) -> FeedFigures:
    with serving(FEED_ITEMS, other) as feed:
        done = _on_core(core, "bench.feed.consuming", feed.url, str(FEED_ITEMS))
    return msgspec.json.decode(done, type=FeedFigures)


def _on_core(core: int, *module: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # only sets the core
    )
    return done.stdout


@contextlib.contextmanager
def _sources_file(url: str) -> Iterator[Path]:
    """The committed sources, pointed at running simulators."""
    text = (ROOT / "sources.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "sources.toml"
        path.write_text(text.replace("http://127.0.0.1:8100", url), encoding="utf-8")
        yield path


def _about() -> dict[str, str]:
    names = ("strawberry-graphql", "graphql-core", "uvicorn", "starlette", "httpx", "pyreqwest", "msgspec")
    return {
        "Date": f"{datetime.now(CHINA):%Y-%m-%d}",
        "Command": f"`make bench`: {ROUNDS} rounds of {SECONDS:g} s a load",
        "Machine": f"{_processor()}, {len(os.sched_getaffinity(os.getppid()))} cores, {platform.system()}"
        f" {platform.release()}",
        "Load before the run": f"{os.getloadavg()[0]:.2f} processes",
        "Python": f"{platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in names),
        "Others": f"Tailcall {_tailcall_version()}, {_wrk_version()}",
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _tailcall_version() -> str:
    if not tailcall.supported():
        return "(none for this machine)"
    shown = subprocess.run([tailcall.binary(), "--version"], capture_output=True, check=True, text=True)
    return shown.stdout.split()[-1].removeprefix("v")


def _wrk_version() -> str:
    # It says its version beside an error.
    shown = subprocess.run(["wrk", "--version"], capture_output=True, check=False, text=True)
    return " ".join(shown.stdout.split()[:2])


if __name__ == "__main__":
    main()
