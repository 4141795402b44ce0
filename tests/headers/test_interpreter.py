"""The constants that the tables give this machine against those that each interpreter at hand was built with.

An interpreter has what the headers of its build had: pyenv's lack Bluetooth, Debian's have all of it. On Windows there
is the one that runs this.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tools.headers import config
from tools.pythons import found

from sockcore._platform import load, system_name

DISTRIBUTIONS = {
    distribution.name: distribution for distribution in config.DISTRIBUTIONS if system_name() in distribution.on()
}

#: What must be there if an interpreter has it, beside all that begins with the name of a family or protocol.
PROMISED = re.compile(r"[A-Z][A-Z0-9]*_\w+|SOMAXCONN")
#: What the standard module has from elsewhere.
NOT_OURS = re.compile(
    r"CAPI|EAGAIN|EBADF|EWOULDBLOCK|BDADDR_(ANY|LOCAL)"
    r"|SOL_(ATALK|AX25|IPX|NETROM|ROSE)"  # of protocols that have left the kernel, or are leaving it
    r"|FD_SETSIZE|POLL\w*|RAND_\w*|SIOCGIF\w*|SSL_\w*"  # PyPy's
)


def table(distribution: str) -> dict[str, int | str]:
    """Return the table of a distribution for this machine, GUIDs too, whether it is installed or not."""
    folder = Path(__file__).parents[2] / DISTRIBUTIONS[distribution].folder
    package = "sockcore._platform.tables" if distribution == "sockcore" else f"{folder.parent.name}.{folder.name}"
    sys.path.insert(0, str(folder.parents[1]))
    try:
        guids = getattr(importlib.import_module(f"{package}.{system_name()}"), "GUIDS", {})
        return {**load(package), **guids}
    finally:
        sys.path.pop(0)


TABLES = {name: table(name) for name in DISTRIBUTIONS}
ALL = {name: value for one in TABLES.values() for name, value in one.items()}


def interpreters() -> dict[str, str]:
    """Return path by name: the one that runs this, every version that is found, Debian's own, PyPy."""
    at_hand = {"this one": sys.executable}
    if sys.platform != "win32":
        at_hand |= {version: str(found.python(version)) for version in found.VERSIONS if found.python(version)}
        at_hand |= {path: path for path in ("/usr/bin/python3", shutil.which("pypy3")) if path and Path(path).exists()}
    return at_hand


INTERPRETERS = interpreters()

#: Where the standard library of a system has next to nothing of a distribution's: how many names.
FEWEST = {("windows", "sockcore-unix"): 0, ("windows", "sockcore-bluetooth"): 2}


@cache
def standard(path: str) -> dict[str, int | str]:
    """Return the constants of an interpreter's standard module."""
    code = (
        "import json, socket; "
        "print(json.dumps({n: v if isinstance(v, str) else int(v) for n, v in vars(socket).items()"
        " if isinstance(v, (int, str)) and not isinstance(v, bool) and (n.isupper() or n.startswith('AF_'))}))"
    )
    done = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return {name: value for name, value in json.loads(done.stdout).items() if PROMISED.fullmatch(name)}


@pytest.mark.parametrize("path", INTERPRETERS.values(), ids=INTERPRETERS)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_what_both_have_is_equal(distribution, path):
    both = standard(path).keys() & TABLES[distribution].keys()
    assert {name: TABLES[distribution][name] for name in both} == {name: standard(path)[name] for name in both}


@pytest.mark.parametrize("path", INTERPRETERS.values(), ids=INTERPRETERS)
def test_what_the_interpreter_has_is_there(path):
    promised = {name for name in standard(path) if not NOT_OURS.fullmatch(name)}
    assert len(promised) > 100
    assert promised - ALL.keys() == set()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_some_interpreter_here_has_the_names(distribution):
    """Else the first test would compare nothing; Bluetooth is in Debian's own Python alone."""
    if sys.platform != "win32" and distribution == "sockcore-bluetooth" and not Path("/usr/bin/python3").exists():
        pytest.skip("no Python of Debian's here")
    common = max(len(standard(path).keys() & TABLES[distribution].keys()) for path in INTERPRETERS.values())
    assert common >= FEWEST.get((system_name(), distribution), 5)
