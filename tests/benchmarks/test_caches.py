"""The table of the memory of caches has each family that has caches."""

from __future__ import annotations

import errno
import itertools

import pytest
from benchmarks import caches
from benchmarks.page import PAGE

from sockcore._plugins.discovery import registry


def families_with_caches() -> set[str]:
    current = registry()
    for number, proto in list(current.families):
        current.family(number, proto or 0)  # loads the codec
    return {codec.name for codec in current.families.values() if getattr(codec, "encoded", None) is not None}


def test_each_family_with_caches_has_a_row() -> None:
    assert families_with_caches() == {*caches.FILL_CACHES, *itertools.chain(*caches.SIMILAR_FAMILIES.values())}


@pytest.mark.parametrize("family", caches.FILL_CACHES)
def test_row_counts_the_memory_of_kept_addresses(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "COUNT", 100)
    try:
        few = caches.measure(family)
    except OSError as exc:
        if family == "AF_INET6" and exc.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH):
            pytest.skip("this machine has no IPv6")
        raise
    assert 100 * 50 < few < 100 * 5000


def test_page_has_a_line_for_each_family() -> None:
    table = PAGE.read_text(encoding="utf-8").partition(caches.BEGIN)[2].partition(caches.END)[0]
    lines = [line for line in table.splitlines() if line.startswith("| AF_")]
    assert [line.split()[1].strip(",") for line in lines] == list(caches.FILL_CACHES)
