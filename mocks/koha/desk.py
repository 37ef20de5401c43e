"""The circulation desk: loans, holds and bookings, and the rules they follow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING

from mocks.koha.catalogue import Catalogue
from mocks.koha.errors import forbidden, not_found, refused
from mocks.koha.site import Site
from mocks.world.clock import CHINA
from mocks.world.libraries import Item, Library
from mocks.world.patrons import Patron

if TYPE_CHECKING:
    from mocks.world import World

MAX_HOLDS = 10
MAX_RENEWALS = 2
MAX_DEBT = 10.0
_LOAN = timedelta(days=30)
_SHELF = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Loan:
    id: int
    item: int
    patron: int
    since: datetime
    due: datetime
    renewals: int
    branch: str
    renewed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """`item` is set by the reader (`item_level`) or by the shelf; `waiting` is when it reached the shelf."""

    id: int
    biblio: int
    patron: int
    placed: date
    branch: str
    changed: datetime
    item: int | None = None
    item_level: bool = False
    waiting: date | None = None
    cancelling: bool = False
    expires: date | None = None
    notes: str | None = None
    cancelled: date | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    id: int
    biblio: int
    item: int
    patron: int
    branch: str
    start: datetime
    end: datetime
    made: datetime


class Desk:
    """All that changes in a library. Rules are checked and writes made in one go, with no await between."""

    def __init__(self, world: "World", library: Library, catalogue: Catalogue, site: Site) -> None:
        self._world = world
        self._library = library
        self._catalogue = catalogue
        self._site = site
        self.patrons = {patron.id: patron for patron in library.patrons}
        self.loans: dict[int, Loan] = {}
        self.holds: dict[int, Hold] = {}
        self.old_holds: dict[int, Hold] = {}
        self.bookings: dict[int, Booking] = {}
        self._loan_of: dict[int, int] = {}  # by item
        self._holds_on: dict[int, list[int]] = {}  # by biblio, first come first
        self._shelf: dict[int, int] = {}  # by item that waits
        self._seed()
        self._hold_numbers = count(len(self.holds) + 1)  # a number is never given twice
        self._booking_numbers = count(len(self.bookings) + 1)

    @property
    def now(self) -> datetime:
        return self._world.clock.now()

    def loan_of(self, item: int) -> Loan | None:
        return self.loans.get(self._loan_of.get(item, 0))

    def holds_on(self, biblio: int) -> list[Hold]:
        return [self.holds[number] for number in self._holds_on.get(biblio, ())]

    def queue(self, biblio: int) -> list[Hold]:
        """Those who wait for a title and for whom no copy waits yet, first come first."""
        return [hold for hold in self.holds_on(biblio) if hold.waiting is None]

    def priority(self, hold: Hold) -> int:
        """A place in the queue; 0 once a copy waits."""
        return 0 if hold.waiting else 1 + self.queue(hold.biblio).index(hold)

    def shelved_for(self, item: int) -> Hold | None:
        return self.holds.get(self._shelf.get(item, 0))

    def place_hold(
        self, patron: Patron, biblio: int, branch: str, item: int | None = None,
        expires: date | None = None, notes: str | None = None,
    ) -> Hold:  # fmt: skip
        """Queue a reader for a title or one copy; KohaError says which rule forbids it."""
        copies = [self._catalogue.items[item]] if item else self._catalogue.copies[biblio]
        if reason := self.bars(patron):
            raise forbidden(reason, status=409 if self._site.embeds else 403)
        if reason := self._forbids(patron, biblio, copies):
            raise forbidden(reason)
        number = next(self._hold_numbers)
        hold = Hold(
            number, biblio, patron.id, self.now.date(), branch, self.now, item, item is not None,
            expires=expires, notes=notes,
        )  # fmt: skip
        self._queue_up(hold)
        self._record("hold.placed", hold_id=number, biblio_id=biblio, item_id=item, patron_id=patron.id)
        return hold

    def cancel_hold(self, number: int) -> int:
        """204 when it is gone; 202 when the site first has to take the copy off the shelf."""
        hold = self.holds.get(number)
        if hold is None:
            raise refused(404, "Hold not found.")
        if hold.waiting and self._site.cancelling == 202:
            self.holds[number] = replace(hold, cancelling=True, changed=self.now)
            self._record("hold.cancellation-requested", hold_id=number)
            return 202
        del self.holds[number]
        self.old_holds[number] = replace(hold, cancelled=self.now.date(), changed=self.now)
        self._holds_on[hold.biblio].remove(number)
        if hold.waiting and hold.item is not None:
            self._shelf.pop(hold.item, None)
        self._record("hold.cancelled", hold_id=number)
        return 204

    def renew(self, number: int) -> Loan:
        loan = self.loans.get(number)
        if loan is None:
            raise not_found("Checkout")
        biblio = self._catalogue.items[loan.item].biblio
        for reason, applies in (
            ("too_many", loan.renewals >= MAX_RENEWALS),
            ("on_reserve", bool(self.queue(biblio))),
            ("overdue", loan.due < self.now),
        ):
            if applies:
                raise refused(403, f"Renewal not authorized ({reason})")
        due = _evening(self.now.date() + _LOAN)
        renewed = replace(loan, due=max(due, loan.due), renewals=loan.renewals + 1, renewed=self.now)
        self.loans[number] = renewed
        self._record("checkout.renewed", checkout_id=number, due_date=renewed.due.isoformat())
        return renewed

    def book(
        self, patron: int, biblio: int, item: int | None, branch: str, start: datetime, end: datetime
    ) -> Booking:
        """Reserve a thing for a time; without `item` any copy that is free then will do."""
        copies = [self._catalogue.items[item]] if item else list(self._catalogue.copies[biblio])
        free = [copy for copy in copies if bookable(copy) and self._free(copy.id, start, end)]
        if not free:
            raise refused(400, "Booking would conflict")
        number = next(self._booking_numbers)
        booking = Booking(number, biblio, free[0].id, patron, branch, start, end, self.now)
        self.bookings[number] = booking
        self._record("booking.made", booking_id=number, item_id=free[0].id, patron_id=patron)
        return booking

    def cancel_booking(self, number: int) -> None:
        if self.bookings.pop(number, None) is None:
            raise not_found("Booking")
        self._record("booking.cancelled", booking_id=number)

    def bars(self, patron: Patron) -> str | None:
        """Why this reader may place no hold at all; later releases look at debts and limits, too."""
        mine = sum(hold.patron == patron.id for hold in self.holds.values())
        if patron.expires < self.now.date():
            return "expired"
        if self._site.embeds and patron.debt > MAX_DEBT:
            return "debt_limit"
        if self._site.embeds and mine >= MAX_HOLDS:
            return "hold_limit"
        return None

    def _forbids(self, patron: Patron, biblio: int, copies: Iterable[Item]) -> str | None:
        mine = [hold for hold in self.holds.values() if hold.patron == patron.id]
        if any(hold.biblio == biblio for hold in mine):
            return "itemAlreadyOnHold"
        if len(mine) >= MAX_HOLDS:
            return "tooManyReserves"
        borrowed = [loan.item for loan in self.loans.values() if loan.patron == patron.id]
        if any(self._catalogue.items[item].biblio == biblio for item in borrowed):
            return "alreadypossession"
        if not any(loanable(copy) for copy in copies):
            return "noReservesAllowed"
        return None

    def _free(self, item: int, start: datetime, end: datetime) -> bool:
        return not any(b.item == item and b.start < end and start < b.end for b in self.bookings.values())

    def _queue_up(self, hold: Hold) -> None:
        self.holds[hold.id] = hold
        self._holds_on.setdefault(hold.biblio, []).append(hold.id)
        if hold.waiting and hold.item is not None:
            self._shelf[hold.item] = hold.id

    def _record(self, kind: str, **what: object) -> None:
        self._world.ledger.record(self._library.id, kind, **what)

    def _seed(self) -> None:
        for item in self._catalogue.items.values():
            if item.due is not None and item.borrower is not None:
                number = len(self.loans) + 1
                due = _evening(item.due)
                self.loans[number] = Loan(
                    number, item.id, item.borrower, due - _LOAN, due, item.renewals % 3, item.holding
                )
                self._loan_of[item.id] = number
        for number, queued in enumerate(self._library.queue, 1):
            waiting = queued.placed + timedelta(days=1) if queued.item else None
            expires = waiting + _SHELF if waiting else None
            self._queue_up(
                Hold(
                    number, queued.biblio, queued.patron, queued.placed, queued.branch,
                    _evening(waiting or queued.placed), queued.item, waiting=waiting, expires=expires,
                )
            )  # fmt: skip
        rng = self._world.rng(f"{self._library.id}/bookings")
        today = _evening(self.now.date()).replace(hour=9, minute=0)
        for biblio, copies in self._catalogue.copies.items():
            if copies[0].kind == "THING" and rng.random() < 0.6:
                start = today + timedelta(days=rng.randrange(0, 10))
                number = len(self.bookings) + 1
                self.bookings[number] = Booking(
                    number, biblio, copies[0].id, rng.choice(list(self.patrons)), copies[0].home, start,
                    start + timedelta(days=rng.randrange(1, 4)), self.now,
                )  # fmt: skip


def loanable(item: Item) -> bool:
    """Whether a copy ever goes out on a reader's card; things are booked instead."""
    return item.kind != "THING" and not (item.not_for_loan or item.lost or item.withdrawn)


def bookable(item: Item) -> bool:
    return item.kind == "THING" and not (item.lost or item.withdrawn or item.damaged)


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), CHINA)
