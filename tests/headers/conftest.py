from __future__ import annotations

import sys
from pathlib import Path

# The package tools is in the root of the repository, and not installed.
sys.path.insert(0, str(Path(__file__).parents[2]))
