"""Properties of the codecs of header options and TLS keys: no over-read, and documented errors only."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore_inet import options as inet
from sockcore_inet.ipv4_options import decode_ipv4_options, encode_ipv4_options
from sockcore_inet.options import (
    IP_NOP,
    IpTimestamp,
    IpTimestamps,
    RecordRoute,
    RouterAlert,
    SourceRoute,
    TimestampFlag,
)


@given(data=st.one_of(st.binary(max_size=44), st.lists(st.sampled_from([0, 1, 4, 5, 7, 8, 68, 131, 148])).map(bytes)))
def test_ipv4_options_of_any_bytes(data: bytes) -> None:
    value = decode_ipv4_options(data, is_complete=False)
    try:
        strict: Any = decode_ipv4_options(data)
    except ValueError:
        strict = None
    assert strict is None or strict == value
    try:
        encoded = encode_ipv4_options("OPT", value)
    except ValueError:
        assert len(data) > 40 or strict is None
        return
    assert decode_ipv4_options(encoded) == value
    assert strict is None or len(encoded) <= len(data)


ADDRESSES = st.ip_addresses(v=4).map(str)
TIMES = st.integers(0, 2**32 - 1)
OPTIONS = st.one_of(
    st.just(IP_NOP),
    st.builds(RouterAlert, st.integers(0, 65535)),
    st.builds(RecordRoute, st.lists(ADDRESSES, max_size=4).map(tuple), st.integers(0, 5)),
    st.lists(ADDRESSES, max_size=9).flatmap(
        lambda items: st.builds(SourceRoute, st.just(tuple(items)), st.booleans(), st.integers(0, len(items)))
    ),
    st.builds(
        IpTimestamps,
        st.lists(st.builds(IpTimestamp, st.none(), TIMES), max_size=4).map(tuple),
        st.integers(0, 5),
        st.just(TimestampFlag.TSONLY),
        st.integers(0, 15),
    ),
)


@given(value=st.lists(OPTIONS, max_size=3).map(tuple))
def test_ipv4_options_round_trip(value: tuple[Any, ...]) -> None:
    size = sum(len(encode_ipv4_options("OPT", [option])) for option in value)
    if size > 40:
        with pytest.raises(ValueError, match=rf"^OPT must be 0 to 40 bytes, not {size}$"):
            encode_ipv4_options("OPT", value)
    else:
        assert decode_ipv4_options(encode_ipv4_options("OPT", value)) == value


@given(data=st.one_of(st.binary(max_size=40), st.lists(st.sampled_from([0, 1, 2, 5, 255]), max_size=24).map(bytes)))
def test_header_of_any_bytes_is_stable(data: bytes) -> None:
    for option in (inet.IPV6_HOPOPTS, inet.IPV6_DSTOPTS, inet.IPV6_RTHDRDSTOPTS, inet.IPV6_RTHDR):
        value: Any = option.decode(data)
        assert option.encode is not None
        encoded = option.encode(value)
        assert len(encoded) % 8 == 0
        assert option.decode(encoded) == value


#: Cipher -> the sizes of iv, key, salt and rec_seq in <linux/tls.h>.
SIZES = {51: (8, 16, 4, 8), 52: (8, 32, 4, 8), 53: (8, 16, 4, 8), 54: (12, 32, 0, 8), 58: (8, 32, 4, 8)}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernels of other systems have other options")
@given(version=st.integers(0, 0xFFFF), cipher=st.sampled_from(list(SIZES)), data=st.data())
def test_tls_keys_round_trip(version: int, cipher: int, data: st.DataObject) -> None:
    sizes = SIZES[cipher]
    secrets = [data.draw(st.binary(min_size=size, max_size=size)) for size in sizes]
    value = (version, cipher, *secrets)
    assert inet.TLS_TX.encode is not None
    assert inet.TLS_TX.decode(inet.TLS_TX.encode(value)) == value
    # Missing bytes are zeros, and bytes behind the struct are ignored.
    size = data.draw(st.integers(0, sum(sizes)))
    cut = struct.pack("=HH", version, cipher) + b"".join(secrets)[:size]
    decoded = inet.TLS_TX.decode(cut)
    assert [len(secret) for secret in decoded[2:]] == list(sizes)
    assert b"".join(decoded[2:]) == b"".join(secrets)[:size].ljust(sum(sizes), b"\0")
    assert inet.TLS_TX.decode(inet.TLS_TX.encode(value) + b"x") == value
