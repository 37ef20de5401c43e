"""`python -m bench.search [documents]`: what searching costs over so many car parks, held in memory.

Prints the time and memory of building the index, how long the event loop was kept waiting meanwhile, and the
median and the 99th percentile of searches as residents make them, each over the whole path behind the engine.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from datetime import time as clock

from gateway.loading.route import Answers
from gateway.request import request_scope
from gateway.search.service import SearchService
from gateway.server import settle_memory
from schema.community.gazetteer import COMMUNITIES, DISTRICT
from schema.core.findable import Sought
from schema.core.geo import Near
from schema.core.hours import WEEK, OpeningHours
from schema.core.lookup import AnyLookup
from schema.core.record import Position, Ref
from schema.core.scenario import Scenario
from schema.parking.findable import PARKING_FINDABLE
from schema.parking.records import ParkingLayout, ParkingLotRecord

DOCUMENTS = 100_000
REPEATED = 40
_NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
_PLACES = """
万科 天虹 星河 远洋 嘉华 保利 华润 招商 佳兆业 中海 卓越 鸿荣源 家乐 信义 阳光 翠湖 金地 东方 万象 世纪
"""
_KINDS = """
广场 花园 大厦 公园 体育馆 医院 学校 文化中心 科技园 产业园 地铁站 菜市场 图书馆 酒店 车站 码头
"""
_PARTS = """
地下停车场 露天停车场 立体停车楼 路侧泊位 东区停车场 西门停车场 临时停车场 访客停车场
"""
_NEAR = Near(22.6, 114.12, 3_000)
SEARCHES = {
    "two words": Sought(text="布吉图书馆"),
    "three words": Sought(text="布吉万科广场停车场"),
    "pinyin": Sought(text="bujitushuguan"),
    "initials": Sought(text="tsg"),
    "a typing error": Sought(text="tushugaun"),
    "a wrong character": Sought(text="万客广厂"),
    "English": Sought(text="underground parking"),
    "a word, near": Sought(text="图书馆", near=_NEAR),
    "a word, near, open": Sought(text="停车场", near=_NEAR, open_now=True),
    "a word of half of them": Sought(text="停车场"),
    "a word of all": Sought(text="车位"),
    "no text, near": Sought(near=_NEAR),
    "no text, open": Sought(open_now=True, scenarios=frozenset({Scenario.PARKING})),
    "nothing": Sought(text="zxqvwk"),
}


def _lots(count: int) -> list[ParkingLotRecord]:
    chance = random.Random(7)  # noqa: S311  # the same world each time
    communities = list(COMMUNITIES.values())
    hours = (OpeningHours(days=WEEK[:5], opens=clock(7), closes=clock(22)),)
    found = []
    for number in range(count):
        community = chance.choice(communities)
        place, kind, part = (
            chance.choice(_PLACES.split()),
            chance.choice(_KINDS.split()),
            chance.choice(_PARTS.split()),
        )
        found.append(
            ParkingLotRecord(
                ref=Ref("bench", f"{number:06d}"),
                as_of=_NOW,
                name=f"{community.name.removesuffix('社区')}{place}{kind}{part}",
                name_en=f"Car Park {number}",
                position=Position(
                    lat=community.position.lat + chance.uniform(-0.01, 0.01),
                    lng=community.position.lng + chance.uniform(-0.01, 0.01),
                ),
                address=f"{community.subdistrict.name}{place}路{number % 400}号",
                layout=chance.choice(list(ParkingLayout)),
                opening_hours=hours if number % 3 else (),
            )
        )
    return found


@asynccontextmanager
async def _service(lots: Sequence[ParkingLotRecord]) -> AsyncIterator[SearchService]:
    async def fetch(_: AnyLookup, __: str, keys: Sequence[Hashable]) -> Answers:
        return dict.fromkeys(keys, lots)

    async def ready(_: str) -> None:
        return

    service = SearchService(
        PARKING_FINDABLE,
        fetch,
        lambda _: ["bench"],
        ready,
        now=lambda: _NOW,
        timeout_s=60,
        max_documents=len(lots),
    )
    async with service.renewing(0):
        yield service


async def _longest_wait(until: asyncio.Task[None]) -> float:
    """Give the longest time, in milliseconds, for which the loop kept one waiting who wanted 1 ms."""
    longest = 0.0
    while not until.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - began - 0.001)
    return 1000 * longest


def _resident_mb() -> float:
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  # no file to speak of
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


async def main(count: int) -> None:
    """Build, renew, search; print a line for each."""
    assert DISTRICT.radius
    lots = _lots(count)
    before = _resident_mb()
    settle_memory()
    async with _service(lots) as service:
        for what in ("built", "renewed, nothing changed"):
            began = time.perf_counter()
            building = asyncio.create_task(service.renew())
            waited = await _longest_wait(building)
            await building
            print(
                f"{what}: {count:,} documents in {time.perf_counter() - began:.1f} s; loop kept waiting"
                f" {waited:.0f} ms at most; {_resident_mb() - before:.0f} MB over the records"
            )
        with request_scope(600):
            for title, sought in SEARCHES.items():
                times = []
                hits = await service.find(sought, _NOW)
                worked = time.process_time()
                for _ in range(REPEATED):
                    began = time.perf_counter()
                    hits = await service.find(sought, _NOW)
                    times.append(1000 * (time.perf_counter() - began))
                worked = 1000 * (time.process_time() - worked) / REPEATED
                p99 = statistics.quantiles(times, n=100)[98]
                print(
                    f"{title:24} p50 {statistics.median(times):7.2f} ms  p99 {p99:7.2f} ms"
                    f"  CPU {worked:7.2f} ms  {hits.total:7,} hits, {hits.match.value}"
                )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS))
