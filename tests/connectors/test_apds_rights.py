"""APDS rights at the wire: what of a specification is offered, on what terms, out of which pools."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from connectors.apds import CONNECTOR
from connectors.apds.connector import Apds
from connectors.kit import Code, SourceError
from schema.core.record import Ref
from schema.core.slot import Eligibility, Price
from schema.parking.lookups import AllRights
from schema.parking.records import ParkingLotRecord, TariffBasis, TariffLine, TariffRecord
from schema.parking.rights import ParkingRightRecord, ParkingRightType, RightOfferRecord, slots_at
from tests.conftest import NOW
from tests.connectors.conftest import Connect

EVERY = AllRights()
LOT = ParkingLotRecord(ref=Ref("city", "a/1"), as_of=NOW, name="停车场", areas=(Ref("city", "a-ev"),))


@pytest.fixture
async def city(connect: Connect) -> Apds:
    """An operator's connector."""
    connector: Apds = await connect(CONNECTOR, id="city")
    return connector


def validity(start: str = "2026-01-01T00:00:00Z", end: str | None = None, **more: Any) -> dict[str, Any]:
    bounds = {"overallStartTime": start} | ({"overallEndTime": end} if end else {})
    return {"validityTimeSpecification": bounds, **more}


def terms(table: str | None = "month", priority: int = 1, name: str | None = None, **asked: Any) -> Any:
    names = [{"language": "zh", "string": name}] if name else []
    return {
        "id": "e",
        "version": 1,
        "priority": priority,
        "eligibility": {"id": "w", "version": 1, "eligibilityName": names, "qualifications": [asked]},
        **({"rateTable": {"id": table, "version": 1}} if table else {}),
    }


def spec(id_: str = "pass", **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "type": "permitParking",
        "description": [{"language": "zh", "string": "月卡"}],
        "transferable": False,
        "issuer": {"id": "city", "version": 1},
        "validity": validity(),
        "hierarchyElements": [{"id": "a/1", "version": 1, "className": "Place"}],
        "rateEligibility": [terms()],
        **fields,
    }


def pool(left: int, total: int, id_: str = "p", **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "version": 1,
        "assignedRightsIssuer": {"id": "city", "version": 1},
        "availableAssignedRights": left,
        "distributedAssignedRights": total,
        **fields,
    }


def listing(*items: Any) -> dict[str, Any]:
    meta = {"referenceInstant": 1_795_485_540, "pageSize": 200, "offset": 0, "total": len(items)}
    return {"meta": meta, "data": list(items)}


def tariff(id_: str, *lines: TariffLine, basis: TariffBasis | None = None) -> TariffRecord:
    return TariffRecord(ref=Ref("city", id_), as_of=NOW, name=id_, lines=lines, basis=basis)


def line(amount: str, **fields: Any) -> TariffLine:
    return TariffLine(**{"from_minutes": None, "to_minutes": None, "amount": Decimal(amount), **fields})


TARIFFS = (tariff("month", line("300", per_months=1)), tariff("other", line("480", per_months=1)))


async def offers(city: Apds, wire: respx.Router, *specs: Any) -> list[RightOfferRecord]:
    """What an operator's list becomes."""
    wire.get("/rights/specs").respond(json=listing(*specs))
    return list((await city.rights_offered([EVERY]))[EVERY])


async def slots(city: Apds, wire: respx.Router, *specs: Any) -> list[ParkingRightRecord]:
    """What can be obtained at the one car park."""
    return slots_at(LOT, await offers(city, wire, *specs), TARIFFS, NOW)


async def test_the_list_is_one_call_with_pools(city: Apds, wire: respx.Router) -> None:
    """A right that a list shows twice is one; a broken one is left out."""
    found = await offers(city, wire, spec("a"), spec("a"), {"id": "broken"}, spec("b"))
    assert [offer.ref.id for offer in found] == ["a", "b"]
    assert [call.request.url.params["expand"] for call in wire.calls] == [
        "rateEligibility,validity,rightPools"
    ]


@pytest.mark.parametrize(
    ("fields", "type_"),
    [
        ({}, ParkingRightType.PERMIT),
        ({"type": "oneTimeUseParking"}, None),
        (
            {"type": "oneTimeUseParking", "rateEligibility": [terms(), terms(withReservation=True)]},
            ParkingRightType.RESERVATION,
        ),
        ({"type": "loadingUnloading"}, None),
        ({"type": "accessPermission"}, None),
        ({"type": None}, None),
    ],
)
async def test_what_one_asks_for_beforehand(
    city: Apds, wire: respx.Router, fields: dict[str, Any], type_: ParkingRightType | None
) -> None:
    """Permits, and parking once where it is reserved; to drive in and pay on leaving is no offer."""
    assert [offer.type for offer in await offers(city, wire, spec(**fields))] == ([type_] if type_ else [])


@pytest.mark.parametrize("element", ["a/1", "a-ev", "b"])
async def test_where_a_right_holds(city: Apds, wire: respx.Router, element: str) -> None:
    """At the car park or a part of it, whatever the car park itself says."""
    found = await slots(city, wire, spec(hierarchyElements=[{"id": element, "version": 1}]))
    assert [slot.ref.id for slot in found] == ([] if element == "b" else ["a%2F1/pass"])


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ([terms(name="居民", withMembership=True)], "居民"),
        ([terms(withMembership=True, membershipNames=[[{"language": "zh", "string": "车友会"}]])], "车友会"),
        ([terms(withMembership=True)], "会员"),
        ([terms(userQualifications=[{"userGroup": {"entryDefinedValue": "disabled"}}])], "disabled"),
        ([terms(propulsionEnergyType=["battery"])], "battery"),
        ([terms(vehicleTypes=["motorcycle"])], "motorcycle"),
        ([terms(name="所有车辆", vehicleTypes=["anyVehicle"], propulsionEnergyType=["all"])], None),
        ([terms(name="居民", withMembership=True), terms("other", 2)], None),
        (
            [terms(name="居民", withMembership=True), terms("other", 2, "员工", withMembership=True)],
            "居民；或员工",
        ),
        ([], None),
    ],
)
async def test_who_may_have_it(
    city: Apds, wire: respx.Router, asked: list[Any], condition: str | None
) -> None:
    """In the operator's words where it has any; null where anyone may have it on some terms."""
    (slot,) = await slots(city, wire, spec(rateEligibility=asked))
    assert slot.eligibility == (Eligibility(note=condition) if condition else None)


async def test_terms_with_different_prices_have_no_one_price(city: Apds, wire: respx.Router) -> None:
    """The tariffs tell, the first by priority; one price for all is told."""
    both = [terms("other", 2), terms("month", 1)]
    (slot,) = await slots(city, wire, spec(rateEligibility=both))
    assert (slot.price, [tariff.ref.id for tariff in slot.tariffs]) == (None, ["month", "other"])
    (slot,) = await slots(city, wire, spec(rateEligibility=[terms("month"), terms("gone", 2)]))
    assert slot.price == Price(amount=Decimal(300), note="每月")


async def test_a_right_of_which_no_rate_is_shown_is_for_others(city: Apds, wire: respx.Router) -> None:
    """A private or foreign rate table; without any table it may be had, at an unknown price or free."""
    assert await slots(city, wire, spec(rateEligibility=[terms("private")])) == []
    (slot,) = await slots(city, wire, spec(rateEligibility=[terms(None)]))
    assert slot.price is None
    (slot,) = await slots(city, wire, spec(rateEligibility=[terms(None, freeToPark=True)]))
    assert slot.price == Price(amount=Decimal(0))


@pytest.mark.parametrize(
    ("lines", "basis", "price"),
    [
        ([line("12")], TariffBasis.DAILY, Price(amount=Decimal(12), note="每天")),
        ([line("30")], TariffBasis.EVENT, Price(amount=Decimal(30), note="每场活动")),
        ([line("30")], None, Price(amount=Decimal(30))),
        ([line("600", per_months=3)], None, Price(amount=Decimal(600), note="每3个月")),
        ([line("5", per_minutes=60, from_minutes=0)], None, Price(amount=Decimal(5), note="每1小时")),
        (
            [line("0", from_minutes=0, to_minutes=60), line("0", from_minutes=60)],
            None,
            Price(amount=Decimal(0)),
        ),
        ([line("5", from_minutes=0, to_minutes=60), line("2", from_minutes=60)], None, None),
        ([], None, None),
    ],
)
async def test_what_it_costs(
    city: Apds, wire: respx.Router, lines: list[TariffLine], basis: TariffBasis | None, price: Price | None
) -> None:
    """One amount where the rate table has one; what goes by the time has its steps in the tariff."""
    found = await offers(city, wire, spec())
    (slot,) = slots_at(LOT, found, [tariff("month", *lines, basis=basis)], NOW)
    assert slot.price == price


async def test_pools_are_added_up_unless_they_are_for_a_time(city: Apds, wire: respx.Router) -> None:
    """One slot for all that hold without a time, one for each span; what is over is left out."""
    dated = {"validity": validity("2026-11-25T00:00:00Z", "2026-11-25T10:00:00Z")}
    over = {"validity": validity("2026-11-23T00:00:00Z", "2026-11-23T10:00:00Z")}
    open_ = {"validity": validity("2026-11-01T00:00:00Z")}
    pools = [pool(1, 9), pool(-2, 5, "q", **open_), pool(3, 4, "d/1", **dated), pool(3, 4, "o", **over)]
    always, day = await slots(city, wire, spec(rightPools=pools))
    assert (always.ref.id, always.places_left, always.places_total) == ("a%2F1/pass", 1, 14)
    assert (always.start, always.end, always.book_until) == (None, None, None)
    assert (day.ref.id, day.places_left, day.places_total) == ("a%2F1/pass/d%2F1", 3, 4)
    assert day.start == datetime.fromisoformat("2026-11-25T08:00:00+08:00")
    assert day.end == day.book_until == datetime.fromisoformat("2026-11-25T18:00:00+08:00")
    (alone,) = await slots(city, wire, spec(rightPools=[pool(3, 4, "d", **dated)]))
    assert alone.ref.id == "a%2F1/pass/d"


async def test_until_when_it_can_be_had(city: Apds, wire: respx.Router) -> None:
    """A permit until its validity or expiry ends; to park once is for the time of its validity."""
    until = validity(end="2026-12-31T16:00:00Z")
    (permit,) = await slots(city, wire, spec(validity=until, expiry="2026-12-01T00:00:00Z"))
    assert (permit.start, permit.end) == (None, None)
    assert permit.book_until == datetime.fromisoformat("2026-12-01T08:00:00+08:00")
    once: dict[str, Any] = {"type": "oneTimeUseParking", "rateEligibility": [terms(withReservation=True)]}
    (visit,) = await slots(city, wire, spec(**once, validity=until))
    assert visit.start == datetime.fromisoformat("2026-01-01T08:00:00+08:00")
    assert visit.end == visit.book_until == datetime.fromisoformat("2027-01-01T00:00:00+08:00")
    assert visit.bookable_at(NOW)
    (any_time,) = await slots(city, wire, spec(**once))
    assert (any_time.start, any_time.end, any_time.places_left) == (None, None, None)
    (ended,) = await slots(city, wire, spec(validity=validity(end="2026-11-01T00:00:00Z")))
    assert not ended.bookable_at(NOW)
    (suspended,) = await slots(city, wire, spec(validity=validity(validityStatus="suspended")))
    assert not suspended.bookable_at(NOW)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_an_operator_may_have_no_rights(city: Apds, wire: respx.Router, status: int) -> None:
    """None then, and no failure."""
    wire.get("/rights/specs").respond(status)
    assert (await city.rights_offered([EVERY]))[EVERY] == ()


async def test_a_list_that_fails_is_the_sources_failure(city: Apds, wire: respx.Router) -> None:
    """It is not taken for an empty one."""
    wire.get("/rights/specs").respond(403)
    with pytest.raises(SourceError) as caught:
        await city.rights_offered([EVERY])
    assert caught.value.code is Code.SOURCE_REJECTED


async def test_ids_are_quoted_in_paths_and_locators(city: Apds, wire: respx.Router) -> None:
    """Whatever an operator calls its things, a slot's locator leads to them and nowhere else."""
    place = {"id": "a/1", "version": 1, "type": "place", "name": [{"language": "zh", "string": "停车场"}]}
    rate = {
        "id": "month",
        "version": 1,
        "rateTableName": [{"language": "zh", "string": "月卡"}],
        "availability": "public",
        "rateLineCollections": [],
    }
    answers = {"places/a%2F1": place, "rights/specs/pass": spec(), "rates/month": rate}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json=answers[request.url.raw_path.decode().partition("?")[0].removeprefix("/api/")]
        )

    wire.get(path__regex=".*").mock(side_effect=answer)
    ref = Ref("city", "a%2F1/pass")
    found = await city.rights_by_ref([ref, Ref("city", "a"), Ref("city", "a/b/c/d")])
    assert {key: slot.title for key, slot in found.items()} == {ref: "停车场 · 月卡"}
    assert len(wire.calls) == 3
