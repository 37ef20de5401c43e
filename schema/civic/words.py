"""Words: what a resident is told of how a report has ended, and of what is suggested to him."""

from __future__ import annotations

from schema.booking.words import REFUSALS
from schema.core.booking import Refusal
from schema.core.reports import ReportKind

_OWN: dict[tuple[ReportKind, Refusal], tuple[str, str]] = {
    (ReportKind.REPORT, Refusal.DUPLICATE): (
        "您在同一地点的同类上报正在提交，请勿重复上报。",
        "Your report of the same kind in the same place is being handed in already.",
    ),
    (ReportKind.REPORT, Refusal.NOT_OFFERED): (
        "该类别已不再受理，请另选类别。",
        "Reports of this category are not taken any more; choose another.",
    ),
    (ReportKind.REPORT, Refusal.NOT_POSSIBLE): (
        "该类别所属平台不接受在线上报。",
        "The platform of this category takes no reports online.",
    ),
    (ReportKind.SUPPORT, Refusal.DUPLICATE): (
        "您已附议过此事件。",
        "You have said so of this case already.",
    ),
    (ReportKind.SUPPORT, Refusal.NOT_POSSIBLE): (
        "事件已结案，不能再附议；可申请重新办理或另行上报。",
        "The case is closed; ask for it to be dealt with again, or report anew.",
    ),
    (ReportKind.RATING, Refusal.DUPLICATE): (
        "您已评价过此次办理。",
        "You have rated this already.",
    ),
    (ReportKind.RATING, Refusal.NOT_POSSIBLE): (
        "事件结案后才能评价。",
        "A case can be rated once it is closed.",
    ),
    (ReportKind.REOPENING, Refusal.DUPLICATE): (
        "您的重新办理申请正在提交。",
        "Your request to have it dealt with again is being handed in already.",
    ),
    (ReportKind.REOPENING, Refusal.NOT_POSSIBLE): (
        "事件结案后才能申请重新办理。",
        "Only a closed case can be dealt with again.",
    ),
    (ReportKind.REOPENING, Refusal.TOO_LATE): (
        "已超过可申请重新办理的期限，请另行上报。",
        "The case was closed too long ago; report anew.",
    ),
}
_OF_CASES: dict[Refusal, tuple[str, str]] = {
    Refusal.NOT_OFFERED: ("平台上已没有这一事件。", "The platform does not have this case any more."),
    Refusal.SOURCE_REFUSED: (
        "平台未予受理，请核对内容后重新上报。",
        "The platform did not accept it; check what you wrote and report anew.",
    ),
    Refusal.SOURCE_SILENT: (
        "平台在期限内无法连通，本次未能提交，请重试。",
        "The platform could not be reached in time and nothing was handed in; please try again.",
    ),
}


def words_of(kind: ReportKind, reason: Refusal) -> tuple[str, str]:
    """Say in Chinese and in English why something was not done."""
    return _OWN.get((kind, reason)) or _OF_CASES.get(reason) or REFUSALS[reason]


ACCEPTED = (
    "已受理，正在提交平台；进展见“我的上报”。",
    "It has been taken in and is being handed in at the platform; see your reports for how it goes on.",
)
SUGGESTION = (
    "以下类别由系统按描述自动建议，仅供参考；请以您的选择为准。",
    "These categories are suggested automatically from your words, no more than that; choose yourself.",
)
CATEGORY_WANTED = (
    "无法确定事项类别，请选择后重新提交。" + SUGGESTION[0],
    "It is not clear what this is about: choose a category and send it again. " + SUGGESTION[1],
)
ANSWERS_WANTED = (
    "该类别有必填项目，请填写后重新提交。",
    "This category has questions that must be answered: answer them and send it again.",
)
DUPLICATES = (
    "附近近期已有同类事件，可附议；如确为不同事件，请以 evenIfDuplicate 重新提交。",
    "There are such cases nearby: say “me too” there; if yours is another, send it with evenIfDuplicate.",
)
