"""Measurement of all targets: the values of the names that distributions claim."""

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
    """Values on a target by name: numbers, and GUIDs as text."""

    numbers: dict[str, int]
    guids: dict[str, str]


#: Triple -> values.
Measured = dict[str, Values]


def _type(name: str, system: str) -> str | None:
    """Return the C type for a name's value, or None if no distribution claims it."""
    distribution = config.owner(name, system)
    if distribution is not None:
        return distribution.type_of(name)
    return "long" if re.fullmatch(r"AF_\w+", name) else None


def units(system: str) -> tuple[tuple[str, ...], ...]:
    """Return the translation units of a system."""
    return sources.UNITS.get(system, sources.UNITS["*"])


def measure(target: Target) -> Values:
    """Return the values on a target.

    These are for the names of all distributions, facts, and all address families.
    """
    return Values({**_numbers(target), **_facts(target)}, _guids(target))


def _numbers(target: Target) -> dict[str, int]:
    numbers: dict[str, int] = {}
    type_of = partial(_type, system=target.system)
    for headers in units(target.system):
        for name, value in probe.measure(
            target, headers, partial(sources.public_name, headers=headers), type_of
        ).items():
            if numbers.setdefault(name, value) != value:
                raise ValueError(f"{target.triple}: {name} is {numbers[name]}, but {value} in {headers}")
    corrected = sources.CORRECTED.get(target.system, {})
    if stale := [name for name, value in corrected.items() if numbers.get(name) in (None, value)]:
        raise ValueError(f"{target.triple}: remove from sources.CORRECTED: {', '.join(stale)}")
    added = {**sources.DEFAULTS, **sources.ADDED.get(target.system, {})}
    converted = {name: _convert(type_of(name), value, target) for name, value in added.items()}
    return {**converted, **numbers, **corrected}


def _convert(c_type: str | None, value: int, target: Target) -> int:
    """Return *value* converted to a signed C type, as by a cast."""
    bits = 8 * {"int": 4, "long": target.long}.get(c_type or "", 8)
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
        raise ValueError(f"{target.triple}: not a constant: {', '.join(sorted(missing))}")
    return facts


def _guids(target: Target) -> dict[str, str]:
    if target.system != "windows":
        return {}
    guids: dict[str, str] = {}
    for headers in units(target.system):
        guids.update(probe.measure_guids(target, headers, lambda n: any(d.has_guid(n) for d in config.DISTRIBUTIONS)))
    return guids


def measure_all(targets: Iterable[Target] = TARGETS) -> Measured:
    """Return the values on all targets."""
    targets = tuple(targets)
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((target.triple for target in targets), pool.map(measure, targets)))
