from __future__ import annotations

import sys
from pathlib import Path

import pytest

# For the shared modules of these tests.
sys.path.insert(0, str(Path(__file__).resolve().parent))
pytest.register_assert_rewrite("outcomes")
