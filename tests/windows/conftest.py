from __future__ import annotations

import sys
from pathlib import Path

import pytest

# For the modules that these tests share.
sys.path.insert(0, str(Path(__file__).resolve().parent))
pytest.register_assert_rewrite("outcomes")
