"""The headers of BlueZ, which define Bluetooth on Linux: the kernel does not export its own."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

INSTALLED = Path("/usr/include/bluetooth")


@cache
def folder() -> Path:
    """Return a folder with ``bluetooth/*.h`` only.

    Thus the compiler finds no other header of this machine.

    Raises FileNotFoundError if the headers are not installed.
    """
    if not (INSTALLED / "bluetooth.h").exists():
        raise FileNotFoundError(f"{INSTALLED}/bluetooth.h is needed: apt-get install libbluetooth-dev")
    copy = Path(tempfile.mkdtemp(prefix="bluez-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(INSTALLED, copy / "bluetooth")
    return copy
