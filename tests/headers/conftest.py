from __future__ import annotations

import sys
from pathlib import Path

# The tools are no distribution: they are found from the root of the repository.
sys.path.insert(0, str(Path(__file__).parents[2]))
