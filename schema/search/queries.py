"""The field of Query that finds anything."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.gazetteer import SUBDISTRICTS, communities_of
from schema.core.connection import check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.docs import text as described
from schema.core.entity import relation
from schema.core.errors import InvalidInput
from schema.core.findable import Hits, Sought
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.core.scenario import Scenario
from schema.search.records import (
    FacetsRecord,
    FoundRecord,
    ScenarioCountRecord,
    SubdistrictCountRecord,
    shown,
)
from schema.search.types import SearchConnection

MAX_TEXT = 100


@strawberry.type
class SearchQuery:
    """Fields of Query."""

    @relation(
        "一个搜索框找遍全部场景：中文分词、拼音与首字母、容错；先相关后远近，未给文字则由近及远；"
        "来源全部未能给出清单时为空",
        "One search over every scenario, in Chinese, pinyin, initials or English, typing errors forgiven: the"
        " most relevant first, without a text the nearest. Null where no source's list could be had",
        SearchConnection | None,
    )
    @staticmethod
    async def search(
        info: Info,
        text: Annotated[
            str | None,
            strawberry.argument(
                description=described(
                    f"要找的内容，最多 {MAX_TEXT} 字；空则按条件列出",
                    f"What to look for, at most {MAX_TEXT} characters; null or empty lists by the conditions",
                )
            ),
        ] = None,
        near: Annotated[
            NearInput | None,
            strawberry.argument(
                description=described(
                    "范围，越近越靠前；空为全区", "A circle, in which the nearer count for more; null for all"
                )
            ),
        ] = None,
        scenarios: Annotated[
            list[Scenario] | None,
            strawberry.argument(description=described("场景；空为全部", "Scenarios; null for all")),
        ] = None,
        subdistrict: Annotated[
            str | None,
            strawberry.argument(
                description=described(
                    "街道的代码或名称，「街道」二字可省；空为全区",
                    "Code or name of a sub-district, also without 街道; null for all",
                )
            ),
        ] = None,
        open_now: Annotated[
            bool | None,
            strawberry.argument(
                description=described(
                    "true 只要此刻开放的，false 只要此刻关闭的；未知的均不列出；空为不限",
                    "true: open now; false: closed now; null: any. What nobody knows is neither",
                )
            ),
        ] = None,
        free: Annotated[
            bool | None,
            strawberry.argument(
                description=described(
                    "true 只要免费的，false 只要收费的；未知的均不列出；空为不限",
                    "true: free of charge; false: not; null: any. What nobody knows is neither",
                )
            ),
        ] = None,
        bookable: Annotated[
            bool | None,
            strawberry.argument(
                description=described(
                    "true 只要此刻可预约的，false 只要此刻约不到的；空为不限",
                    "true: can be booked now; false: cannot though it is to be booked; null: any",
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> FoundRecord:
        """Out of what sources listed before; none is called."""
        wanted = (text or "").strip()
        if len(wanted) > MAX_TEXT:
            raise InvalidInput(f"`text` has at most {MAX_TEXT} characters.")
        sought = Sought(
            text=wanted,
            near=near.resolve() if near is not None else None,
            scenarios=frozenset(scenarios) if scenarios is not None else None,
            subdistrict=_code(subdistrict) if subdistrict is not None else None,
            open_now=open_now,
            free=free,
            bookable=bookable,
            first=check_first(first),
            after=decode_cursor(after, tuple[int, int, str, str, str]),
        )
        hits = await info.context.find(sought)
        info.context.report(info, hits.failures)
        return _shown(hits, sought)


def _code(subdistrict: str) -> str:
    communities = communities_of(subdistrict)
    if not communities:
        raise InvalidInput("There is no such sub-district in Longgang.")
    return communities[0].subdistrict.code


def _shown(hits: Hits, sought: Sought) -> FoundRecord:
    """Give the connection's page of what was found."""
    cut = page(
        hits.items,
        key=lambda hit: hit.key,
        first=sought.first,
        after=sought.after,
        total=None if hits.failures else hits.total,
        more=hits.more,
    )
    edges = [shown(edge.node) for edge in cut.edges]
    return FoundRecord(
        edges=edges,
        page_info=cut.page_info,
        total_count=cut.total_count,
        match=hits.match,
        facets=FacetsRecord(
            [ScenarioCountRecord(scenario, count) for scenario, count in hits.scenarios.items()],
            [SubdistrictCountRecord(SUBDISTRICTS[code], count) for code, count in hits.subdistricts.items()],
        ),
        sought=sought,
    )
