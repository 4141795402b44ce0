"""Wine prefixes: folders with drive C: and the registry of Windows 10.

1. The daemons of Wine inherit the standard streams of the process that starts them, and would keep its pipes open.
   `running` starts them from a process without standard streams. They run as long as that process, so that programs
   start quickly.
2. The daemons write to the registry, so each run has its own copy. The other files are shared.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import CannotStart, cache, link_tree, move_into_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .installation import Wine

LIMIT = 300  # seconds to create a prefix, which usually takes 15
NO_WEB = "mscoree,mshtml="  # disables .NET and the browser, which Wine would offer to download


def variables(prefix: Path) -> dict[str, str]:
    """Return the environment for Windows programs in *prefix*."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SOCKCORE_", "WINE")) and name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    wine = {"WINEPREFIX": str(prefix), "WINEARCH": "win64", "WINEDEBUG": "-all", "WINEDLLOVERRIDES": NO_WEB}
    return {**inherited, **wine}


def template(wine: Wine) -> Path:
    """Return the prefix to copy; create it if none is cached for this version of Wine."""
    folder = cache() / f"prefix-{hashlib.sha256(wine.version().encode()).hexdigest()[:8]}"
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as name:
        unfinished = Path(name, "prefix")
        system = unfinished / "drive_c/windows/system32"
        system.mkdir(parents=True)
        for library in wine.libraries:
            shutil.copy(library, system)
        for arguments in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
            _run([wine.loader, *arguments], unfinished)
        _run([wine.server, "-w"], unfinished)
        if not system.joinpath("ws2_32.dll").exists():
            raise CannotStart(f"Wine created a prefix without Winsock: {sorted(os.listdir(unfinished))}")
        move_into_place(unfinished, folder)
    return folder


@contextmanager
def running(prefix: Path, wine: Wine) -> Iterator[Path]:
    """Copy the template to *prefix*, and run its daemons.

    End all its processes afterwards.
    """
    source = template(wine)
    prefix.mkdir(parents=True)
    link_tree(source / "drive_c", prefix / "drive_c")
    for path in source.iterdir():
        if path.name != "drive_c":
            if path.is_dir():
                shutil.copytree(path, prefix / path.name, symlinks=True)
            else:
                shutil.copy2(path, prefix)
    environment = variables(prefix)
    # A Windows program that waits for the end of its input. The daemons run until it ends.
    keeper = subprocess.Popen(
        [wine.loader, "cmd"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _run([wine.loader, "cmd", "/c", "exit"], prefix)
        if keeper.poll() is not None:
            raise CannotStart(f"Wine does not run: cmd ended with status {keeper.returncode}")
        yield prefix
    finally:
        subprocess.run([wine.server, "-k"], env=environment, stdin=subprocess.DEVNULL, check=False, capture_output=True)
        keeper.stdin.close()  # type: ignore[union-attr]
        keeper.wait()


def _run(command: list[str], prefix: Path) -> None:
    """Run a program with standard streams that a daemon cannot keep open."""
    try:
        status = subprocess.run(
            command,
            env=variables(prefix),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        raise CannotStart(f"{' '.join(command)} did not end within {LIMIT} seconds") from None
    if status:
        raise CannotStart(f"{' '.join(command)} ended with status {status}")
