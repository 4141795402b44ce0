from __future__ import annotations

import sys
from pathlib import Path

# For bluetooth_literals, which these tests share.
sys.path.insert(0, str(Path(__file__).resolve().parent))
