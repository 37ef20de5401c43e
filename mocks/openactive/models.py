"""Modelling Opportunity Data 2.0: what the world has, as JSON-LD of OpenActive."""

from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from mocks.world.concepts import Concept
from mocks.world.leisure import Facility, Operator, Programme, Venue
from mocks.world.occasions import Occasion, lessons

Json: TypeAlias = dict[str, Any]

_CONTEXT = "https://openactive.io/"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIMEZONE = "Asia/Shanghai"


class Models:
    """One operator's things by their `@id`, which lies under `https://{operator}.example/`."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self.root = f"https://{operator.id}.example"

    def uri(self, kind: str, key: str) -> str:
        return f"{self.root}/{kind}/{key}"

    def court_uri(self, facility: Facility, court: int) -> str:
        return f"{self.uri('facility-uses', facility.id)}/courts/{court}"

    def of(self, occasion: Occasion) -> str:
        """The `@id` of an occasion."""
        if isinstance(occasion.of, Facility):
            return self.uri("slots", occasion.id)
        return self.uri("courses" if occasion.of.lessons else "sessions", occasion.id)

    def seller(self) -> Json:
        return {
            "@type": "Organization",
            "@id": f"{self.root}/organizer",
            "name": self._operator.zh,
            "legalName": f"{self._operator.zh}管理中心",
            "url": self.root,
            "telephone": self._operator.phone,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "龙翔大道8033号",
                "addressLocality": "龙岗区龙城街道",
                "addressRegion": "广东省深圳市",
                "postalCode": "518172",
                "addressCountry": "CN",
            },
            "taxMode": "https://openactive.io/TaxGross",
        }

    def facility(self, facility: Facility) -> Json:
        found: Json = {
            "@context": _CONTEXT,
            "@type": "FacilityUse",
            "@id": self.uri("facility-uses", facility.id),
            "url": self.uri("web/facility-uses", facility.id),
            "name": f"{facility.venue.name}{facility.activity.court}",
            "description": f"{len(facility.courts)}片{facility.activity.court}，按小时预约。",
            "facilityType": [_concept(facility.activity.facility, "facility-types")],
            "location": self._place(facility.venue),
            "provider": self.seller(),
            "offers": self.offers(facility, self.uri("facility-uses", facility.id)),
            "hoursAvailable": [_hours(facility.venue)],
        }
        if self._operator.courts_apart:
            found["individualFacilityUse"] = [
                {
                    "@type": "IndividualFacilityUse",
                    "@id": self.court_uri(facility, number),
                    "name": name,
                }
                for number, name in enumerate(facility.courts, 1)
            ]
        return found

    def slot(self, slot: Occasion, left: int) -> Json:
        facility = slot.of
        assert isinstance(facility, Facility)  # noqa: S101  # a slot is of a facility
        uri = self.of(slot)
        return {
            "@context": _CONTEXT,
            "@type": "Slot",
            "@id": uri,
            "facilityUse": self.court_uri(facility, slot.court)
            if slot.court
            else self.uri("facility-uses", facility.id),
            "startDate": _instant(slot.start),
            "endDate": _instant(slot.end),
            "duration": "PT1H",
            "remainingUses": left,
            "maximumUses": slot.places,
            "offers": self.offers(facility, uri),
        }

    def series(self, programme: Programme) -> Json:
        uri = self.uri("series", programme.id)
        return {
            "@context": _CONTEXT,
            "@type": "SessionSeries",
            "@id": uri,
            "url": self.uri("web/series", programme.id),
            **self._event(programme, uri),
            "duration": f"PT{programme.minutes}M",
            "eventSchedule": [self.schedule(programme)],
        }

    def schedule(self, programme: Programme) -> Json:
        return {
            "@type": "PartialSchedule",
            "repeatFrequency": "P1W",
            **_times(programme),
            "byDay": [f"https://schema.org/{_DAYS[day]}" for day in programme.weekdays],
        }

    def session(self, session: Occasion, left: int, *, cancelled: bool, with_series: bool) -> Json:
        programme = session.of
        assert isinstance(programme, Programme)  # noqa: S101  # a session is of a programme
        series = self.series(programme)
        del series["@context"]
        found: Json = {
            "@context": _CONTEXT,
            "@type": "ScheduledSession",
            "@id": self.of(session),
            "url": self.uri("web/sessions", session.id),
            "superEvent": series if with_series else series["@id"],
            "startDate": _instant(session.start),
            "endDate": _instant(session.end),
            "duration": f"PT{programme.minutes}M",
            "eventStatus": _status(cancelled=cancelled),
            "maximumAttendeeCapacity": session.places,
            "remainingAttendeeCapacity": left,
        }
        if programme.price == 0:
            found["isAccessibleForFree"] = True
        return found

    def course(self, course: Occasion, left: int) -> Json:
        programme = course.of
        assert isinstance(programme, Programme)  # noqa: S101  # a course is a programme
        uri = self.of(course)
        return {
            "@context": _CONTEXT,
            "@type": "CourseInstance",
            "@id": uri,
            "url": self.uri("web/courses", course.id),
            **self._event(programme, uri),
            "startDate": course.start.date().isoformat(),
            "endDate": course.end.date().isoformat(),
            "duration": f"P{(course.end - course.start).days + 1}D",
            "eventStatus": _status(cancelled=False),
            "maximumAttendeeCapacity": course.places,
            "remainingAttendeeCapacity": left,
            "subEvent": [
                {
                    "@type": "Event",
                    "startDate": _instant(start),
                    "endDate": _instant(end),
                    "duration": f"PT{programme.minutes}M",
                }
                for start, end in lessons(course)
            ],
        }

    def offers(self, of: Facility | Programme, uri: str) -> list[Json]:
        """What booking costs: at venues a second offer for members with a card."""
        found = [self._offer(uri, "standard", "标准价", of.price)]
        if isinstance(of, Facility):
            member = self._offer(uri, "member", "会员卡价", of.members_price)
            member["openBookingInAdvance"] = "https://openactive.io/Unavailable"
            found.append(member)
        return found

    def _offer(self, uri: str, key: str, name: str, price: int) -> Json:
        courses = "/courses/" in uri
        offer: Json = {
            "@type": "Offer",
            "@id": f"{uri}#/offers/{key}",
            "name": name,
            "price": price,
            "priceCurrency": "CNY",
            "validFromBeforeStartDate": "P30D" if courses else "P7D",
            "latestCancellationBeforeStartDate": "P1D" if courses else "PT4H",
            "allowCustomerCancellationFullRefund": True,
            "openBookingPrepayment": "https://openactive.io/Unavailable",
        }
        if not courses and "/slots/" not in uri and "/facility-uses/" not in uri:
            offer["validThroughBeforeStartDate"] = "PT30M"
        return offer

    def _event(self, programme: Programme, uri: str) -> Json:
        found: Json = {
            "name": programme.name,
            "description": programme.note,
            "location": self._place(programme.venue),
            "activity": [_concept(programme.activity.concept, "activity-list")],
            "category": ["亲子"] if "亲子" in programme.name else ["健身"],
            "organizer": self.seller(),
            "leader": [{"@type": "Person", "name": programme.leader}],
            "level": [programme.level],
            "genderRestriction": "https://openactive.io/FemaleOnly"
            if programme.women_only
            else "https://openactive.io/NoRestriction",
            "offers": self.offers(programme, uri),
        }
        if programme.price == 0:
            found["isAccessibleForFree"] = True
        youngest, oldest = programme.ages
        if (youngest, oldest) != (None, None):
            bounds = {"minValue": youngest, "maxValue": oldest}
            found["ageRange"] = {
                "@type": "QuantitativeValue",
                **{name: value for name, value in bounds.items() if value is not None},
            }
        if "亲子" in programme.name:
            found["additionalAdmissionRestriction"] = ["须由一名家长陪同"]
        return found

    def _place(self, venue: Venue) -> Json:
        lat, lng = venue.position
        return {
            "@type": "Place",
            "@id": self.uri("places", venue.id),
            "url": self.uri("web/places", venue.id),
            "name": venue.name,
            "telephone": venue.phone,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": venue.street,
                "addressLocality": f"龙岗区{venue.community.subdistrict}",
                "addressRegion": "广东省深圳市",
                "postalCode": venue.postcode,
                "addressCountry": "CN",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": lat, "longitude": lng},
            "openingHoursSpecification": [_hours(venue)],
            "amenityFeature": [
                {"@type": kind, "name": kind, "value": there} for kind, there in venue.amenities
            ],
        }


def _concept(concept: Concept | None, scheme: str) -> Json:
    assert concept is not None  # noqa: S101  # only what has courts is let
    return {
        "@type": "Concept",
        "@id": concept.id,
        "prefLabel": concept.label,
        "inScheme": f"https://openactive.io/{scheme}",
    }


def _hours(venue: Venue) -> Json:
    return {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": [f"https://schema.org/{day}" for day in _DAYS],
        "opens": f"{venue.opens:%H:%M}",
        "closes": f"{venue.closes:%H:%M}",
    }


def _times(programme: Programme) -> Json:
    first = datetime.combine(date(2026, 1, 5), programme.starts)
    return {
        "startTime": f"{programme.starts:%H:%M}",
        "endTime": f"{first + timedelta(minutes=programme.minutes):%H:%M}",
        "scheduleTimezone": _TIMEZONE,
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _status(*, cancelled: bool) -> str:
    return f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}"
