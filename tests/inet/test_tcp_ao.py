"""The keys of TCP-AO: values, errors, and a connection whose segments are signed."""

from __future__ import annotations

import errno
from typing import Any

import pytest

import sockcore
from sockcore import options
from sockcore.plugin import system_name
from sockcore_inet import options as inet
from sockcore_inet.option_tcp_info import join_bits, split_bits

pytestmark = pytest.mark.skipif(system_name() != "linux", reason="only Linux has these options")

KEY = inet.TcpAoKey("192.0.2.7", "hmac(sha1)", b"secret", 100, 101)
DELETION = inet.TcpAoDeletion("192.0.2.7", 100, 101)


def encode(option: Any, value: Any) -> bytes:
    data = option.encode(value, -1) if option.needs_descriptor else option.encode(value)
    assert len(data) == option.size
    return bytes(data)


def test_key_has_defaults_of_its_address() -> None:
    option = inet.TCP_AO_ADD_KEY
    assert option.decode(encode(option, KEY)) == KEY._replace(prefixlen=32)
    assert option.decode(encode(option, KEY._replace(address="2001:db8::7"))) == KEY._replace(
        address="2001:db8::7", prefixlen=128
    )
    assert option.decode(encode(option, KEY[:5])) == KEY._replace(prefixlen=32)
    whole = inet.TcpAoKey("192.0.2.0", "cmac(aes128)", bytes(80), 1, 2, 24, 12, 2, 1, True, True)
    # An interface sets its flag.
    assert option.decode(encode(option, whole)) == whole._replace(keyflags=3)


def test_deletion_sets_numbers_that_are_not_none() -> None:
    option = inet.TCP_AO_DEL_KEY
    assert option.decode(encode(option, DELETION)) == DELETION._replace(prefixlen=32)
    value = DELETION._replace(prefixlen=0, current_key=0, del_async=True)
    assert option.decode(encode(option, value)) == value
    value = DELETION._replace(prefixlen=32, rnext=255)
    assert option.decode(encode(option, value)) == value


def test_info_has_numbers_and_counters() -> None:
    option = inet.TCP_AO_INFO
    for value in (
        inet.TcpAoInfo(),
        inet.TcpAoInfo(0, None, True),
        inet.TcpAoInfo(None, 9, False, True, 1, 2, 3, 4, 2**64 - 1, True),
    ):
        assert option.decode(encode(option, value)) == value


@pytest.mark.parametrize(
    ("option", "value", "error", "message"),
    [
        (inet.TCP_AO_ADD_KEY, ("192.0.2.7",), TypeError, r"TCP_AO_ADD_KEY must be a tuple \(address, algorithm, key"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(address="host"), ValueError, "TCP_AO_ADD_KEY address must be an IPv4 or"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(key=bytes(81)), ValueError, "KEY key must be 0 to 80 bytes, not 81"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(key="text"), TypeError, "TCP_AO_ADD_KEY key"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(algorithm="x" * 64), ValueError, "algorithm must be 0 to 63 ASCII"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(algorithm=1), TypeError, "algorithm must be a str, not int"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(prefixlen=33), OverflowError, "prefixlen must be 0 to 32, not 33"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(sndid=256), OverflowError, "sndid must be 0 to 255, not 256"),
        (inet.TCP_AO_ADD_KEY, KEY._replace(set_rnext=2), OverflowError, "set_rnext must be True or False, not 2"),
        (inet.TCP_AO_DEL_KEY, DELETION._replace(rnext="1"), TypeError, "DEL_KEY rnext must be an integer, not str"),
        (inet.TCP_AO_INFO, inet.TcpAoInfo(pkt_bad=2**64), OverflowError, "TCP_AO_INFO pkt_bad must be 0 to "),
        (inet.TCP_AO_INFO, 5, TypeError, "TCP_AO_INFO must be a tuple"),
        (inet.TCP_AO_REPAIR, (1, 2, 3, -1), OverflowError, "TCP_AO_REPAIR rcv_sne must be 0 to 4294967295"),
    ],
)
def test_invalid_value_names_field_and_range(option: Any, value: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        encode(option, value)


@pytest.mark.parametrize("byteorder", ["little", "big"])
def test_join_bits_is_inverse_of_split_bits(byteorder: str) -> None:
    bits = (("a", 1), ("b", 3), ("rest", 28))
    for values in ({"a": 1, "b": 0, "rest": 0}, {"a": 0, "b": 5, "rest": 2**28 - 1}, {"a": 0, "b": 0, "rest": 0}):
        number = join_bits(values, 32, bits, byteorder)
        assert split_bits(number, 32, bits, byteorder) == values
    assert join_bits({"a": 1}, 32, bits, byteorder) == (1 if byteorder == "little" else 1 << 31)


def test_truncated_keys_are_omitted() -> None:
    decode, size = inet.TCP_AO_GET_KEYS.decode, inet.TCP_AO_GET_KEYS.size
    at = 128 + 64 + 80
    element = bytes(at) + b"\xff\xff\xff\xff" + bytes(size - at - 4)
    assert len(decode(element)) == 1
    assert len(decode(element + bytes(size + 1))) == 2
    assert decode(element[:-1]) == decode(b"") == []


@pytest.mark.real_kernel
def test_connection_with_keys_counts_signed_segments() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server, sockcore.socket(sockcore.AF_INET) as client:
        try:
            options.set(server, inet.TCP_AO_ADD_KEY, ("127.0.0.1", "hmac(sha1)", b"secret", 100, 101))
        except OSError as exc:
            if exc.errno not in (errno.ENOPROTOOPT, errno.EPERM):
                raise
            pytest.skip(f"this kernel has no keys: {exc}")
        # Otherwise, the client begins with the key that was added last.
        key = inet.TcpAoKey("127.0.0.1", "hmac(sha1)", b"secret", 101, 100, set_current=True, set_rnext=True)
        options.set(client, inet.TCP_AO_ADD_KEY, key)
        options.set(client, inet.TCP_AO_ADD_KEY, ("127.0.0.0", "cmac(aes128)", bytes(16), 7, 8, 24))
        client.connect(server.getsockname())
        peer, _ = server.accept()
        with peer:
            client.sendall(b"data")
            assert peer.recv(10) == b"data"
            info = options.get(client, inet.TCP_AO_INFO)
            assert (info.current_key, info.rnext) == (101, 100)
            assert info.pkt_good >= 1
            keys = {key.sndid: key for key in options.get(client, inet.TCP_AO_GET_KEYS)}
            assert set(keys) == {7, 101}
            assert keys[101].key == b"secret"
            assert (keys[101].is_current, keys[7].is_current, keys[7].prefixlen) == (True, False, 24)
            options.set(client, inet.TCP_AO_DEL_KEY, ("127.0.0.0", 7, 8, 24))
            assert [key.sndid for key in options.get(client, inet.TCP_AO_GET_KEYS)] == [101]
            options.set(client, inet.TCP_REPAIR, sockcore.TCP_REPAIR_ON)
            numbers = options.get(client, inet.TCP_AO_REPAIR)
            assert numbers.snt_isn != numbers.rcv_isn
            options.set(client, inet.TCP_AO_REPAIR, numbers._replace(snd_sne=7))
            assert options.get(client, inet.TCP_AO_REPAIR) == numbers._replace(snd_sne=7)
