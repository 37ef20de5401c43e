"""What residents do about their streets: report, support, rate, and have dealt with again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import strawberry

from schema.booking.check import check_key
from schema.civic.check import (
    LONGEST_ADDRESS,
    LONGEST_DESCRIPTION,
    LONGEST_WORDS,
    AnswerInput,
    PositionInput,
    check_answers,
    check_photos,
    check_score,
    check_words,
    refusal_of,
    unanswered,
)
from schema.civic.find import DEFAULT_DAYS, first_day
from schema.civic.lookups import (
    CASE_BY_REF,
    CASES_SINCE,
    SERVICE_ATTRIBUTES,
    SERVICE_TYPE_BY_REF,
    SERVICE_TYPES,
    AllServices,
    case_window,
)
from schema.civic.records import CaseRecord, ServiceAttribute, ServiceTypeRecord
from schema.civic.report_types import (
    CaseChanged,
    CaseChangeResult,
    CaseDuplicates,
    CaseNearby,
    CaseReported,
    ReportCaseResult,
    answers_wanted,
    category_wanted,
    result_of,
)
from schema.civic.suggest import Suggested, clear, suggested
from schema.core.booking import Refusal
from schema.core.context import Context, Info, viewer_of
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.errors import NotFound, SourceError
from schema.core.geo import Near
from schema.core.record import Position
from schema.core.reporting import Answer
from schema.core.reports import ActWish, ReportKind, ReportWish

DUPLICATE_DAYS = 14
DUPLICATE_M = 100
_KEY = text(
    "幂等键，由客户端为每次操作生成（如 UUID）；重发时用同一个",
    "Idempotency key, made by the client for each change, such as a UUID; the same again to send it again",
)
_CASE = text("事件的 ID", "Id of the Case")


@strawberry.input(description=text("上报的内容", "What to report"))
class ReportCaseInput:
    """What is wrong, and where."""

    idempotency_key: str = strawberry.field(description=_KEY)
    description: str = strawberry.field(
        description=text(
            f"情况描述，2 至 {LONGEST_DESCRIPTION} 字；他人可见，请勿写入个人信息",
            f"What is wrong, 2 to {LONGEST_DESCRIPTION} characters; others read it: write nothing personal",
        )
    )
    position: PositionInput = strawberry.field(
        description=text("位置，须在龙岗区内", "Where it is, in Longgang")
    )
    category: strawberry.ID | None = strawberry.field(
        default=None,
        description=text(
            "ServiceType 的 ID；不填则按描述自动建议，不明确时会要求选择",
            "Id of a ServiceType; without one it is suggested from the text, and asked for where in doubt",
        ),
    )
    address: str | None = strawberry.field(
        default=None,
        description=text(
            f"地址，最多 {LONGEST_ADDRESS} 字", f"The address, at most {LONGEST_ADDRESS} characters"
        ),
    )
    photos: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description=text(
            "照片的 ID（先以 POST /photos 上传），最多 3 张；他人可见",
            "Ids of photos (uploaded by POST /photos), at most 3; others can see them",
        ),
    )
    answers: list[AnswerInput] = strawberry.field(
        default_factory=list,
        description=text(
            "对该类别各项问题的回答，见 ServiceType.attributes",
            "Answers to the category's questions, see ServiceType.attributes",
        ),
    )
    anonymous: bool = strawberry.field(
        default=False,
        description=text(
            "匿名：不向平台提供上报人的任何信息", "Anonymous: the platform is given nothing of the person"
        ),
    )
    even_if_duplicate: bool = strawberry.field(
        default=False,
        description=text("附近近期已有同类事件时仍然上报", "Report it although there are such cases nearby"),
    )


@strawberry.input(description=text("附议：我也遇到", "Say: me too"))
class SupportCaseInput:
    """Which case."""

    case: strawberry.ID = strawberry.field(description=_CASE)
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description=text("评价办理情况", "Rate how a case was dealt with"))
class RateCaseInput:
    """Which case, and how well."""

    case: strawberry.ID = strawberry.field(description=_CASE)
    idempotency_key: str = strawberry.field(description=_KEY)
    score: int = strawberry.field(description=text("1（差）至 5（好）", "1 (bad) to 5 (good)"))
    comment: str | None = strawberry.field(
        default=None,
        description=text(f"意见，最多 {LONGEST_WORDS} 字", f"A comment, at most {LONGEST_WORDS} characters"),
    )


@strawberry.input(description=text("申请重新办理", "Ask for a case to be dealt with again"))
class ReopenCaseInput:
    """Which case, and why."""

    case: strawberry.ID = strawberry.field(description=_CASE)
    idempotency_key: str = strawberry.field(description=_KEY)
    reason: str = strawberry.field(
        description=text(f"理由，2 至 {LONGEST_WORDS} 字", f"Why, 2 to {LONGEST_WORDS} characters")
    )


@strawberry.type
class CivicMutation:
    """Every change needs to know who asks."""

    @relation(
        "上报城市管理事件。受理后即使平台暂不可用也会继续提交",
        "Report something wrong in the street. What is taken in is handed in, also where the platform is down"
        " at the moment",
        type_=ReportCaseResult | None,
    )
    @staticmethod
    async def report_case(
        info: Info,
        input: Annotated[  # noqa: A002  # the argument's name in the graph
            ReportCaseInput, strawberry.argument(description=text("上报什么", "What to report"))
        ],
    ) -> object:
        """Check, look for the same nearby, take in, wait a little."""
        viewer, context, reports = viewer_of(info), info.context, info.context.reports
        key = check_key(input.idempotency_key)
        description = check_words(input.description, "A description", LONGEST_DESCRIPTION, least=2) or ""
        position, photos = input.position.resolve(), check_photos(input.photos)
        address = check_words(input.address, "An address", LONGEST_ADDRESS)
        answers = check_answers(input.answers)
        wanted = local_ref(input.category, ServiceTypeRecord) if input.category is not None else None
        given = (wanted, description, position, address, photos, answers, input.anonymous)
        # What was reported under this key is not to be found as its own duplicate.
        if (known := await reports.known(viewer, key, given)) is not None:
            return result_of(known, CaseReported)

        suggestions: list[Suggested] = []
        matter: ServiceTypeRecord | None = None
        if wanted is None:
            suggestions = await _suggested(info, description)
            plain = clear(suggestions)
            if plain is None:
                return category_wanted(suggestions)
            matter, wanted = plain.matter, plain.matter.ref
        else:
            try:
                matter = await context.load(SERVICE_TYPE_BY_REF, wanted)
            except SourceError:
                # It may be reported all the same once the platform is back; what that says then counts.
                if reports.rules(wanted.source) is None:
                    raise
            else:
                if matter is None:
                    raise NotFound("There is no such category, or no longer.")
        if matter is not None and reports.rules(wanted.source) is not None:
            if missing := await _unanswered(context, matter, answers):
                return answers_wanted(matter, suggestions, missing)
            if not input.even_if_duplicate and (near := await _nearby(context, matter, position)):
                return CaseDuplicates(cases=near)
        wish = ReportWish(
            key=key,
            given=given,
            category=wanted,
            title=matter.name if matter is not None else None,
            description=description,
            position=position,
            address=address,
            photos=photos,
            answers=answers,
            anonymous=input.anonymous,
            suggested=input.category is None,
            even_if_duplicate=input.even_if_duplicate,
            refusal=None if reports.rules(wanted.source) else Refusal.NOT_POSSIBLE,
        )
        return result_of(await reports.report(viewer, wish), CaseReported)

    @relation(
        "附议一件未结案的事件，代替重复上报；每人一次",
        "Say “me too” of a case that is not closed, instead of reporting it again; once a person",
        type_=CaseChangeResult | None,
    )
    @staticmethod
    async def support_case(
        info: Info,
        input: Annotated[  # noqa: A002  # the argument's name in the graph
            SupportCaseInput, strawberry.argument(description=text("附议哪件事件", "Which case"))
        ],
    ) -> object:
        """Take in, wait a little."""
        return await _act(info, ReportKind.SUPPORT, input.case, input.idempotency_key)

    @relation(
        "评价一件已结案的事件，每次结案一次",
        "Rate how a closed case was dealt with, once each time it is closed",
        type_=CaseChangeResult | None,
    )
    @staticmethod
    async def rate_case(
        info: Info,
        input: Annotated[  # noqa: A002  # the argument's name in the graph
            RateCaseInput, strawberry.argument(description=text("评价哪件事件", "Which case, and how well"))
        ],
    ) -> object:
        """Take in, wait a little."""
        viewer_of(info)
        words = check_words(input.comment, "A comment", LONGEST_WORDS)
        score = check_score(input.score)
        return await _act(info, ReportKind.RATING, input.case, input.idempotency_key, score, words)

    @relation(
        "申请重新办理一件已结案的事件（退回整改），须在结案后的期限内",
        "Have a closed case dealt with again (退回整改), within the platform's time after it was closed",
        type_=CaseChangeResult | None,
    )
    @staticmethod
    async def reopen_case(
        info: Info,
        input: Annotated[  # noqa: A002  # the argument's name in the graph
            ReopenCaseInput, strawberry.argument(description=text("重新办理哪件事件", "Which case, and why"))
        ],
    ) -> object:
        """Take in, wait a little."""
        viewer_of(info)
        reason = check_words(input.reason, "A reason", LONGEST_WORDS, least=2)
        return await _act(info, ReportKind.REOPENING, input.case, input.idempotency_key, words=reason)


async def _act(
    info: Info,
    kind: ReportKind,
    case_id: str,
    key: str,
    score: int | None = None,
    words: str | None = None,
) -> object:
    """Check what can be done about a case, take it in, wait a little."""
    viewer, context = viewer_of(info), info.context
    check_key(key)
    ref = local_ref(case_id, CaseRecord)
    rules = context.reports.rules(ref.source)
    refusal: Refusal | None = None if rules is not None else Refusal.NOT_POSSIBLE
    case: CaseRecord | None = None
    try:
        case = await context.load(CASE_BY_REF, ref)
    except SourceError:
        # It may be done all the same once the platform is back; what that says then counts.
        if rules is None:
            raise
    else:
        if case is None:
            raise NotFound("There is no such case.")
        if rules is not None:
            refusal = refusal_of(kind, case, rules, context.now)
    wish = ActWish(
        kind=kind,
        key=key,
        case=ref,
        title=case.name if case is not None else None,
        score=score,
        words=words,
        refusal=refusal,
    )
    progress = await context.reports.act(viewer, wish)
    context.forget()
    return result_of(progress, CaseChanged)


async def _suggested(info: Info, description: str) -> list[Suggested]:
    """Suggest among the categories of those sources that take reports."""
    found = await info.context.search(SERVICE_TYPES, AllServices())
    info.context.report(info, found.failures)
    matters = [matter for matter in found.items if info.context.reports.rules(matter.ref.source)]
    return list(suggested(info.context, description, matters))


async def _unanswered(
    context: Context, matter: ServiceTypeRecord, answers: Sequence[Answer]
) -> Sequence[ServiceAttribute]:
    """Give the questions that must be answered and are not; none where the platform cannot say."""
    if not matter.has_attributes:
        return unanswered((), answers)
    try:
        questions = await context.load(SERVICE_ATTRIBUTES, matter.ref)
    except SourceError:
        return ()
    return unanswered(questions or (), answers)


async def _nearby(context: Context, matter: ServiceTypeRecord, position: Position) -> list[CaseNearby]:
    """Give the open cases of the last two weeks that may be the same; none where the platform cannot say."""
    day = first_day(context.now, DEFAULT_DAYS)
    try:
        found = await context.search(CASES_SINCE, case_window(day, context.now.date()), {matter.ref.source})
    except SourceError:
        return []
    around = Near(position.lat, position.lng, DUPLICATE_M)
    since = context.now - timedelta(days=DUPLICATE_DAYS)
    near = [
        (distance, case)
        for case in found.items
        if case.open
        and case.service_code == matter.code
        and case.requested_at >= since
        and (distance := around.distance_to(case.position)) is not None
        and distance <= DUPLICATE_M
    ]
    return [
        CaseNearby(case=case, distance=distance)  # type: ignore[arg-type]  # a record is its type's object at run time
        for distance, case in sorted(near, key=lambda pair: (pair[0], pair[1].ref))
    ]
