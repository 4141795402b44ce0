"""The script that builds the kernel of the laboratory, as far as it runs without a build."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MACHINE = ROOT / "tests" / "lab" / "machine"


def test_prepare_unknown_series_fails(tmp_path: Path) -> None:
    environment = {**os.environ, "SOCKCORE_LAB": str(tmp_path), "SOCKCORE_LAB_SERIES": "5.10"}
    done = subprocess.run(
        ["bash", str(MACHINE / "prepare")], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "prepare: SOCKCORE_LAB_SERIES must be 6.1 or 6.12, not 5.10\n"
    assert list(tmp_path.iterdir()) == []


def test_tox_passes_variables_of_prepare() -> None:
    script = (MACHINE / "prepare").read_text(encoding="utf-8")
    settings = (ROOT / "tox.ini").read_text(encoding="utf-8")
    section = settings.partition("[testenv:lab]")[2].partition("[testenv:")[0]
    for name in ("SOCKCORE_LAB", "SOCKCORE_LAB_SERIES"):
        assert f"${{{name}:-" in script
        assert f"\n    {name}\n" in section
