"""BlueZ's headers, the only ones in which programs find Linux's Bluetooth: no kernel exports its own."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

INSTALLED = Path("/usr/include/bluetooth")


@cache
def folder() -> Path:
    """Return a folder with ``bluetooth/*.h`` and nothing else, so that no other header of this machine is found.

    FileNotFoundError where they are not installed.
    """
    if not (INSTALLED / "bluetooth.h").exists():
        raise FileNotFoundError(f"{INSTALLED}/bluetooth.h is needed: apt-get install libbluetooth-dev")
    made = Path(tempfile.mkdtemp(prefix="bluez-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    shutil.copytree(INSTALLED, made / "bluetooth")
    return made
