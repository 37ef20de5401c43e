"""Words: what a resident is told of how a wish has ended."""

from __future__ import annotations

from schema.core.booking import Refusal

REFUSALS: dict[Refusal, tuple[str, str]] = {
    Refusal.FULL: (
        "名额已满，可加入候补或另选时段。",
        "No place is left. Join the waiting list, or choose another.",
    ),
    Refusal.NOT_ELIGIBLE: (
        "不符合预约条件，请查看对象的适用人群和要求。",
        "The conditions are not met; see who may have it.",
    ),
    Refusal.ACCOUNT_NEEDED: (
        "需先绑定该机构的账号（如读者证、志愿者编号）后再预约。",
        "It needs an account with the source, such as a library card or a volunteer number: link it first.",
    ),
    Refusal.TOO_EARLY: ("尚未开放预约，请在开放后再试。", "It is not open yet; try again once it is."),
    Refusal.TOO_LATE: ("已过截止时间。", "It is too late for that."),
    Refusal.DUPLICATE: (
        "您已预约过，请在“我的预约”中查看。",
        "You have booked it already; see your bookings.",
    ),
    Refusal.OVERLAPPING: (
        "与您已有的预约时间冲突。",
        "It is at the time of another booking of yours.",
    ),
    Refusal.NOT_OFFERED: ("该项已停止提供。", "It is not offered any more."),
    Refusal.CHANGED: (
        "价格已变化，请查看后重新预约。",
        "Its price has gone up; look at it again, and book it if that suits you.",
    ),
    Refusal.NOT_POSSIBLE: ("无法按此要求办理。", "That cannot be done with it."),
    Refusal.SOURCE_REFUSED: (
        "办理机构未予受理，请联系该机构。",
        "The institution did not accept it; please ask there.",
    ),
    Refusal.SOURCE_SILENT: (
        "办理机构的系统在期限内无法连通，本次未能办理，请重试。",
        "The institution's system could not be reached in time and nothing was done; please try again.",
    ),
}
"""In Chinese and in English."""

ACCEPTED = (
    "已受理，正在办理；结果见“我的预约”。",
    "It has been taken in and is being carried out; see your bookings for how it ends.",
)
