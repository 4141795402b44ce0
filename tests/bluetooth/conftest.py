from __future__ import annotations

import sys
from pathlib import Path

# For the shared module bluetooth_literals.
sys.path.insert(0, str(Path(__file__).resolve().parent))
