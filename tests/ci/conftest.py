from __future__ import annotations

import sys

collect_ignore_glob = ["test_*"] if sys.platform == "win32" else []  # the tests need bash
