"""The plugin in processes that take themselves for ones of macOS and the BSDs, by literals that compilers made."""

from __future__ import annotations

from typing import Any

import pytest
from bsd_literals import LITERALS
from tools.headers import initialisers, simulated_platform
from tools.headers.targets import Target, target

from sockcore.plugin import system_name

pytestmark = pytest.mark.skipif(system_name() == "windows", reason="a process of Windows takes itself for no other")

TARGETS = [target(triple) for triple in LITERALS]


@pytest.mark.parametrize("where", TARGETS, ids=lambda where: where.triple)
def test_codecs(where: Target) -> None:
    raws = {name: bytes.fromhex(digits) for name, digits in LITERALS[where.triple].items()}
    asked = initialisers.queries(where, raws, "sockcore_bsd")
    answers: list[Any] = simulated_platform.run_queries(where, [question for question, _ in asked])
    assert len(answers) == len(asked) > 4
    for (question, expected), answer in zip(asked, answers):
        assert answer == expected, question
