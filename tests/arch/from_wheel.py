"""The wheels that native.py built are for this machine, and are what runs. Only native.py collects this."""

from __future__ import annotations

import _ctypes
import os
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from packaging.utils import parse_wheel_filename
from tools.wheels.targets import TARGETS

import sockcore
import sockcore_inet
import sockcore_unix
from sockcore import _native
from sockcore_inet import _native as _inet_native

PATHS = [Path(path) for path in os.environ["EMULATED_WHEELS"].split(os.pathsep)]
WHEELS = {parse_wheel_filename(path.name)[0]: path for path in PATHS}
SITE = Path(os.environ["EMULATED_SITE"])
GLIBC = TARGETS[os.environ["EMULATED_ARCHITECTURE"]].glibc
MODULES = {"sockcore": _native, "sockcore-inet": _inet_native}
each_wheel = pytest.mark.parametrize("name", MODULES)


def test_the_native_backend_runs() -> None:
    assert sockcore.backends.current() == "native"
    with sockcore.socket(sockcore.AF_UNIX) as sock:
        assert isinstance(sock, _native.BaseSocket)
    assert sockcore.htons is _inet_native.htons


def test_all_comes_from_the_wheels() -> None:
    for module in (sockcore, sockcore_inet, sockcore_unix, *MODULES.values()):
        assert SITE in Path(module.__file__).parents


def test_each_module_has_a_wheel() -> None:
    assert WHEELS.keys() == MODULES.keys()


@each_wheel
def test_the_file_in_use_is_the_wheel_s(name: str) -> None:
    with zipfile.ZipFile(WHEELS[name]) as archive:
        [library] = [each for each in archive.namelist() if each.endswith(".so")]
        assert archive.read(library) == Path(MODULES[name].__file__).read_bytes()


@each_wheel
def test_the_name_and_the_metadata_say_the_same(name: str) -> None:
    _, _, _, [tag] = parse_wheel_filename(WHEELS[name].name)
    with zipfile.ZipFile(WHEELS[name]) as archive:
        [metadata] = [each for each in archive.namelist() if each.endswith(".dist-info/WHEEL")]
        said = Parser().parsestr(archive.read(metadata).decode())
    assert (said.get_all("Tag"), said["Root-Is-Purelib"]) == ([str(tag)], "false")


@each_wheel
def test_the_tag_is_this_python_s(name: str) -> None:
    _, _, _, [tag] = parse_wheel_filename(WHEELS[name].name)
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert (tag.interpreter, tag.abi) == (python, python)
    machine, (major, minor) = os.uname().machine, GLIBC
    assert tag.platform in {f"manylinux_{major}_{minor}_{machine}", f"linux_{machine}"}  # the pip here has taken it


@each_wheel
def test_it_is_compiled_for_the_processor_of_this_python(name: str) -> None:
    """A module of the standard library has the same word, byte order, processor, and flags of the ABI."""

    def kind(path: str) -> dict[str, object]:
        with open(path, "rb") as file:
            header = ELFFile(file).header
        return {"ident": header["e_ident"], **{field: header[field] for field in ("e_type", "e_machine", "e_flags")}}

    assert kind(MODULES[name].__file__) == kind(_ctypes.__file__)


@each_wheel
def test_it_asks_for_no_newer_glibc(name: str) -> None:
    with open(MODULES[name].__file__, "rb") as file:
        [section] = [part for part in ELFFile(file).iter_sections() if isinstance(part, GNUVerNeedSection)]
        versions = {each.name for _, needed in section.iter_versions() for each in needed}
        libraries = {needed.name for needed, _ in section.iter_versions()}
    assert versions
    assert libraries == {"libc.so.6"}
    for version in versions:
        library, _, number = version.partition("_")
        assert library == "GLIBC"
        assert tuple(int(part) for part in number.split(".")) <= GLIBC
