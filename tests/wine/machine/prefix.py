"""Wine's prefix: the folder that has Windows' drive C: and registry. It says that it is Windows 10.

1. Wine's daemons keep the standard streams of whatever started them, so a pipe would not end before they do. They
   are started here, by a process whose streams are none, and last as long as that: a program then starts at once.
2. The registry is written into by the daemons, so each run has its own copy; the rest is shared.
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

from . import CannotStart, cache, linked, needed, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 300  # seconds to make a prefix; it takes 15
NO_WEB = "mscoree,mshtml="  # neither .NET nor a browser: Wine would offer to download them


def variables(prefix: Path) -> dict[str, str]:
    """The environment of programs of Windows in *prefix*."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SOCKCORE_", "WINE")) and name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    wine = {"WINEPREFIX": str(prefix), "WINEARCH": "win64", "WINEDEBUG": "-all", "WINEDLLOVERRIDES": NO_WEB}
    return {**inherited, **wine}


def wine() -> str:
    """The path of Wine."""
    return needed("wine", "wine wine64")


def template() -> Path:
    """The prefix that is copied, made if the cache has none of this Wine."""
    version = subprocess.run([wine(), "--version"], capture_output=True, text=True, check=False, env=_quiet()).stdout
    folder = cache() / f"prefix-{hashlib.sha256(version.encode()).hexdigest()[:8]}"
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as name:
        unfinished = Path(name, "prefix")
        for words in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
            _run([wine(), *words], unfinished)
        _run([needed("wineserver", "wine wine64"), "-w"], unfinished)
        if not unfinished.joinpath("drive_c/windows/system32/ws2_32.dll").exists():
            raise CannotStart(f"Wine made a prefix without Winsock: {sorted(os.listdir(unfinished))}")
        settled(unfinished, folder)
    return folder


@contextmanager
def running(prefix: Path) -> Iterator[Path]:
    """Give *prefix*, a copy of the template, with its daemons; all that runs in it ends with this."""
    made = template()
    prefix.mkdir(parents=True)
    linked(made / "drive_c", prefix / "drive_c")
    for path in made.iterdir():
        if path.name != "drive_c":
            if path.is_dir():
                shutil.copytree(path, prefix / path.name, symlinks=True)
            else:
                shutil.copy2(path, prefix)
    environment = variables(prefix)
    server = needed("wineserver", "wine wine64")
    # A program of Windows that waits for its input to end: until then the daemons stay.
    keeper = subprocess.Popen(
        [wine(), "cmd"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _run([wine(), "cmd", "/c", "exit"], prefix)
        if keeper.poll() is not None:
            raise CannotStart(f"Wine does not run: cmd ended with status {keeper.returncode}")
        yield prefix
    finally:
        subprocess.run([server, "-k"], env=environment, stdin=subprocess.DEVNULL, check=False, capture_output=True)
        keeper.stdin.close()  # type: ignore[union-attr]
        keeper.wait()


def _quiet() -> dict[str, str]:
    return {**os.environ, "WINEDEBUG": "-all"}


def _run(command: list[str], prefix: Path) -> None:
    """Run a program whose streams no daemon can keep open."""
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
