"""The startup cache after pip installs, upgrades or removes distributions, and after a move of the environment."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RIVAL = """
from sockcore.plugin import hookimpl
SOCKCORE_API = 1
@hookimpl
def sockcore_register(register):
    register.constants({"RIVAL": %d})
"""
STATE = """
import sys, sockcore
with sockcore.socket(sockcore.AF_UNIX):
    pass
print(getattr(sockcore, "RIVAL", None))
try:
    import sockcore_rival  # the cache contains the constant, so that this module was not imported yet
except ImportError:
    pass
cache = sys.modules.get("sockcore._startup_cache")
print("list" if cache and cache.list_in_use else "no list")
names = ("sockcore._sockets.socket", "sockcore_unix", "sockcore_rival")
print(*(type(sys.modules[name].__loader__).__name__ for name in names if name in sys.modules))
"""
CACHED = "CachedLoader CachedLoader CachedLoader"


@pytest.fixture
def write_rival(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the wheel of a plugin.

    Its RECORD contains digests, as from build tools.
    """

    def write(value: int, version: str) -> Path:
        info = f"sockcore_rival-{version}.dist-info"
        files = {
            "sockcore_rival.py": RIVAL % value,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: sockcore-rival\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": "[sockcore]\nrival = sockcore_rival\n",
        }
        lines = []
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(text)}\n")
        files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"])
        path = tmp_path / f"sockcore_rival-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return path

    return write


@pytest.fixture
def environment(new_environment: Callable[..., Any], write_rival: Callable[..., Path]) -> Any:
    """Return an environment with the core, two plugins, and a startup cache.

    The plugins are AF_UNIX and another one. The cache is in the package folder.
    """
    environment = new_environment("sockcore[unix]", write_rival(1, "1.0"))
    done = environment.run("-m", "sockcore", "freeze")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": rival, unix\n")
    assert environment.execute(STATE).splitlines() == ["1", "list", CACHED]
    return environment


def site(environment: Any) -> Path:
    [folder] = environment.folder.glob("lib/python*/site-packages")
    return folder  # type: ignore[no-any-return]


def test_cache_after_upgrade_of_plugin_is_ignored(environment: Any, write_rival: Callable[..., Path]) -> None:
    before = (site(environment) / "sockcore_rival.py").stat()
    environment.install(write_rival(2, "2.0"))
    os.utime(site(environment) / "sockcore_rival.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (site(environment) / "sockcore_rival.py").stat().st_size == before.st_size
    assert environment.execute(STATE).splitlines() == ["2", "no list", "CachedLoader CachedLoader SourceFileLoader"]


def test_cache_after_uninstall_is_ignored(environment: Any) -> None:
    environment.uninstall("sockcore-rival")
    assert environment.execute(STATE).splitlines() == ["None", "no list", "CachedLoader CachedLoader"]


def test_cache_after_upgrade_of_core_is_ignored(environment: Any, tmp_path: Path) -> None:
    """pip keeps the cache in the package folder, because RECORD does not contain it."""
    wheels = tmp_path / "wheels"
    shutil.copytree(environment.wheels, wheels)
    [wheel] = wheels.glob("sockcore-0*.whl")
    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(wheel, unpacked, "zip")
    [info] = unpacked.glob("sockcore-*.dist-info")
    record = (info / "RECORD").read_text()
    changed = unpacked / "sockcore" / "_exceptions.py"
    changed.write_text(changed.read_text() + "NEW = 1\n")
    (info / "RECORD").write_text(
        "".join(
            "sockcore/_exceptions.py,,\n" if line.startswith("sockcore/_exceptions.py,") else line
            for line in record.splitlines(True)
        )
    )
    wheel.unlink()
    shutil.make_archive(str(tmp_path / "new"), "zip", unpacked)
    os.rename(tmp_path / "new.zip", wheel)
    environment.pip("install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", str(wheel))
    assert (site(environment) / "sockcore" / "startup-cache.txt").exists()
    assert environment.execute(STATE).splitlines() == [
        "1",
        "no list",
        "SourceFileLoader SourceFileLoader SourceFileLoader",
    ]
    assert environment.execute("import sockcore._exceptions as errors; print(errors.NEW)") == "1\n"


def test_cache_after_reinstall_of_same_wheel_is_used(environment: Any, tmp_path: Path) -> None:
    [wheel] = tmp_path.glob("*.whl")
    environment.pip("install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", str(wheel))
    assert environment.execute(STATE).splitlines() == ["1", "list", CACHED]


@pytest.mark.parametrize("times", ["kept", "new"])
def test_cache_in_moved_environment_is_used(environment: Any, tmp_path: Path, times: str) -> None:
    """For example an image that is built in a staging directory."""
    moved = tmp_path / "moved"
    shutil.copytree(environment.folder, moved, symlinks=True)
    if times == "new":
        for path in sorted(moved.rglob("*")):
            if not path.is_symlink():
                os.utime(path)
    environment.folder = moved
    environment.python = moved / "bin" / "python"
    assert environment.execute(STATE).splitlines() == ["1", "list", CACHED]


def test_cache_with_editable_install_is_list_only(environment: Any, tmp_path: Path) -> None:
    """The code of an editable install is always loaded from the checkout."""
    environment.uninstall("sockcore-rival")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "sockcore_rival.py").write_text(RIVAL % 1)
    (checkout / "setup.py").write_text(
        "from setuptools import setup\n"
        "setup(name='sockcore-rival', version='1.0', py_modules=['sockcore_rival'],\n"
        "      entry_points={'sockcore': ['rival = sockcore_rival']})\n"
    )
    environment.pip("install", "--quiet", "--no-deps", "--editable", str(checkout))
    done = environment.run("-m", "sockcore", "freeze")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Without the code of sockcore-rival: it is an editable install\n" in done.stdout
    assert environment.execute(STATE).splitlines() == ["1", "list", "CachedLoader CachedLoader SourceFileLoader"]
    (checkout / "sockcore_rival.py").write_text(RIVAL % 2)
    assert environment.execute(STATE).splitlines()[:2] == ["2", "list"]
    environment.uninstall("sockcore-rival")
    assert environment.execute(STATE).splitlines()[:2] == ["None", "no list"]
