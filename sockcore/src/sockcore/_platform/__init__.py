"""What machine this process runs on, and which of the generated tables apply to it.

A *table* is a package of generated modules, made by ``tools/headers`` from real headers:

* ``<package>.everywhere``: ``NAMES``, what every supported system has, with one value;
* ``<package>.<system>``: ``NAMES``, what the system adds, and ``VARIANTS``, what a C library or a kind of
  processor has in its own way: ``{"mips": {...}, "musl": {...}, "musl mips": {...}}``. A variant applies
  where all its words are words of this machine; None as a value takes a name away; the later of two wins.

Numbers therefore never stand in code, and a name exists only where the headers have it.
"""

from __future__ import annotations

import os
import sys

from sockcore._names import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEMS = {
    "linux": "linux",
    "darwin": "darwin",
    "freebsd": "freebsd",
    "netbsd": "netbsd",
    "openbsd": "openbsd",
    "win32": "windows",
}

# os.uname().machine, or the processor in a multiarch triplet, to the kind that the headers tell apart.
# Processors that are not here use the kernel's generic numbers.
_CPU_FAMILIES = (
    ("mips64", "mips"),
    ("mips", "mips"),
    ("powerpc", "powerpc"),
    ("ppc", "powerpc"),
    ("sparc", "sparc"),
    ("s390", "s390"),
    ("x86_64", "x86"),
    ("amd64", "x86"),
    ("i386", "x86"),
    ("i586", "x86"),
    ("i686", "x86"),
    ("aarch64", "arm"),
    ("arm", "arm"),
    ("riscv", "riscv"),
    ("loongarch", "loongarch"),
    # Ports of NetBSD and OpenBSD, of which uname tells instead of the processor.
    ("evbarm", "arm"),
    ("evbmips", "mips"),
    ("evbppc", "powerpc"),
    ("macppc", "powerpc"),
    ("octeon", "mips"),
)


def system_name(platform: str = sys.platform) -> str:
    """Return the tables' name of a ``sys.platform``: ``'linux'``, ``'darwin'``, ``'freebsd'``...

    An unknown system gets its own name, and no table: every constant is then absent.
    """
    for prefix, name in SYSTEMS.items():
        if platform.startswith(prefix):
            return name
    return platform


def cpu_family(tags: str) -> str:
    """Return the kind of processor (``'mips'``, ``'x86'``...) of a machine's name, ``'generic'`` if unknown."""
    for prefix, family in _CPU_FAMILIES:
        if tags.lower().startswith(prefix):
            return family
    return "generic"


def _machine() -> str:
    # The triplet tells what the process is; uname tells what the kernel is, which may be wider.
    triplet = getattr(sys.implementation, "_multiarch", "")
    if triplet and system_name() == "linux":
        return str(triplet)
    if sys.platform != "win32":
        return os.uname().machine
    # As "64 bit (AMD64)"; that of 32 bits says "Intel".
    return next((name for name in ("amd64", "arm64", "arm") if f"({name})" in sys.version.lower()), "i386")


def _libc() -> str:
    triplet = str(getattr(sys.implementation, "_multiarch", ""))
    if "musl" in triplet:
        return "musl"
    if sys.platform == "win32":
        return ""
    # A Python built before 3.12 calls itself gnu on musl too: only glibc answers this confstr.
    try:
        return "glibc" if (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc") else "musl"
    except (AttributeError, ValueError, OSError):
        return "musl"


def platform_tags() -> frozenset[str]:
    """Return the words that describe this process: system, processor kind, C library, 32bit or 64bit, endianness."""
    found = {
        system_name(),
        cpu_family(_machine()),
        "64bit" if sys.maxsize > 2**32 else "32bit",
        sys.byteorder + "-endian",
    }
    if system_name() == "linux":
        found.add(_libc())
    return frozenset(found)


def select(
    everywhere: Mapping[str, int],
    names: Mapping[str, int],
    variants: Mapping[str, Mapping[str, int | None]],
    tags: frozenset[str],
) -> dict[str, int]:
    """Return what applies to a machine: *everywhere*, then *names*, then each variant whose words it has."""
    chosen: dict[str, int | None] = {**everywhere, **names}
    for condition, changes in variants.items():
        if tags.issuperset(condition.split()):
            chosen.update(changes)
    return {name: value for name, value in chosen.items() if value is not None}


def load(package: str) -> dict[str, int]:
    """Return the table *package* (``'sockcore_inet.tables'``) for this machine, name to number.

    Empty on a system that the package has no table for.
    """
    try:
        system = import_module(f"{package}.{system_name()}")
    except ModuleNotFoundError as missing:
        if missing.name != f"{package}.{system_name()}":
            raise
        return {}
    everywhere = import_module(f"{package}.everywhere")
    return select(everywhere.NAMES, system.NAMES, system.VARIANTS, platform_tags())


_constants: dict[str, int] = {}


def constants() -> dict[str, int]:
    """Return the core's own table for this machine: constants, and in lower case facts such as ``cmsg_align``."""
    if not _constants:
        _constants.update(load("sockcore._platform.tables"))
    return _constants
