"""sockcore.addresses: sockaddr bytes without a socket, and the properties of families."""

from __future__ import annotations

import importlib.util
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore import SOCK_DGRAM, SOCK_STREAM, addresses
from sockcore._plugins.discovery import registry
from sockcore.plugin import Context, Family, RawAddress

AF_INET = 2  # on every system
HAS_INET = pytest.mark.skipif(not importlib.util.find_spec("sockcore_inet"), reason="sockcore-inet is not installed")


class Pairs(Family):
    """A family whose addresses are ints."""

    number = 77
    name = "AF_PAIRS"
    resolves_names = False
    may_block = True
    has_peer_address = False
    stream_types = frozenset({5})
    datagram_types = frozenset({1})

    def encode(self, address: object, context: Context) -> bytes:
        assert isinstance(address, int)
        return struct.pack("=HI", self.number, address + context.type + context.proto)

    def decode(self, raw: bytes, context: Context) -> object:
        (number,) = struct.unpack("=4xH", raw)
        return number, context.operation


@pytest.fixture
def pairs(add_registration: Any) -> Family:
    family = Pairs()
    add_registration("families", (77, None), family)
    return family


@HAS_INET
def test_encode_and_decode_are_inverse() -> None:
    sockaddr = addresses.encode(AF_INET, ("127.0.0.1", 80), SOCK_DGRAM)
    assert len(sockaddr) == 16
    assert sockaddr[2:8] == b"\0\x50\x7f\0\0\x01"
    assert addresses.decode(AF_INET, sockaddr) == ("127.0.0.1", 80)
    assert addresses.decode(AF_INET, memoryview(bytearray(sockaddr))) == ("127.0.0.1", 80)


@HAS_INET
def test_encode_equals_sockaddr_of_socket() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        name = sock.getsockname()
        with sockcore.socket(AF_INET, SOCK_DGRAM) as sender:
            sender.sendto(b"x", RawAddress(addresses.encode(sock.family, name, sock.type, sock.proto)))
        sock.settimeout(60)
        assert sock.recv(9) == b"x"


@HAS_INET
def test_encode_resolves_host_name() -> None:
    assert addresses.decode(AF_INET, addresses.encode(AF_INET, ("localhost", 7)))[0].startswith("127.")


@HAS_INET
@pytest.mark.parametrize(
    ("address", "exc_type"), [("host", TypeError), (("127.0.0.1", 70000), OverflowError), (("127.0.0.1",), TypeError)]
)
def test_encode_of_invalid_address_raises(address: object, exc_type: type[Exception]) -> None:
    with pytest.raises(exc_type):
        addresses.encode(AF_INET, address)


def test_encode_passes_type_and_protocol_to_codec(pairs: Family) -> None:
    assert addresses.encode(77, 5, 10, 20) == struct.pack("=HI", 77, 35)


def test_decode_of_malformed_sockaddr_raises(pairs: Family) -> None:
    with pytest.raises(ValueError, match="is not a sockaddr of <Pairs AF_PAIRS"):
        addresses.decode(77, b"\0\0\0")
    with pytest.raises(ValueError, match="at least one byte"):
        addresses.decode(77, b"")
    with pytest.raises(TypeError):
        addresses.decode(77, "text")  # type: ignore[arg-type]


def test_family_without_plugin_has_raw_addresses() -> None:
    raw = struct.pack("=H", 78) + b"rest"
    assert addresses.decode(78, raw) == RawAddress(raw)
    assert addresses.encode(78, RawAddress(raw)) == raw
    found = addresses.capabilities(78)
    assert (found.resolves_names, found.may_block, found.has_peer_address) == (False, False, True)


@pytest.mark.parametrize("number", sorted({78, *(number for number, _ in registry().families)}))
@given(data=st.binary(min_size=1, max_size=140))
def test_decode_any_bytes_returns_address_or_raises_value_error(number: int, data: bytes) -> None:
    try:
        addresses.decode(number, data)
    except ValueError:
        pass


def test_capabilities_come_from_family(pairs: Family) -> None:
    assert addresses.capabilities(77, 5) == ("AF_PAIRS", False, True, True, False, False)
    assert addresses.capabilities(77, 1) == ("AF_PAIRS", False, True, False, True, False)


@HAS_INET
def test_capabilities_of_internet_sockets() -> None:
    stream = addresses.capabilities(AF_INET, SOCK_STREAM)
    assert stream == ("AF_INET", True, True, True, False, True)
    assert addresses.capabilities(AF_INET, SOCK_DGRAM) == stream._replace(is_stream=False, is_datagram=True)
    flags = getattr(sockcore, "SOCK_NONBLOCK", 0) | getattr(sockcore, "SOCK_CLOEXEC", 0)
    assert addresses.capabilities(AF_INET, SOCK_STREAM | flags) == stream


@pytest.mark.skipif(not hasattr(sockcore, "AF_UNIX"), reason="sockcore-unix is not installed")
def test_capabilities_of_families_without_names_or_peers() -> None:
    unix = addresses.capabilities(sockcore.AF_UNIX, SOCK_STREAM)
    assert (unix.resolves_names, unix.has_peer_address) == (False, True)
    if hasattr(sockcore, "AF_ALG"):
        assert not addresses.capabilities(sockcore.AF_ALG, sockcore.SOCK_SEQPACKET).has_peer_address
