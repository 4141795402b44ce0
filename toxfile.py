"""What tox.ini cannot say: where Pythons are that are not on PATH, and that none is downloaded behind one's back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from tools.pythons import found

# First, since pyenv's shims answer for versions that are not selected, and then refuse to run.
os.environ["PATH"] = os.pathsep.join([*map(str, found.folders()), os.environ.get("PATH", os.defpath)])
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
