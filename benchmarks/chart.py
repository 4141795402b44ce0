"""The ratios as a bar chart in SVG. Each bar starts at a line for the ratio 1.0.

The scale is logarithmic: twice as fast and half as fast are equally far from the line.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.results import Run

COLOURS = {"pure": "#4878a8", "native": "#d98032"}
LABELS, PLOT, VALUES = 250, 480, 60  # widths
BAR, GAP, TOP = 12, 8, 76
TICKS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def write(run: Run, path: Path) -> None:
    """Write the picture of *run* to a file."""
    path.write_text(svg(run), encoding="utf-8")


def svg(run: Run) -> str:
    """Return the picture of *run*."""
    results = [result for result in run.results if result.backends]
    ends = [end for result in results for one in result.backends.values() for end in (one.ratio.low, one.ratio.high)]
    low = max([tick for tick in TICKS if tick <= min([*ends, 0.5])], default=TICKS[0])
    high = min([tick for tick in TICKS if tick >= max([*ends, 2.0])], default=TICKS[-1])

    def x(ratio: float) -> float:
        place = math.log(min(max(ratio, low), high) / low) / math.log(high / low)
        return round(LABELS + PLOT * place, 1)

    body: list[str] = []
    y = TOP
    for result in results:
        height = BAR * len(result.backends)
        body.append(text(LABELS - 8, y + height / 2 + 4, result.name, "end"))
        for name, measured in result.backends.items():
            left, right = sorted((x(1.0), x(measured.ratio.median)))
            body.append(
                f'<rect x="{left}" y="{y}" width="{max(right - left, 1):.1f}" height="{BAR - 2}" '
                f'fill="{COLOURS.get(name, "#888")}"><title>{escape(result.what)}, {name}</title></rect>'
            )
            middle = y + BAR / 2 - 1
            body.append(line(x(measured.ratio.low), middle, x(measured.ratio.high), middle, "#222"))
            body.append(text(LABELS + PLOT + 8, middle + 4, f"{measured.ratio.median:.2f}"))
            y += BAR
        y += GAP
    axis = [
        line(x(tick), TOP - 8, x(tick), y, "#ddd") + text(x(tick), TOP - 12, fraction(tick), "middle")
        for tick in TICKS
        if low <= tick <= high
    ]
    about = run.about
    title = f"sockcore beside the standard library: {about['python']}, commit {about['commit'][:12]}"
    width, height = LABELS + PLOT + VALUES, y + GAP
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">',
            f'<rect {size} fill="#fff"/>',
            text(12, 18, title, weight="bold"),
            text(12, 34, "time (or memory) by the standard library's: left of 1 is better; lines are quartiles"),
            *legend(about["backends"]),
            *axis,
            *body,
            line(x(1.0), TOP - 8, x(1.0), y, "#222"),
            "</svg>\n",
        ]
    )


def legend(backends: list[str]) -> list[str]:
    """Return the legend: the colours of the backends."""
    parts = []
    for place, name in enumerate(backends):
        left = 12 + 80 * place
        colour = COLOURS.get(name, "#888")
        parts.append(f'<rect x="{left}" y="44" width="{BAR - 2}" height="{BAR - 2}" fill="{colour}"/>')
        parts.append(text(left + BAR + 2, 53, name))
    return parts


def fraction(tick: float) -> str:
    """Return the label of a tick: ``2`` or ``1/2``."""
    return f"{tick:g}" if tick >= 1 else f"1/{1 / tick:g}"


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """Return a line."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"/>'


def text(x: float, y: float, words: str, anchor: str = "start", weight: str = "normal") -> str:
    """Return text that starts, ends or is centred at a point, as *anchor* requires."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'
