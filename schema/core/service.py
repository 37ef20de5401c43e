"""Services: what directories of human services tell alike, whatever the scenario, and the places in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, TypeVar

import strawberry

from schema.core.docs import doc, enum_type, text
from schema.core.geo import Near
from schema.core.record import PlaceRecord, Position, Ref, Value
from schema.core.schedule import Schedule, open_at
from schema.core.slot import Eligibility, Price, SlotRecord

S = TypeVar("S", bound="ServiceSlotRecord")


class ServiceStatus(StrEnum):
    """Whether a service is given at all; what is given no more is not in the graph."""

    ACTIVE = "ACTIVE"
    TEMPORARILY_CLOSED = "TEMPORARILY_CLOSED"


enum_type(
    ServiceStatus,
    "服务状态",
    "State of a service",
    ACTIVE=("提供中", "It is given"),
    TEMPORARILY_CLOSED=("暂停服务", "It is closed for a time"),
)


class ServiceCategory(Value, frozen=True, kw_only=True):
    """来源目录中的分类。
    A category in the source's own taxonomy.
    """

    code: Annotated[str, doc("分类代码", "Its code")]
    name: Annotated[str, doc("分类名称", "Its name")]


class ServiceLocation(Value, frozen=True, kw_only=True):
    """提供服务的一处地点。
    One of the places at which a service is given.
    """

    name: Annotated[str | None, doc("名称", "Name")] = None
    address: Annotated[str | None, doc("地址", "Address")] = None
    transport: Annotated[str | None, doc("如何到达", "How to get there")] = None
    accessibility: Annotated[str | None, doc("无障碍设施", "What there is for disabled people")] = None
    position: Annotated[
        Position | None, doc("位置；来源未提供时为空", "Position; null where the source has none")
    ] = None


class ServiceContact(Value, frozen=True, kw_only=True):
    """对外联系方式：岗位与电话，不含个人姓名。
    Whom to turn to: an office and its telephone, not a person.
    """

    office: Annotated[str | None, doc("部门或岗位", "Department or post")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    email: Annotated[str | None, doc("电子邮箱", "E-mail address")] = None


class Capacity(Value, frozen=True, kw_only=True):
    """某一类名额的容量，如全日托位。
    How many of one kind of place there are, such as full-day places in a nursery.
    """

    unit: Annotated[str, doc("名额类别", "The kind of place")]
    available: Annotated[int, doc("剩余", "How many are free")]
    maximum: Annotated[
        int | None, doc("总数；来源未提供时为空", "How many in all; null where the source does not say")
    ] = None
    description: Annotated[str | None, doc("说明", "More about it")] = None
    updated_at: Annotated[datetime, doc("来源最近一次更新的时刻", "When the source last counted them")]
    id: str
    start: datetime | None = None
    end: datetime | None = None
    """What span the places are for, where they are for one."""


class ServiceRecord(PlaceRecord, frozen=True, kw_only=True):
    """A service of a directory: where, when, for whom, at what price, and how much of it is free."""

    status: Annotated[ServiceStatus, doc("状态", "State")] = ServiceStatus.ACTIVE
    description: Annotated[str | None, doc("介绍", "What it is")] = None
    alert: Annotated[str | None, doc("近期提示，如临时调整", "What is out of the ordinary just now")] = None
    provider: Annotated[str | None, doc("提供机构", "The organisation that gives it")] = None
    address: Annotated[str | None, doc("地址", "Address")] = None
    phone: Annotated[str | None, doc("电话", "Telephone")] = None
    email: Annotated[str | None, doc("电子邮箱", "E-mail address")] = None
    url: Annotated[str | None, doc("网页", "Web page")] = None
    languages: Annotated[tuple[str, ...], doc("服务语言", "Languages spoken")] = ()
    accessibility: Annotated[str | None, doc("无障碍设施", "What there is for disabled people")] = None
    how_to_apply: Annotated[str | None, doc("如何办理", "How to get it")] = None
    documents: Annotated[tuple[str, ...], doc("所需材料", "What papers are needed")] = ()
    eligibility: Annotated[
        Eligibility | None, doc("服务对象；空为不限", "Whom it is for; null where for all")
    ] = None
    fees: Annotated[
        tuple[Price, ...], doc("现行收费项目", "Its prices as of now, as far as told one by one")
    ] = ()
    fees_note: Annotated[str | None, doc("收费说明", "What it costs, in the source's words")] = None
    categories: Annotated[
        tuple[ServiceCategory, ...], doc("来源目录中的分类", "Its categories in the source's taxonomy")
    ] = ()
    locations: Annotated[
        tuple[ServiceLocation, ...],
        doc("全部服务地点，主要地点在前", "Every place at which it is given, the main one first"),
    ] = ()
    contacts: Annotated[tuple[ServiceContact, ...], doc("联系方式", "Whom to turn to")] = ()
    capacities: Annotated[
        tuple[Capacity, ...],
        doc(
            "不限于某一时段的容量；来源未提供时为空列表",
            "Places that are not for a span of time; empty where the source does not tell",
        ),
    ] = ()
    updated_at: Annotated[
        datetime | None, doc("来源最近一次修改的时刻", "When the source last changed it")
    ] = None

    schedules: tuple[Schedule, ...] = ()
    """When it is given; the graph shows what comes of them."""
    dated: tuple[Capacity, ...] = ()
    """Capacities for a span of time each: a night, a visit."""

    def open_at(self, at: datetime) -> bool | None:
        """Whether it is open; None where nobody knows its hours."""
        return False if self.status is ServiceStatus.TEMPORARILY_CLOSED else open_at(self.schedules, at)

    def free(self) -> int | None:
        """How many undated places are free, None where the source does not tell."""
        return sum(one.available for one in self.capacities) if self.capacities else None

    def distance_from(self, circle: Near | None) -> int | None:
        """Metres from a circle's centre to the nearest of its places; None without either."""
        if circle is None:
            return None
        spots = [self.position, *(location.position for location in self.locations)]
        return min((d for d in map(circle.distance_to, spots) if d is not None), default=None)


class ServiceSlotRecord(SlotRecord, frozen=True, kw_only=True):
    """A kind of place in a service, or one of its nights or visits, as something to be booked."""

    updated_at: Annotated[datetime, doc("来源最近一次更新名额的时刻", "When the source last counted places")]
    usual_price: ClassVar[bool] = False
    """Whether the service's first price is the slot's, where none is named like its unit."""
    service: Ref
    brought_service: ServiceRecord
    """What it is a place in: it came along and need not be fetched."""


def slots_of(service: ServiceRecord, record: type[S], capacities: Iterable[Capacity]) -> list[S]:
    """Give a service's capacities as slots: undated ones first, then by their beginning.

    A slot's price is that which is named like its unit.
    """
    prices = {price.note.partition("：")[0]: price for price in reversed(service.fees) if price.note}
    usual = service.fees[0] if service.fees and record.usual_price else None
    slots = [
        record(
            ref=slot_ref(service.ref, one.id),
            as_of=service.as_of,
            stale=service.stale,
            title=f"{service.name} · {one.unit}",
            start=one.start,
            end=one.end,
            places_left=one.available,
            places_total=one.maximum,
            price=prices.get(one.unit, usual),
            eligibility=service.eligibility,
            offered=service.status is ServiceStatus.ACTIVE,
            updated_at=one.updated_at,
            service=service.ref,
            brought_service=service,
        )
        for one in capacities
    ]
    return sorted(
        slots, key=lambda slot: (slot.start is not None, slot.start and slot.start.timestamp(), slot.ref.id)
    )


def slot_ref(service: Ref, capacity: str) -> Ref:
    """Give the place of a slot: its service's and its own id, for capacities have no address of their own."""
    return Ref(service.source, f"{service.id}/{capacity}")


def service_of(slot: Ref) -> Ref:
    """Give the place of the service that a slot belongs to."""
    return Ref(slot.source, slot.id.rpartition("/")[0])


def admits_age(eligibility: Eligibility | None, age: float) -> bool:
    """Say whether someone of this age in years may have it; both bounds are included."""
    return eligibility is None or (
        (eligibility.minimum_age is None or eligibility.minimum_age <= age)
        and (eligibility.maximum_age is None or age <= eligibility.maximum_age)
    )


def admits_graduate(eligibility: Eligibility | None, year: int) -> bool:
    """Say whether someone who graduated in a year may have it."""
    return eligibility is None or eligibility.graduated_since is None or eligibility.graduated_since <= year


@strawberry.input(
    name="ServiceFilterInput", description=text("筛选条件，须同时满足", "Conditions, all of which must hold")
)
class ServiceFilter:
    """What is asked of a service before it is shown; whatever is null is no condition."""

    words: str | None = strawberry.field(
        name="text",
        default=None,
        description=text(
            "在名称、介绍、机构与分类中查找的词；多个词须同时出现",
            "Words to look for in name, description, provider and categories; all of them",
        ),
    )
    open_now: bool | None = strawberry.field(
        default=None,
        description=text(
            "真只要此刻开放的，假只要此刻关闭的；开放时间未知的均不列出",
            "true: open now; false: closed now. Unknown hours are neither",
        ),
    )
    has_free: bool | None = strawberry.field(
        default=None,
        description=text(
            "真只要有空余名额的，假只要已满的；未提供名额的均不列出",
            "true: with free places; false: full. Those that do not tell are neither",
        ),
    )
    age: float | None = strawberry.field(
        default=None,
        description=text("只要接收此年龄（岁）的", "Only what takes someone of this age in years"),
    )
    graduated_in: int | None = strawberry.field(
        default=None,
        description=text("只要接收此年毕业者的", "Only what takes someone who graduated in this year"),
    )

    def test(self, now: datetime) -> Callable[[ServiceRecord], bool]:
        """Give the test that a service has to pass at an instant."""
        words = (self.words or "").casefold().split()

        def passes(service: ServiceRecord) -> bool:
            return (
                (self.open_now is None or service.open_at(now) is self.open_now)
                and (self.has_free is None or self._free(service) is self.has_free)
                and (self.age is None or admits_age(service.eligibility, self.age))
                and (self.graduated_in is None or admits_graduate(service.eligibility, self.graduated_in))
                and (not words or _speaks_of(service, words))
            )

        return passes

    def _free(self, service: ServiceRecord) -> bool | None:
        free = service.free()
        return None if free is None else free > 0


def _speaks_of(service: ServiceRecord, words: Sequence[str]) -> bool:
    said = (service.name, service.name_en, service.description, service.provider)
    whole = "\n".join([*(part for part in said if part), *(c.name for c in service.categories)]).casefold()
    return all(word in whole for word in words)
