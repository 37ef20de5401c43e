"""CaseReport in the graph, what comes back from making one, and what is suggested for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from schema.civic.lookups import CASE_BY_REF, SERVICE_TYPE_BY_REF
from schema.civic.records import CaseRecord, ServiceAttribute, ServiceTypeRecord
from schema.civic.suggest import Suggested
from schema.civic.types import Case, ServiceType
from schema.civic.words import ACCEPTED, ANSWERS_WANTED, CATEGORY_WANTED, DUPLICATES, SUGGESTION, words_of
from schema.core.booking import Refusal
from schema.core.context import Info, SourceInfo
from schema.core.docs import text
from schema.core.entity import Source, part, relation, value_type
from schema.core.record import Ref
from schema.core.reports import ReportProgress, ReportRecord


@part(ReportRecord, "CaseReport")
class CaseReport:
    """What the viewer has reported, supported, rated or asked to be dealt with again."""

    @relation("回执号", "Its receipt number", type_=strawberry.ID)
    @staticmethod
    def id(root: strawberry.Parent[ReportRecord]) -> str:
        """The receipt."""
        return root.receipt

    @relation(
        "平台上的事件，按现在的情况；尚未生成或平台不可用时为空",
        "The case at the platform, as it is now; null while there is none, or where the platform fails",
        type_=Case | None,
    )
    @staticmethod
    async def case(root: strawberry.Parent[ReportRecord], info: Info) -> CaseRecord | None:
        """Read again by its id."""
        if root.number is None:
            return None
        return await info.context.load(CASE_BY_REF, Ref(root.source, root.number))

    @relation("上报的事项类别", "The category of a report", type_=ServiceType | None)
    @staticmethod
    async def category(root: strawberry.Parent[ReportRecord], info: Info) -> ServiceTypeRecord | None:
        """Null for what is done about a case, and where the platform fails or no longer lists it."""
        if root.category is None:
            return None
        return await info.context.load(SERVICE_TYPE_BY_REF, Ref(root.source, root.category))

    @relation("受理的平台", "The platform that it goes to", type_=Source | None)
    @staticmethod
    def source(root: strawberry.Parent[ReportRecord], info: Info) -> SourceInfo | None:
        """Null where the source is not configured any more."""
        return info.context.sources.get(root.source)

    @relation("reason 的中文说明", "The reason in words, in Chinese", type_=str | None)
    @staticmethod
    def message(root: strawberry.Parent[ReportRecord]) -> str | None:
        """Null where there is no reason."""
        return words_of(root.kind, root.reason)[0] if root.reason else None

    @relation("reason 的英文说明", "The reason in words, in English", type_=str | None)
    @staticmethod
    def message_en(root: strawberry.Parent[ReportRecord]) -> str | None:
        """Null where there is no reason."""
        return words_of(root.kind, root.reason)[1] if root.reason else None


_REPORT = text("该上报", "The report")
_ZH = text("中文说明", "In words, in Chinese")
_EN = text("英文说明", "In words, in English")


@strawberry.type(description=text("系统建议的一个事项类别", "A category that is suggested"))
class CategorySuggestion:
    """At run time a Suggested."""

    @relation("事项类别", "The category", type_=ServiceType)
    @staticmethod
    def service_type(root: strawberry.Parent[Suggested]) -> ServiceTypeRecord:
        """As the platform lists it."""
        return root.matter

    score: float = strawberry.field(
        description=text("相符程度，0 至 1", "How much the text speaks of it, 0 to 1")
    )

    @relation("依据：描述中与类别相符的词", "Because of which words of the category in the text", list[str])
    @staticmethod
    def because(root: strawberry.Parent[Suggested]) -> Sequence[str]:
        """The surest first."""
        return root.because


@strawberry.type(
    description=text(
        "系统按描述自动建议的类别，仅供参考（个人信息保护法第二十四条）",
        "Categories suggested automatically from a text, and no more than that (PIPL, article 24)",
    )
)
class CategorySuggestions:
    """What is suggested, and that it is only suggested."""

    items: list[CategorySuggestion] = strawberry.field(
        description=text("建议的类别，最相符的在前，至多 5 个", "The likeliest first, at most five")
    )
    clear: ServiceType | None = strawberry.field(
        description=text(
            "描述明确对应的类别，上报不选类别时即采用；不明确时为空",
            "The category that the text is plainly about, taken where a report names none; null if in doubt",
        )
    )
    message: str = strawberry.field(description=_ZH, default=SUGGESTION[0])
    message_en: str = strawberry.field(description=_EN, default=SUGGESTION[1])


@strawberry.type(description=text("附近的同类事件", "A case of the same kind nearby"))
class CaseNearby:
    """A case, and how far away it is."""

    case: Case = strawberry.field(description=text("该事件", "The case"))
    distance: int = strawberry.field(
        description=text("距上报地点（米）", "Metres from where the report was to be")
    )


@strawberry.type(description=text("平台已收到上报", "The platform has the report"))
class CaseReported:
    """It has become a case, or will."""

    report: CaseReport = strawberry.field(description=_REPORT)


@strawberry.type(
    description=text("平台已收到附议、评价或重新办理申请", "The platform has done what was asked")
)
class CaseChanged:
    """Support, rating or reopening."""

    report: CaseReport = strawberry.field(description=_REPORT)


@strawberry.type(description=text("已受理，仍在提交平台", "It is taken in and still being handed in"))
class CaseAccepted:
    """It is kept, and goes on without the resident."""

    report: CaseReport = strawberry.field(description=_REPORT)
    message: str = strawberry.field(description=_ZH, default=ACCEPTED[0])
    message_en: str = strawberry.field(description=_EN, default=ACCEPTED[1])


@strawberry.type(
    description=text(
        "附近近期已有同类事件，尚未上报；可附议，或以 evenIfDuplicate 仍然上报",
        "There are such cases nearby; nothing was reported: support one, or report with `evenIfDuplicate`",
    )
)
class CaseDuplicates:
    """Nothing is kept, and the idempotency key is still free."""

    cases: list[CaseNearby] = strawberry.field(description=text("由近到远", "The nearest first"))
    message: str = strawberry.field(description=_ZH, default=DUPLICATES[0])
    message_en: str = strawberry.field(description=_EN, default=DUPLICATES[1])


@strawberry.type(
    description=text(
        "还缺类别或必填项目，尚未上报",
        "The category, or an answer that is required, is missing; nothing was reported",
    )
)
class CaseIncomplete:
    """Nothing is kept, and the idempotency key is still free."""

    category: ServiceType | None = strawberry.field(
        description=text("已确定的类别；未确定时为空", "The category; null where it is not clear")
    )
    suggestions: list[CategorySuggestion] = strawberry.field(
        description=text("建议的类别，最相符的在前", "Suggested categories, the likeliest first")
    )
    questions: list[value_type(ServiceAttribute)] = strawberry.field(  # type: ignore[valid-type]  # derived at run time
        description=text("尚未回答的必填项目", "Questions that must be answered and are not")
    )
    message: str = strawberry.field(description=_ZH)
    message_en: str = strawberry.field(description=_EN)


@strawberry.type(description=text("未能提交", "It was not handed in"))
class CaseRejected:
    """Why, and what it leaves."""

    reason: Refusal = strawberry.field(description=text("原因", "Why"))
    message: str = strawberry.field(description=_ZH)
    message_en: str = strawberry.field(description=_EN)
    report: CaseReport = strawberry.field(description=_REPORT)


ReportCaseResult = Annotated[
    CaseReported | CaseAccepted | CaseDuplicates | CaseIncomplete | CaseRejected,
    strawberry.union("ReportCaseResult", description=text("上报的结果", "What came of a report")),
]
CaseChangeResult = Annotated[
    CaseChanged | CaseAccepted | CaseRejected,
    strawberry.union(
        "CaseChangeResult",
        description=text("附议、评价、申请重新办理的结果", "What came of a support, a rating or a reopening"),
    ),
]


def result_of(
    progress: ReportProgress, done: type[CaseReported] | type[CaseChanged]
) -> CaseReported | CaseChanged | CaseAccepted | CaseRejected:
    """Show how far it has come."""
    report: CaseReport = progress.report  # type: ignore[assignment]  # a record is its type's object at run time
    if progress.reason is not None:
        zh, en = words_of(progress.report.kind, progress.reason)
        return CaseRejected(reason=progress.reason, message=zh, message_en=en, report=report)
    return done(report=report) if progress.done else CaseAccepted(report=report)


def category_wanted(suggestions: Sequence[Suggested]) -> CaseIncomplete:
    """Ask which category is meant."""
    zh, en = CATEGORY_WANTED
    return CaseIncomplete(
        category=None,
        suggestions=suggestions,  # type: ignore[arg-type]  # as above
        questions=[],
        message=zh,
        message_en=en,
    )


def answers_wanted(
    category: ServiceTypeRecord, suggestions: Sequence[Suggested], questions: Sequence[ServiceAttribute]
) -> CaseIncomplete:
    """Ask what has to be answered."""
    zh, en = ANSWERS_WANTED
    return CaseIncomplete(
        category=category,  # type: ignore[arg-type]  # as above
        suggestions=suggestions,  # type: ignore[arg-type]  # as above
        questions=list(questions),
        message=zh,
        message_en=en,
    )
