"""Patrons, checkouts, holds and bookings as Koha's API shows them."""

from datetime import datetime
from typing import Any

from mocks.koha import fields
from mocks.koha.desk import Booking, Desk, Hold, Loan
from mocks.world.patrons import Patron


def hold(found: Hold, desk: Desk) -> dict[str, Any]:
    """`item_id` is a string, or null while no copy is meant."""
    return fields.HOLD | {
        "hold_id": found.id,
        "patron_id": found.patron,
        "hold_date": found.placed.isoformat(),
        "biblio_id": found.biblio,
        "pickup_library_id": found.branch,
        "notes": found.notes,
        "cancellation_date": found.cancelled.isoformat() if found.cancelled else None,
        "priority": 0 if found.cancelled else desk.priority(found),
        "status": "W" if found.waiting and not found.cancelled else None,
        "timestamp": _at(found.changed),
        "item_id": None if found.item is None else str(found.item),
        "waiting_date": found.waiting.isoformat() if found.waiting else None,
        "expiration_date": found.expires.isoformat() if found.expires else None,
        "lowest_priority": False,
        "suspended": False,
        "non_priority": False,
        "item_level": found.item_level,
    }


def checkout(loan: Loan, barcode: str) -> dict[str, Any]:
    return fields.CHECKOUT | {
        "checkout_id": loan.id,
        "patron_id": loan.patron,
        "item_id": loan.item,
        "external_id": barcode,
        "due_date": _at(loan.due),
        "library_id": loan.branch,
        "last_renewed_date": _at(loan.renewed),
        "renewals_count": loan.renewals,
        "unseen_renewals": 0,
        "auto_renew": False,
        "timestamp": _at(loan.renewed or loan.since),
        "checkout_date": _at(loan.since),
        "onsite_checkout": False,
    }


def booking(found: Booking) -> dict[str, Any]:
    return fields.BOOKING | {
        "booking_id": found.id,
        "biblio_id": found.biblio,
        "item_id": found.item,
        "patron_id": found.patron,
        "pickup_library_id": found.branch,
        "start_date": _at(found.start),
        "end_date": _at(found.end),
        "creation_date": _at(found.made),
        "modification_date": _at(found.made),
        "status": "new",
    }


def patron(found: Patron, desk: Desk) -> dict[str, Any]:
    """A Chinese name goes into the two fields that Koha has for names."""
    return fields.PATRON | {
        "patron_id": found.id,
        "cardnumber": found.card,
        "surname": found.name.family,
        "firstname": found.name.given,
        "preferred_name": found.name.given,
        "city": "深圳市",
        "country": "中国",
        "email": found.email,
        "mobile": found.phone,
        "date_of_birth": found.born.isoformat(),
        "library_id": found.branch,
        "category_id": found.category,
        "date_enrolled": found.enrolled.isoformat(),
        "expiry_date": found.expires.isoformat(),
        "expired": found.expires < desk.now.date(),
        "incorrect_address": False,
        "patron_card_lost": False,
        "restricted": False,
        "gender": "F" if found.name.gender == "female" else "M",
        "userid": found.card,
        "privacy": 1,
        "updated_on": f"{found.enrolled.isoformat()}T09:30:00+08:00",
        "lang": "zh-Hans",
        "anonymized": False,
        "protected": False,
    }


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
