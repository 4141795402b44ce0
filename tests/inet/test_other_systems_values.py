"""Values of options and control messages of other systems, whose codecs do not depend on this one."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

import pytest

from sockcore import messages, options
from sockcore.plugin import Option
from sockcore_inet import messages as inet_messages
from sockcore_inet import options as inet
from sockcore_inet.option_tls import ENABLE
from sockcore_inet.tcp_structs import TLS_ENABLE


def test_tls_keys_are_behind_pointers() -> None:
    value = inet.TlsEnable(25, b"key", b"iv", (3, 4), b"\1" * 8, 7, b"mac", 2)
    assert ENABLE.encode is not None
    data = ENABLE.encode("TCP_TXTLS_ENABLE", value)
    fields: Any = TLS_ENABLE.unpack(data)
    names = [name for name, _ in TLS_ENABLE.fields]
    by_name = dict(zip(names, fields))
    assert ctypes.string_at(by_name["cipher_key"], by_name["cipher_key_len"]) == b"key"
    assert ctypes.string_at(by_name["iv"], by_name["iv_len"]) == b"iv"
    assert ctypes.string_at(by_name["auth_key"], by_name["auth_key_len"]) == b"mac"
    assert ENABLE.decode(data) == value._replace(cipher_key=b"", iv=b"", auth_key=b"")
    empty = dict(zip(names, TLS_ENABLE.unpack(ENABLE.encode("X", (25, b"", b"", (3, 3))))))
    assert (empty["cipher_key"], empty["iv"], empty["cipher_key_len"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ((1, b""), TypeError, r"X must be a tuple \(cipher_algorithm, "),
        ((1, "key", b"", (3, 3)), TypeError, "X cipher_key"),
        ((1, b"", b"", (3,)), TypeError, r"X version must be a tuple \(major, minor\)"),
        ((1, b"", b"", (3, 256)), OverflowError, "X version must be 0 to 255, not 256"),
        ((1, b"", b"", (3, 3), b"1"), ValueError, "X rec_seq must be 8 bytes, not 1"),
        ((2**31, b"", b"", (3, 3)), OverflowError, "X cipher_algorithm must be"),
    ],
)
def test_invalid_tls_keys_are_named(value: Any, error: Any, message: str) -> None:
    assert ENABLE.encode is not None
    with pytest.raises(error, match=message):
        ENABLE.encode("X", value)


def encode(option: Option[Any], value: object) -> bytes:
    assert option.encode is not None or not option.is_available
    from sockcore._options.sol_socket_values import splice_kind

    kind = splice_kind()
    assert kind.encode is not None
    return bytes(kind.encode(option.name, value))


def test_splice_has_descriptor_limit_and_time() -> None:
    start = struct.pack("@iq", 5, 2**40)
    assert encode(options.SO_SPLICE, options.Splice(5, 2**40, 2.5)).startswith(start)
    assert encode(options.SO_SPLICE, (-1,)) == encode(options.SO_SPLICE, options.Splice(-1, 0, 0.0))
    assert options.SO_SPLICE.decode(struct.pack("=q", 2**40)) == 2**40
    for value, error, message in (
        ((-2,), OverflowError, "SO_SPLICE fd must be -1 to 2147483647, not -2"),
        ((1, -1), OverflowError, "SO_SPLICE max must be 0 to"),
        ((1, 0, "1"), TypeError, "SO_SPLICE idle must be a number of seconds, not str"),
        (5, TypeError, r"SO_SPLICE must be a tuple \(fd"),
    ):
        with pytest.raises(error, match=message):
            encode(options.SO_SPLICE, value)


def test_windows_messages_are_decoded() -> None:
    data = bytes([192, 0, 2, 7]) + struct.pack("=II", 5, 6)
    assert inet_messages.IP_PKTINFO_EX.decode(data) == ("192.0.2.7", 5, 6)
    assert inet_messages.IPV6_PKTINFO_EX.decode(bytes(15) + b"\1" + struct.pack("=II", 5, 6)) == ("::1", 5, 6)
    assert inet_messages.UDP_COALESCED_INFO.decode(struct.pack("=I", 1200)) == 1200
    assert inet_messages.decode_icmp_report(struct.pack("=IIBB2x", 1, 1280, 3, 4)) == (1, 1280, 3, 4)
    for codec in (inet_messages.IP_PKTINFO_EX, inet_messages.IPV6_PKTINFO_EX, inet_messages.UDP_COALESCED_INFO):
        with pytest.raises(ValueError, match="bytes are needed"):
            codec.decode(b"short")


def test_bsd_messages_are_decoded() -> None:
    assert inet_messages.TLS_GET_RECORD.decode(struct.pack("=BBBxH", 23, 3, 3, 100)) == (23, (3, 3), 100)
    assert inet_messages.IPV6_RECVDSTPORT.decode(b"\1\2") == 258
    assert inet_messages.IPV6_FLOWID.decode(struct.pack("=I", 7)) == 7


def test_fragments_of_device_memory_are_decoded() -> None:
    data = struct.pack("=QIIII", 2**40, 1, 2, 3, 4)
    assert messages.SCM_DEVMEM_DMABUF.decode(data) == (2**40, 1, 2, 3, 4)
    assert messages.SCM_DEVMEM_LINEAR.decode(data).frag_token == 2
    with pytest.raises(ValueError, match="24 bytes are needed, not 23"):
        messages.SCM_DEVMEM_DMABUF.decode(data[:-1])
