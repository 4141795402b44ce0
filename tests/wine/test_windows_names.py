"""The names of this Windows Python's own module, and those that sockcore has beyond them, each with its reason."""

from __future__ import annotations

import re
import socket as standard
import sys
import types

import sockcore

#: Patterns of names that the genuine module of Python 3.13 lacks, and why sockcore has them.
BEYOND = {
    r"AF_UNIX|PF_UNIX": "Windows has streams of AF_UNIX since 2018; no Python names them",
    r"PF_\w+": "sockcore has the name of the protocol family beside each address family",
    r"RawAddress": "addresses of families that no plugin knows",
    r"preload": "imports everything before chroot, setuid or fork",
    r"CMSG_LEN|CMSG_SPACE": "for sendmsg and recvmsg, which the module lacks and Winsock can do",
    r"(AI|EAI|NI|IP|IPV6|IPPORT|IPPROTO|MCAST|TCP|UDP|SO|SOL|MSG)_\w+": "in Winsock's headers",
    r"(BT|BTHPROTO|RFCOMM)_\w+": "in <ws2bth.h>",
    r"(HV|HVSOCKET)_\w+": "in <hvsocket.h>: newer than the module, or not taken by it",
}
#: The same for what Python 3.13 has and an older one lacks.
NEWER = {
    r"AF_HYPERV": "of Python 3.12",
    r"AF_\w+": "names alone",
    r"(ETH|ETHERTYPE)_\w+": "names alone",
}
METHODS = {
    "sendmsg": "by WSASendMsg and WSASend",
    "recvmsg": "by WSARecvMsg and WSARecv",
    "recvmsg_into": "by WSARecvMsg and WSARecv",
    "sendmmsg": "sockcore's batches",
    "recvmmsg": "sockcore's batches",
    "recvmmsg_into": "sockcore's batches",
}
#: Of the genuine module: what it imports, and no part of the manual.
NOT_OURS = {
    "CAPI": "for C modules",
    "EAGAIN": "of errno",
    "EBADF": "of errno",
    "EWOULDBLOCK": "of errno",
    "IntEnum": "imported",
    "IntFlag": "imported",
    "errorTab": "words of its own about Winsock's errors",
}


def _public(module: types.ModuleType) -> set[str]:
    return {
        name
        for name in dir(module)
        if not name.startswith("_") and not isinstance(getattr(module, name), types.ModuleType)
    }


def test_it_is_the_genuine_module() -> None:
    import _socket

    assert (sys.platform, sys.implementation.name) == ("win32", "cpython")
    assert _socket.__file__.lower().endswith("_socket.pyd")
    assert standard.socket.__mro__[1] is _socket.socket


def test_every_name_is_there_with_its_value() -> None:
    names = _public(standard) - NOT_OURS.keys()
    assert {name for name in names if not hasattr(sockcore, name)} == set()
    numbers = {name: int(value) for name in names if isinstance(value := getattr(standard, name), (int, bool))}
    assert len(numbers) > 150
    assert {name: int(getattr(sockcore, name)) for name in numbers} == numbers
    texts = {name: value for name in names if isinstance(value := getattr(standard, name), str)}
    assert {name: getattr(sockcore, name) for name in texts} == texts


def test_every_method_is_there() -> None:
    theirs = {name for name in dir(standard.socket) if not name.startswith("_")}
    ours = {name for name in dir(sockcore.socket) if not name.startswith("_")}
    assert theirs - ours == set()
    assert ours - theirs == METHODS.keys()
    assert {"ioctl", "share"} <= ours


def test_what_is_beyond_has_a_reason() -> None:
    beyond = set(sockcore.__all__) - set(dir(standard))
    known = {**BEYOND, **(NEWER if sys.version_info < (3, 13) else {})}
    assert sorted(name for name in beyond if not any(re.fullmatch(pattern, name) for pattern in known)) == []
    # A reason that nothing needs is out of date.
    assert [pattern for pattern in BEYOND if not any(re.fullmatch(pattern, name) for name in beyond)] == []
