"""TCP_SAVED_SYN as a value: the first packet of a connection, with and without the header of the link."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore import options
from sockcore.plugin import system_name
from sockcore_inet import options as inet

SYN = 2
MSS = 2
TCP = struct.pack("!HHIIBBHHH", 1234, 80, 0x01020304, 0, 7 << 4, SYN, 0x0506, 0, 0) + bytes((2, 4, 5, 0xB4, 1, 3, 3, 7))
IPV4 = struct.pack("!BBHHHBBH4s4s", 0x46, 0xB9, 0, 0, 0, 64, 6, 0, bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)))
ALERT = bytes((148, 4, 0, 0))
IPV6 = struct.pack("!IHBB", 6 << 28 | 0xB9 << 20 | 0x12345, 0, 0, 63) + bytes(15) + b"\1" + bytes(15) + b"\2"
HOP_BY_HOP = bytes((6, 0, 5, 2, 0, 0, 1, 0))
TCP_FIELDS = (0x01020304, SYN, 0x0506, ((2, b"\x05\xb4"), (3, b"\7")))


def test_packet_of_ipv4_and_ipv6_is_decoded() -> None:
    decode = inet.TCP_SAVED_SYN.decode
    packet = IPV4 + ALERT + TCP
    expected = (("192.0.2.1", 1234), ("192.0.2.2", 80), 64, 0xB9, (inet.RouterAlert(),), *TCP_FIELDS)
    assert decode(packet) == (*expected, b"", packet)
    frame = bytes(12) + b"\x08\0" + packet
    assert decode(frame) == (*expected, frame[:14], frame)
    packet = IPV6 + HOP_BY_HOP + TCP
    value = decode(packet)
    assert value == (("::1", 1234), ("::2", 80), 63, 0xB9, (), *TCP_FIELDS, b"", packet)
    assert value is not None
    assert value.traffic_class.ecn is inet.Ecn.ECT_1


@pytest.mark.parametrize("data", [b"", IPV4, IPV4 + ALERT + TCP[:-1], IPV6 + TCP[:20], b"\x60" + bytes(80)])
def test_other_bytes_are_none(data: bytes) -> None:
    assert inet.TCP_SAVED_SYN.decode(data) is None


@given(
    data=st.binary(max_size=120), head=st.sampled_from([b"", IPV4 + ALERT, IPV6, IPV6 + HOP_BY_HOP, bytes(14) + IPV4])
)
def test_decode_of_any_bytes_keeps_them(data: bytes, head: bytes) -> None:
    value = inet.TCP_SAVED_SYN.decode(head + data)
    assert value is None or value.headers == head + data


def test_option_that_is_longer_than_the_header_has_its_bytes() -> None:
    value = inet.TCP_SAVED_SYN.decode(IPV4 + ALERT + TCP[:20] + bytes((2, 4, 5, 0xB4, 8, 10, 1, 2)))
    assert value is not None
    assert value.tcp_options == ((2, b"\x05\xb4"), (8, b"\1\2"))
    value = inet.TCP_SAVED_SYN.decode(IPV4 + ALERT + TCP[:20] + bytes((8, 0, 1, 1, 1, 1, 1, 8)))
    assert value is not None
    assert value.tcp_options == ((8, b""), (8, b""))


@pytest.mark.real_kernel
@pytest.mark.skipif(system_name() != "linux", reason="only Linux has the option")
@pytest.mark.parametrize(("mode", "link_size"), [(1, 0), (2, 14)])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_kernel_saves_syn_of_connection(host: str, mode: int, link_size: int, request: Any) -> None:
    if host == "::1":
        request.getfixturevalue("ipv6")
    family = sockcore.AF_INET6 if host == "::1" else sockcore.AF_INET
    with sockcore.create_server((host, 0), family=family) as server:
        try:
            options.set(server, inet.TCP_SAVE_SYN, mode)
        except OSError as exc:
            pytest.skip(f"this kernel cannot save it: {exc}")
        with sockcore.create_connection(server.getsockname()[:2]) as client:
            peer, _ = server.accept()
            with peer:
                syn = options.get(peer, inet.TCP_SAVED_SYN)
                assert syn is not None
                assert syn.source == client.getsockname()[:2]
                assert syn.destination == server.getsockname()[:2]
                assert syn.flags & SYN
                assert MSS in [option.kind for option in syn.tcp_options]
                assert (syn.ttl > 0, len(syn.link_header)) == (True, link_size)
                # The kernel returns it once.
                assert options.get(peer, inet.TCP_SAVED_SYN) is None
