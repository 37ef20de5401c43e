"""The people who hold a library card."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mocks.world.people import Name, mobile, name

_CATEGORIES = ("ADULT", "CHILD", "SENIOR")


@dataclass(frozen=True, slots=True)
class Patron:
    id: int
    card: str
    name: Name
    category: str
    born: date
    phone: str
    email: str | None
    branch: str
    enrolled: date
    expires: date
    debt: float


def patrons(rng: Random, today: date, prefix: str, branches: list[str], count: int) -> tuple[Patron, ...]:
    """So many card holders; one in twelve has a card that has expired, one in ten owes a little."""
    found: list[Patron] = []
    for number in range(1, count + 1):
        category = rng.choices(_CATEGORIES, (70, 20, 10))[0]
        low, high = {"ADULT": (18, 59), "CHILD": (5, 17), "SENIOR": (60, 88)}[category]
        enrolled = today - timedelta(days=rng.randrange(30, 1000))
        left = -rng.randrange(1, 200) if number % 12 == 0 else rng.randrange(60, 1500)
        found.append(
            Patron(
                number,
                f"{prefix}{number:08d}",
                name(rng),
                category,
                today - timedelta(days=round(365.25 * rng.uniform(low, high))),
                mobile(rng),
                f"reader{number}@example.com" if rng.random() < 0.6 else None,
                rng.choice(branches),
                enrolled,
                today + timedelta(days=left),
                round(rng.randrange(1, 40) / 2, 2) if number % 10 == 0 else 0.0,
            )
        )
    return tuple(found)
