"""The machine of this process, and the generated tables that apply to it.

A *table* is a package of modules that ``tools/headers`` generates from real headers. ``<package>.<system>`` has:

* ``NAMES`` and ``VALUES``, the constants of the system: a text with one name on a line, and the values in that order.
  A dictionary would take 1.5 times as long to load.
* ``VARIANTS``, the differences of a C library or a processor family, each as names and values: ``{"mips": (names,
  values), "musl": (names, values), "musl mips": (names, values)}``. A variant applies if this machine has all its tags.
  The value None removes a name. A later variant overrides an earlier one.
* ``FACTS``, the names, in lower case, that are not constants but facts for the code. Also a text.

No number is written in code, and a name exists only if the headers define it.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib_external import SourceFileLoader

from sockcore._names import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

SYSTEMS = {
    "linux": "linux",
    "darwin": "darwin",
    "freebsd": "freebsd",
    "netbsd": "netbsd",
    "openbsd": "openbsd",
    "win32": "windows",
}

# Prefix of os.uname().machine, or of the processor in a multiarch triplet -> the family that the headers distinguish.
# Processors that are not listed use the generic numbers of the kernel.
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
    # Names of NetBSD and OpenBSD ports, which uname reports instead of the processor.
    ("evbarm", "arm"),
    ("evbmips", "mips"),
    ("evbppc", "powerpc"),
    ("macppc", "powerpc"),
    ("octeon", "mips"),
)


def system_name(platform: str = sys.platform) -> str:
    """Return a ``sys.platform``'s name in the tables: ``'linux'``, ``'darwin'``...

    An unknown system keeps its name and has no table, so that no constant exists.
    """
    for prefix, name in SYSTEMS.items():
        if platform.startswith(prefix):
            return name
    return platform


def cpu_family(tags: str) -> str:
    """Return the family of a processor: ``'mips'``, ``'x86'``..., or ``'generic'``."""
    for prefix, family in _CPU_FAMILIES:
        if tags.lower().startswith(prefix):
            return family
    return "generic"


def _machine() -> str:
    # The triplet describes the process. uname describes the kernel, which may be a 64-bit one under a 32-bit process.
    triplet = getattr(sys.implementation, "_multiarch", "")
    if triplet and system_name() == "linux":
        return str(triplet)
    if sys.platform != "win32":
        return os.uname().machine
    # A 64-bit Python has "64 bit (AMD64)" here, a 32-bit one "Intel".
    return next((name for name in ("amd64", "arm64", "arm") if f"({name})" in sys.version.lower()), "i386")


def _libc() -> str:
    triplet = str(getattr(sys.implementation, "_multiarch", ""))
    if "musl" in triplet:
        return "musl"
    if sys.platform == "win32":
        return ""
    # Before 3.12, a build for musl has the triplet of glibc. Only glibc has this confstr.
    try:
        return "glibc" if (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc") else "musl"
    except (AttributeError, ValueError, OSError):
        return "musl"


#: The result of platform_tags(). Bound: one.
_tags: list[frozenset[str]] = []


def platform_tags() -> frozenset[str]:
    """Return the tags that describe this process.

    They are the system, processor family, C library, 32bit or 64bit, and endianness.
    """
    if _tags:
        return _tags[0]
    tags = {
        system_name(),
        cpu_family(_machine()),
        "64bit" if sys.maxsize > 2**32 else "32bit",
        sys.byteorder + "-endian",
    }
    if system_name() == "linux":
        tags.add(_libc())
    _tags.append(frozenset(tags))
    return _tags[0]


class Table(dict[str, int]):
    """The constants of a machine by name, and facts, whose names are in lower case."""

    #: The names of the facts.
    facts: Sequence[str] = ()
    #: The package that the table was loaded from.
    package = ""


def select(
    names: str,
    values: Sequence[int],
    variants: Mapping[str, tuple[str, Sequence[int | None]]],
    tags: frozenset[str],
) -> Table:
    """Return the constants of a machine: *names* with *values*, then each variant whose tags match."""
    selected = Table(zip(names.strip().split("\n"), values))  # half the instructions of split() without an argument
    for condition, (changed, new) in variants.items():
        if tags.issuperset(condition.split()):
            for name, value in zip(changed.split(), new):
                if value is None:
                    selected.pop(name, None)
                else:
                    selected[name] = value
    return selected


#: Package -> its table. Bound: one for each package of tables.
_tables: dict[str, Table] = {}


def load(package: str) -> Table:
    """Return the table *package* for this machine, name to number.

    *package* is, for example, ``'sockcore_inet.tables'``. The result is empty if the package has no table for the
    system. All calls return the same object, which must not be changed. Raises ModuleNotFoundError if the package does
    not exist.
    """
    return _tables.get(package) or _tables.setdefault(package, _read(package))


def _read(package: str) -> Table:
    module = f"{package}.{system_name()}"
    variables = _variables_from_file(module)
    if variables is None:
        try:
            variables = vars(import_module(module))
        except ModuleNotFoundError as exc:
            if exc.name != module:
                raise
            return Table()
    table = select(variables["NAMES"], variables["VALUES"], variables["VARIANTS"], platform_tags())
    table.facts = variables["FACTS"].split()
    table.package = package
    return table


def _variables_from_file(module: str) -> dict[str, Any] | None:
    """Return the variables of a table's module without importing it, or None if it is not in an ordinary file.

    The imports of the module and of its package would take three times the instructions, and keep all names twice.
    """
    top, *path = module.split(".")
    package = sys.modules.get(top)
    folders = getattr(package, "__path__", None)
    if type(getattr(package, "__loader__", None)) is not SourceFileLoader or not folders:
        return None  # it is in an archive, in a program that is one file, or in the startup cache
    try:
        code = SourceFileLoader(module, os.path.join(folders[0], *path) + ".py").get_code(module)
    except FileNotFoundError:
        return None
    variables: dict[str, Any] = {}
    exec(code, variables)  # type: ignore[arg-type]  # a loader of sources always returns code
    return variables


def add_table(package: str, names: str, values: Sequence[int], facts: Sequence[str]) -> Table:
    """Return a table from the startup cache, as :func:`load` does from now on.

    *names* is a text with one name on a line.
    """
    table = select(names, values, {}, frozenset())
    table.facts = facts
    table.package = package
    return _tables.setdefault(package, table)


def constants() -> Table:
    """Return the core's table for this machine.

    It has constants and, in lower case, facts such as ``cmsg_align``.
    """
    return load("sockcore._platform.tables")
