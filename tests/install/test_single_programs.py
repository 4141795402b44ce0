"""Programs of one file, or one folder, that PyInstaller and Nuitka build: they run where nothing is installed.

Each builds once and takes minutes. A test is skipped where its tool cannot be installed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="both tools are for CPython"),
]

#: Echoes by TCP and AF_UNIX. Functions and codecs are imported by name when they are first used.
ECHO = """
import sockcore

def echo(server, client):
    with server, client:
        client.connect(server.getsockname())
        connection, _ = server.accept()
        with connection:
            client.sendall(b"hello")
            connection.sendall(connection.recv(100))
            return client.recv(100).decode()

print("TCP", echo(sockcore.create_server(("127.0.0.1", 0)), sockcore.socket()))
server = sockcore.socket(sockcore.AF_UNIX)
server.bind("path")
server.listen()
print("UNIX", echo(server, sockcore.socket(sockcore.AF_UNIX)))
print(sockcore.gethostbyname("127.0.0.1"), "IP_ADD_MEMBERSHIP" in sockcore.options.known())
print(sockcore.backends.current())
"""
PRINTED = "TCP hello\nUNIX hello\n127.0.0.1 True\n"
#: The same without metadata: the import makes the tool include the plugins.
LOAD = """
import sockcore_inet, sockcore_unix
from sockcore import plugin

plugin.load(sockcore_inet, sockcore_unix)
"""


@pytest.fixture
def build(new_environment: Callable[..., Any], tmp_path: Path) -> Callable[..., Path]:
    """Return a function that builds a program by a tool's command, and returns the folder with the result."""

    def run(tool: str, source: str, *command: str, core: str | Path = "sockcore") -> Path:
        environment = new_environment(core, "sockcore-inet", "sockcore-unix")
        try:
            environment.pip("install", "--quiet", tool)
        except AssertionError as error:
            pytest.skip(f"{tool} cannot be installed: {str(error).strip().splitlines()[-1]}")
        folder = tmp_path / "built"
        folder.mkdir()
        (folder / "program.py").write_text(source)
        done = subprocess.run(
            [str(environment.python), "-m", *command, "program.py"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        shutil.rmtree(environment.folder)  # nothing of it is there when the program runs
        return folder

    return run


def run_alone(program: Path, tmp_path: Path) -> str:
    """Run a program in an empty folder, without environment variables; return what it printed."""
    folder = tmp_path / "empty"
    folder.mkdir()
    done = subprocess.run([str(program)], cwd=folder, env={}, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_pyinstaller_file_finds_installed_plugins(build: Callable[..., Path], tmp_path: Path) -> None:
    folder = build("pyinstaller", ECHO, "PyInstaller", "--onefile", "--log-level", "WARN")
    assert run_alone(folder / "dist" / "program", tmp_path) == PRINTED + "pure\n"


def test_pyinstaller_folder_has_the_native_backend(
    build: Callable[..., Path], core_wheel: Callable[..., Path], tmp_path: Path
) -> None:
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    wheel = core_wheel(SOCKCORE_NATIVE="1")
    folder = build("pyinstaller", ECHO, "PyInstaller", "--onedir", "--log-level", "WARN", core=wheel)
    assert run_alone(folder / "dist" / "program" / "program", tmp_path) == PRINTED + "native\n"


def test_pyinstaller_without_metadata_loads_plugins_by_module(build: Callable[..., Path], tmp_path: Path) -> None:
    source = LOAD + ECHO
    folder = build("pyinstaller", source, "PyInstaller", "--onedir", "--log-level", "WARN")
    for metadata in (folder / "dist" / "program" / "_internal").glob("sockcore*.dist-info"):
        shutil.rmtree(metadata)
    assert run_alone(folder / "dist" / "program" / "program", tmp_path) == PRINTED + "pure\n"


def test_nuitka_folder_loads_plugins_by_module(build: Callable[..., Path], tmp_path: Path) -> None:
    for needed in "gcc", "patchelf":
        if not shutil.which(needed):
            pytest.skip(f"Nuitka needs {needed}")
    options = ("--mode=standalone", "--assume-yes-for-downloads", "--lto=no", "--remove-output")
    folder = build("nuitka", LOAD + ECHO, "nuitka", *options)
    assert run_alone(folder / "program.dist" / "program.bin", tmp_path) == PRINTED + "pure\n"
