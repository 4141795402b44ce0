"""Contents, sizes and metadata of the wheels."""

from __future__ import annotations

import re
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

#: Maximum sizes in bytes, for small devices.
MAX_SIZES = {
    "sockcore": 330_000,
    "sockcore_inet": 175_000,
    "sockcore_unix": 20_000,
    "sockcore_can": 30_000,
    "sockcore_bluetooth": 60_000,
    "sockcore_linux_misc": 60_000,
    "sockcore_windows": 30_000,
    "sockcore_bsd": 40_000,
    "sockcore_xdp": 25_000,
}
PACKAGES = list(MAX_SIZES)


def find_wheel(wheels: Path, package: str) -> Path:
    [wheel] = wheels.glob(f"{package}-*.whl")
    return wheel


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_is_pure_and_typed(wheels: Path, package: str) -> None:
    wheel = find_wheel(wheels, package)
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        suffixes = {name.rpartition(".")[2] for name in names if name.startswith(f"{package}/")}
    assert {"py", "typed"} <= suffixes
    assert not suffixes & {"so", "pyd", "dll", "pyc", "c"}
    assert all(name.split("/")[0].partition("-")[0] == package for name in names), names
    size = wheel.stat().st_size
    print(f"{wheel.name}: {size} bytes, {len(names)} files")
    assert size < MAX_SIZES[package]


@pytest.mark.parametrize("package", PACKAGES[1:])
def test_plugin_depends_on_core_only(wheels: Path, package: str) -> None:
    with zipfile.ZipFile(find_wheel(wheels, package)) as archive:
        [info] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(info).decode())
        points = archive.read(info.replace("METADATA", "entry_points.txt")).decode()
    # Backports for older Pythons do not count.
    requires = [line for line in metadata.get_all("Requires-Dist") or [] if "python_version <" not in line]
    assert [re.split("[<>=]", line)[0] for line in requires] == ["sockcore"]
    assert points.split() == ["[sockcore]", package.partition("_")[2], "=", package]


def test_extras_contain_plugins(wheels: Path) -> None:
    with zipfile.ZipFile(find_wheel(wheels, "sockcore")) as archive:
        [info] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(info).decode())
    extras = metadata.get_all("Provides-Extra") or []
    requires = metadata.get_all("Requires-Dist") or []
    plugins = {package[len("sockcore_") :].replace("_", "-") for package in PACKAGES[1:-1]}
    assert plugins | {"all"} == set(extras)
    assert {f"sockcore-{name}; extra == 'all'" for name in plugins} <= set(requires)
    plain = [line.partition(">")[0] for line in requires if "extra ==" not in line]
    assert sorted(plain) == ["importlib-metadata", "pluggy"]
