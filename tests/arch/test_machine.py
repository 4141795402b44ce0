"""sockcore uses the constants and layouts of the emulated machine, not those of the host."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import sys
from typing import NamedTuple

import sockcore

ARCH = os.environ.get("EMULATED_ARCHITECTURE") or platform.machine()


class Machine(NamedTuple):
    byteorder: str
    pointer: int  # bytes
    sol_socket: int
    sock_dgram: int


# Values from asm/socket.h and bits/socket_type.h.
MACHINES = {
    "x86_64": Machine("little", 8, 1, 2),
    "aarch64": Machine("little", 8, 1, 2),
    "s390x": Machine("big", 8, 1, 2),
    "armhf": Machine("little", 4, 1, 2),
    "mips64el": Machine("little", 8, 0xFFFF, 1),
}


#: Unsigned in C, and packed as such. They are negative in the standard module if a long has 32 bits.
UNSIGNED = {"CAN_EFF_FLAG", "VMADDR_CID_ANY", "VMADDR_PORT_ANY", "VM_SOCKETS_INVALID_VERSION"}


def test_constants_match_emulated_machine() -> None:
    numbers = (sockcore.SOL_SOCKET, int(sockcore.SOCK_DGRAM))
    assert Machine(sys.byteorder, ctypes.sizeof(ctypes.c_void_p), *numbers) == MACHINES[ARCH]


def test_constants_match_standard_library() -> None:
    """The constants of sockcore match those of the standard module.

    Those of sockcore come from tables, those of the standard module from the build of the interpreter.
    """
    expected = {name: value for name, value in vars(socket).items() if name.isupper() and isinstance(value, int)}
    for name in UNSIGNED & expected.keys():
        expected[name] &= 0xFFFFFFFF
    shared = [name for name in expected if name in dir(sockcore)]
    assert len(shared) >= 150
    assert {name: getattr(sockcore, name) for name in shared} == {name: expected[name] for name in shared}


def test_enum_names_match_values() -> None:
    assert sockcore.SocketKind(int(socket.SOCK_DGRAM)).name == "SOCK_DGRAM"
    assert sockcore.SocketKind(int(socket.SOCK_STREAM)).name == "SOCK_STREAM"
    assert sockcore.AddressFamily(int(socket.AF_INET6)).name == "AF_INET6"
