"""What residents may ask of their reports, and what is suggested for one."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.civic.check import LONGEST_DESCRIPTION, check_words
from schema.civic.lookups import SERVICE_TYPES, AllServices
from schema.civic.report_types import CaseReport, CategorySuggestions
from schema.civic.suggest import clear, suggested
from schema.core.connection import Connection, Page, check_first, decode_cursor, page
from schema.core.context import Info, viewer_of
from schema.core.docs import text
from schema.core.entity import relation
from schema.core.listed import After, First
from schema.core.reports import ReportKind, ReportRecord, ReportStatus


@strawberry.type
class MyReports:
    """Fields of Me."""

    @relation(
        "我的上报、附议、评价和重新办理申请，最新的在前；暂不可读时为空",
        "What the viewer has reported, supported, rated or asked to be dealt with again, the newest first;"
        " null where it cannot be read at the moment",
        type_=Connection[CaseReport] | None,
    )
    @staticmethod
    async def reports(
        info: Info,
        kinds: Annotated[
            list[ReportKind] | None,
            strawberry.argument(description=text("所做的事；空为全部", "What was done; null for all")),
        ] = None,
        status: Annotated[
            list[ReportStatus] | None,
            strawberry.argument(description=text("状态；空为全部", "How they stand; null for all")),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[ReportRecord]:
        """Read from the ledger, so that what was just done is there."""
        check_first(first)
        cursor = decode_cursor(after, tuple[int, str])
        found = [
            report
            for report in await info.context.reports.all(viewer_of(info))
            if (kinds is None or report.kind in kinds) and (status is None or report.status in status)
        ]
        return page(found, key=_newest_first, first=first, after=cursor, total=len(found))


@strawberry.type
class ReportsQuery:
    """Fields of Query."""

    @relation(
        "按回执号查我的一次上报；没有或不是我的则为空",
        "A report of the viewer's by its receipt number; null where there is none",
        type_=CaseReport | None,
        personal=True,
    )
    @staticmethod
    async def case_report(
        info: Info,
        id: Annotated[  # noqa: A002  # the argument's name in the graph
            strawberry.ID, strawberry.argument(description=text("回执号", "Its receipt number"))
        ],
    ) -> ReportRecord | None:
        """Somebody else's is told from none by nothing."""
        return await info.context.reports.one(viewer_of(info), id)

    @relation(
        "按描述建议事项类别；仅供参考，来源全部失败时为空",
        "Categories that a text may be about; a suggestion only. Null where no source could answer",
        type_=CategorySuggestions | None,
    )
    @staticmethod
    async def suggest_category(
        info: Info,
        text: Annotated[  # the argument's name in the graph
            str, strawberry.argument(description=text("情况描述", "What is wrong, in words"))
        ],
    ) -> object:
        """By the platforms' own lists, which are kept: a call only where they are not."""
        words = check_words(text, "A text", LONGEST_DESCRIPTION, least=2) or ""
        found = await info.context.search(SERVICE_TYPES, AllServices())
        info.context.report(info, found.failures)
        items = suggested(info.context, words, found.items)
        plain = clear(items)
        return CategorySuggestions(
            items=list(items),  # type: ignore[arg-type]  # a Suggested is its type's object at run time
            clear=plain.matter if plain is not None else None,  # type: ignore[arg-type]  # as above
        )


def _newest_first(report: ReportRecord) -> tuple[int, str]:
    return -round(report.made_at.timestamp() * 1000), report.receipt
