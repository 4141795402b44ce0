"""All that is measured: for each target, each name that some distribution wants, with its value there."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from . import config, probe, sources
from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .targets import Target


class Values(NamedTuple):
    """What a target has, by name: numbers, and GUIDs as text."""

    numbers: dict[str, int]
    guids: dict[str, str]


#: By triple.
Measured = dict[str, Values]


def _type(name: str, system: str) -> str | None:
    """Return the type that a name's value has in C, None if nobody wants it."""
    distribution = config.owner(name, system)
    if distribution is not None:
        return distribution.type_of(name)
    return "long" if re.fullmatch(r"AF_\w+", name) else None


def units(system: str) -> tuple[tuple[str, ...], ...]:
    """Return the translation units of a system."""
    return sources.UNITS.get(system, sources.UNITS["*"])


def measure(target: Target) -> Values:
    """Return what a target has: names of every distribution, facts, and the names of all address families."""
    return Values({**_numbers(target), **_facts(target)}, _guids(target))


def _numbers(target: Target) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = partial(_type, system=target.system)
    for headers in units(target.system):
        for name, value in probe.measure(target, headers, partial(sources.known_as, headers=headers), wanted).items():
            if found.setdefault(name, value) != value:
                raise ValueError(f"{target.triple}: {name} is {found[name]}, but {value} in {headers}")
    otherwise = sources.OTHERWISE.get(target.system, {})
    if stale := [name for name, value in otherwise.items() if found.get(name) in (None, value)]:
        raise ValueError(f"{target.triple}: no longer otherwise: {', '.join(stale)}")
    said = {**sources.DEFAULTS, **sources.ADDED.get(target.system, {})}
    return {**{name: _as(wanted(name), value, target) for name, value in said.items()}, **found, **otherwise}


def _as(kind: str | None, value: int, target: Target) -> int:
    """Return what *value* is as a number of type *kind*: what does not fit is negative."""
    bits = 8 * {"int": 4, "long": target.long}.get(kind or "", 8)
    return value if value < 1 << (bits - 1) else value - (1 << bits)


def _facts(target: Target) -> dict[str, int]:
    expressions = {
        name: by_system[known]
        for distribution in config.DISTRIBUTIONS
        if target.system in distribution.on()
        for name, by_system in distribution.facts
        for known in (target.system if target.system in by_system else "*",)
        if known in by_system
    }
    facts = probe.evaluate(target, units(target.system)[0], expressions)
    if missing := expressions.keys() - facts.keys():
        raise ValueError(f"{target.triple}: no constant: {', '.join(sorted(missing))}")
    return facts


def _guids(target: Target) -> dict[str, str]:
    if target.system != "windows":
        return {}
    found: dict[str, str] = {}
    for headers in units(target.system):
        found.update(probe.measure_guids(target, headers, lambda n: any(d.has_guid(n) for d in config.DISTRIBUTIONS)))
    return found


def measure_all(targets: Iterable[Target] = TARGETS) -> Measured:
    """Return what every target has."""
    targets = tuple(targets)
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((target.triple for target in targets), pool.map(measure, targets)))
