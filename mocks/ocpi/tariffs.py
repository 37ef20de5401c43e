"""Tariffs of the two operators, as OCPI 2.2.1 has them (module Tariffs): prices per kWh and per hour."""

from datetime import datetime
from typing import Any

from mocks.ocpi.locations import instant
from mocks.world.clock import CHINA

Json = dict[str, Any]

_SINCE = datetime(2026, 7, 1, tzinfo=CHINA)
_BEFORE = datetime(2025, 3, 1, tzinfo=CHINA)
_NAMES = {
    "AC": ("慢充", "Slow charging"),
    "DC": ("快充", "Fast charging"),
    "SUPER": ("液冷超充", "Liquid-cooled ultra-fast charging"),
}
_BY_HOUR: dict[str, tuple[float, float, float]] = {
    "AC": (0.55, 0.95, 1.3),
    "DC": (0.78, 1.25, 1.68),
    "SUPER": (0.98, 1.45, 1.88),
}
"""Of the grid's operator: in the valley, in between, at the peak."""
_WITHOUT_TAX: dict[str, float] = {"AC": 0.9, "DC": 1.2, "SUPER": 1.5}


def tariffs(operator: str, party: str) -> list[tuple[datetime, Json]]:
    """Each with the instant of its last change, the oldest first."""
    made = _of_grid(party) if operator == "charging-grid" else _of_swift(party)
    return [(at, {**tariff, "last_updated": instant(at)}) for at, tariff in made]


def _of_grid(party: str) -> list[tuple[datetime, Json]]:
    old = _tariff(party, "OLD", "2025年电价", "Prices of 2025") | {
        "elements": [_energy(1.1)],
        "end_date_time": instant(_SINCE),
    }
    return [
        (_BEFORE, old),
        *(
            (
                _SINCE,
                _tariff(party, name, *_NAMES[name])
                | {
                    "type": "REGULAR",
                    "start_date_time": instant(_SINCE),
                    "elements": [
                        _energy(valley, start_time="00:00", end_time="08:00"),
                        _energy(peak, start_time="10:00", end_time="12:00"),
                        _energy(peak, start_time="14:00", end_time="19:00"),
                        _energy(between),
                        *([_idle()] if name != "AC" else []),
                    ],
                },
            )
            for name, (valley, between, peak) in _BY_HOUR.items()
        ),
    ]


def _of_swift(party: str) -> list[tuple[datetime, Json]]:
    return [
        (
            _SINCE,
            _tariff(party, name, *_NAMES[name])
            | {
                "type": "AD_HOC_PAYMENT",
                "min_price": {"excl_vat": 1.0, "incl_vat": 1.06},
                "elements": [
                    {
                        "price_components": [
                            {"type": "FLAT", "price": 0.5, "vat": 6.0, "step_size": 1},
                            {"type": "ENERGY", "price": price, "vat": 6.0, "step_size": 100},
                        ]
                    }
                ],
            },
        )
        for name, price in _WITHOUT_TAX.items()
    ]


def _tariff(party: str, name: str, zh: str, en: str) -> Json:
    return {
        "country_code": "CN",
        "party_id": party,
        "id": f"{party}-{name}",
        "currency": "CNY",
        "tariff_alt_text": [{"language": "zh", "text": zh}, {"language": "en", "text": en}],
    }


def _energy(price: float, **restrictions: str) -> Json:
    element: Json = {"price_components": [{"type": "ENERGY", "price": price, "step_size": 1}]}
    return element | ({"restrictions": restrictions} if restrictions else {})


def _idle() -> Json:
    return {"price_components": [{"type": "PARKING_TIME", "price": 18.0, "step_size": 60}]}
