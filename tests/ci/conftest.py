from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # the package tools
collect_ignore_glob = ["test_*"] if sys.platform == "win32" else []  # the tests need bash
