"""Check that pyright knows the type of every public name: ``python tests/types/verify.py`` in an environment with all.

A name without an annotation has a type that other type checkers may infer differently. ``pyright --verifytypes`` lists
these names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sockcore", *sorted(f"sockcore_{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml")))
COMPLETE = "Type completeness score: 100%"


def main() -> int:
    """Check all packages; return 1 if one of them is incomplete."""
    incomplete = 0
    # For this option, pyright takes the packages of the first Python on PATH, and ignores --pythonpath.
    folders = [str(Path(sys.executable).parent), *os.environ.get("PATH", "").split(os.pathsep)]
    environment = {**os.environ, "PATH": os.pathsep.join(folders)}
    for package in PACKAGES:
        command = [sys.executable, "-m", "pyright", "--verifytypes", package, "--ignoreexternal"]
        # Another folder, because in the root `sockcore` would be the folder of the project.
        folder = Path(__file__).parent
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        if COMPLETE in lines:
            print(f"{package}: {COMPLETE}")
            continue
        incomplete += 1
        wanted = [number for number, line in enumerate(lines) if "error:" in line]
        print(f"{package}:", *(line for number in wanted for line in lines[number : number + 2]), done.stderr, sep="\n")
        print(*lines[-3:], sep="\n")
    return 1 if incomplete else 0


if __name__ == "__main__":
    sys.exit(main())
