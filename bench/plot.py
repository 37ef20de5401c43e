"""A bar chart as SVG, written by hand: the same figures always give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_LEFT, _WIDTH, _RIGHT, _STEP, _TITLE = 190, 520, 90, 20, 34
_FONT = 'font-family="sans-serif" font-size="12"'
_COLOURS = ("#0b6e4f", "#48a9a6", "#c1666b", "#d4b483", "#a89b8c", "#4f6d9a", "#e07a5f", "#f2b6a0")


def bars(title: str, groups: Mapping[str, Sequence[tuple[str, float]]]) -> str:
    """Draw groups of named bars with values above 0 on one logarithmic axis."""
    values = [value for group in groups.values() for _, value in group]
    low, high = math.floor(math.log10(min(values) / 2)), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    names = list(dict.fromkeys(name for group in groups.values() for name, _ in group))
    fills = {name: f'fill="{_COLOURS[index % len(_COLOURS)]}"' for index, name in enumerate(names)}

    def x(value: float) -> float:
        return _LEFT + _WIDTH * (math.log10(value) - low) / (high - low)

    drawn: list[str] = []
    y = _TITLE + 14
    for group, named in groups.items():
        drawn.append(f'<text x="8" y="{y + 12}" font-weight="bold">{escape(group)}</text>')
        y += 20
        for name, value in named:
            drawn += [
                f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>',
                f'<rect x="{_LEFT}" y="{y}" width="{x(value) - _LEFT:.1f}" height="16" {fills[name]}/>',
                f'<text x="{x(value) + 6:.1f}" y="{y + 12}">{value:,.0f}</text>',
            ]
            y += _STEP
        y += 10
    lines = [
        f'<line x1="{x(10**power):.1f}" y1="{_TITLE}" x2="{x(10**power):.1f}" y2="{y}" stroke="#ddd"/>'
        f'<text x="{x(10**power):.1f}" y="{y + 14}" text-anchor="middle">{10**power:,}</text>'
        for power in range(low, high + 1)
    ]
    width, height = _LEFT + _WIDTH + _RIGHT, y + 24
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FONT}>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="20" font-size="15">{escape(title)}</text>',
        *lines,
        *drawn,
        "</svg>",
        "",
    ])  # fmt: skip
