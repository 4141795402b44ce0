"""Codecs with caches and with functions in C: the native backend uses them before the methods.

The functions of these tests are in Python, but the backend calls them in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from systems import AF_INET, loopback, name_of

import sockcore
from sockcore._system import backend
from sockcore.plugin import Context, Family

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

#: The number of conversions that are kept, and of those that a full cache lacked before it is cleared.
FEW_KEPT, MISSES = 256, 4096

native = pytest.mark.skipif(backend.NAME != "native", reason="the backend in Python calls the methods only")


class Ports(Family):
    """A codec whose addresses are ports of 127.0.0.1. It counts the calls of its methods."""

    number, name = AF_INET, "AF_INET"

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.contexts: list[Context] = []

    def encode(self, address: Any, context: Context) -> bytes:
        self.calls.append(address)
        self.contexts.append(context)
        return bytes(loopback(address))

    def decode(self, raw: bytes, context: Context) -> Any:
        self.calls.append("decode")
        self.contexts.append(context)
        return int.from_bytes(raw[2:4], "big")


class Function:
    """A callable that is not a method, as a function in C."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __call__(self, value: Any) -> Any:
        return self.function(value)


@pytest.fixture
def bound(add_registration: Callable[..., None], closing: ExitStack) -> Callable[[Family], Any]:
    """Return a function that creates a bound socket of a codec."""

    def make(codec: Family) -> Any:
        add_registration("families", (codec.number, None), codec)
        sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
        sock.bind(loopback())
        return sock

    return make


@native
def test_quick_decode_that_replaces_itself_is_called_once(bound: Any) -> None:
    class Loading(Ports):
        def quick_decode(self, raw: bytes) -> Any:
            self.quick_decode = Function(lambda raw: "loaded")  # type: ignore[method-assign]
            return "first"

    codec = Loading()
    sock = bound(codec)
    assert [sock.getsockname() for _ in range(3)] == ["first", "loaded", "loaded"]
    assert codec.calls == []


@native
@pytest.mark.parametrize("attribute", ["quick_encode", "quick_decode"])
def test_exception_of_quick_attribute_propagates(bound: Any, attribute: str) -> None:
    def get(self: Any) -> Any:
        raise KeyError(attribute)

    codec = type("Failing", (Ports,), {attribute: property(get)})()
    codec.encoded = {}
    sock = bound(codec)
    with pytest.raises(KeyError, match=attribute):
        sock.getsockname() if attribute == "quick_decode" else sock.sendto(b"", 9)


@native
@pytest.mark.parametrize("attribute", ["quick_encode", "quick_decode"])
def test_exception_of_quick_function_propagates(bound: Any, attribute: str) -> None:
    def fail(value: Any) -> Any:
        raise KeyError(attribute)

    codec = Ports()
    codec.encoded = {}
    setattr(codec, attribute, Function(fail))
    sock = bound(codec)
    with pytest.raises(KeyError, match=attribute):
        sock.getsockname() if attribute == "quick_decode" else sock.sendto(b"", 9)
    assert codec.calls == []


@native
def test_quick_function_that_returns_none_leaves_conversion_to_the_method(bound: Any) -> None:
    codec = Ports()
    codec.encoded, codec.decoded = {}, {}
    codec.quick_encode = codec.quick_decode = Function(lambda value: None)
    sock = bound(codec)
    port = sock.getsockname()
    sock.sendto(b"data", port)
    assert sock.recvfrom(9) == (b"data", port)
    assert codec.calls == ["decode", port, "decode"]
    assert codec.encoded == codec.decoded == {}


@native
@pytest.mark.parametrize("sockaddr", [None, b"", b"\2", bytes(129), bytearray(16), "text"])
def test_quick_result_that_is_no_sockaddr_leaves_conversion_to_the_method(bound: Any, sockaddr: Any) -> None:
    codec = Ports()
    codec.encoded = {}
    codec.quick_encode = Function(lambda port: sockaddr)
    sock = bound(codec)
    port = int.from_bytes(name_of(sock)[2:4], "big")
    assert sock.sendto(b"data", port) == 4
    assert codec.calls == [port]


@native
def test_cached_address_is_not_encoded_again(bound: Any) -> None:
    codec = Ports()
    codec.encoded = dict.fromkeys((9, "name", (9, b"x")), bytes(loopback(9)))
    sock = bound(codec)
    for address in codec.encoded:
        assert sock.sendto(b"data", address) == 4
    assert codec.calls == []


@native
def test_cached_address_is_not_used_for_equal_one_of_other_type(bound: Any) -> None:
    class Rejecting(Ports):
        def encode(self, address: Any, context: Context) -> bytes:
            raise KeyError(address)

    codec = Rejecting()
    sockaddr = bytes(loopback(9))
    codec.encoded = {1: sockaddr, (1, 2): sockaddr}
    sock = bound(codec)
    for address in (1.0, True, (1.0, 2), (1, 2.0)):
        with pytest.raises(KeyError):
            sock.sendto(b"data", address)


@native
def test_cache_of_quick_function_keeps_few_and_is_renewed(bound: Any) -> None:
    codec = Ports()
    encoded: dict[object, bytes] = {}
    codec.encoded = encoded
    codec.quick_encode = Function(lambda port: bytes(loopback(9)))
    sock = bound(codec)
    for port in range(FEW_KEPT + MISSES - 1):
        sock.sendto(b"", port)
    assert [*encoded] == [*range(FEW_KEPT)]
    sock.sendto(b"", "new")
    assert [*encoded] == ["new"]


def test_codec_that_needs_descriptor_has_one_context_for_each_operation_and_socket(
    bound: Any, closing: ExitStack
) -> None:
    class Owned(Ports):
        needs_descriptor = True

    codec = Owned()
    sock = bound(codec)
    for _ in range(3):
        sock.getsockname()
    other = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    other.bind(loopback())
    other.getsockname()
    first, second, third, foreign = codec.contexts
    assert first is second is third is not foreign


def test_sockets_with_large_numbers_have_the_codec_of_their_family(
    add_registration: Callable[..., None], closing: ExitStack
) -> None:
    """A key for the codecs must not mix a type of more than 16 bits with the family."""

    class Named(Ports):
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

        def decode(self, raw: bytes, context: Context) -> Any:
            return self.number, context.family

    for family in (AF_INET, AF_INET + 1):
        add_registration("families", (family, None), Named(family))
    for family, sock_type in ((AF_INET + 1, 1), (AF_INET, 0x10001), (AF_INET + 1, 1)):
        udp = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
        udp.bind(loopback())
        sock = closing.enter_context(sockcore.socket(family, sock_type, 0, udp.detach()))
        assert sock.getsockname() == (family, family)
