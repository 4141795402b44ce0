"""The codecs of AF_RDS, tested with literals. The tests neither open sockets nor resolve names."""

from __future__ import annotations

import errno
import struct
import sys
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux supports AF_RDS", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

import sockcore
import sockcore_linux_misc
from sockcore._invalid_hosts import InvalidHostInAddress
from sockcore.plugin import RawAddress, context, gaierror
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import messages, rds
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.option_rds import RDS_INFO_SOCKETS
from sockcore_linux_misc.rds import AF_INET, AF_INET6

AF_RDS = TABLE["AF_RDS"]
FAMILY = rds.Rds()
LOOPBACK6 = bytes(15) + b"\1"
LINK_LOCAL = bytes.fromhex("fe80000000000000020000fffe000001")
PAIR = "AF_INET address must be a pair (host, port)"


def to_sockaddr(packed: bytes, port: int) -> bytes:
    """Return a sockaddr_in. The port is in network byte order."""
    return struct.pack("=H", AF_INET) + struct.pack("!H4s8x", port, packed)


def to_sockaddr6(packed: bytes, port: int, flowinfo: int = 0, scope: int = 0) -> bytes:
    """Return a sockaddr_in6. All fields except the scope are in network byte order."""
    return struct.pack("=H", AF_INET6) + struct.pack("!HI16s", port, flowinfo, packed) + struct.pack("=I", scope)


class WithHosts:
    """A context that resolves some names, and raises for a name of another family."""

    def context(self, operation: str = "bind") -> FakeContext:
        hosts = {
            ("localhost", AF_INET): to_sockaddr(b"\x7f\0\0\1", 0),
            ("127.1", AF_INET): to_sockaddr(b"\x7f\0\0\1", 0),
            ("xn--mnchen-3ya.example", AF_INET): to_sockaddr(b"\1\2\3\4", 0),
            (b"\xff", AF_INET): to_sockaddr(b"\1\2\3\5", 0),
            ("localhost", AF_INET6): to_sockaddr6(LOOPBACK6, 0),
            ("fe80::200:ff:fe00:1%eth0", AF_INET6): to_sockaddr6(LINK_LOCAL, 0, 0, 7),
            ("::1", AF_INET): gaierror(-9, "Address family for hostname not supported"),
        }
        return FakeContext(AF_RDS, 5, operation=operation, hosts=hosts)


class TestRdsFamily(WithHosts, FamilyTests):
    family = FAMILY
    pairs = (
        (("127.0.0.1", 4001), to_sockaddr(b"\x7f\0\0\1", 4001)),
        (("1.2.3.4", 0), to_sockaddr(b"\1\2\3\4", 0)),
        (("0.0.0.0", 65535), to_sockaddr(bytes(4), 65535)),
        (("255.255.255.255", 258), to_sockaddr(b"\xff\xff\xff\xff", 258)),
    )
    encoded = (
        (("", 5), to_sockaddr(bytes(4), 5)),
        (("<broadcast>", 5), to_sockaddr(b"\xff\xff\xff\xff", 5)),
        ((b"127.0.0.1", 5), to_sockaddr(b"\x7f\0\0\1", 5)),
        ((bytearray(b"127.0.0.1"), 5), to_sockaddr(b"\x7f\0\0\1", 5)),
        ((b"", 5), to_sockaddr(bytes(4), 5)),
        (("localhost", 5), to_sockaddr(b"\x7f\0\0\1", 5)),
        ((b"localhost", 5), to_sockaddr(b"\x7f\0\0\1", 5)),
        # The resolver handles the shorter forms.
        (("127.1", 5), to_sockaddr(b"\x7f\0\0\1", 5)),
        (("m\xfcnchen.example", 5), to_sockaddr(b"\1\2\3\4", 5)),
        ((b"\xff", 5), to_sockaddr(b"\1\2\3\5", 5)),
        (("127.0.0.1", True), to_sockaddr(b"\x7f\0\0\1", 1)),
    )
    decoded = (
        (to_sockaddr(b"\1\2\3\4", 258)[:8], ("1.2.3.4", 258)),
        (to_sockaddr(b"\1\2\3\4", 258)[:2], ("0.0.0.0", 0)),
        (to_sockaddr(b"\1\2\3\4", 258) + b"more", ("1.2.3.4", 258)),
    )
    wrong = (
        (None, TypeError, "connect(): AF_INET address must be tuple, not NoneType"),
        (5, TypeError, "connect(): AF_INET address must be tuple, not int"),
        ("127.0.0.1", TypeError, "connect(): AF_INET address must be tuple, not str"),
        (["127.0.0.1", 5], TypeError, "connect(): AF_INET address must be tuple, not list"),
        ((), TypeError, PAIR),
        (("127.0.0.1",), TypeError, PAIR),
        (("127.0.0.1", 5, 0), TypeError, PAIR),
        (("::1", 5, 0, 0, 0), TypeError, PAIR),
        ((1, 5), TypeError, "str, bytes or bytearray expected, not int"),
        ((None, 5), TypeError, "str, bytes or bytearray expected, not NoneType"),
        ((("127.0.0.1",), 5), TypeError, "str, bytes or bytearray expected, not tuple"),
        (("127.0.0.1\0", 5), TypeError, "host name must not contain null character"),
        ((b"a\0b", 5), TypeError, "host name must not contain null character"),
        (("\ud800", 5), InvalidHostInAddress, "encoding of hostname failed"),
        (("127.0.0.1", "5"), TypeError, "integer"),
        (("127.0.0.1", 5.0), TypeError, "integer"),
        (("127.0.0.1", None), TypeError, "integer"),
        (("nowhere", "5"), TypeError, "integer"),
        (("127.0.0.1", -1), OverflowError, "connect(): port must be 0-65535."),
        (("127.0.0.1", 65536), OverflowError, "connect(): port must be 0-65535."),
        (("127.0.0.1", 2**64), OverflowError, "connect(): port must be 0-65535."),
        (("nowhere", 5), gaierror, "no address of 'nowhere'"),
        # Matches CPython: the host is resolved before the range of the port is checked.
        (("nowhere", 65536), gaierror, "no address of 'nowhere'"),
        (("256.1.1.1", 5), gaierror, "no address of '256.1.1.1'"),
        (("1.2.3.4.5", 5), gaierror, "no address of '1.2.3.4.5'"),
        ((" 127.0.0.1", 5), gaierror, "no address of ' 127.0.0.1'"),
        (("::1", 5), gaierror, "Address family for hostname not supported"),
    )

    def test_family_field(self) -> None:
        """The family field is AF_INET, because the addresses are IPv4 addresses."""
        for address, _ in (*self.pairs, *self.encoded):
            assert RawAddress(FAMILY.encode(address, self.context())).family == AF_INET

    def test_raw_address_passes(self) -> None:
        """The family of the socket selects the codec, not the family field."""
        for address, sockaddr in self.pairs:
            assert FAMILY.decode(RawAddress(sockaddr), self.context("recvfrom")) == address


class TestRdsOfIPv6(WithHosts, FamilyTests):
    family = FAMILY
    pairs = (
        (("::1", 4001, 0, 0), to_sockaddr6(LOOPBACK6, 4001)),
        (("::", 0, 0, 0), to_sockaddr6(bytes(16), 0)),
        (("fe80::200:ff:fe00:1", 5, 0, 7), to_sockaddr6(LINK_LOCAL, 5, 0, 7)),
        (("::1", 65535, 0xFFFFF, 2**32 - 1), to_sockaddr6(LOOPBACK6, 65535, 0xFFFFF, 2**32 - 1)),
    )
    encoded = (
        (("", 5, 0, 0), to_sockaddr6(bytes(16), 5)),
        ((b"::1", 5, 0, 0), to_sockaddr6(LOOPBACK6, 5)),
        (("localhost", 5, 0, 0), to_sockaddr6(LOOPBACK6, 5)),
        # The scope in the host is used if scope_id is 0.
        (("fe80::200:ff:fe00:1%eth0", 5, 0, 0), to_sockaddr6(LINK_LOCAL, 5, 0, 7)),
        (("fe80::200:ff:fe00:1%eth0", 5, 0, 9), to_sockaddr6(LINK_LOCAL, 5, 0, 9)),
    )
    decoded = ((to_sockaddr6(LOOPBACK6, 5, 0, 7)[:24], ("::1", 5, 0, 0)),)
    wrong = (
        (("127.0.0.1", 5, 0, 0), gaierror, "no address of '127.0.0.1'"),
        (("<broadcast>", 5, 0, 0), gaierror, "no address of '<broadcast>'"),
        ((1, 5, 0, 0), TypeError, "str, bytes or bytearray expected, not int"),
        (("::1", 5, "0", 0), TypeError, "integer"),
        (("::1", 5, 0, None), TypeError, "integer"),
        (("::1", 65536, 0, 0), OverflowError, "connect(): port must be 0-65535."),
        (("::1", 5, -1, 0), OverflowError, "connect(): flowinfo must be 0-1048575."),
        (("::1", 5, 2**20, 0), OverflowError, "connect(): flowinfo must be 0-1048575."),
        (("::1", 5, 0, -1), OverflowError, "connect(): scope_id must be 0-4294967295."),
        (("::1", 5, 0, 2**32), OverflowError, "connect(): scope_id must be 0-4294967295."),
    )

    test_raw_address_passes = TestRdsFamily.test_raw_address_passes

    def test_family_field(self) -> None:
        """The family field is AF_INET6."""
        for address, _ in (*self.pairs, *self.encoded):
            assert RawAddress(FAMILY.encode(address, self.context())).family == AF_INET6


@pytest.mark.parametrize("family", [0, AF_RDS, 99])
def test_decode_other_family_returns_raw_address(family: int) -> None:
    # The sockaddr of an unbound socket consists of zeros.
    data = struct.pack("=H14x", family)
    decoded = FAMILY.decode(data, FakeContext(AF_RDS))
    assert type(decoded) is RawAddress
    assert (decoded, decoded.family) == (data, family)


def test_encode_numeric_host_does_not_use_resolver() -> None:
    fake = FakeContext(AF_RDS)
    for address in (("127.0.0.1", 1), ("", 1), ("<broadcast>", 1), ("::1", 1, 0, 0), ("", 1, 0, 0)):
        FAMILY.encode(address, fake)
    assert fake.asked == []
    # The real context, which may have the resolver of sockcore-inet.
    assert FAMILY.encode(("127.0.0.1", 1), context(AF_RDS, 5, 0, "bind")) == to_sockaddr(b"\x7f\0\0\1", 1)


def test_encode_name_without_resolver_raises_with_hint() -> None:
    from sockcore._plugins.discovery import registry

    if "resolver" in registry().singles:
        pytest.skip("an installed plugin resolves names")
    with pytest.raises(OSError, match=r"^bind\(\): no plugin here .* 'localhost' .*: pip install sockcore-inet$"):
        FAMILY.encode(("localhost", 1), context(AF_RDS, 5, 0, "bind"))


PORT = st.integers(0, 65535)


@given(st.ip_addresses(v=4).map(str), PORT)
def test_ipv4_address_round_trips(host: str, port: int) -> None:
    fake = FakeContext(AF_RDS)
    encoded = FAMILY.encode((host, port), fake)
    assert len(encoded) == 16
    assert FAMILY.decode(encoded, fake) == (host, port)
    assert fake.asked == []


@given(st.binary(min_size=16, max_size=16), PORT, st.integers(0, 2**20 - 1), st.integers(0, 2**32 - 1))
def test_ipv6_address_round_trips(packed: bytes, port: int, flowinfo: int, scope: int) -> None:
    fake = FakeContext(AF_RDS)
    data = to_sockaddr6(packed, port, flowinfo, scope)
    address = FAMILY.decode(data, fake)
    assert isinstance(address, tuple)
    assert address[1:] == (port, flowinfo, scope)
    assert FAMILY.encode(address, fake) == data
    assert fake.asked == []


@given(st.binary(min_size=2, max_size=40))
def test_decode_accepts_any_bytes(data: bytes) -> None:
    decoded = FAMILY.decode(data, FakeContext(AF_RDS))
    assert isinstance(decoded, tuple) or decoded == data


def test_control_message_numbers_are_encoded_and_decoded() -> None:
    codecs = {codec.name: codec for codec in messages.ancillaries() if codec.name.startswith("RDS")}
    assert {codec.level for codec in codecs.values()} == {TABLE["SOL_RDS"]}
    assert registered_by(sockcore_linux_misc).with_codecs().ancillaries.keys() >= {
        codec.key for codec in codecs.values()
    }
    for name, format in (("RDS_CMSG_RDMA_DEST", "=Q"), ("RDS_CMSG_CONG_UPDATE", "=Q"), ("RDS_CMSG_ZCOPY_COOKIE", "=I")):
        codec, largest = codecs[name], 2 ** (8 * struct.calcsize(format)) - 1
        assert codec.encode is not None
        for value in (0, 5, largest):
            assert codec.encode(value) == struct.pack(format, value)
            assert codec.decode(struct.pack(format, value)) == value
        for value in (-1, largest + 1):
            with pytest.raises(OverflowError, match=f"must be 0-{largest}, not {value}"):
                codec.encode(value)
        with pytest.raises(TypeError, match="integer"):
            codec.encode("5")


def test_zcopy_completion_is_decoded_to_cookies() -> None:
    codec = next(codec for codec in messages.ancillaries() if codec.name == "RDS_CMSG_ZCOPY_COMPLETION")
    assert codec.encode is None
    assert codec.decode(struct.pack("=9I", 2, 7, 9, 0, 0, 0, 0, 0, 0)) == (7, 9)
    assert codec.decode(struct.pack("=9I", 8, *range(8))) == tuple(range(8))
    assert codec.decode(struct.pack("=I", 0)) == ()
    # A count that is too large is ignored.
    assert codec.decode(struct.pack("=9I", 99, *range(8))) == tuple(range(8))


def test_plugin_registers_rds() -> None:
    register = registered_by(sockcore_linux_misc)
    family = register.families[AF_RDS, None]
    assert (family.name, family.module, family.size) == ("AF_RDS", "rds", 28)
    assert {"PF_RDS", "SOL_RDS", "SO_RDS_TRANSPORT", "RDS_TRANS_TCP", "RDS_CANCEL_SENT_TO"} <= register.names.keys()
    assert register.names["RDS_TRANS_NONE"] == -1
    assert not {"AF_INET", "AF_INET6"} & register.names.keys()  # another plugin registers them
    assert rds.SOCKADDR_IN.size == 16
    assert rds.SOCKADDR_IN6.size == 28


def test_decode_truncated_cookies_omits_missing_ones() -> None:
    assert messages.decode_cookies(struct.pack("=I3I", 8, 1, 2, 3)) == (1, 2, 3)
    assert messages.decode_cookies(struct.pack("=I3I", 2, 1, 2, 3)) == (1, 2)
    assert messages.decode_cookies(struct.pack("=I3I", 2**32 - 1, 1, 2, 3)) == (1, 2, 3)
    assert messages.decode_cookies(struct.pack("=I", 8)) == messages.decode_cookies(b"") == ()


def test_decode_counters_returns_names_and_values() -> None:
    data = struct.pack("=32sQ32sQ", b"conn_reset", 1, b"n" * 32, 2**64 - 1)
    assert rds.decode_counters(data) == [("conn_reset", 1), ("n" * 32, 2**64 - 1)]
    assert rds.decode_counters(data[:-1]) == [("conn_reset", 1)]
    assert rds.decode_counters(b"") == []


def test_decode_sockets_returns_hosts_and_ports() -> None:
    # struct rds_info_socket of <linux/rds.h> is packed. Addresses and ports are in network byte order.
    data = struct.pack("=I", 7) + bytes([127, 0, 0, 1, 10, 0, 0, 2, 0x10, 0xE1, 0, 80]) + struct.pack("=IQ", 9, 2**40)
    assert RDS_INFO_SOCKETS.decode(data) == [(("127.0.0.1", 4321), ("10.0.0.2", 80), 7, 9, 2**40)]
    assert rds.INFO_SOCKET.size == len(data) == 28


class InfoSocket:
    """A socket whose getsockopt() returns RDS_INFO_COUNTERS like the kernel.

    It raises ENOSPC if the buffer is too small.
    """

    family = rds.Rds.number

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        counters = b"".join(struct.pack("=32sQ", b"counter", number) for number in range(100))
        if size < len(counters):
            raise OSError(errno.ENOSPC, "No space left on device")
        return counters


def test_options_read_long_info_counters_enlarges_buffer() -> None:
    sock: Any = InfoSocket()
    counters = sockcore.options.read(sock, TABLE["SOL_RDS"], TABLE["RDS_INFO_COUNTERS"])
    assert counters == [("counter", number) for number in range(100)]
