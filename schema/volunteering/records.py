"""What a volunteering platform tells of a mission, and of the organisation that runs it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from schema.core.docs import doc, enum_type
from schema.core.record import Position, Record, Value
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord, SlotUnit


class VolunteerDomain(StrEnum):
    """What a mission is about."""

    ENVIRONMENT = "ENVIRONMENT"
    SOLIDARITY = "SOLIDARITY"
    HEALTH = "HEALTH"
    EDUCATION = "EDUCATION"
    CULTURE = "CULTURE"
    SPORT = "SPORT"
    EMPLOYMENT = "EMPLOYMENT"
    PREVENTION = "PREVENTION"
    HUMANITARIAN = "HUMANITARIAN"
    ANIMALS = "ANIMALS"
    COMMUNITY = "COMMUNITY"
    MEMORY = "MEMORY"
    EXPERTISE = "EXPERTISE"
    OTHER = "OTHER"


enum_type(
    VolunteerDomain,
    "志愿服务领域",
    "What a mission is about",
    ENVIRONMENT=("环境保护", "The environment"),
    SOLIDARITY=("扶老助弱", "Help for the old and the weak"),
    HEALTH=("健康卫生", "Health"),
    EDUCATION=("教育助学", "Education"),
    CULTURE=("文化休闲", "Culture and leisure"),
    SPORT=("体育赛事", "Sport"),
    EMPLOYMENT=("就业帮扶", "Finding work"),
    PREVENTION=("平安防护", "Prevention and protection"),
    HUMANITARIAN=("人道救援", "Humanitarian aid"),
    ANIMALS=("关爱动物", "Animals"),
    COMMUNITY=("邻里共处与文明引导", "Living together"),
    MEMORY=("记忆传承与公民教育", "Memory and citizenship"),
    EXPERTISE=("专业技能服务", "Skills lent to others"),
    OTHER=("其他或来源未说明", "Something else, or not said"),
)


class VolunteerMode(StrEnum):
    """Where the work is done."""

    ON_SITE = "ON_SITE"
    EITHER = "EITHER"
    REMOTE = "REMOTE"


enum_type(
    VolunteerMode,
    "服务方式",
    "Where the work is done",
    ON_SITE=("现场", "On the spot"),
    EITHER=("现场或远程", "On the spot or from home"),
    REMOTE=("完全远程", "From home alone"),
)


class VolunteerSite(Value, frozen=True, kw_only=True):
    """志愿活动的一处地点。
    One place of a mission.
    """

    address: Annotated[str | None, doc("地址", "Address")] = None
    position: Annotated[
        Position | None, doc("位置；来源未提供时为空", "Position; null where the source has none")
    ] = None


class VolunteerOrganisationRecord(Record, frozen=True, kw_only=True):
    """组织志愿活动的机构，按平台所述。
    An organisation that runs missions, as its platform tells of it.
    """

    kind: ClassVar[str] = "volunteer-organisation"

    name: Annotated[str, doc("名称", "Name")]
    description: Annotated[str | None, doc("简介", "What it is")] = None
    address: Annotated[str | None, doc("地址", "Address")] = None
    website: Annotated[str | None, doc("网址", "Address of its web page")] = None
    logo_url: Annotated[str | None, doc("标志图片地址", "Address of its logo")] = None


class VolunteerMissionRecord(SlotRecord, frozen=True, kw_only=True):
    """一项志愿活动：在哪里、何时、需要多少人、谁可以参加。
    A mission for volunteers: where and when it is, how many it still needs, and who may take part.
    """

    # A Place by its fields: msgspec lays out a struct from one base, and a mission is a slot first.
    kind: ClassVar[str] = "volunteer-mission"
    scenario: ClassVar[Scenario] = Scenario.VOLUNTEERING
    unit: ClassVar[SlotUnit] = SlotUnit.PLACE

    name: Annotated[str, doc("名称", "Name")]
    name_en: Annotated[str | None, doc("英文名称", "Name in English")] = None
    position: Annotated[
        Position | None,
        doc("第一处地点的位置；远程或未定位时为空", "Of its first place; null where remote or not located"),
    ] = None
    sites: Annotated[tuple[VolunteerSite, ...], doc("全部地点", "Every place of it")] = ()
    description: Annotated[str | None, doc("说明", "What it is about")] = None
    domain: Annotated[VolunteerDomain, doc("领域", "What it is about, by kind")] = VolunteerDomain.OTHER
    activity: Annotated[
        str | None, doc("活动类型，按平台写法", "Kind of activity, in the platform's words")
    ] = None
    mode: Annotated[
        VolunteerMode | None, doc("服务方式；未说明时为空", "Where the work is done; null where not said")
    ] = None
    tasks: Annotated[tuple[str, ...], doc("要做的事", "What volunteers do")] = ()
    skills: Annotated[tuple[str, ...], doc("所需技能", "Skills that are wanted")] = ()
    beneficiaries: Annotated[tuple[str, ...], doc("服务对象", "Whom it helps")] = ()
    schedule: Annotated[str | None, doc("时间安排，按平台写法", "When, in the platform's own words")] = None
    hours: Annotated[
        float | None,
        doc("一次活动的时长（小时）；跨日或未知时为空", "Hours that it takes; null where longer than a day"),
    ] = None
    accessible: Annotated[
        bool | None, doc("行动不便者能否参加；未说明时为空", "Whether it suits people of reduced mobility")
    ] = None
    organiser: Annotated[str | None, doc("主办方名称", "Name of whoever runs it")] = None
    url: Annotated[str | None, doc("平台上的网页", "Its page on the platform")] = None

    organisation: VolunteerOrganisationRecord | None = None
    """Brought along by the platform, so that it costs no call."""

    def bookable_at(self, now: datetime) -> bool:
        """Whether signing up has a chance: a mission without an end can be joined after it began, too."""
        if self.end is None and self.book_until is None:
            return self.offered and self.places_left != 0
        return super().bookable_at(now)
