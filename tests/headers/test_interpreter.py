"""Constants for this machine, compared with the socket modules of all installed interpreters.

The constants of an interpreter depend on the headers of its build: those of pyenv lack Bluetooth, that of Debian has
all constants. On Windows, only the running interpreter is used.
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

#: Names that the tables must contain if an interpreter has them.
PROMISED = re.compile(r"[A-Z][A-Z0-9]*_\w+|SOMAXCONN")
#: Names of the standard module that are not in the tables.
EXCLUDED = re.compile(
    r"CAPI|EAGAIN|EBADF|EWOULDBLOCK|BDADDR_(ANY|LOCAL)"
    r"|SOL_(ATALK|AX25|IPX|NETROM|ROSE)"  # protocols that were or will be removed from the kernel
    r"|FD_SETSIZE|POLL\w*|RAND_\w*|SIOCGIF\w*|SSL_\w*"  # defined by PyPy
)


def table(distribution: str) -> dict[str, int | str]:
    """Return the table of a distribution for this machine with its GUIDs.

    The distribution need not be installed.
    """
    folder = Path(__file__).parents[2] / DISTRIBUTIONS[distribution].folder
    package = "sockcore._platform.tables" if distribution == "sockcore" else f"{folder.parent.name}.{folder.name}"
    sys.path.insert(0, str(folder.parents[1]))
    try:
        guids = getattr(importlib.import_module(f"{package}.{system_name()}"), "GUIDS", {})
        return {**load(package), **guids}
    finally:
        sys.path.pop(0)


TABLES = {name: table(name) for name in DISTRIBUTIONS}
ALL = {name: value for values in TABLES.values() for name, value in values.items()}


def interpreters() -> dict[str, str]:
    """Return names and paths of interpreters.

    These are the running one, all installed versions, that of Debian, and PyPy.
    """
    paths = {"running": sys.executable}
    if sys.platform != "win32":
        paths |= {version: str(found.python(version)) for version in found.VERSIONS if found.python(version)}
        paths |= {path: path for path in ("/usr/bin/python3", shutil.which("pypy3")) if path and Path(path).exists()}
    return paths


INTERPRETERS = interpreters()

#: Expected number of common names, if the standard library of a system has only a few of a distribution.
FEWEST = {("windows", "sockcore-unix"): 0, ("windows", "sockcore-bluetooth"): 2}


@cache
def standard(path: str) -> dict[str, int | str]:
    """Return the constants of the socket module of an interpreter."""
    code = (
        "import json, socket; "
        "print(json.dumps({n: v if isinstance(v, str) else int(v) for n, v in vars(socket).items()"
        " if isinstance(v, (int, str)) and not isinstance(v, bool) and (n.isupper() or n.startswith('AF_'))}))"
    )
    done = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return {name: value for name, value in json.loads(done.stdout).items() if PROMISED.fullmatch(name)}


@pytest.mark.parametrize("path", INTERPRETERS.values(), ids=INTERPRETERS)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_table_values_match_interpreter(distribution, path):
    common = standard(path).keys() & TABLES[distribution].keys()
    assert {name: TABLES[distribution][name] for name in common} == {name: standard(path)[name] for name in common}


@pytest.mark.parametrize("path", INTERPRETERS.values(), ids=INTERPRETERS)
def test_tables_contain_names_of_interpreter(path):
    promised = {name for name in standard(path) if not EXCLUDED.fullmatch(name)}
    assert len(promised) > 100
    assert promised - ALL.keys() == set()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_table_has_common_names_with_some_interpreter(distribution):
    """Check that the first test compares some names.

    Only the Python of Debian has those of Bluetooth.
    """
    if sys.platform != "win32" and distribution == "sockcore-bluetooth" and not Path("/usr/bin/python3").exists():
        pytest.skip("the Python of Debian is not installed")
    common = max(len(standard(path).keys() & TABLES[distribution].keys()) for path in INTERPRETERS.values())
    assert common >= FEWEST.get((system_name(), distribution), 5)
