"""Names of the standard module on Windows, and the additional names of sockcore with their reasons."""

from __future__ import annotations

import re
import socket as standard
import sys
import types

import sockcore

#: Pattern of names that the standard module of Python 3.13 lacks -> reason why sockcore has them.
ADDITIONAL = {
    r"AF_UNIX|PF_UNIX": "Windows supports streams of AF_UNIX since 2018; Python does not define the name",
    r"PF_\w+": "sockcore defines a protocol family for each address family",
    r"RawAddress": "addresses of families without a plugin",
    r"preload": "imports everything before chroot, setuid or fork",
    r"CMSG_LEN|CMSG_SPACE": "for sendmsg and recvmsg, which Winsock supports and the standard module lacks",
    r"(AI|EAI|NI|IP|IPV6|IPPORT|IPPROTO|MCAST|TCP|UDP|SO|SOL|MSG)_\w+": "from the headers of Winsock",
    r"SIO_TCP_INFO|TCPSTATE_\w+": "from <mstcpip.h>, which has more names than the standard module",
    r"(BT|BTHPROTO|RFCOMM)_\w+": "from <ws2bth.h>",
    r"(HV|HVSOCKET)_\w+": "from <hvsocket.h>, which has more names than the standard module",
}
#: The same for names that Python 3.13 has and older versions lack.
NEWER = {
    r"AF_HYPERV": "new in Python 3.12",
    r"AF_\w+": "constants only",
    r"(ETH|ETHERTYPE)_\w+": "constants only",
}
METHODS = {
    "sendmsg": "calls WSASendMsg or WSASend",
    "recvmsg": "calls WSARecvMsg or WSARecv",
    "recvmsg_into": "calls WSARecvMsg or WSARecv",
    "sendmmsg": "batch method of sockcore",
    "recvmmsg": "batch method of sockcore",
    "recvmmsg_into": "batch method of sockcore",
}
#: Names of the standard module that sockcore lacks: imported or undocumented ones.
NOT_IN_SOCKCORE = {
    "CAPI": "for C modules",
    "EAGAIN": "imported from errno",
    "EBADF": "imported from errno",
    "EWOULDBLOCK": "imported from errno",
    "IntEnum": "imported",
    "IntFlag": "imported",
    "errorTab": "messages for Winsock errors",
}


def _public(module: types.ModuleType) -> set[str]:
    return {
        name
        for name in dir(module)
        if not name.startswith("_") and not isinstance(getattr(module, name), types.ModuleType)
    }


def test_socket_module_is_standard_on_windows() -> None:
    import _socket

    assert (sys.platform, sys.implementation.name) == ("win32", "cpython")
    assert _socket.__file__.lower().endswith("_socket.pyd")
    assert standard.socket.__mro__[1] is _socket.socket


def test_sockcore_has_all_names_with_same_values() -> None:
    names = _public(standard) - NOT_IN_SOCKCORE.keys()
    assert {name for name in names if not hasattr(sockcore, name)} == set()
    numbers = {name: int(value) for name in names if isinstance(value := getattr(standard, name), (int, bool))}
    assert len(numbers) > 150
    assert {name: int(getattr(sockcore, name)) for name in numbers} == numbers
    texts = {name: value for name in names if isinstance(value := getattr(standard, name), str)}
    assert {name: getattr(sockcore, name) for name in texts} == texts


def test_sockcore_has_all_socket_methods() -> None:
    standard_methods = {name for name in dir(standard.socket) if not name.startswith("_")}
    sockcore_methods = {name for name in dir(sockcore.socket) if not name.startswith("_")}
    assert standard_methods - sockcore_methods == set()
    assert sockcore_methods - standard_methods == METHODS.keys()
    assert {"ioctl", "share"} <= sockcore_methods


def test_additional_names_have_reasons() -> None:
    additional = set(sockcore.__all__) - set(dir(standard))
    patterns = {**ADDITIONAL, **(NEWER if sys.version_info < (3, 13) else {})}
    assert sorted(name for name in additional if not any(re.fullmatch(pattern, name) for pattern in patterns)) == []
    # Remove patterns that match no name.
    assert [pattern for pattern in ADDITIONAL if not any(re.fullmatch(pattern, name) for name in additional)] == []
