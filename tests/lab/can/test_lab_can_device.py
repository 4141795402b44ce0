"""The core and sockcore-can alone, from wheels in a fresh environment, as on an embedded device."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

DEVICE = Path(__file__).with_name("device.py")


@pytest.fixture
def environment() -> dict[str, str]:
    """Return the environment of a device, without paths of this checkout."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOCKCORE_"))}


def test_device_has_core_and_can_plugin_only(environment: dict[str, str]) -> None:
    code = "import json, pkgutil; print(json.dumps([module.name for module in pkgutil.iter_modules()]))"
    command = [os.environ["LAB_DEVICE_PYTHON"], "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert {name for name in json.loads(done.stdout) if name.startswith("sockcore")} == {"sockcore", "sockcore_can"}


def test_device_program_transfers_frames(environment: dict[str, str]) -> None:
    command = [os.environ["LAB_DEVICE_PYTHON"], "-W", "error", str(DEVICE)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "raw: 16 bytes from ('vcan0',)",
        "fd: 72 bytes from ('vcan0',)",
        "isotp: 1024 bytes in segments",
        "with sockcore sockcore_can",
    ]
