"""All that is measured: for each target, each name that some distribution wants, with its value there."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from . import config, probe
from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .targets import Target

#: Target's triple to name to value.
Measured = dict[str, dict[str, int]]


def _number(name: str) -> str | None:
    """Return the type that a name's value has, None if nobody wants it."""
    distribution = config.owner(name)
    if distribution is not None:
        return distribution.number
    return "long" if re.fullmatch(r"AF_\w+", name) else None


def units(system: str) -> tuple[tuple[str, ...], ...]:
    """Return the translation units of a system."""
    return config.UNITS.get(system, config.UNITS["*"])


def measure(target: Target) -> dict[str, int]:
    """Return what a target has: names of every distribution, facts, and the names of all address families."""
    found: dict[str, int] = {}
    for headers in units(target.system):
        for name, value in probe.measure(target, headers, partial(config.known_as, headers=headers), _number).items():
            if found.setdefault(name, value) != value:
                raise ValueError(f"{target.triple}: {name} is {found[name]}, but {value} in {headers}")
    expressions = {
        name: by_system.get(target.system, by_system["*"])
        for distribution in config.DISTRIBUTIONS
        for name, by_system in distribution.facts
    }
    facts = probe.evaluate(target, units(target.system)[0], expressions)
    if missing := expressions.keys() - facts.keys():
        raise ValueError(f"{target.triple}: no constant: {', '.join(sorted(missing))}")
    added = config.ADDED.get(target.system, {})
    return {**config.DEFAULTS, **added, **found, **facts}


def measure_all(targets: Iterable[Target] = TARGETS) -> Measured:
    """Return what every target has."""
    targets = tuple(targets)
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((target.triple for target in targets), pool.map(measure, targets)))
