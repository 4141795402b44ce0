"""The codec of AF_RDS and those of its control messages, with literals: no socket is opened, no name resolved."""

from __future__ import annotations

import errno
import struct
import sys
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("AF_RDS is Linux's", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

import sockcore
import sockcore_linux_misc
from sockcore._exceptions import InvalidHostInAddress
from sockcore.plugin import RawAddress, context, gaierror
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import rds
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.rds import AF_INET, AF_INET6

AF_RDS = TABLE["AF_RDS"]
FAMILY = rds.Rds()
LOOPBACK6 = bytes(15) + b"\1"
LINK_LOCAL = bytes.fromhex("fe80000000000000020000fffe000001")
PAIR = "AF_INET address must be a pair (host, port)"


def raw(packed: bytes, port: int) -> bytes:
    """A sockaddr_in: the port in network byte order."""
    return struct.pack("=H", AF_INET) + struct.pack("!H4s8x", port, packed)


def raw6(packed: bytes, port: int, flowinfo: int = 0, scope: int = 0) -> bytes:
    """A sockaddr_in6: all in network byte order but the scope."""
    return struct.pack("=H", AF_INET6) + struct.pack("!HI16s", port, flowinfo, packed) + struct.pack("=I", scope)


class Resolving:
    """Some names, and an error for one that is of another family."""

    def context(self, operation: str = "bind") -> FakeContext:
        found = {
            ("localhost", AF_INET): raw(b"\x7f\0\0\1", 0),
            ("127.1", AF_INET): raw(b"\x7f\0\0\1", 0),
            ("xn--mnchen-3ya.example", AF_INET): raw(b"\1\2\3\4", 0),
            (b"\xff", AF_INET): raw(b"\1\2\3\5", 0),
            ("localhost", AF_INET6): raw6(LOOPBACK6, 0),
            ("fe80::200:ff:fe00:1%eth0", AF_INET6): raw6(LINK_LOCAL, 0, 0, 7),
            ("::1", AF_INET): gaierror(-9, "Address family for hostname not supported"),
        }
        return FakeContext(AF_RDS, 5, operation=operation, hosts=found)


class TestRdsFamily(Resolving, FamilyTests):
    family = FAMILY
    pairs = (
        (("127.0.0.1", 4001), raw(b"\x7f\0\0\1", 4001)),
        (("1.2.3.4", 0), raw(b"\1\2\3\4", 0)),
        (("0.0.0.0", 65535), raw(bytes(4), 65535)),
        (("255.255.255.255", 258), raw(b"\xff\xff\xff\xff", 258)),
    )
    encoded = (
        (("", 5), raw(bytes(4), 5)),
        (("<broadcast>", 5), raw(b"\xff\xff\xff\xff", 5)),
        ((b"127.0.0.1", 5), raw(b"\x7f\0\0\1", 5)),
        ((bytearray(b"127.0.0.1"), 5), raw(b"\x7f\0\0\1", 5)),
        ((b"", 5), raw(bytes(4), 5)),
        (("localhost", 5), raw(b"\x7f\0\0\1", 5)),
        ((b"localhost", 5), raw(b"\x7f\0\0\1", 5)),
        # The shorter forms are the resolver's.
        (("127.1", 5), raw(b"\x7f\0\0\1", 5)),
        (("m\xfcnchen.example", 5), raw(b"\1\2\3\4", 5)),
        ((b"\xff", 5), raw(b"\1\2\3\5", 5)),
        (("127.0.0.1", True), raw(b"\x7f\0\0\1", 1)),
    )
    decoded = (
        (raw(b"\1\2\3\4", 258)[:8], ("1.2.3.4", 258)),
        (raw(b"\1\2\3\4", 258)[:2], ("0.0.0.0", 0)),
        (raw(b"\1\2\3\4", 258) + b"more", ("1.2.3.4", 258)),
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
        # The host is looked up before the port's range is checked, as ever.
        (("nowhere", 65536), gaierror, "no address of 'nowhere'"),
        (("256.1.1.1", 5), gaierror, "no address of '256.1.1.1'"),
        (("1.2.3.4.5", 5), gaierror, "no address of '1.2.3.4.5'"),
        ((" 127.0.0.1", 5), gaierror, "no address of ' 127.0.0.1'"),
        (("::1", 5), gaierror, "Address family for hostname not supported"),
    )

    def test_family_field(self) -> None:
        """Not the family's own number: the addresses are IPv4's."""
        for address, _ in (*self.pairs, *self.encoded):
            assert RawAddress(FAMILY.encode(address, self.context())).family == AF_INET

    def test_raw_address_passes(self) -> None:
        """A socket of AF_RDS has its codec by its own family, whatever stands in the family field."""
        for address, found in self.pairs:
            assert FAMILY.decode(RawAddress(found), self.context("recvfrom")) == address


class TestRdsOfIPv6(Resolving, FamilyTests):
    family = FAMILY
    pairs = (
        (("::1", 4001, 0, 0), raw6(LOOPBACK6, 4001)),
        (("::", 0, 0, 0), raw6(bytes(16), 0)),
        (("fe80::200:ff:fe00:1", 5, 0, 7), raw6(LINK_LOCAL, 5, 0, 7)),
        (("::1", 65535, 0xFFFFF, 2**32 - 1), raw6(LOOPBACK6, 65535, 0xFFFFF, 2**32 - 1)),
    )
    encoded = (
        (("", 5, 0, 0), raw6(bytes(16), 5)),
        ((b"::1", 5, 0, 0), raw6(LOOPBACK6, 5)),
        (("localhost", 5, 0, 0), raw6(LOOPBACK6, 5)),
        # A scope in the host counts where there is no other.
        (("fe80::200:ff:fe00:1%eth0", 5, 0, 0), raw6(LINK_LOCAL, 5, 0, 7)),
        (("fe80::200:ff:fe00:1%eth0", 5, 0, 9), raw6(LINK_LOCAL, 5, 0, 9)),
    )
    decoded = ((raw6(LOOPBACK6, 5, 0, 7)[:24], ("::1", 5, 0, 0)),)
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
        """That of IPv6."""
        for address, _ in (*self.pairs, *self.encoded):
            assert RawAddress(FAMILY.encode(address, self.context())).family == AF_INET6


@pytest.mark.parametrize("family", [0, AF_RDS, 99])
def test_an_address_of_another_family_comes_out_raw(family: int) -> None:
    # A socket that is not bound has family 0 and zeros.
    data = struct.pack("=H14x", family)
    found = FAMILY.decode(data, FakeContext(AF_RDS))
    assert type(found) is RawAddress
    assert (found, found.family) == (data, family)


def test_numbers_are_read_without_a_resolver() -> None:
    # The real context: it has the resolver of sockcore-inet, or none; numbers ask neither.
    here = FakeContext(AF_RDS)
    for address in (("127.0.0.1", 1), ("", 1), ("<broadcast>", 1), ("::1", 1, 0, 0), ("", 1, 0, 0)):
        FAMILY.encode(address, here)
    assert here.asked == []
    assert FAMILY.encode(("127.0.0.1", 1), context(AF_RDS, 5, 0, "bind")) == raw(b"\x7f\0\0\1", 1)


def test_names_say_what_they_need() -> None:
    from sockcore._plugins.discovery import registry

    if "resolver" in registry().singles:
        pytest.skip("a plugin here resolves names")
    with pytest.raises(OSError, match=r"^bind\(\): no plugin here .* 'localhost' .*: pip install sockcore-inet$"):
        FAMILY.encode(("localhost", 1), context(AF_RDS, 5, 0, "bind"))


PORT = st.integers(0, 65535)


@given(st.ip_addresses(v=4).map(str), PORT)
def test_every_address_of_ipv4_comes_back(host: str, port: int) -> None:
    here = FakeContext(AF_RDS)
    found = FAMILY.encode((host, port), here)
    assert len(found) == 16
    assert FAMILY.decode(found, here) == (host, port)
    assert here.asked == []


@given(st.binary(min_size=16, max_size=16), PORT, st.integers(0, 2**20 - 1), st.integers(0, 2**32 - 1))
def test_every_address_of_ipv6_comes_back(packed: bytes, port: int, flowinfo: int, scope: int) -> None:
    here = FakeContext(AF_RDS)
    data = raw6(packed, port, flowinfo, scope)
    address = FAMILY.decode(data, here)
    assert isinstance(address, tuple)
    assert address[1:] == (port, flowinfo, scope)
    assert FAMILY.encode(address, here) == data
    assert here.asked == []


@given(st.binary(min_size=2, max_size=40))
def test_no_sockaddr_is_refused(data: bytes) -> None:
    found = FAMILY.decode(data, FakeContext(AF_RDS))
    assert isinstance(found, tuple) or found == data


def test_control_messages_of_rds() -> None:
    found = {a.name: a for a in rds.ancillaries()}
    assert {a.level for a in found.values()} == {TABLE["SOL_RDS"]}
    assert registered_by(sockcore_linux_misc).ancillaries.keys() >= {a.key for a in found.values()}
    for name, form in (("RDS_CMSG_RDMA_DEST", "=Q"), ("RDS_CMSG_CONG_UPDATE", "=Q"), ("RDS_CMSG_ZCOPY_COOKIE", "=I")):
        codec, largest = found[name], 2 ** (8 * struct.calcsize(form)) - 1
        assert codec.encode is not None
        for value in (0, 5, largest):
            assert codec.encode(value) == struct.pack(form, value)
            assert codec.decode(struct.pack(form, value)) == value
        for value in (-1, largest + 1):
            with pytest.raises(OverflowError, match=f"must be 0-{largest}, not {value}"):
                codec.encode(value)
        with pytest.raises(TypeError, match="integer"):
            codec.encode("5")


def test_cookies_of_messages_that_were_sent() -> None:
    codec = next(a for a in rds.ancillaries() if a.name == "RDS_CMSG_ZCOPY_COMPLETION")
    assert codec.encode is None
    assert codec.decode(struct.pack("=9I", 2, 7, 9, 0, 0, 0, 0, 0, 0)) == (7, 9)
    assert codec.decode(struct.pack("=9I", 8, *range(8))) == tuple(range(8))
    assert codec.decode(struct.pack("=I", 0)) == ()
    # No more than there are, whatever the count says.
    assert codec.decode(struct.pack("=9I", 99, *range(8))) == tuple(range(8))


def test_what_rds_brings() -> None:
    register = registered_by(sockcore_linux_misc)
    family = register.families[AF_RDS, None]
    assert (family.name, family.module, family.size) == ("AF_RDS", "rds", 28)
    assert {"PF_RDS", "SOL_RDS", "SO_RDS_TRANSPORT", "RDS_TRANS_TCP", "RDS_CANCEL_SENT_TO"} <= register.names.keys()
    assert register.names["RDS_TRANS_NONE"] == -1
    assert not {"AF_INET", "AF_INET6"} & register.names.keys()  # they are another plugin's
    assert rds.SOCKADDR_IN.size == 16
    assert rds.SOCKADDR_IN6.size == 28


def test_cookies_that_were_cut_off_are_left_out() -> None:
    assert rds.decode_cookies(struct.pack("=I3I", 8, 1, 2, 3)) == (1, 2, 3)
    assert rds.decode_cookies(struct.pack("=I3I", 2, 1, 2, 3)) == (1, 2)
    assert rds.decode_cookies(struct.pack("=I3I", 2**32 - 1, 1, 2, 3)) == (1, 2, 3)
    assert rds.decode_cookies(struct.pack("=I", 8)) == rds.decode_cookies(b"") == ()


def test_info_counters_are_pairs_of_name_and_value() -> None:
    raw = struct.pack("=32sQ32sQ", b"conn_reset", 1, b"n" * 32, 2**64 - 1)
    assert rds.decode_counters(raw) == [("conn_reset", 1), ("n" * 32, 2**64 - 1)]
    assert rds.decode_counters(raw[:-1]) == [("conn_reset", 1)]
    assert rds.decode_counters(b"") == []


def test_info_sockets_have_hosts_and_ports() -> None:
    # struct rds_info_socket of <linux/rds.h>: packed, addresses and ports in network byte order.
    raw = struct.pack("=I", 7) + bytes([127, 0, 0, 1, 10, 0, 0, 2, 0x10, 0xE1, 0, 80]) + struct.pack("=IQ", 9, 2**40)
    assert rds.decode_sockets(raw) == [(("127.0.0.1", 4321), ("10.0.0.2", 80), 7, 9, 2**40)]
    assert rds.INFO_SOCKET.size == len(raw) == 28


class Info:
    """A socket of AF_RDS that answers RDS_INFO_COUNTERS as the kernel does: ENOSPC for too little room."""

    family = rds.Rds.number

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        counters = b"".join(struct.pack("=32sQ", b"counter", number) for number in range(100))
        if size < len(counters):
            raise OSError(errno.ENOSPC, "No space left on device")
        return counters


def test_options_read_info_counters_are_read_into_a_larger_buffer() -> None:
    sock: Any = Info()
    found = sockcore.options.read(sock, TABLE["SOL_RDS"], TABLE["RDS_INFO_COUNTERS"])
    assert found == [("counter", number) for number in range(100)]
