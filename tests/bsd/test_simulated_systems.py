"""The codecs in processes that simulate macOS and the BSDs, compared with literals that compilers generated."""

from __future__ import annotations

from typing import Any

import pytest
from bsd_literals import LITERALS
from tools.headers import initialisers, simulated_platform
from tools.headers.targets import Target, target

from sockcore.plugin import system_name

pytestmark = pytest.mark.skipif(system_name() == "windows", reason="a process on Windows cannot simulate other systems")

TARGETS = [target(triple) for triple in LITERALS]


@pytest.mark.parametrize("simulated", TARGETS, ids=lambda simulated: simulated.triple)
def test_codecs_on_simulated_system_equal_literals(simulated: Target) -> None:
    literals = {name: bytes.fromhex(digits) for name, digits in LITERALS[simulated.triple].items()}
    queries = initialisers.queries(simulated, literals, "sockcore_bsd")
    results: list[Any] = simulated_platform.run_queries(simulated, [query for query, _ in queries])
    assert len(results) == len(queries) > 4
    for (query, expected), result in zip(queries, results):
        assert result == expected, query
