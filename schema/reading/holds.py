"""Holds: a title as something to be asked for, made of its copies' services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, ClassVar

from schema.core.docs import doc
from schema.core.record import Ref
from schema.core.scenario import Scenario
from schema.core.slot import SlotRecord, SlotUnit
from schema.reading.records import BiblioRecord, CopyService, CopyUse, HoldingsRecord

_USES = (CopyUse.LOAN, CopyUse.PRESENTATION)
"""What is asked for at a desk; the rest is had on the web, or through another library."""


class BiblioHoldRecord(SlotRecord, frozen=True, kw_only=True):
    """向某馆系统预约一种书：有可借的册即为读者留书，全部借出则排队。
    A hold on a title at one library system: a copy that is in is kept for the reader; where all are out, the
    reader queues.
    """

    kind: ClassVar[str] = "biblio-hold"
    scenario: ClassVar[Scenario] = Scenario.READING
    unit: ClassVar[SlotUnit] = SlotUnit.COPY

    service: Annotated[CopyUse, doc("预约的服务：外借或馆内阅览", "What for: lending, or use inside")]
    queue: Annotated[int | None, doc("排队人数；未说明时为空", "How many wait for it; null: not said")] = None
    expected: Annotated[
        date | None,
        doc(
            "已无可借的册时，最早一册预计归还的日期；有可借的册或不详时为空",
            "The day when the first copy is expected back, where none is left; null: one is, or not known",
        ),
    ] = None
    limitations: Annotated[
        tuple[str, ...], doc("每一册都有的限制条件", "Restrictions that apply to every copy")
    ] = ()
    url: Annotated[
        str | None, doc("来源给出的办理网址", "Where it is to be asked for, if the library says so")
    ] = None
    biblio: BiblioRecord

    def bookable_at(self, now: datetime) -> bool:
        """Whether a hold can be placed: that no copy is left is no hindrance, but what it is for."""
        return self.offered


def hold_ref(biblio: Ref, service: CopyUse) -> Ref:
    """Give a hold's locator: the title's, and what for."""
    return Ref(biblio.source, f"{biblio.id}/{service.value}")


def hold_parts(ref: Ref) -> tuple[Ref, CopyUse] | None:
    """Give the title and the service of a hold's locator, None where it is not one."""
    title, _, service = ref.id.rpartition("/")
    for use in _USES:
        if title and service == use.value:
            return Ref(ref.source, title), use
    return None


def holds_of(biblio: BiblioRecord, holdings: HoldingsRecord) -> list[BiblioHoldRecord]:
    """Give the holds that a title admits: at most one for lending and one for use inside.

    For lending where any copy can be borrowed now or will be again. For use inside where the library says
    how to ask for it, for what stands on open shelves is asked for by nobody. What is lent by the day has
    loans instead, and no holds.
    """
    if biblio.booked:
        return []
    return [hold for use in _USES if (hold := _hold(biblio, holdings, use)) is not None]


def _hold(biblio: BiblioRecord, holdings: HoldingsRecord, use: CopyUse) -> BiblioHoldRecord | None:
    services = list(asked_for(holdings, use))
    if not services:
        return None
    left = sum(service.available for service in services)
    common = set(services[0].limitations).intersection(*(service.limitations for service in services))
    return BiblioHoldRecord(
        ref=hold_ref(biblio.ref, use),
        as_of=holdings.as_of,
        stale=biblio.stale or holdings.stale,
        title=biblio.title,
        places_left=left,
        places_total=len(services),
        service=use,
        # A hold on a title shows at each of its copies, so that a sum would count it several times.
        queue=max((s.queue for s in services if s.queue is not None), default=None),
        expected=None if left else min((s.expected for s in services if s.expected), default=None),
        limitations=tuple(word for word in services[0].limitations if word in common),
        url=next((s.url for s in services if s.url), None),
        biblio=biblio,
    )


def asked_for(holdings: HoldingsRecord, use: CopyUse) -> Iterator[CopyService]:
    """Give what each copy says of a use, if it can be asked for: one a copy, what can be had first."""
    for copy in holdings.copies:
        for service in sorted(copy.services, key=lambda service: not service.available):
            if service.service is use and _can_be_asked_for(service):
                yield service
                break


def _can_be_asked_for(service: CopyService) -> bool:
    if service.service is CopyUse.PRESENTATION:
        return service.url is not None
    # Without `expected` or a queue nobody says that a copy is ever lent again (DAIA 1.0, "Availability").
    return service.available or service.returning or bool(service.queue) or service.url is not None
