"""Import paths for the tests of the laboratory.

They contain the kit, the code of the conformance tests, and tools.
"""

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
        pytest.exit("tests/lab needs a guest whose kernel supports every family: tox -e lab", returncode=2)
