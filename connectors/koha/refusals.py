"""What Koha's refusals mean: its own reasons, wherever a release writes them."""

from __future__ import annotations

import re
from typing import Any

from connectors.kit import DecodeError, Refusal, Refused, StatusError, json_of

_CODE = re.compile(r"[A-Za-z_]{1,40}")
_REASON = re.compile(r"Hold cannot be placed\. Reason: ([A-Za-z_]{1,40})")
_SENTENCES = {
    "The supplied pickup location is not valid": "invalid_pickup_location",
    "patron_id not found": "patron_not_found",
    "Biblio not found.": "not_found",
    "Bibliographic record not found": "not_found",
    "biblio_id not found.": "not_found",
    "Booking would conflict": "conflict",
}
"""Reasons that Koha gives in a sentence only, with codes for them: later releases' own, if there are any."""
_MEANT: dict[str, Refusal] = {
    "itemAlreadyOnHold": Refusal.DUPLICATE,
    "tooManyHoldsForThisRecord": Refusal.DUPLICATE,
    "alreadypossession": Refusal.DUPLICATE,
    "tooManyReserves": Refusal.NOT_ELIGIBLE,
    "tooManyReservesToday": Refusal.NOT_ELIGIBLE,
    "hold_limit": Refusal.NOT_ELIGIBLE,
    "ageRestricted": Refusal.NOT_ELIGIBLE,
    "expired": Refusal.NOT_ELIGIBLE,
    "debt_limit": Refusal.NOT_ELIGIBLE,
    "restricted": Refusal.NOT_ELIGIBLE,
    "card_lost": Refusal.NOT_ELIGIBLE,
    "bad_address": Refusal.NOT_ELIGIBLE,
    "cannotReserveFromOtherBranches": Refusal.NOT_ELIGIBLE,
    "branchNotInHoldGroup": Refusal.NOT_ELIGIBLE,
    "notInHoldGroup": Refusal.NOT_ELIGIBLE,
    "patron_not_found": Refusal.ACCOUNT_NEEDED,
    "noReservesAllowed": Refusal.NOT_OFFERED,
    "notReservable": Refusal.NOT_OFFERED,
    "damaged": Refusal.NOT_OFFERED,
    "not_found": Refusal.NOT_OFFERED,
    "conflict": Refusal.FULL,
    "libraryNotFound": Refusal.NOT_POSSIBLE,
    "libraryNotPickupLocation": Refusal.NOT_POSSIBLE,
    "cannotBeTransferred": Refusal.NOT_POSSIBLE,
    "pickupNotInHoldGroup": Refusal.NOT_POSSIBLE,
    "invalid_pickup_location": Refusal.NOT_POSSIBLE,
}
_NOT_OF_THE_WISH = frozenset({401, 408, 429})

_any_of = json_of(Any)


def refusal(error: StatusError) -> Refused:
    """Give what a refused write means.

    The error itself is raised where it says nothing of what was asked: a credential that is not taken or
    may not do this (403 with no reason), a time limit, a fault of the system.
    """
    code = _code(error.body)
    if (
        not 400 <= error.status < 500
        or error.status in _NOT_OF_THE_WISH
        or (error.status == 403 and code is None)
    ):
        raise error
    detail = f"status {error.status}" + (f", {code}" if code else "")
    return Refused(_MEANT.get(code or "", Refusal.SOURCE_REFUSED), detail)


def _code(body: bytes) -> str | None:
    """Koha's word for the reason: in `error_code`, at the end of `error`, or behind a known sentence."""
    try:
        found = _any_of(body)
    except DecodeError:
        return None
    text: Any = found
    if isinstance(found, dict):
        code, text = found.get("error_code"), found.get("error")
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    if not isinstance(text, str):
        return None
    match = _REASON.fullmatch(text)
    return match[1] if match is not None else _SENTENCES.get(text)
