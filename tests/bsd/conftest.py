from __future__ import annotations

import sys
from pathlib import Path

# For bsd_systems and bsd_literals, which these tests share, and for the tools.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
