"""Architectures of wheels: their names in ``zig cc``, and the oldest supported glibc."""

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

    @property
    def compiler(self) -> list[str]:
        """Return the arguments of ``zig`` that compile for the architecture."""
        version = ".".join(map(str, self.glibc))
        return ["cc", "-target", f"{self.triple}.{version}", *([f"-mcpu={self.cpu}"] if self.cpu else [])]

    def platform(self, machine: str) -> str:
        """Return the last part of a wheel's tag for a machine with this name in uname(1)."""
        return f"manylinux_{self.glibc[0]}_{self.glibc[1]}_{machine}" if self.manylinux else f"linux_{machine}"


# Debian name -> target.
TARGETS = {
    "amd64": Target("x86_64-linux-gnu"),
    "arm64": Target("aarch64-linux-gnu"),
    "armhf": Target("arm-linux-gnueabihf", cpu="generic+v7a+vfp3d16-neon-d32"),
    "i386": Target("x86-linux-gnu"),
    "mips64el": Target("mips64el-linux-gnuabi64", manylinux=False),
    "ppc64el": Target("powerpc64le-linux-gnu", (2, 19)),
    "s390x": Target("s390x-linux-gnu"),
}
