from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))
pytest.register_assert_rewrite("bluetooth_machine")


@pytest.fixture(scope="session", autouse=True)
def _controllers() -> Iterator[None]:
    from bluetooth_machine import controllers

    with controllers():
        yield
