from __future__ import annotations

import sys
from pathlib import Path

# For the shared modules bsd_systems and bsd_literals, and for the package tools.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
