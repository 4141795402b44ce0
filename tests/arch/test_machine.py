"""The emulated machine is what it says, and sockcore takes its numbers and layouts, not the host's."""

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


# asm/socket.h and bits/socket_type.h of each
MACHINES = {
    "x86_64": Machine("little", 8, 1, 2),
    "aarch64": Machine("little", 8, 1, 2),
    "s390x": Machine("big", 8, 1, 2),
    "armhf": Machine("little", 4, 1, 2),
    "mips64el": Machine("little", 8, 0xFFFF, 1),
}


#: Unsigned in C, and to be packed as such: negative in the standard module where a long has 32 bits.
UNSIGNED = {"CAN_EFF_FLAG", "VMADDR_CID_ANY", "VMADDR_PORT_ANY", "VM_SOCKETS_INVALID_VERSION"}


def test_it_is_the_machine_that_was_asked_for() -> None:
    numbers = (sockcore.SOL_SOCKET, int(sockcore.SOCK_DGRAM))
    assert Machine(sys.byteorder, ctypes.sizeof(ctypes.c_void_p), *numbers) == MACHINES[ARCH]


def test_every_number_is_the_standard_library_s() -> None:
    """All integers that both modules have: the tables are of another origin than the interpreter."""
    theirs = {name: value for name, value in vars(socket).items() if name.isupper() and isinstance(value, int)}
    for name in UNSIGNED & theirs.keys():
        theirs[name] &= 0xFFFFFFFF
    shared = [name for name in theirs if name in dir(sockcore)]
    assert len(shared) >= 150
    assert {name: getattr(sockcore, name) for name in shared} == {name: theirs[name] for name in shared}


def test_the_names_of_the_enums_are_right() -> None:
    assert sockcore.SocketKind(int(socket.SOCK_DGRAM)).name == "SOCK_DGRAM"
    assert sockcore.SocketKind(int(socket.SOCK_STREAM)).name == "SOCK_STREAM"
    assert sockcore.AddressFamily(int(socket.AF_INET6)).name == "AF_INET6"
