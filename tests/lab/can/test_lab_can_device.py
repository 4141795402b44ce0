"""The core and sockcore-can alone are enough for a device: with no other plugin, and none that could be found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sockcore
import sockcore_can

DEVICE = Path(__file__).with_name("device.py")


def test_no_other_plugin_is_needed(tmp_path: Path) -> None:
    # A path with two packages on it, and what tells of one plugin.
    for module in (sockcore, sockcore_can):
        folder = Path(module.__file__).parent
        (tmp_path / folder.name).symlink_to(folder)
    information = tmp_path / "sockcore_can-0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: sockcore-can\nVersion: 0\n")
    (information / "entry_points.txt").write_text("[sockcore]\ncan = sockcore_can\n")
    needed = [str(tmp_path), *dependencies(tmp_path)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOCKCORE_"))}
    environment["PYTHONPATH"] = os.pathsep.join(needed)
    code = "import importlib.util as u; print([n for n in ('sockcore_inet', 'sockcore_unix') if u.find_spec(n)])"
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(DEVICE)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "raw: 16 bytes from ('vcan0',)",
        "fd: 72 bytes from ('vcan0',)",
        "isotp: 1024 bytes in segments",
        "with sockcore sockcore_can",
    ]


def dependencies(folder: Path) -> list[str]:
    """The folder of the core's own dependencies, without the plugins that stand beside them."""
    import pluggy

    other = folder / "dependencies"
    other.mkdir()
    (other / "pluggy").symlink_to(Path(pluggy.__file__).parent)
    for path in Path(pluggy.__file__).parents[1].glob("pluggy-*.dist-info"):
        (other / path.name).symlink_to(path)
    try:
        import importlib_metadata
        import zipp
    except ImportError:
        return [str(other)]
    for module in (importlib_metadata, zipp):
        (other / module.__name__).symlink_to(Path(module.__file__).parent)
    return [str(other)]
