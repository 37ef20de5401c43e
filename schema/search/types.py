"""SearchConnection: hits with what they are, counts over all of them, and the titles of the libraries."""

from __future__ import annotations

import strawberry

from schema.community.gazetteer import Subdistrict
from schema.core.connection import Connection, Page, PageInfo, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import Node, relation, value_type
from schema.core.findable import SearchMatch
from schema.core.listed import After, First
from schema.core.scenario import Scenario
from schema.reading.find import find_biblios
from schema.reading.lookups import BiblioField
from schema.reading.records import BiblioRecord
from schema.reading.types import Biblio
from schema.search.records import FoundRecord


@strawberry.type(description=text("命中的一条", "Something that was found"))
class SearchHit:
    """An edge that tells of any kind alike what a list shows of it."""

    node: Node = strawberry.field(description=text("对象", "The object"))
    cursor: str = strawberry.field(description=text("游标", "Its cursor"))
    scenario: Scenario = strawberry.field(description=text("所属场景", "The scenario that it belongs to"))
    name: str = strawberry.field(description=text("名称", "Its name"))
    part_of: str | None = strawberry.field(
        description=text(
            "所属对象的名称，如科室所在医院；没有则为空",
            "Name of what it is part of, such as a department's hospital; null where of nothing",
        )
    )
    distance: int | None = strawberry.field(
        description=text("距所给点的直线距离（米）；未给点时为空", "Metres from the point asked for, if any")
    )
    score: float | None = strawberry.field(
        description=text(
            "相关度，越大越靠前，只在同一次搜索中可比；未给文字时为空",
            "How well it answers to the text: more comes first, comparable within one search only; null"
            " without a text",
        )
    )
    open_now: bool | None = strawberry.field(
        description=text("此刻是否开放；未知时为空", "Whether it is open now; null where nobody knows")
    )
    free: bool | None = strawberry.field(
        description=text("是否免费；未知时为空", "Whether it costs nothing; null where nobody knows")
    )
    bookable: bool | None = strawberry.field(
        description=text(
            "此刻能否预约；科室为真表示接受预约，不保证有号；无可预约或未知时为空",
            "Whether it can be booked now; of a department: whether it takes appointments; null where there "
            "is nothing to book or nobody knows",
        )
    )


@strawberry.type(description=text("某场景的命中数", "How many hits a scenario has"))
class ScenarioCount:
    """A count."""

    scenario: Scenario = strawberry.field(description=text("场景", "The scenario"))
    count: int = strawberry.field(description=text("命中数", "How many"))


@strawberry.type(description=text("某街道的命中数", "How many hits a sub-district has"))
class SubdistrictCount:
    """A count."""

    subdistrict: value_type(Subdistrict) = strawberry.field(  # type: ignore[valid-type]  # derived at run time
        description=text("街道", "The sub-district")
    )
    count: int = strawberry.field(description=text("命中数", "How many"))


@strawberry.type(
    description=text("全部命中的分组计数，不限于本页", "Counts over all hits, not only this page")
)
class SearchFacets:
    """The most first."""

    scenarios: list[ScenarioCount] = strawberry.field(description=text("按场景", "By scenario"))
    subdistricts: list[SubdistrictCount] = strawberry.field(
        description=text(
            "按街道；位置未知或在区外的不计",
            "By sub-district; what has no position in the district is in none",
        )
    )


@strawberry.type(description=text("搜索结果的一页", "A page of what was found"))
class SearchConnection:
    """Relay's Connection with what belongs to a search."""

    edges: list[SearchHit] = strawberry.field(description=text("本页各条", "The hits of this page"))
    page_info: PageInfo = strawberry.field(description=text("分页信息", "Where this page stands"))
    total_count: int | None = strawberry.field(
        description=text(
            "总命中数；有来源未能给出其清单时为空",
            "How many hits there are in all; null where a source's list could not be had",
        )
    )
    match: SearchMatch = strawberry.field(description=text("命中方式", "How literally hits are to be taken"))
    facets: SearchFacets = strawberry.field(description=text("分组计数", "Counts over all hits"))

    @relation(
        "各图书馆目录中的书目，由馆方自行检索，其余条件不适用；未给文字或场景不含阅读时为空列表",
        "Titles in the libraries' own catalogues, which search them themselves and know no other conditions;"
        " none without a text, or where the scenarios leave reading out",
        Connection[Biblio] | None,
    )
    @staticmethod
    async def titles(
        root: strawberry.Parent[FoundRecord],
        info: Info,
        first: First = 20,
        after: After = None,
    ) -> Page[BiblioRecord]:
        """One call a catalogue; whoever does not select it causes none."""
        if not root.asks_titles:
            size, cursor = check_first(first), decode_cursor(after, tuple[int, str, int])
            return page([], key=lambda _: (), first=size, after=cursor, total=0)
        return await find_biblios(info, root.sought.text, BiblioField.ANY, None, first, after)
