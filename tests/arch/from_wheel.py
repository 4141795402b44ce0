"""The wheel that native.py built is for the machine that runs it, and is what runs. Only native.py collects this."""

from __future__ import annotations

import _ctypes
import os
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from packaging.utils import parse_wheel_filename
from tools.wheels.targets import TARGETS

import sockcore
import sockcore_inet
import sockcore_unix
from sockcore import _native

WHEEL = Path(os.environ["EMULATED_WHEEL"])
SITE = Path(os.environ["EMULATED_SITE"])
GLIBC = TARGETS[os.environ["EMULATED_ARCHITECTURE"]].glibc


def test_the_native_backend_runs() -> None:
    assert sockcore.backends.current() == "native"
    with sockcore.socket(sockcore.AF_UNIX) as sock:
        assert isinstance(sock, _native.BaseSocket)


def test_all_comes_from_the_wheels() -> None:
    for module in (sockcore, sockcore_inet, sockcore_unix, _native):
        assert SITE in Path(module.__file__).parents


def test_the_file_in_use_is_the_wheel_s() -> None:
    with zipfile.ZipFile(WHEEL) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".so")]
        assert archive.read(name) == Path(_native.__file__).read_bytes()


def test_the_name_and_the_metadata_say_the_same() -> None:
    name, _, _, [tag] = parse_wheel_filename(WHEEL.name)
    with zipfile.ZipFile(WHEEL) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
        said = Parser().parsestr(archive.read(metadata).decode())
    assert (name, said.get_all("Tag"), said["Root-Is-Purelib"]) == ("sockcore", [str(tag)], "false")


def test_the_tag_is_this_python_s() -> None:
    _, _, _, [tag] = parse_wheel_filename(WHEEL.name)
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert (tag.interpreter, tag.abi) == (python, python)
    machine, (major, minor) = os.uname().machine, GLIBC
    assert tag.platform in {f"manylinux_{major}_{minor}_{machine}", f"linux_{machine}"}  # the pip here has taken it


def test_it_is_compiled_for_the_processor_of_this_python() -> None:
    """A module of the standard library has the same word, byte order, processor, and flags of the ABI."""

    def kind(path: str) -> dict[str, object]:
        with open(path, "rb") as file:
            header = ELFFile(file).header
        return {"ident": header["e_ident"], **{name: header[name] for name in ("e_type", "e_machine", "e_flags")}}

    assert kind(_native.__file__) == kind(_ctypes.__file__)


def test_it_asks_for_no_newer_glibc() -> None:
    with open(_native.__file__, "rb") as file:
        [section] = [part for part in ELFFile(file).iter_sections() if isinstance(part, GNUVerNeedSection)]
        versions = {each.name for _, needed in section.iter_versions() for each in needed}
        libraries = {needed.name for needed, _ in section.iter_versions()}
    assert versions
    assert libraries == {"libc.so.6"}
    for version in versions:
        name, _, number = version.partition("_")
        assert name == "GLIBC"
        assert tuple(int(part) for part in number.split(".")) <= GLIBC
