"""A distribution of `new-family` passes mypy and pyright in strict mode."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HAS_COMPILER = any(map(shutil.which, ("cc", "gcc", "clang")))
HEADER = """
#include <stdint.h>
struct sockaddr_up { unsigned short family; void *where; union { uint32_t id; char name[9]; }; uint16_t ports[2]; };
enum { UP_FIRST, UP_SECOND };
"""
CASES = {
    "fields": ("--field", "node:u32", "--field", "port:be16", "--field", "mac:6", "--kernel-module", "up"),
    "header": ("--header", "up.h", "--struct", "sockaddr_up", "--include", "."),
}


@pytest.fixture(params=CASES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder of a new distribution."""
    if request.param == "header" and (sys.platform != "linux" or not HAS_COMPILER):
        pytest.skip("needs Linux and a C compiler")
    (tmp_path / "up.h").write_text(HEADER)
    command = [sys.executable, "-m", "sockcore", "new-family", "AF_UP", "--number", "17001", *CASES[request.param]]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "sockcore-up"


@pytest.fixture
def check(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return a function that runs a type checker in the project, and returns its output if it reports an error."""

    def run(*command: str) -> str:
        if importlib.util.find_spec(command[0]) is None:
            pytest.skip(f"needs {command[0]}")
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path, "MYPY_CACHE_DIR": str(tmp_path_factory.getbasetemp() / "cache")}
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr if done.returncode else ""

    return run


def test_new_family_passes_mypy_and_pyright(check: Callable[..., str]) -> None:
    assert check("mypy") == ""
    assert check("pyright") == ""


@pytest.mark.parametrize("project", ["fields"], indirect=True)
def test_new_family_with_wrong_type_fails(check: Callable[..., str], project: Path) -> None:
    with (project / "src/sockcore_up/constants.py").open("a") as file:
        file.write('\n\nWRONG: int = "1"\n')
    assert "constants.py" in check("mypy")
    assert "constants.py" in check("pyright")
