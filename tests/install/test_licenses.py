"""Licence files and metadata in the source archives and wheels of all distributions."""

from __future__ import annotations

import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parents[2]
LICENSE = (ROOT / "LICENSE").read_bytes()
FOLDERS = ["sockcore", *sorted(f"plugins/{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml"))]
PACKAGES = [folder.replace("plugins/", "sockcore_") for folder in FOLDERS]

BUILD_SDISTS = """
import os, sys
from hatchling.build import build_sdist
for folder in sys.argv[2:]:
    os.chdir(folder)
    build_sdist(sys.argv[1])
"""


@pytest.fixture(scope="module")
def sdists(builder: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the source archive of each distribution."""
    folder = tmp_path_factory.mktemp("sdists")
    builder.run("-c", BUILD_SDISTS, str(folder), *(str(ROOT / name) for name in FOLDERS)).check_returncode()
    return folder


@pytest.fixture(scope="module")
def wheels_from_sdists(builder: Any, sdists: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with wheels built from the source archives.

    They are built outside the checkout.
    """
    folder = tmp_path_factory.mktemp("from_sdists")
    command = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    builder.pip(*command, *map(str, sorted(sdists.glob("*.tar.gz"))), SOCKCORE_NATIVE="0")
    return folder


def check_license(names: Iterable[str], read: Callable[[str], bytes], metadata: str, copy: str) -> None:
    """Assert that *metadata* has the MIT licence, and the file *copy* equals LICENSE."""
    assert copy in names
    assert read(copy) == LICENSE
    fields = Parser().parsestr(read(metadata).decode())
    assert fields["License-Expression"] == "MIT"
    assert fields.get_all("License-File") == ["LICENSE"]


def check_wheel(folder: Path, package: str) -> None:
    [wheel] = folder.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [info] = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        check_license(names, archive.read, f"{info}/METADATA", f"{info}/licenses/LICENSE")


def test_license_contains_mit_and_authors() -> None:
    assert LICENSE.startswith(b"MIT License\n")
    assert b"the sockcore authors\n" in LICENSE


@pytest.mark.parametrize("folder", FOLDERS)
def test_license_of_distribution_equals_license_of_repository(folder: str) -> None:
    assert (ROOT / folder / "LICENSE").read_bytes() == LICENSE


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_contains_license_and_metadata(wheels: Path, package: str) -> None:
    check_wheel(wheels, package)


@pytest.mark.parametrize("package", PACKAGES)
def test_sdist_contains_license_and_metadata(sdists: Path, package: str) -> None:
    [path] = sdists.glob(f"{package}-*.tar.gz")
    with tarfile.open(path) as archive:
        names = archive.getnames()
        top = path.name[: -len(".tar.gz")]

        def read(name: str) -> bytes:
            file = archive.extractfile(name)
            assert file is not None
            return file.read()

        check_license(names, read, f"{top}/PKG-INFO", f"{top}/LICENSE")


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_from_sdist_contains_license_and_metadata(wheels_from_sdists: Path, package: str) -> None:
    check_wheel(wheels_from_sdists, package)
