"""Public names of the standard module, with values, signatures and messages."""

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
from parity.known import IS_CPYTHON
from parity.system import WINDOWS

import sockcore

#: Levels of protocols that were or will be removed from the kernel.
OTHERS = ("SOL_ATALK", "SOL_AX25", "SOL_IPX", "SOL_NETROM", "SOL_ROSE")
if not IS_CPYTHON:
    OTHERS += ("FD_SETSIZE", "POLL", "RAND_", "SIOCGIF", "SSL_", "ssl")  # defined by PyPy only
#: Names that the standard module imports, or defines for internal use.
IMPORTED = {"CAPI", "EAGAIN", "EBADF", "EWOULDBLOCK", "IntEnum", "IntFlag", "array", "partial"}
IMPORTED |= {"errorTab"}  # an undocumented dictionary of messages for Winsock errors


def _is_expected(name: str) -> bool:
    if name.startswith(("_", *OTHERS)) or name in IMPORTED:
        return False
    return not isinstance(getattr(standard, name), types.ModuleType)


NAMES = [name for name in dir(standard) if _is_expected(name)]
CONSTANTS = [name for name in NAMES if isinstance(getattr(standard, name), (int, str))]
FUNCTIONS = [
    name for name in NAMES if isinstance(getattr(standard, name), (types.FunctionType, types.BuiltinFunctionType))
]
CLASSES = [name for name in NAMES if isinstance(getattr(standard, name), type)]
METHODS = [name for name in dir(standard.socket) if not name.startswith("_")]


def test_names_are_constants_functions_or_classes() -> None:
    assert sorted({*CONSTANTS, *FUNCTIONS, *CLASSES}) == sorted(NAMES)
    assert len(CONSTANTS) > (100 if WINDOWS else 150)


@pytest.mark.parametrize("name", NAMES)
def test_name_is_defined(name: str) -> None:
    assert hasattr(sockcore, name)
    assert name in dir(sockcore)


#: Unsigned in C, and packed as such. They are negative in the standard module if a long has 32 bits.
UNSIGNED = {"CAN_EFF_FLAG", "VMADDR_CID_ANY", "VMADDR_PORT_ANY", "VM_SOCKETS_INVALID_VERSION"}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constant_value_and_repr_match(name: str) -> None:
    sockcore_value, standard_value = getattr(sockcore, name), getattr(standard, name)
    if name in UNSIGNED:
        standard_value &= 0xFFFFFFFF
    assert sockcore_value == standard_value
    assert type(sockcore_value).__name__ == type(standard_value).__name__
    assert repr(sockcore_value) == repr(standard_value)
    assert str(sockcore_value) == str(standard_value)
    assert f"{sockcore_value} {sockcore_value!s}" == f"{standard_value} {standard_value!s}"
    assert isinstance(sockcore_value, str) or f"{sockcore_value:d}" == f"{standard_value:d}"
    assert pickle.loads(pickle.dumps(sockcore_value)) == standard_value
    assert copy.deepcopy(sockcore_value) is sockcore_value


def test_star_import_contains_all_names() -> None:
    missing = {name for name in standard.__all__ if not name.startswith(OTHERS)} - set(sockcore.__all__) - IMPORTED
    assert missing == set()
    space: dict[str, Any] = {}
    exec("from sockcore import *", space)
    assert all(space[name] is getattr(sockcore, name) for name in NAMES if name in standard.__all__)


@pytest.mark.parametrize("name", ["AddressFamily", "AddressInfo", "MsgFlag", "SocketKind"])
def test_enum_members_match(name: str) -> None:
    sockcore_value, standard_value = getattr(sockcore, name), getattr(standard, name)
    assert [base.__name__ for base in sockcore_value.__mro__] == [base.__name__ for base in standard_value.__mro__]
    assert issubclass(sockcore_value, enum.Enum)
    for member in sockcore_value:
        # Additional members must not be aliases of members of the standard module.
        if member.name in NAMES:
            assert repr(member) == repr(standard_value[member.name])
        elif name in ("AddressFamily", "SocketKind"):
            assert member.value not in {
                standard_value[item].value for item in standard_value.__members__ if item in NAMES
            }
    for item in (0, 1, 3, 0x40, 0x4001):
        assert (item in [int(member) for member in sockcore_value]) or not isinstance(item, str)
    with pytest.raises(KeyError):
        sockcore_value["NOSUCH"]


@pytest.mark.parametrize(
    "flags", ["MSG_PEEK | MSG_TRUNC", "MSG_PEEK & MSG_TRUNC", "~MSG_PEEK & MSG_PEEK", "AI_PASSIVE | AI_NUMERICHOST"]
)
def test_flag_combinations_match(flags: str) -> None:
    sockcore_value, standard_value = eval(flags, vars(sockcore)), eval(flags, vars(standard))
    assert (repr(sockcore_value), str(sockcore_value), int(sockcore_value)) == (
        repr(standard_value),
        str(standard_value),
        int(standard_value),
    )


@pytest.mark.parametrize("name", METHODS)
def test_socket_method_is_defined(name: str) -> None:
    sockcore_value, standard_value = getattr(sockcore.socket, name), getattr(standard.socket, name)
    assert callable(sockcore_value) == callable(standard_value)
    assert sockcore_value.__doc__


ADDITIONS = {"recvmmsg", "recvmmsg_into", "sendmmsg"}
if WINDOWS:
    ADDITIONS |= {"recvmsg", "recvmsg_into", "sendmsg"}  # supported by Winsock


def test_additional_socket_methods_are_known() -> None:
    public = {name for name in dir(sockcore.socket) if not name.startswith("_")}
    assert public - set(METHODS) == ADDITIONS


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_name_has_docstring(name: str) -> None:
    assert getattr(sockcore, name).__doc__


def _parameters(function: Any) -> list[tuple[str, bool]] | None:
    """Return name and optionality of each parameter, without positional-only names."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # a C function without a signature
    return [
        ("" if item.kind is item.POSITIONAL_ONLY or item.name == "self" else item.name, item.default is not item.empty)
        for item in signature.parameters.values()
    ]


@pytest.mark.parametrize("name", [*FUNCTIONS, *(f"socket.{name}" for name in METHODS), "socket", "SocketIO"])
@pytest.mark.skipif(not IS_CPYTHON, reason="PyPy has other signatures")
def test_signature_matches(name: str) -> None:
    sockcore_value, standard_value = sockcore, standard
    for part in name.split("."):
        sockcore_value, standard_value = getattr(sockcore_value, part), getattr(standard_value, part)
    expected = _parameters(standard_value)
    if expected is None or name == "socket.sendto":
        assert callable(sockcore_value) == callable(standard_value)
        return
    if name == "create_connection" and sys.version_info < (3, 11):
        expected.append(("all_errors", True))
    assert _parameters(sockcore_value) == expected


def test_socket_class_matches() -> None:
    assert sockcore.socket.__name__ == standard.socket.__name__
    assert sockcore.SocketType.__name__ == standard.SocketType.__name__
    assert issubclass(sockcore.socket, sockcore.SocketType)
    assert isinstance(sockcore.has_ipv6, bool)
    assert sockcore.has_ipv6 is standard.has_ipv6


def test_unknown_name_raises_attribute_error() -> None:
    for name in ("nosuch", "AF_NOSUCH", "SO_NOSUCH", "fromshare" if not hasattr(standard, "fromshare") else "nosuch"):
        with pytest.raises(AttributeError):
            getattr(sockcore, name)
        assert not hasattr(sockcore, name)
