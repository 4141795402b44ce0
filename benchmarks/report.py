"""The table as text. Rows are printed one by one, since a run takes minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.measuring import Spread
    from benchmarks.results import Result

NAME = 36
VALUE = 11
RATIO = 24
LEGEND = "ratio: sockcore's time, or memory, by the standard module's; less is better; in brackets its quartiles"


def heading(about: dict[str, Any]) -> str:
    """Return the description of the run, and the first line of the table."""
    machine = about["machine"]
    commit = about["commit"][:12] + (" with changes" if about["changed"] else "")
    lines = [
        f"sockcore {commit}, plugins {', '.join(about['plugins'])}; {about['python']}",
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}, load {machine['load'][0]}",
        f"{about['rounds']} rounds of {about['seconds']} s",
        LEGEND,
        "",
        f"{'':{NAME}}{'standard':>{VALUE}}"
        + "".join(f"{name:>{VALUE}}  {'ratio':{RATIO - 2}}" for name in about["backends"]),
    ]
    return "\n".join(line.rstrip() for line in lines)


def line(result: Result, backends: list[str]) -> str:
    """Return a row of the table, or the reason why it has no value."""
    text = f"{result.name:{NAME}}"
    text += f"{amount(result.standard.median, result.unit) if result.standard else '-':>{VALUE}}"
    for name in backends:
        if name in result.backends:
            measured = result.backends[name]
            text += f"{amount(measured.value.median, result.unit):>{VALUE}}  {ratio(measured.ratio):{RATIO - 2}}"
        else:
            word = "skipped" if name in result.skipped else "FAILED"
            text += f"{word:>{VALUE}}{'':{RATIO}}"
    reasons = {**result.skipped, **result.failed}
    unique = sorted(set(reasons.values()))
    return "\n    ".join([text.rstrip(), *(part for reason in unique for part in reason.strip().splitlines())])


def amount(value: float, unit: str) -> str:
    """Return a value with its unit, with about three digits."""
    if unit == "B":
        return f"{value:,.0f} B"
    factor, name = (1e9, "ns") if value < 1e-6 else (1e6, "µs") if value < 1e-3 else (1e3, "ms")
    number = value * factor
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f} {name}"


def ratio(spread: Spread) -> str:
    """Return a ratio and its quartiles as text."""
    return f"{spread.median:.2f} ({spread.low:.2f} - {spread.high:.2f})"
