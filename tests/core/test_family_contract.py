"""RawAddress, Family, and the codecs of options and control messages."""

from __future__ import annotations

import pickle
import sys

import pytest
from systems import AF_INET, LIMIT, loopback

import sockcore
from sockcore.plugin import (
    HAS_SA_LEN,
    U16,
    U32,
    Ancillary,
    Family,
    Option,
    RawAddress,
    Struct,
    context,
    family_of,
    in_range,
    padding,
    sockaddr_header,
    struct_bytes,
    struct_value,
    unsigned,
)  # fmt: skip


class Plain(Family):
    number = 200
    name = "AF_PLAIN"

    def encode(self, address, context):
        return b""

    def decode(self, raw, context):
        return raw


def test_raw_address_is_bytes_with_family():
    raw = RawAddress(sockaddr_header(10, 4) + b"\1\2")
    assert isinstance(raw, bytes)
    assert raw == sockaddr_header(10, 4) + b"\1\2"
    assert raw.family == 10
    assert hash(raw) == hash(bytes(raw))
    assert sockcore.RawAddress is RawAddress


@pytest.mark.parametrize("few", [b"", b"\1"])
def test_raw_address_without_family_field_has_family_0(few):
    assert RawAddress(few).family == family_of(few) == 0


def test_raw_address_repr_contains_its_bytes():
    assert repr(RawAddress(b"\1\0ab")) == r"RawAddress(b'\x01\x00ab')"
    assert str(RawAddress(b"")) == "RawAddress(b'')"


def test_raw_address_rejects_attributes_and_can_be_pickled():
    raw = RawAddress(b"\2\0")
    with pytest.raises(AttributeError):
        raw.port = 1  # type: ignore[attr-defined]
    copy = pickle.loads(pickle.dumps(raw))
    assert type(copy) is RawAddress
    assert copy == raw


@pytest.mark.parametrize("number", [1, 10, 255])
def test_sockaddr_header_and_family_of_are_inverse(number):
    header = sockaddr_header(number, 16)
    assert family_of(header + bytes(14)) == number
    assert header == (bytes((16, number)) if HAS_SA_LEN else number.to_bytes(2, sys.byteorder))


@pytest.mark.parametrize("lacks", ["encode", "decode"])
def test_family_without_both_methods_is_abstract(lacks):
    methods = {name: getattr(Plain, name) for name in ("encode", "decode") if name != lacks}
    half = type("Half", (Family,), {"number": 200, "name": "AF_HALF", **methods})
    with pytest.raises(TypeError, match=lacks):
        half()


def test_family_has_default_attributes():
    family = Plain()
    assert (family.proto, family.size, family.needs_descriptor, family.probe) == (None, 128, False, None)
    assert (family.module, family.accept_gives_address) == (None, True)


def test_accept_of_family_without_peer_address_returns_none(add_registration, listener, closing):
    class Addressless(Plain):
        number = 2
        accept_gives_address = False

    add_registration("families", (2, None), Addressless())
    server, address = listener()
    for timeout in (None, LIMIT):
        server.settimeout(timeout)
        client = closing.enter_context(sockcore.socket(2, sockcore.SOCK_STREAM))
        client.connect(address)
        accepted, result = server.accept()
        with accepted:
            assert result is None
            client.send(b"over")
            assert accepted.recv(10) == b"over"
            assert accepted.getpeername()  # other calls request the address


def test_family_repr_contains_name_and_number():
    family = Plain()
    assert repr(family) == "<Plain AF_PLAIN (200)>"
    family.proto = 7
    assert repr(family) == "<Plain AF_PLAIN (200, protocol 7)>"


def test_struct_value_returns_tuple_or_single_value():
    one = Struct("struct one", "<s.h>", ("a", U32))
    two = Struct("struct two", "<s.h>", ("a", U32), ("b", U16))
    assert struct_value(one)(one.pack(5)) == 5
    assert struct_value(two)(two.pack(5, 6)) == (5, 6)
    assert struct_value(two)(b"") == (0, 0)


def test_struct_bytes_is_the_inverse_of_struct_value():
    one = Struct("struct one", "<s.h>", ("a", U32))
    two = Struct("struct two", "<s.h>", ("a", U32), ("gap", padding(2)), ("b", U16))
    assert struct_bytes(one)(5) == one.pack(5)
    assert struct_bytes(two)((True, 6)) == two.pack(1, 6)


@pytest.mark.parametrize(
    ("value", "expected", "message"),
    [
        (5, TypeError, "struct two must be a tuple (a, b), not 5"),
        ([5, 6], TypeError, "struct two must be a tuple (a, b), not [5, 6]"),
        ((5,), TypeError, "struct two must be a tuple (a, b), not (5,)"),
        ((5, 6.0), TypeError, "integer"),
        ((5, 65536), OverflowError, "struct two (a, b) cannot hold (5, 65536)"),
        ((-1, 0), OverflowError, "struct two (a, b) cannot hold (-1, 0)"),
    ],
)
def test_struct_bytes_of_invalid_value_raises(value, expected, message):
    with pytest.raises(expected) as caught:
        struct_bytes(Struct("struct two", "<s.h>", ("a", U32), ("b", U16)))(value)
    assert message in str(caught.value)


def test_in_range_and_unsigned_reject_numbers_out_of_range():
    requested = context(200, operation="connect")
    for number in (0, 255):
        assert in_range(requested, "addr", number, 8) == unsigned("a priority", number, 8) == number
    for number in (-1, 256, 2**80):
        with pytest.raises(OverflowError, match=r"^connect\(\): addr must be 0-255\.$"):
            in_range(requested, "addr", number, 8)
        with pytest.raises(OverflowError, match=f"^a priority must be 0-255, not {number}$"):
            unsigned("a priority", number, 8)
    with pytest.raises(TypeError, match="integer"):
        unsigned("a priority", 1.0, 8)
    for number in (10**5000, -(10**5000)):  # str() of them raises ValueError
        with pytest.raises(OverflowError, match=r"^a priority must have at most 1024 bits, not 16610$"):
            unsigned("a priority", number, 8)


def test_option_and_ancillary_store_their_arguments():
    option = Option("SO_X", 1, 2, 4, bytes.hex)
    assert (option.name, option.level, option.number, option.size, option.encode) == ("SO_X", 1, 2, 4, None)
    assert option.decode(b"\x0a") == "0a"
    ancillary = Ancillary("SCM_X", 1, 2, bytes.hex, bytes.fromhex)
    assert (ancillary.name, ancillary.level, ancillary.number, ancillary.discard) == ("SCM_X", 1, 2, None)
    assert ancillary.encode("0a") == b"\x0a"


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="only the C code calls these functions")
def test_quick_method_that_replaces_itself_is_called_once(add_registration, closing):
    called = []

    class Replacing(Plain):
        encoded, decoded = {}, {}

        def quick_encode(self, address):
            called.append("method")
            self.quick_encode = function
            return function(address)

    def function(address):
        called.append("function")
        return bytes(loopback(address))

    codec = Replacing()
    codec.number = AF_INET
    add_registration("families", (AF_INET, None), codec)
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    for port in (9, 19, 29):
        sock.sendto(b"", port)
    assert called == ["method", "function", "function", "function"]


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="only the C code calls these functions")
def test_quick_function_may_initialise_the_socket_again(add_registration, closing):
    class Quick(Plain):
        def __init__(self):
            self.number, self.encoded, self.decoded = AF_INET, dict.fromkeys(range(1000, 2000)), {}
            self.quick_encode = encode

    def encode(address):
        sockcore.close(sock.detach())
        add_registration("families", (AF_INET, None), Quick())  # the C code forgets the former family
        sock.__init__(AF_INET, sockcore.SOCK_DGRAM)
        return bytes(loopback(address))

    add_registration("families", (AF_INET, None), Quick())
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    assert sock.sendto(b"x", 9) == 1


@pytest.fixture
def interface_codec(add_registration):
    """Return a registered codec of AF_INET that needs the descriptor, with caches, and the list of its calls."""

    class Interface(Plain):
        number, needs_descriptor, leaves_all = AF_INET, True, False

        def __init__(self):
            self.encoded, self.decoded, self.calls = {}, {}, []

        def quick_encode(self, address, fd):
            self.calls.append(("quick_encode", address, fd))
            return None if self.leaves_all else bytes(loopback(address))

        def quick_decode(self, raw, fd):
            self.calls.append(("quick_decode", raw, fd))
            return None if self.leaves_all else ("quick", len(raw))

        def encode(self, address, context):
            self.calls.append(("encode", address))
            return bytes(loopback(9))

        def decode(self, raw, context):
            self.calls.append(("decode", raw))
            return ("slow", len(raw))

    codec = Interface()
    add_registration("families", (AF_INET, None), codec)
    return codec


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="only the C code calls these functions")
def test_quick_functions_receive_descriptor_and_results_are_not_kept(interface_codec, closing):
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    for _ in range(2):
        sock.sendto(b"", 9)
    fd = sock.fileno()
    assert interface_codec.calls == [("quick_encode", 9, fd)] * 2
    interface_codec.calls.clear()
    size = len(loopback(0))
    for _ in range(2):
        assert sock.getsockname() == ("quick", size)
    assert [(name, descriptor) for name, _, descriptor in interface_codec.calls] == [("quick_decode", fd)] * 2
    assert interface_codec.encoded == interface_codec.decoded == {}


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="only the C code calls these functions")
def test_quick_function_with_descriptor_that_returns_none_leaves_value_to_method(interface_codec, closing):
    interface_codec.leaves_all = True
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    sock.sendto(b"", "unusual")
    assert interface_codec.calls == [("quick_encode", "unusual", sock.fileno()), ("encode", "unusual")]
    interface_codec.calls.clear()
    assert sock.getsockname() == ("slow", len(loopback(0)))
    assert [name for name, *_ in interface_codec.calls] == ["quick_decode", "decode"]


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="only the C code calls these functions")
def test_quick_encode_with_descriptor_needs_no_cache(interface_codec, closing):
    interface_codec.encoded = interface_codec.decoded = None
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    sock.sendto(b"", 9)
    sock.sendto(b"", (9.0,))  # not of plain types
    assert interface_codec.calls == [("quick_encode", 9, sock.fileno()), ("encode", (9.0,))]


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="only the C code calls these functions")
def test_quick_function_of_closed_socket_receives_minus_one(interface_codec):
    sock = sockcore.socket(AF_INET, sockcore.SOCK_DGRAM)
    sock.close()
    with pytest.raises(OSError):
        sock.sendto(b"", 9)
    assert interface_codec.calls == [("quick_encode", 9, -1)]
