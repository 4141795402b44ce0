"""Fixtures that build wheels once, and create virtual environments with only these wheels."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = (
    ROOT / "sockcore",
    *(path.parent for folder in ("plugins", "examples") for path in ROOT.glob(f"{folder}/*/pyproject.toml")),
)

#: Requirements of the core, downloaded once. Everything else is installed without an index.
REQUIREMENTS = ("pluggy>=1.2", "importlib-metadata>=4.6; python_version < '3.10'")


def _environment(**changes: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOCKCORE"))}
    return {**inherited, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **changes}


def _run(*command: str, **changes: str) -> str:
    done = subprocess.run(command, env=_environment(**changes), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Environment:
    """A virtual environment."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        self.python = folder / "bin" / "python"
        # Without pip, whose installation would take most of the time. The pip of the running Python is used.
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder))

    def pip(self, *arguments: str, **changes: str) -> str:
        """Run pip of the running Python on this environment."""
        return _run(sys.executable, "-m", "pip", "--python", str(self.python), *arguments, **changes)

    def install(self, *requirements: str | Path) -> None:
        """Install requirements or wheels, using only the built wheels."""
        offline = ("--quiet", "--no-index", "--find-links", str(self.wheels), "--find-links")
        self.pip("install", *offline, str(self.folder), *map(str, requirements))

    def uninstall(self, *names: str) -> None:
        self.pip("uninstall", "--quiet", "--yes", *names)

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run the Python of the environment, with *changes* to the environment variables."""
        command = [str(self.python), *arguments]
        return subprocess.run(
            command,
            env=_environment(**changes),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def execute(self, code: str, *options: str, **changes: str) -> str:
        """Run *code*, which must succeed without output on stderr; return its output."""
        done = self.run("-W", "error", *options, "-c", textwrap.dedent(code), **changes)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def files(self, package: str) -> dict[str, bytes]:
        """Return the source files of an installed package."""
        [folder] = self.folder.glob(f"lib/python*/site-packages/{package}")
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.py")}


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with the build backend.

    Otherwise, pip would download the backend for each build.
    """
    folder = tmp_path_factory.mktemp("builder")
    environment = Environment(folder / "env", folder)
    environment.pip("install", "--quiet", "hatchling>=1.27", "setuptools>=64")
    return environment


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory, builder: Environment) -> Path:
    """Return a folder with the wheels of all projects, and the core's requirements."""
    folder = tmp_path_factory.mktemp("wheels")
    wheel = ("wheel", "--quiet", "--wheel-dir", str(folder))
    builder.pip(*wheel, "--no-deps", "--no-build-isolation", *map(str, PROJECTS), SOCKCORE_NATIVE="0")
    builder.pip(*wheel, *REQUIREMENTS)
    return folder


def _files(project: str) -> dict[Path, int]:
    """Return the files of a project with their modification times."""
    paths = (path for path in ROOT.glob(f"{project}/**/*") if "__pycache__" not in path.parts and path.is_file())
    return {path: path.stat().st_mtime_ns for path in paths}


@pytest.fixture(scope="session")
def project_wheel(tmp_path_factory: pytest.TempPathFactory, builder: Environment) -> Callable[..., Path]:
    """Return a function to build a project's wheel, with environment variables."""

    def make(project: str, **variables: str) -> Path:
        before = _files(project)
        folder = tmp_path_factory.mktemp("native")
        command = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
        builder.pip(*command, str(ROOT / project), **variables)
        assert _files(project) == before, "the build changed the checkout"
        [wheel] = folder.glob("*.whl")
        return wheel

    return make


@pytest.fixture(scope="session")
def core_wheel(project_wheel: Callable[..., Path]) -> Callable[..., Path]:
    """Return a function that builds the wheel of the core."""
    return lambda **variables: project_wheel("sockcore", **variables)


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Callable[..., Environment]:
    def make(*requirements: str | Path) -> Environment:
        environment = Environment(tmp_path_factory.mktemp("venv") / "env", wheels)
        environment.install(*requirements)
        return environment

    return make


@pytest.fixture(scope="session")
def core(new_environment: Callable[..., Environment]) -> Environment:
    return new_environment("sockcore")


@pytest.fixture(scope="session")
def with_unix(new_environment: Callable[..., Environment]) -> Environment:
    return new_environment("sockcore[unix]")


@pytest.fixture
def write_wheel(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the wheel of a plugin.

    ``write_wheel("sockcore-rival", code)`` writes a wheel with the entry point ``rival``.
    """

    def write(name: str, code: str, version: str = "7.5") -> Path:
        module = name.replace("-", "_")
        path = tmp_path / f"{module}-{version}-py3-none-any.whl"
        info = f"{module}-{version}.dist-info"
        files = {
            f"{module}.py": textwrap.dedent(code),
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: sockcore\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": f"[sockcore]\n{name.split('-', 1)[1]} = {module}\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
        return path

    return write
