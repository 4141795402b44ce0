"""The functions in C for the addresses of AF_CAN return the results of the codecs in Python.

The functions look up interfaces by ioctl(2), which any socket supports: the tests use the loopback interface and need
no CAN.
"""

from __future__ import annotations

import os
import socket as standard
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
import sockcore_can
from sockcore.plugin import extension_module
from sockcore_can.constants import AF_CAN, TABLE
from sockcore_can.protocols import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sockcore.plugin import Context, Family

NATIVE = extension_module("sockcore_can._native", CONTRACT)
pytestmark = pytest.mark.skipif(NATIVE is None, reason="this process does not use the C code")

#: The codec, the end of the names of its functions in C, and the largest parts of an address after the interface.
CODECS = {
    "can": (sockcore_can.Can(), ()),
    "isotp": (sockcore_can.Isotp(), (2**32 - 1, 2**32 - 1)),
    "j1939": (sockcore_can.J1939(), (2**64 - 1, 2**32 - 1, 2**8 - 1)),
}
each_codec = pytest.mark.parametrize("name", CODECS)


class SocketContext:
    """A context with the interfaces of the network namespace of a socket."""

    family, type, proto, operation = AF_CAN, 2, 0, "sendto"

    @staticmethod
    def interface_index(name: str) -> int:
        return standard.if_nametoindex(name)

    @staticmethod
    def interface_name(index: int) -> str:
        return standard.if_indextoname(index)


CONTEXT: Any = SocketContext()


@pytest.fixture(scope="module")
def fd() -> Iterator[int]:
    with standard.socket(standard.AF_INET, standard.SOCK_DGRAM) as sock:
        yield sock.fileno()


def outcome(convert: Callable[[Any, Context], Any], value: Any) -> Any:
    """Return the result of a method of a codec, or None if it raises an exception."""
    try:
        return convert(value, CONTEXT)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def codec_and_functions(name: str) -> tuple[Family, Any, Any]:
    return CODECS[name][0], getattr(NATIVE, f"encode_{name}"), getattr(NATIVE, f"decode_{name}")


@each_codec
@given(data=st.data())
def test_functions_convert_usual_addresses_like_codec(name, fd, data):
    codec, encode, decode = codec_and_functions(name)
    numbers = [data.draw(st.integers(0, most) | st.sampled_from([0, most])) for most in CODECS[name][1]]
    for interface in ("lo", ""):
        address = (interface, *numbers)
        sockaddr = encode(address, fd)
        assert sockaddr == codec.encode(address, CONTEXT)
        assert decode(sockaddr, fd) == codec.decode(sockaddr, CONTEXT) == address
        assert list(map(type, decode(sockaddr, fd))) == [str] + [int] * len(numbers)


PARTS = st.one_of(
    st.integers(-1, 2**65), st.sampled_from([2**8, 2**32, 2**64, 0x80000000 | 0x1FFFFFFF]), st.booleans(), st.floats()
)
INTERFACES = st.one_of(
    st.sampled_from(["lo", "", b"lo", b"", "lo\0", "nosuch0", "l" * 15, "l" * 16, "l" * 300, "é", "\udcff", "\ud800"]),
    st.text(max_size=20), st.none(),
)  # fmt: skip


@each_codec
@given(address=st.tuples(INTERFACES, PARTS, PARTS, PARTS), count=st.integers(0, 4))
def test_encode_of_any_address_returns_none_or_result_of_codec(name, fd, address, count):
    codec, encode, _ = codec_and_functions(name)
    result = encode(address[:count], fd)
    assert result is None or (type(result) is bytes and result == outcome(codec.encode, address[:count]))


@each_codec
@given(rest=st.binary(max_size=30), index=st.sampled_from([0, 1, -1, 2**31 - 1]), length=st.integers(0, 40))
def test_decode_of_any_bytes_returns_none_or_result_of_codec(name, fd, rest, index, length):
    codec, _, decode = codec_and_functions(name)
    head = AF_CAN.to_bytes(2, sys.byteorder) + b"\0\0" + index.to_bytes(4, sys.byteorder, signed=True)
    sockaddr = (head + rest)[:length]
    result = decode(sockaddr, fd)
    assert result is None or result == codec.decode(sockaddr, CONTEXT)


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Pair(tuple):
    __slots__ = ()


@pytest.mark.parametrize(
    "address",
    [
        None, "lo", ["lo", 1, 2], ("lo",), ("lo", 1), ("lo", 1, 2, 3), (b"lo", 1, 2), (Text("lo"), 1, 2),
        ("lo", True, 2), ("lo", Number(1), 2), ("lo", 1, 2.0), ("lo", -1, 2), ("lo", 1, 2**32), ("lo", 2**64, 1),
        ("lo\0", 1, 2), ("x" * 16, 1, 2), ("nosuch0", 1, 2), ("é", 1, 2), ("\ud800", 1, 2), Pair(("lo", 1, 2)),
    ],
)  # fmt: skip
def test_encode_isotp_leaves_unusual_address_to_codec(address, fd):
    assert NATIVE.encode_isotp(address, fd) is None
    assert NATIVE.encode_isotp(("lo", 1, 2), fd) is not None


@pytest.mark.parametrize(("name", "least"), [("can", 8), ("isotp", 16), ("j1939", 21)])
def test_decode_leaves_short_and_long_sockaddr_to_codec(name, least, fd):
    decode = getattr(NATIVE, f"decode_{name}")
    sockaddr = CODECS[name][0].encode(("lo", 1, 2, 3)[: len(CODECS[name][1]) + 1], CONTEXT)
    assert decode(sockaddr[: least - 1], fd) is None
    assert decode(sockaddr[:least], fd) == CODECS[name][0].decode(sockaddr[:least], CONTEXT)
    assert decode(sockaddr + b"\0", fd) is None
    assert decode(bytearray(sockaddr), fd) is None


@each_codec
@pytest.mark.parametrize("descriptor", [-1, 2**31, None, 1.0])
def test_functions_leave_invalid_descriptor_to_codec(name, descriptor):
    codec, encode, decode = codec_and_functions(name)
    address = ("lo", 1, 2, 3)[: len(CODECS[name][1]) + 1]
    assert encode(address, descriptor) is None
    assert decode(codec.encode(address, CONTEXT), descriptor) is None
    assert encode(address) is decode(b"") is None


@each_codec
def test_decode_leaves_unknown_interface_to_codec(name, fd):
    codec, _, decode = codec_and_functions(name)
    sockaddr = bytes(4) + (2**31 - 1).to_bytes(4, sys.byteorder) + bytes(16)
    assert decode(sockaddr, fd) is None
    assert codec.decode(sockaddr, CONTEXT)[0] == ""


@pytest.mark.parametrize(("proto", "name"), [("CAN_RAW", "can"), ("CAN_ISOTP", "isotp"), ("CAN_J1939", "j1939")])
def test_socket_uses_functions_in_c(proto, name, can_socket):
    sock = can_socket(sockcore, TABLE[proto])
    codec = sockcore._plugins.discovery.registry().family(AF_CAN, TABLE[proto])
    address = ("lo", 1, 2, 3)[: len(CODECS[name][1]) + 1]
    with pytest.raises(OSError):
        sock.sendto(b"", address)  # a UDP socket refuses the sockaddr
    assert vars(codec)["quick_encode"] is getattr(NATIVE, f"encode_{name}")
    sock.getsockname()
    assert vars(codec)["quick_decode"] is getattr(NATIVE, f"decode_{name}")


IN_INTERPRETERS = """
import threading
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _xxinterpreters as interpreters

USE = '''
from sockcore_can import _native
for number in range(500):
    address = ("", number, 2**32 - 1 - number)
    assert _native.decode_isotp(_native.encode_isotp(address, 0), 0) == address
'''

def create(isolated):
    try:
        return interpreters.create("isolated" if isolated else "legacy")
    except (TypeError, ValueError):
        return interpreters.create(isolated=isolated)


def run(interpreter):
    call = getattr(interpreters, "exec", None) or interpreters.run_string
    failure = call(interpreter, USE + "print('done')")
    if failure is not None:
        print("FAILURE", getattr(failure, "formatted", failure))


from sockcore_can import _native
for isolated in (True, False):
    other = create(isolated)
    run(other)
    thread = threading.Thread(target=run, args=(other,))
    thread.start()
    exec(USE)
    thread.join()
    interpreters.destroy(other)
exec(USE)
"""


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy does not support subinterpreters")
def test_native_module_works_in_several_interpreters() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IN_INTERPRETERS],
        env={**os.environ, "SOCKCORE_BACKEND": "native"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.split() == ["done"] * 4
