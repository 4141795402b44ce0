"""The wheels that native.py has built match this machine, and are in use. Only native.py collects this module."""

from __future__ import annotations

import _ctypes
import os
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from packaging.utils import parse_wheel_filename
from tools.wheels.targets import TARGETS

import sockcore
import sockcore_can
import sockcore_inet
import sockcore_linux_misc
import sockcore_unix
from sockcore import _native
from sockcore_can import _native as _can_native
from sockcore_inet import _native as _inet_native
from sockcore_linux_misc import _native as _linux_misc_native

PATHS = [Path(path) for path in os.environ["EMULATED_WHEELS"].split(os.pathsep)]
WHEELS = {parse_wheel_filename(path.name)[0]: path for path in PATHS}
SITE = Path(os.environ["EMULATED_SITE"])
TARGET = TARGETS[os.environ["WHEEL_ARCHITECTURE"]]
MODULES = {
    "sockcore": _native,
    "sockcore-inet": _inet_native,
    "sockcore-can": _can_native,
    "sockcore-linux-misc": _linux_misc_native,
}
each_wheel = pytest.mark.parametrize("name", MODULES)


def test_native_backend_is_in_use() -> None:
    assert sockcore.backends.current() == "native"
    with sockcore.socket(sockcore.AF_UNIX) as sock:
        assert isinstance(sock, _native.BaseSocket)
    assert sockcore.htons is _inet_native.htons


def test_modules_are_imported_from_wheels() -> None:
    for module in (sockcore, sockcore_inet, sockcore_can, sockcore_linux_misc, sockcore_unix, *MODULES.values()):
        assert SITE in Path(module.__file__).parents


def test_native_modules_have_wheels() -> None:
    assert WHEELS.keys() == MODULES.keys()


@each_wheel
def test_module_in_use_is_equal_to_wheel(name: str) -> None:
    with zipfile.ZipFile(WHEELS[name]) as archive:
        [library] = [file for file in archive.namelist() if file.endswith(".so")]
        assert archive.read(library) == Path(MODULES[name].__file__).read_bytes()


@each_wheel
def test_wheel_name_matches_metadata(name: str) -> None:
    _, _, _, [tag] = parse_wheel_filename(WHEELS[name].name)
    with zipfile.ZipFile(WHEELS[name]) as archive:
        [metadata] = [file for file in archive.namelist() if file.endswith(".dist-info/WHEEL")]
        fields = Parser().parsestr(archive.read(metadata).decode())
    assert (fields.get_all("Tag"), fields["Root-Is-Purelib"]) == ([str(tag)], "false")


@each_wheel
def test_wheel_tag_matches_this_python(name: str) -> None:
    _, _, _, [tag] = parse_wheel_filename(WHEELS[name].name)
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert (tag.interpreter, tag.abi) == (python, python)
    machine, (major, minor) = os.uname().machine, TARGET.glibc
    accepted = {f"manylinux_{major}_{minor}_{machine}", f"linux_{machine}"}  # by pip
    assert tag.platform in ({f"musllinux_1_2_{machine}"} if TARGET.is_musl else accepted)


@each_wheel
def test_module_is_compiled_for_this_processor(name: str) -> None:
    """Check that class, byte order, processor and ABI flags are right.

    They are those of a module of the standard library.
    """

    def elf_fields(path: str) -> dict[str, object]:
        with open(path, "rb") as file:
            header = ELFFile(file).header
        return {"ident": header["e_ident"], **{field: header[field] for field in ("e_type", "e_machine", "e_flags")}}

    assert elf_fields(MODULES[name].__file__) == elf_fields(_ctypes.__file__)


@each_wheel
@pytest.mark.skipif(not TARGET.is_musl, reason="for musl")
def test_module_needs_only_musl(name: str) -> None:
    with open(MODULES[name].__file__, "rb") as file:
        [section] = [part for part in ELFFile(file).iter_sections() if isinstance(part, DynamicSection)]
        assert [tag.needed for tag in section.iter_tags("DT_NEEDED")] == ["libc.so"]


@each_wheel
@pytest.mark.skipif(TARGET.is_musl, reason="for glibc")
def test_module_needs_supported_glibc(name: str) -> None:
    with open(MODULES[name].__file__, "rb") as file:
        sections = [part for part in ELFFile(file).iter_sections() if isinstance(part, GNUVerNeedSection)]
        pairs = [pair for part in sections for pair in part.iter_versions()]
        needs = [(library.name, version.name) for library, versions in pairs for version in versions]
    assert needs
    assert {library for library, _ in needs} <= {"libc.so.6"}
    for _, version in needs:
        library, _, number = version.partition("_")
        assert library == "GLIBC"
        assert tuple(int(part) for part in number.split(".")) <= TARGET.glibc
