"""The laboratory's tests run in its guest, and import its kit, the conformance tests' code and tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parents[1]), str(HERE.parent / "conformance"), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)

pytest.register_assert_rewrite("kit")


def pytest_configure() -> None:
    if "SOCKCORE_LAB_GUEST" not in os.environ:
        pytest.exit("tests/lab runs in a guest, with a kernel that has every family: tox -e lab", returncode=2)
