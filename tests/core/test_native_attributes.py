"""Hostile values for every attribute of sockets and their classes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="the program limits its memory and descriptors")
if sys.implementation.name != "cpython":
    pytest.skip("tests the native backend", allow_module_level=True)

import hostile_values

from sockcore._system import backend

PROGRAM = Path(hostile_values.__file__)


@pytest.mark.parametrize("mode", hostile_values.MODES)
def test_hostile_values_of_attributes_do_not_crash(mode: str, tmp_path: Path) -> None:
    if mode == "classes" and backend.NAME != "native":
        pytest.skip("a Python class without one of its methods may loop forever")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), mode],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        cwd=tmp_path,  # a hostile value may be a path to bind
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=115,
        check=False,
    )
    assert done.returncode == hostile_values.FINISHED, f"{done.returncode}: {done.stderr[-3000:]}"
