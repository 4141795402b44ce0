"""Merging of the values of a system's targets into a table: usual values, and variants."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    #: Words of a target -> its values.
    Values = Mapping[frozenset[str], Mapping[str, int]]

# Words that explain best why a value differs: a C library or a processor rather than a width.
_PREFERRED = ("glibc", "musl", "mips", "sparc", "powerpc", "x86", "arm", "s390", "riscv", "loongarch")


class Table(NamedTuple):
    """The table of a system, in the format that :mod:`sockcore._platform` describes."""

    names: dict[str, int]
    variants: dict[str, dict[str, int | None]]


def table(values: Values) -> Table:
    """Return the table of a system.

    The values of each target can be selected from it by its words.
    """
    common = frozenset.intersection(*values)
    names: dict[str, int] = {}
    variants: dict[str, dict[str, int | None]] = {}
    for name in sorted({name for mapping in values.values() for name in mapping}):
        by_words = {words - common: mapping.get(name) for words, mapping in values.items()}
        usual = _usual(by_words)
        if usual is not None:
            names[name] = usual
        for condition, value in _exceptions(by_words, usual):
            variants.setdefault(condition, {})[name] = value
    order = sorted(variants, key=lambda condition: (len(condition.split()), condition))
    return Table(names, {condition: variants[condition] for condition in order})


def _usual(by_words: Mapping[frozenset[str], int | None]) -> int | None:
    """Return the most common value, or the first of several."""
    return Counter(by_words.values()).most_common(1)[0][0]


def _exceptions(by_words: Mapping[frozenset[str], int | None], usual: int | None) -> list[tuple[str, int | None]]:
    """Return conditions and their values for the targets whose value is not *usual*.

    Each condition holds only for targets with its value, so the order of conditions does not matter.
    """
    left = {words for words, value in by_words.items() if value != usual}
    usable: dict[tuple[str, ...], set[frozenset[str]]] = {}
    for words in left:
        for condition in _conditions(words):
            holds = {other for other in by_words if other.issuperset(condition)}
            if len({by_words[other] for other in holds}) == 1:
                usable[condition] = holds
    exceptions = []
    while left:
        covering = [condition for condition, holds in usable.items() if holds & left]
        if not covering:
            raise ValueError(f"no words distinguish these targets: {sorted(map(sorted, left))}")
        best = min(covering, key=lambda condition: _rank(condition, len(usable[condition] & left)))
        exceptions.append((" ".join(best), by_words[next(iter(usable[best]))]))
        left -= usable[best]
    return exceptions


def _conditions(words: frozenset[str]) -> Iterable[tuple[str, ...]]:
    ordered = sorted(words)
    return chain.from_iterable(combinations(ordered, count) for count in range(1, len(ordered) + 1))


def _rank(condition: tuple[str, ...], covered: int) -> tuple[int, int, int, tuple[str, ...]]:
    """Return a sort key: prefer short conditions, _PREFERRED words, many targets."""
    return len(condition), sum(word not in _PREFERRED for word in condition), -covered, condition
