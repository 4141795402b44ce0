"""The options of SCTP: values, errors, truncated data, and associations of this machine."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path
from typing import Any

import pytest

import sockcore
from sockcore import ancillary, options
from sockcore.plugin import system_name
from sockcore_inet import options as inet
from sockcore_inet import sctp_messages

pytestmark = pytest.mark.skipif(system_name() != "linux", reason="other systems have other structs")

PEER = ("192.0.2.7", 5000)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (inet.SCTP_PEER_ADDR_PARAMS, inet.PeerAddressParameters(1, "", 2, 3, 4, 5, 6, 7, 8)),
        (inet.SCTP_PRIMARY_ADDR, inet.PrimaryAddress(1, PEER)),
        (inet.SCTP_SET_PEER_PRIMARY_ADDR, inet.PrimaryAddress(1, ("2001:db8::7", 1))),
        (inet.SCTP_PEER_ADDR_THLDS, inet.PeerAddressThresholds(1, None, 2, 3)),
        (inet.SCTP_PEER_ADDR_THLDS_V2, inet.PeerAddressThresholdsV2(1, PEER, 2, 3, 0xFFFF)),
        (inet.SCTP_REMOTE_UDP_ENCAPS_PORT, inet.Encapsulation(1, None, 9899)),
        (inet.SCTP_PLPMTUD_PROBE_INTERVAL, inet.ProbeInterval(1, PEER, 5000)),
        (inet.SCTP_STREAM_SCHEDULER_VALUE, inet.StreamValue(1, 2, 3)),
        (inet.SCTP_ADD_STREAMS, inet.AddStreams(1, 2, 3)),
        (inet.SCTP_RESET_STREAMS, inet.ResetStreams(1, 2, [3, 4])),
        (inet.SCTP_AUTH_KEY, inet.AuthKey(1, 2, b"secret")),
        (inet.SCTP_AUTH_ACTIVE_KEY, inet.AuthKeyId(1, 2)),
        (inet.SCTP_HMAC_IDENT, [1, 3]),
        (inet.SCTP_DEFAULT_SEND_PARAM, inet.DefaultSendParameters(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    ],
)
def test_value_is_encoded_and_decoded(option: Any, value: Any) -> None:
    data = option.encode(value, -1) if option.needs_descriptor else option.encode(value)
    assert option.decode(data) == value


@pytest.mark.parametrize(
    ("option", "value", "error", "message"),
    [
        (inet.SCTP_PRIMARY_ADDR, (1, ("host", 1)), ValueError, "PRIMARY_ADDR address must be an IPv4 or IPv6"),
        (inet.SCTP_PRIMARY_ADDR, (1, ("::1", 65536)), OverflowError, "address port must be 0 to 65535, not 65536"),
        (inet.SCTP_PRIMARY_ADDR, (1, "::1"), TypeError, r"address must be a tuple \(host, port\)"),
        (inet.SCTP_HMAC_IDENT, 5, TypeError, "SCTP_HMAC_IDENT must be a list of integers"),
        (inet.SCTP_HMAC_IDENT, [65536], OverflowError, r"SCTP_HMAC_IDENT\[0\] must be 0 to 65535"),
        (inet.SCTP_AUTH_KEY, (1, 2, bytes(65536)), ValueError, "key must be 0 to 65535 bytes, not 65536"),
        (inet.SCTP_AUTH_KEY, (1, 2, "text"), TypeError, "SCTP_AUTH_KEY key"),
        (inet.SCTP_RESET_STREAMS, (1, -1, []), OverflowError, "SCTP_RESET_STREAMS flags must be 0 to 65535"),
        (inet.SCTP_AUTH_CHUNK, 256, OverflowError, "SCTP_AUTH_CHUNK must be 0 to 255"),
    ],
)
def test_invalid_value_names_field_and_range(option: Any, value: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        option.encode(value)


def test_lists_end_with_data() -> None:
    head = struct.pack("=iI", 1, 2**32 - 1)
    assert inet.SCTP_PEER_AUTH_CHUNKS.decode(head + b"\x00\xc1") == [0, 0xC1]
    first = inet.SCTP_PRIMARY_ADDR.encode((1, PEER))[4:20]  # type: ignore[misc,operator,index]
    assert inet.SCTP_GET_PEER_ADDRS.decode(head + first + first[:15]) == [PEER]
    assert inet.SCTP_GET_PEER_ADDRS.decode(struct.pack("=iI", 1, 1) + first * 2) == [PEER]
    assert inet.SCTP_GET_ASSOC_ID_LIST.decode(struct.pack("=IiiH", 9, 1, -2, 3)) == [1, -2]
    assert inet.SCTP_HMAC_IDENT.decode(struct.pack("=IHB", 9, 1, 3)) == [1]


def test_request_is_checked() -> None:
    with sockcore.socket() as sock:
        with pytest.raises(ValueError, match="SCTP_GET_PEER_ADDRS is not read with a request"):
            inet.get_sctp_option(sock, inet.SCTP_GET_PEER_ADDRS, [])
        with pytest.raises(ValueError, match="TCP_NODELAY is not read with a request"):
            inet.get_sctp_option(sock, inet.TCP_NODELAY, True)
        with pytest.raises(OverflowError, match="SCTP_PR_ASSOC_STATUS sid must be"):
            inet.get_sctp_option(sock, inet.SCTP_PR_ASSOC_STATUS, inet.PrStatus(0, -1, 0))


@pytest.mark.real_kernel
def test_association_has_addresses_and_statistics() -> None:
    try:
        server = sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP)
    except OSError as exc:
        pytest.skip(f"this kernel lacks SCTP: {exc}")
    with server, sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP) as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        peer, _ = server.accept()
        with peer:
            client.sendall(b"x" * 100)
            assert peer.recv(100) == b"x" * 100
            address = server.getsockname()
            assert options.get(client, inet.SCTP_GET_PEER_ADDRS) == [address]
            assert options.get(server, inet.SCTP_GET_LOCAL_ADDRS) == [address]
            assert options.get(client, inet.SCTP_PRIMARY_ADDR).address == address
            options.set(client, inet.SCTP_PRIMARY_ADDR, (0, address))
            request = inet.PeerAddressInfo(0, address, 0, 0, 0, 0, 0)
            info = inet.get_sctp_option(client, inet.SCTP_GET_PEER_ADDR_INFO, request)
            assert (info.address, info.mtu > 0) == (address, True)
            statistics = options.get(client, inet.SCTP_GET_ASSOC_STATS)
            assert statistics.opackets >= 2
            assert statistics.oodchunks >= 1
            thresholds = inet.PeerAddressThresholds(0, address, 9, 4)
            options.set(client, inet.SCTP_PEER_ADDR_THLDS, thresholds)
            read = inet.get_sctp_option(client, inet.SCTP_PEER_ADDR_THLDS, thresholds._replace(pathmaxrxt=0))
            assert read[2:] == (9, 4)
            options.set(client, inet.SCTP_REMOTE_UDP_ENCAPS_PORT, inet.Encapsulation(0, None, 9899))
            options.set(client, inet.SCTP_DEFAULT_SEND_PARAM, inet.DefaultSendParameters(0, 0, 0, 7, 8, 0, 0, 0, 0))
            assert options.get(client, inet.SCTP_DEFAULT_SEND_PARAM)[3:5] == (7, 8)
            assert options.get(client, inet.SCTP_STATUS).state == 4
            assert "SCTP_GET_PEER_ADDRS" in options.all(client)
            event = inet.Event(0, sockcore.SCTP_SHUTDOWN_EVENT, True)
            options.set(client, inet.SCTP_EVENT, event)
            assert inet.get_sctp_option(client, inet.SCTP_EVENT, event._replace(on=False)).on
            parameters = options.get(client, inet.SCTP_PEER_ADDR_PARAMS)
            assert parameters.hbinterval > 0
            options.set(client, inet.SCTP_PEER_ADDR_PARAMS, parameters._replace(hbinterval=7000, flags=1))
            assert options.get(client, inet.SCTP_PEER_ADDR_PARAMS).hbinterval == 7000
            for option in (inet.SCTP_PR_ASSOC_STATUS, inet.SCTP_PR_STREAM_STATUS):
                request = inet.PrStatus(0, 0, sockcore.SCTP_PR_SCTP_TTL)
                assert inet.get_sctp_option(client, option, request)[3:] == (0, 0)


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.real_kernel
def test_streams_are_scheduled_added_and_reset() -> None:
    try:
        server = sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP)
    except OSError as exc:
        pytest.skip(f"this kernel lacks SCTP: {exc}")
    with server, sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP) as client:
        for sock in (server, client):
            options.set(sock, inet.SCTP_RECONFIG_SUPPORTED, (0, 1))
            options.set(sock, inet.SCTP_ENABLE_STREAM_RESET, (0, 7))
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        peer, _ = server.accept()
        with peer:
            peer.settimeout(60)
            options.set(client, inet.SCTP_STREAM_SCHEDULER, (0, sockcore.SCTP_SS_PRIO))
            options.set(client, inet.SCTP_STREAM_SCHEDULER_VALUE, (0, 2, 5))
            request = inet.StreamValue(0, 2)
            assert inet.get_sctp_option(client, inet.SCTP_STREAM_SCHEDULER_VALUE, request).value == 5
            before = options.get(client, inet.SCTP_STATUS).outstrms
            options.set(client, inet.SCTP_ADD_STREAMS, (0, 0, 2))
            wait_until(lambda: options.get(client, inet.SCTP_STATUS).outstrms == before + 2)
            options.set(peer, inet.SCTP_RECVRCVINFO, True)

            def sequence_number() -> int:
                client.sendmsg([b"x"], [ancillary.encode("SCTP_SNDINFO", (1, 0, 0, 0, 0))])
                info = ancillary.get(peer.recvmsg(9, 200)[1], sctp_messages.SCTP_RCVINFO)
                assert info is not None
                return info.ssn

            assert [sequence_number(), sequence_number()] == [0, 1]
            wait_until(lambda: options.get(client, inet.SCTP_STATUS).unackdata == 0)
            options.set(client, inet.SCTP_RESET_STREAMS, (0, sockcore.SCTP_STREAM_RESET_OUTGOING, [1]))
            time.sleep(1)  # the peer must have replied
            assert [sequence_number(), sequence_number()] == [0, 1]
            wait_until(lambda: options.get(client, inet.SCTP_STATUS).unackdata == 0)
            options.set(client, inet.SCTP_RESET_ASSOC, 0)
            time.sleep(1)
            assert sequence_number() == 0


@pytest.mark.real_kernel
def test_settings_of_system_allow_interleaving_and_primary_address() -> None:
    settings = Path("/proc/sys/net/sctp")
    if not os.access(settings / "intl_enable", os.W_OK) or "SOCKCORE_LAB_GUEST" not in os.environ:
        pytest.skip("the test changes settings of the system")
    for name in ("intl_enable", "addip_enable", "addip_noauth_enable"):
        settings.joinpath(name).write_text("1", encoding="ascii")
    with (
        sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP) as server,
        sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP) as client,
    ):
        options.set(client, inet.SCTP_FRAGMENT_INTERLEAVE, 2)
        options.set(client, inet.SCTP_INTERLEAVING_SUPPORTED, (0, 1))
        assert options.get(client, inet.SCTP_INTERLEAVING_SUPPORTED).value == 1
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.bind(("127.0.0.1", 0))
        client.connect(server.getsockname())
        options.set(client, inet.SCTP_SET_PEER_PRIMARY_ADDR, (0, client.getsockname()))
        with pytest.raises(OSError, match="SCTP_SET_PEER_PRIMARY_ADDR"):
            options.set(client, inet.SCTP_SET_PEER_PRIMARY_ADDR, (0, ("192.0.2.7", 5)))


@pytest.mark.real_kernel
def test_keys_of_endpoint_are_set() -> None:
    try:
        sock = sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_SCTP)
    except OSError as exc:
        pytest.skip(f"this kernel lacks SCTP: {exc}")
    with sock:
        options.set(sock, inet.SCTP_AUTH_SUPPORTED, inet.AssociationValue(0, 1))
        options.set(sock, inet.SCTP_AUTH_CHUNK, 0)
        assert 0 in options.get(sock, inet.SCTP_LOCAL_AUTH_CHUNKS)
        options.set(sock, inet.SCTP_HMAC_IDENT, [3, 1])
        assert options.get(sock, inet.SCTP_HMAC_IDENT) == [3, 1]
        for number in (1, 2):
            options.set(sock, inet.SCTP_AUTH_KEY, inet.AuthKey(0, number, b"secret"))
        options.set(sock, inet.SCTP_AUTH_ACTIVE_KEY, inet.AuthKeyId(0, 1))
        assert options.get(sock, inet.SCTP_AUTH_ACTIVE_KEY) == (0, 1)
        options.set(sock, inet.SCTP_AUTH_DEACTIVATE_KEY, inet.AuthKeyId(0, 2))
        with pytest.raises(OSError, match="SCTP_AUTH_ACTIVE_KEY"):
            options.set(sock, inet.SCTP_AUTH_ACTIVE_KEY, inet.AuthKeyId(0, 2))
        options.set(sock, inet.SCTP_AUTH_DELETE_KEY, inet.AuthKeyId(0, 2))
        with pytest.raises(OSError, match="SCTP_AUTH_ACTIVE_KEY"):
            options.set(sock, inet.SCTP_AUTH_ACTIVE_KEY, inet.AuthKeyId(0, 2))


def test_field_that_a_system_lacks_must_be_0() -> None:
    """The kind of FreeBSD, which has no delay of acknowledgements in this struct."""
    from sockcore_inet import sctp_bsd_structs
    from sockcore_inet.option_addresses import STORAGE_FIELD
    from sockcore_inet.option_sctp_kinds import reordered_kind

    (bsd,) = (item for item in sctp_bsd_structs.FREEBSD if item.layout.name == "struct sctp_paddrparams")
    kind = reordered_kind(inet.PeerAddressParameters, bsd, {"address": STORAGE_FIELD})
    value = inet.PeerAddressParameters(1, "192.0.2.7", 1, 2, 3, 0, 4, 5, 6)
    assert kind.encode is not None
    assert kind.decode(kind.encode("X", value)) == value
    for wrong, error, message in (
        (value._replace(sackdelay=7), ValueError, "X sackdelay must be 0 on this system, not 7"),
        (value._replace(dscp=256), OverflowError, "X dscp must be 0 to 255, not 256"),
        (value[:-1], TypeError, r"X must be a tuple \(assoc_id, address, hbinterval, pathmaxrxt"),
    ):
        with pytest.raises(error, match=message):
            kind.encode("X", wrong)
