"""Names: every public name of the standard module, with its value and words."""

from __future__ import annotations

import copy
import enum
import inspect
import pickle
import socket as standard
import sys
import types
from typing import Any

import pytest
from parity.known import WORDS
from parity.system import WINDOWS

import sockcore

#: Levels of protocols that have left the kernel, or are leaving it.
OTHERS = ("SOL_ATALK", "SOL_AX25", "SOL_IPX", "SOL_NETROM", "SOL_ROSE")
if not WORDS:
    OTHERS += ("FD_SETSIZE", "POLL", "RAND_", "SIOCGIF", "SSL_", "ssl")  # of PyPy's own
#: What the standard module has for itself.
IMPORTED = {"CAPI", "EAGAIN", "EBADF", "EWOULDBLOCK", "IntEnum", "IntFlag", "array", "partial"}
IMPORTED |= {"errorTab"}  # Windows': a dictionary of its own words about Winsock's errors, which no manual has


def _is_ours(name: str) -> bool:
    if name.startswith(("_", *OTHERS)) or name in IMPORTED:
        return False
    return not isinstance(getattr(standard, name), types.ModuleType)


NAMES = [name for name in dir(standard) if _is_ours(name)]
CONSTANTS = [name for name in NAMES if isinstance(getattr(standard, name), (int, str))]
FUNCTIONS = [
    name for name in NAMES if isinstance(getattr(standard, name), (types.FunctionType, types.BuiltinFunctionType))
]
CLASSES = [name for name in NAMES if isinstance(getattr(standard, name), type)]
METHODS = [name for name in dir(standard.socket) if not name.startswith("_")]


def test_the_three_kinds_are_all() -> None:
    assert sorted({*CONSTANTS, *FUNCTIONS, *CLASSES}) == sorted(NAMES)
    assert len(CONSTANTS) > (100 if WINDOWS else 150)  # a table that is not found would leave nothing to compare


@pytest.mark.parametrize("name", NAMES)
def test_is_there(name: str) -> None:
    assert hasattr(sockcore, name)
    assert name in dir(sockcore)


#: Unsigned in C, and to be packed as such: negative in the standard module where a long has 32 bits.
UNSIGNED = {"CAN_EFF_FLAG", "VMADDR_CID_ANY", "VMADDR_PORT_ANY", "VM_SOCKETS_INVALID_VERSION"}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants(name: str) -> None:
    ours, theirs = getattr(sockcore, name), getattr(standard, name)
    if name in UNSIGNED:
        theirs &= 0xFFFFFFFF
    assert ours == theirs
    assert type(ours).__name__ == type(theirs).__name__
    assert repr(ours) == repr(theirs)
    assert str(ours) == str(theirs)
    assert f"{ours} {ours!s}" == f"{theirs} {theirs!s}"
    assert isinstance(ours, str) or f"{ours:d}" == f"{theirs:d}"
    assert pickle.loads(pickle.dumps(ours)) == theirs
    assert copy.deepcopy(ours) is ours


def test_star_import() -> None:
    missing = {name for name in standard.__all__ if not name.startswith(OTHERS)} - set(sockcore.__all__) - IMPORTED
    assert missing == set()
    space: dict[str, Any] = {}
    exec("from sockcore import *", space)
    assert all(space[name] is getattr(sockcore, name) for name in NAMES if name in standard.__all__)


@pytest.mark.parametrize("name", ["AddressFamily", "AddressInfo", "MsgFlag", "SocketKind"])
def test_enums(name: str) -> None:
    ours, theirs = getattr(sockcore, name), getattr(standard, name)
    assert [base.__name__ for base in ours.__mro__] == [base.__name__ for base in theirs.__mro__]
    assert issubclass(ours, enum.Enum)
    for member in ours:
        # What is no name of the standard module is no second name of one either.
        if member.name in NAMES:
            assert repr(member) == repr(theirs[member.name])
        elif name in ("AddressFamily", "SocketKind"):
            assert member.value not in {theirs[each].value for each in theirs.__members__ if each in NAMES}
    for each in (0, 1, 3, 0x40, 0x4001):
        assert (each in [int(member) for member in ours]) or not isinstance(each, str)
    with pytest.raises(KeyError):
        ours["NOSUCH"]


@pytest.mark.parametrize(
    "flags", ["MSG_PEEK | MSG_TRUNC", "MSG_PEEK & MSG_TRUNC", "~MSG_PEEK & MSG_PEEK", "AI_PASSIVE | AI_NUMERICHOST"]
)
def test_flags_combine(flags: str) -> None:
    ours, theirs = eval(flags, vars(sockcore)), eval(flags, vars(standard))
    assert (repr(ours), str(ours), int(ours)) == (repr(theirs), str(theirs), int(theirs))


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_there(name: str) -> None:
    ours, theirs = getattr(sockcore.socket, name), getattr(standard.socket, name)
    assert callable(ours) == callable(theirs)
    assert ours.__doc__


ADDITIONS = {"recvmmsg", "recvmmsg_into", "sendmmsg"}
if WINDOWS:
    ADDITIONS |= {"recvmsg", "recvmsg_into", "sendmsg"}  # Winsock has what they need


def test_no_public_methods_beyond() -> None:
    public = {name for name in dir(sockcore.socket) if not name.startswith("_")}
    assert public - set(METHODS) == ADDITIONS


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_documented(name: str) -> None:
    assert getattr(sockcore, name).__doc__


def _parameters(function: Any) -> list[tuple[str, bool]] | None:
    """Return name and optionality of each parameter; that of a positional one is nobody's business."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # C, without a signature
    return [
        ("" if each.kind is each.POSITIONAL_ONLY or each.name == "self" else each.name, each.default is not each.empty)
        for each in signature.parameters.values()
    ]


@pytest.mark.parametrize("name", [*FUNCTIONS, *(f"socket.{name}" for name in METHODS), "socket", "SocketIO"])
@pytest.mark.skipif(not WORDS, reason="PyPy's signatures are those of its own source")
def test_signatures(name: str) -> None:
    ours, theirs = sockcore, standard
    for part in name.split("."):
        ours, theirs = getattr(ours, part), getattr(theirs, part)
    expected = _parameters(theirs)
    if expected is None or name == "socket.sendto":
        assert callable(ours) == callable(theirs)
        return
    if name == "create_connection" and sys.version_info < (3, 11):
        expected.append(("all_errors", True))
    assert _parameters(ours) == expected


def test_class() -> None:
    assert sockcore.socket.__name__ == standard.socket.__name__
    assert sockcore.SocketType.__name__ == standard.SocketType.__name__
    assert issubclass(sockcore.socket, sockcore.SocketType)
    assert isinstance(sockcore.has_ipv6, bool)
    assert sockcore.has_ipv6 is standard.has_ipv6


def test_missing_names() -> None:
    for name in ("nosuch", "AF_NOSUCH", "SO_NOSUCH", "fromshare" if not hasattr(standard, "fromshare") else "nosuch"):
        with pytest.raises(AttributeError):
            getattr(sockcore, name)
        assert not hasattr(sockcore, name)
