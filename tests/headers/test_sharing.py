"""Selection from a merged table returns the measured values for every target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.headers import config, sharing, writing
from tools.headers.targets import TARGETS, target

from sockcore._platform import select

SYSTEMS = tuple(config.SYSTEMS)
WORDS = {system: [t.words for t in TARGETS if t.system == system] for system in SYSTEMS}

NAMES = st.sampled_from(["SO_ONE", "MSG_TWO", "AI_THREE", "fact_four"])
VALUES = st.one_of(st.none(), st.integers(0, 2), st.integers(-(2**63), 2**63 - 1))


@st.composite
def measured(draw, system):
    """Draw values by target.

    They are a common one, values that depend on words, and arbitrary exceptions.
    """
    by_words = {words: {} for words in WORDS[system]}
    every_word = sorted(frozenset().union(*by_words))
    for name in draw(st.sets(NAMES)):
        value = draw(VALUES)
        values = dict.fromkeys(by_words, value)
        for condition, value in draw(
            st.lists(st.tuples(st.sets(st.sampled_from(every_word), min_size=1, max_size=3), VALUES), max_size=3)
        ):
            values.update({words: value for words in by_words if words >= condition})
        values.update(draw(st.dictionaries(st.sampled_from(sorted(by_words, key=sorted)), VALUES, max_size=3)))
        for words, value in values.items():
            if value is not None:
                by_words[words][name] = value
    return by_words


def selected(table, words):
    """Return the values that the core selects from a table."""
    variants = {condition: writing.part(changes) for condition, changes in table.variants.items()}
    return select(*writing.part(table.names), variants, words)


@given(st.data(), st.sampled_from(SYSTEMS))
def test_select_from_table_returns_measured_values(data, system):
    values = data.draw(measured(system))
    table = sharing.table(values)
    for words, expected in values.items():
        assert selected(table, words) == expected


@given(st.data())
def test_select_from_system_module_returns_measured_values(data):
    values = data.draw(measured("linux"))
    text = writing.system_module("A summary.", "a source", sharing.table(values))
    module: dict[str, dict] = {}
    exec(compile(text, "linux.py", "exec"), module)
    for words, expected in values.items():
        assert select(module["NAMES"], module["VALUES"], module["VARIANTS"], words) == expected


@given(st.data())
def test_select_ignores_order_of_variants(data):
    values = data.draw(measured("linux"))
    names, variants = sharing.table(values)
    backwards = dict(reversed(list(variants.items())))
    for words, expected in values.items():
        assert selected(sharing.Table(names, backwards), words) == expected


def test_words_are_unique_per_target():
    for system in SYSTEMS:
        assert len(set(WORDS[system])) == len(WORDS[system])


def test_table_indistinguishable_targets_raises_value_error():
    twins = {frozenset({"linux", "x86"}): {"A": 1}, frozenset({"linux", "x86", "musl"}): {}}
    with pytest.raises(ValueError, match="no words distinguish"):
        sharing.table({**twins, frozenset({"linux", "x86", "glibc"}): {}})


def test_table_prefers_processor_and_library_conditions():
    values = {t.words: {"A": 2 if "mips" in t.words else 1} for t in TARGETS if t.system == "linux"}
    assert sharing.table(values) == ({"A": 1}, {"mips": {"A": 2}})
    values = {t.words: {"A": 1} if t.libc == "glibc" else {} for t in TARGETS if t.system == "linux"}
    assert sharing.table(values) == ({"A": 1}, {"musl": {"A": None}})


def test_table_equally_common_values_uses_first():
    first, second = frozenset({"linux", "glibc"}), frozenset({"linux", "musl"})
    assert sharing.table({first: {"A": 9}, second: {"A": 1}}) == ({"A": 9}, {"musl": {"A": 1}})
    assert sharing.table({first: {}, second: {"A": 1}}) == ({}, {"musl": {"A": 1}})


@pytest.mark.parametrize(
    ("triple", "words", "pointer", "long", "byteorder"),
    [
        ("x86-linux-musl", "linux x86 musl 32bit little-endian", 4, 4, "little"),
        ("arm-linux-gnueabihf", "linux arm glibc 32bit little-endian", 4, 4, "little"),
        ("s390x-linux-gnu", "linux s390 glibc 64bit big-endian", 8, 8, "big"),
        ("mips64el-linux-muslabi64", "linux mips musl 64bit little-endian", 8, 8, "little"),
        ("mips-linux-gnueabihf", "linux mips glibc 32bit big-endian", 4, 4, "big"),
        ("aarch64-macos", "darwin arm 64bit little-endian", 8, 8, "little"),
        ("sparc64-netbsd", "netbsd sparc 64bit big-endian", 8, 8, "big"),
        ("x86_64-windows-gnu", "windows x86 64bit little-endian", 8, 4, "little"),
        ("x86-windows-gnu", "windows x86 32bit little-endian", 4, 4, "little"),
        ("aarch64-windows-gnu", "windows arm 64bit little-endian", 8, 4, "little"),
    ],
)
def test_target_has_words_of_triple(triple, words, pointer, long, byteorder):
    result = target(triple)
    assert (result.words, result.pointer, result.long, result.byteorder) == (
        set(words.split()),
        pointer,
        long,
        byteorder,
    )
