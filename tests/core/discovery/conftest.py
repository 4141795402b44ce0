"""Discovery and loading of plugins, and the startup cache: the same on every processor and both backends.

Most of these tests start another process. Runs on emulated machines, under sanitizers and on the native backend leave
this folder out.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
