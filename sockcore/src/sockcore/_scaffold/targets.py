"""Targets: their names in zig, and the words that select their values in tables."""

from __future__ import annotations

from typing import NamedTuple

from sockcore._platform import cpu_family


class Target(NamedTuple):
    """A target of ``zig cc``: its triple, and its tags.

    The tags are as :func:`sockcore._platform.platform_tags` returns them.
    """

    triple: str
    system: str
    libc: str
    words: frozenset[str]
    #: Sizes of a pointer and of a long in bytes.
    pointer: int
    long: int
    byteorder: str
    #: Folders of headers in zig, in order, if zig no longer selects them itself.
    headers: tuple[str, ...] = ()


_BITS32 = {"x86", "arm", "mips", "mipsel", "powerpc", "m68k", "sparc"}
_BIG = {"mips", "mips64", "powerpc", "powerpc64", "s390x", "sparc", "sparc64", "m68k"}
# zig no longer builds glibc for these targets, but still has its headers.
_HEADERS = {
    "powerpc64-linux-gnu": ("powerpc-linux-gnu", "generic-glibc", "powerpc-linux-any", "any-linux-any"),
}


def target(triple: str) -> Target:
    """Return the target of a triple.

    Examples of triples are ``'mipsel-linux-gnueabihf'`` and ``'aarch64-macos'``.
    """
    machine, platform, *abi = triple.split("-")
    system = {"macos": "darwin"}.get(platform, platform)
    # zig uses x86 for i386.
    cpu = "x86" if machine == "x86" else cpu_family(machine)
    pointer = 4 if machine in _BITS32 else 8
    byteorder = "big" if machine in _BIG else "little"
    words = {system, cpu, f"{pointer * 8}bit", f"{byteorder}-endian"}
    libc = ""
    if system == "linux":
        libc = "musl" if abi[0].startswith("musl") else "glibc"
        words.add(libc)
    long = 4 if system == "windows" else pointer
    return Target(triple, system, libc, frozenset(words), pointer, long, byteorder, _HEADERS.get(triple, ()))


# musl does not support sparc64.
_LINUX = (
    "x86_64-linux-gnu",
    "x86-linux-gnu",
    "arm-linux-gnueabihf",
    "aarch64-linux-gnu",
    "riscv64-linux-gnu",
    "mips-linux-gnueabihf",
    "mipsel-linux-gnueabihf",
    "mips64-linux-gnuabi64",
    "mips64el-linux-gnuabi64",
    "powerpc64-linux-gnu",
    "powerpc64le-linux-gnu",
    "s390x-linux-gnu",
    "sparc64-linux-gnu",
    "loongarch64-linux-gnu",
    "x86_64-linux-musl",
    "x86-linux-musl",
    "arm-linux-musleabihf",
    "aarch64-linux-musl",
    "riscv64-linux-musl",
    "mips-linux-musleabihf",
    "mipsel-linux-musleabihf",
    "mips64-linux-muslabi64",
    "mips64el-linux-muslabi64",
    "powerpc64-linux-musl",
    "powerpc64le-linux-musl",
    "s390x-linux-musl",
    "loongarch64-linux-musl",
)
_OTHERS = (
    "x86_64-macos",
    "aarch64-macos",
    "x86_64-freebsd",
    "x86-freebsd",
    "aarch64-freebsd",
    "arm-freebsd-eabihf",
    "powerpc64-freebsd",
    "riscv64-freebsd",
    "x86_64-netbsd",
    "x86-netbsd",
    "aarch64-netbsd",
    "arm-netbsd-eabihf",
    "mips-netbsd-eabihf",
    "powerpc-netbsd-eabihf",
    "sparc64-netbsd",
    "riscv64-netbsd",
    "x86_64-openbsd",
    "x86-openbsd",
    "aarch64-openbsd",
    "arm-openbsd-eabi",
    "mips64-openbsd",
    "powerpc64-openbsd",
    "riscv64-openbsd",
    "sparc64-openbsd",
    "x86_64-windows-gnu",
    "x86-windows-gnu",
    "aarch64-windows-gnu",
)

TARGETS = tuple(target(triple) for triple in _LINUX + _OTHERS)
