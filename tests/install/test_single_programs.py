"""Single-file programs from PyInstaller and Nuitka, which run without an installed Python.

Each tool builds once, which takes minutes. A test is skipped if its tool cannot be installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="both tools are for CPython"),
]

#: An echo program for TCP and AF_UNIX. sockcore imports functions and codecs by name at first use.
ECHO = """
import sys
import sockcore

if "load" in sys.argv:  # the import makes a tool include the plugin
    import sockcore_inet
    sockcore.plugin.load(sockcore_inet, "sockcore_unix")
if "pure" in sys.argv:
    sockcore.backends.choose("pure")

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
#: Two programs from one analysis, which takes most of the time: with and without the metadata of distributions.
SPEC = """
analysis = Analysis(["program.py"])
archive = PYZ(analysis.pure)
bare = [entry for entry in analysis.datas if ".dist-info" not in entry[0]]
assert len(bare) < len(analysis.datas)
EXE(archive, analysis.scripts, analysis.binaries, analysis.datas, name="complete", upx=False)
EXE(archive, analysis.scripts, analysis.binaries, bare, name="bare", upx=False)
"""


@pytest.fixture(scope="module")
def build(
    new_environment: Callable[..., Any], core_wheel: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Return a function that builds a program with the command of a tool.

    The function returns the folder with the result.

    The core has the native backend if there is a C compiler.
    """

    def run(tool: str, *command: str) -> Path:
        core = core_wheel(SOCKCORE_NATIVE="1") if shutil.which("cc") else "sockcore"
        environment = new_environment(core, "sockcore-inet", "sockcore-unix")
        try:
            environment.pip("install", "--quiet", tool)
        except AssertionError as exc:
            pytest.skip(f"{tool} cannot be installed: {str(exc).strip().splitlines()[-1]}")
        folder = tmp_path_factory.mktemp("built")
        (folder / "program.py").write_text(ECHO)
        (folder / "program.spec").write_text(SPEC)
        done = subprocess.run(
            [str(environment.python), "-m", *command],
            cwd=folder,
            env={**os.environ, "CFLAGS": "-O0"},  # Nuitka compiles a hundred files
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        shutil.rmtree(environment.folder)  # the program must not use it
        return folder

    return run


@pytest.fixture(scope="module")
def pyinstaller(build: Callable[..., Path]) -> Path:
    return build("pyinstaller", "PyInstaller", "--log-level", "WARN", "program.spec") / "dist"


def run_alone(program: Path, tmp_path: Path, *arguments: str) -> str:
    """Return a program's output in an empty folder, without environment variables."""
    folder = tmp_path / "empty"
    folder.mkdir()
    done = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_pyinstaller_file_finds_installed_plugins(pyinstaller: Path, tmp_path: Path) -> None:
    backend = "native" if shutil.which("cc") else "pure"
    assert run_alone(pyinstaller / "complete", tmp_path) == f"{PRINTED}{backend}\n"


def test_pyinstaller_file_has_pure_backend(pyinstaller: Path, tmp_path: Path) -> None:
    assert run_alone(pyinstaller / "complete", tmp_path, "pure") == f"{PRINTED}pure\n"


def test_pyinstaller_without_metadata_loads_plugins_by_module(pyinstaller: Path, tmp_path: Path) -> None:
    assert run_alone(pyinstaller / "bare", tmp_path, "load").startswith(PRINTED)


def test_nuitka_file_loads_plugins_by_module(build: Callable[..., Path], tmp_path: Path) -> None:
    for program in "gcc", "patchelf":
        if not shutil.which(program):
            pytest.skip(f"Nuitka needs {program}")
    options = ("--mode=onefile", "--assume-yes-for-downloads", "--lto=no", "--include-package=sockcore_unix")
    systems = ("darwin", "freebsd", "netbsd", "openbsd", "windows")
    unused = ("sockcore._cli", "sockcore.testing", "sockcore.stdlib", *(f"*.tables.{system}" for system in systems))
    folder = build("nuitka", "nuitka", *options, f"--nofollow-import-to={','.join(unused)}", "program.py")
    assert run_alone(folder / "program.bin", tmp_path, "load").startswith(PRINTED)
