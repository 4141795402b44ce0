"""Architectures of wheels: their names in ``zig cc``, and the oldest supported C library."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """The settings of the compiler and of the wheel for an architecture."""

    triple: str
    #: The oldest glibc that the wheel supports: 2.17, or the oldest that zig supports.
    glibc: tuple[int, int] = (2, 17)
    #: The processor, if the default of zig is newer than the oldest one that Debian supports.
    cpu: str = ""
    #: Whether installers accept a manylinux tag for the architecture.
    manylinux: bool = True
    #: The Debian architecture whose Python and headers are used, if Debian has no Python of the target.
    python: str = ""

    @property
    def compiler(self) -> list[str]:
        """Return the arguments of ``zig`` that compile for the architecture."""
        version = "" if self.is_musl else "." + ".".join(map(str, self.glibc))
        return ["cc", "-target", f"{self.triple}{version}", *([f"-mcpu={self.cpu}"] if self.cpu else [])]

    @property
    def is_musl(self) -> bool:
        """Return True if the C library is musl, as on Alpine Linux."""
        return "-musl" in self.triple

    def suffix(self, suffix: str) -> str:
        """Return the suffix of extension modules of a Python with this suffix on Debian."""
        return suffix.replace("-gnu", "-musl") if self.is_musl else suffix

    def platform(self, machine: str) -> str:
        """Return the last part of a wheel's tag for a machine with this name in uname(1)."""
        if self.is_musl:
            return f"musllinux_{MUSL[0]}_{MUSL[1]}_{machine}"
        return f"manylinux_{self.glibc[0]}_{self.glibc[1]}_{machine}" if self.manylinux else f"linux_{machine}"


#: The oldest musl with which the wheels are tagged. It is that of Alpine 3.13; older ones have other time_t.
MUSL = (1, 2)

# Debian name, or Debian name and C library -> target.
TARGETS = {
    "amd64": Target("x86_64-linux-gnu"),
    "amd64-musl": Target("x86_64-linux-musl", python="amd64"),
    "arm64": Target("aarch64-linux-gnu"),
    "arm64-musl": Target("aarch64-linux-musl", python="arm64"),
    "armhf": Target("arm-linux-gnueabihf", cpu="generic+v7a+vfp3d16-neon-d32"),
    "i386": Target("x86-linux-gnu"),
    "mips64el": Target("mips64el-linux-gnuabi64", manylinux=False),
    "ppc64el": Target("powerpc64le-linux-gnu", (2, 19)),
    "riscv64": Target("riscv64-linux-gnu", (2, 27)),
    "s390x": Target("s390x-linux-gnu"),
}
