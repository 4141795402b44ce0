"""The Windows environment of one run: prefix, Python, wheels of sockcore, and requirements of the tests."""

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

from . import CHECKOUT, CannotStart, cache, link_tree, move_into_place, prefix, pythons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .installation import Wine

NEEDS = CHECKOUT / "tests" / "requirements.txt"
# Python ends at its start if its standard streams are files. They must be pipes, here to cat.
LAUNCHER = """\
#!/bin/bash
{variables} {wine} {python} "$@" < /dev/null 2>&1 | cat
exit "${{PIPESTATUS[0]}}"
"""


class Layer(NamedTuple):
    """A Windows Python of one run."""

    version: str
    wine: Wine
    folder: Path
    python: Path  # python.exe
    launcher: Path  # script of this machine that runs python.exe with its arguments
    environment: dict[str, str]
    identity: str  # different for each build of Python and version of Wine

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs python.exe with *arguments*.

        Its streams must be pipes.
        """
        return [self.wine.loader, str(self.python), *arguments]


def wheels(folder: Path) -> list[Path]:
    """Build the wheels of all distributions into *folder*."""
    for name in target.distributions():
        command = [str(target.uv_path()), "build", "--quiet", "--wheel", "--out-dir", str(folder), str(CHECKOUT / name)]
        done = subprocess.run(
            command, env=target.PURE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotStart(f"the wheel of {name} could not be built: {done.stderr[-2000:]}")
    return sorted(folder.glob("*.whl"))


def build_template(wine: Wine) -> None:
    """Build the prefix that all layers share, before several threads need it."""
    prefix.template(wine)


@contextmanager
def running_layer(version: str, wine: Wine, built: list[Path]) -> Iterator[Layer]:
    """Create a layer with Python *version* and wheels *built*; delete it afterwards."""
    genuine, needs = pythons.python(version), _needs(version)
    with tempfile.TemporaryDirectory(dir=cache(), prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        python = folder / "python"
        link_tree(genuine, python)
        site = python / "Lib" / "site-packages"
        link_tree(needs, site)
        _install(version, site, *map(str, built))
        with prefix.running(folder / "prefix", wine) as running:
            identity = f"{genuine.name} {prefix.template(wine).name}"
            # A separate cache: bytecode from Pythons of this machine contains the Linux paths of the files.
            bytecode = "Z:" + str(folder / "bytecode").replace("/", "\\")
            environment = {**prefix.variables(running), "PYTHONPYCACHEPREFIX": bytecode}
            layer = Layer(version, wine, folder, python / "python.exe", folder / "run-python", environment, identity)
            prefixes = ("WINE", "PYTHONPYCACHEPREFIX")
            variables = {name: value for name, value in layer.environment.items() if name.startswith(prefixes)}
            parts = {
                "variables": " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items()),
                "wine": shlex.quote(wine.loader),
                "python": shlex.quote(str(layer.python)),
            }
            layer.launcher.write_text(LAUNCHER.format(**parts), encoding="utf-8")
            layer.launcher.chmod(0o755)
            _try_out(layer)
            yield layer


def _needs(version: str) -> Path:
    """Return a folder with the requirements of the tests for Windows."""
    key = hashlib.sha256(NEEDS.read_bytes() + pythons.BUILDS[version].files.encode()).hexdigest()[:8]
    folder = cache() / f"needs-{version}-{key}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as name:
            unfinished = Path(name, "site")
            _install(version, unfinished, "-r", str(NEEDS))
            move_into_place(unfinished, folder)
    return folder


def _install(version: str, site: Path, *requirements: str) -> None:
    """Install distributions and dependencies for Windows into the folder *site*."""
    command = [str(target.uv_path()), "pip", "install", "--quiet", "--target", str(site)]
    command += ["--python", sys.executable, "--python-version", version]
    command += ["--python-platform", "x86_64-pc-windows-msvc", "--only-binary", ":all:", *requirements]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{' '.join(requirements)} could not be installed: {done.stderr[-2000:]}")


def _try_out(layer: Layer) -> None:
    """Compile the installed modules, and check that the Windows Python runs."""
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
