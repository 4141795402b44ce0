"""The architectures that wheels are built for: what ``zig cc`` calls them, and the oldest glibc that they run on."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """How to compile for an architecture."""

    triple: str
    #: The wheel needs this version of glibc or a newer one; nothing older is known to zig where it is not 2.17.
    glibc: tuple[int, int] = (2, 17)
    #: The processor, where that which zig takes by itself is not Debian's oldest.
    cpu: str = ""
    #: Whether there is a manylinux tag of it: installers know a few architectures by name.
    manylinux: bool = True

    @property
    def compiler(self) -> list[str]:
        """The arguments of ``zig`` that make it a compiler for the architecture."""
        version = ".".join(map(str, self.glibc))
        return ["cc", "-target", f"{self.triple}.{version}", *([f"-mcpu={self.cpu}"] if self.cpu else [])]

    def platform(self, machine: str) -> str:
        """Return the last part of a wheel's tag, of a machine that ``uname`` calls so."""
        return f"manylinux_{self.glibc[0]}_{self.glibc[1]}_{machine}" if self.manylinux else f"linux_{machine}"


# By Debian's names.
TARGETS = {
    "amd64": Target("x86_64-linux-gnu"),
    "arm64": Target("aarch64-linux-gnu"),
    "armhf": Target("arm-linux-gnueabihf", cpu="generic+v7a+vfp3d16-neon-d32"),
    "i386": Target("x86-linux-gnu"),
    "mips64el": Target("mips64el-linux-gnuabi64", manylinux=False),
    "ppc64el": Target("powerpc64le-linux-gnu", (2, 19)),
    "s390x": Target("s390x-linux-gnu"),
}
