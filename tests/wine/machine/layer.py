"""One run's Windows: a prefix of its own, a Python, in it sockcore's wheels and what the tests need."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tools.pythons import target

from . import CHECKOUT, CannotStart, cache, linked, prefix, pythons, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDS = CHECKOUT / "tests" / "requirements.txt"
# Standard streams that are files end a Python at its start: they must be pipes, as cat's is.
LAUNCHER = """\
#!/bin/bash
{variables} {wine} {python} "$@" < /dev/null 2>&1 | cat
exit "${{PIPESTATUS[0]}}"
"""


class Layer(NamedTuple):
    """A Windows Python that runs: its version, where it is, and how it is started."""

    version: str
    folder: Path
    python: Path  # python.exe
    launcher: Path  # takes its arguments, on this machine
    environment: dict[str, str]
    identity: str  # changes with the build, and with Wine

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs python.exe with *arguments*; its streams must be pipes."""
        return [prefix.wine(), str(self.python), *arguments]


def wheels(folder: Path) -> list[Path]:
    """Build the wheels of all distributions into *folder*."""
    for name in target.distributions():
        command = [str(target.uv_path()), "build", "--quiet", "--wheel", "--out-dir", str(folder), str(CHECKOUT / name)]
        done = subprocess.run(
            command, env=target.PURE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotStart(f"{name} has no wheel: {done.stderr[-2000:]}")
    return sorted(folder.glob("*.whl"))


def ready() -> None:
    """Make what all layers share, before several ask for it at once."""
    prefix.template()


@contextmanager
def made(version: str, built: list[Path]) -> Iterator[Layer]:
    """Give a Windows with Python *version* and the wheels *built*; it is gone afterwards."""
    genuine, needs = pythons.python(version), _needs(version)
    with tempfile.TemporaryDirectory(dir=cache(), prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        python = folder / "python"
        linked(genuine, python)
        site = python / "Lib" / "site-packages"
        linked(needs, site)
        _install(version, site, *map(str, built))
        with prefix.running(folder / "prefix") as running:
            identity = f"{genuine.name} {prefix.template().name}"
            # Apart from what this machine's Pythons of the same version compiled, which has their names of the files.
            bytecode = "Z:" + str(folder / "bytecode").replace("/", "\\")
            environment = {**prefix.variables(running), "PYTHONPYCACHEPREFIX": bytecode}
            layer = Layer(version, folder, python / "python.exe", folder / "run-python", environment, identity)
            given = ("WINE", "PYTHONPYCACHEPREFIX")
            ours = {name: value for name, value in layer.environment.items() if name.startswith(given)}
            words = {
                "variables": " ".join(f"{name}={shlex.quote(value)}" for name, value in ours.items()),
                "wine": shlex.quote(prefix.wine()),
                "python": shlex.quote(str(layer.python)),
            }
            layer.launcher.write_text(LAUNCHER.format(**words), encoding="utf-8")
            layer.launcher.chmod(0o755)
            _try_out(layer)
            yield layer


def _needs(version: str) -> Path:
    """A folder with what the tests need, for Windows."""
    key = hashlib.sha256(NEEDS.read_bytes() + pythons.BUILDS[version].files.encode()).hexdigest()[:8]
    folder = cache() / f"needs-{version}-{key}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as name:
            unfinished = Path(name, "site")
            _install(version, unfinished, "-r", str(NEEDS))
            settled(unfinished, folder)
    return folder


def _install(version: str, site: Path, *what: str) -> None:
    """Install distributions of Windows, with what they need there, into the folder *site*."""
    command = [str(target.uv_path()), "pip", "install", "--quiet", "--target", str(site)]
    command += ["--python", sys.executable, "--python-version", version]
    command += ["--python-platform", "x86_64-pc-windows-msvc", "--only-binary", ":all:", *what]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{' '.join(what)} could not be installed: {done.stderr[-2000:]}")


def _try_out(layer: Layer) -> None:
    """Compile what is installed, and see that it is a Windows Python that runs."""
    code = (
        "import compileall, sys, _socket; "
        "compileall.compile_dir(sys.prefix + r'\\Lib\\site-packages', quiet=2); "
        "print(sys.platform, '%d.%d' % sys.version_info[:2], sys.version)"
    )
    done = subprocess.run(
        layer.command("-W", "error", "-c", code),
        env=layer.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode or not re.match(rf"win32 {re.escape(layer.version)} ", done.stdout):
        raise CannotStart(f"the Windows Python {layer.version} does not run: {done.stdout[-2000:]}")
    print(f"Windows Python {done.stdout.split(' ', 2)[2].strip()}")
