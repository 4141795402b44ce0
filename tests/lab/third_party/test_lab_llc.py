"""AF_LLC: datagrams and connections over a pair of veth interfaces. examples/llc is the plugin."""

from __future__ import annotations

import errno
import itertools
import socket as stdlib
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, ConnectedTests, DatagramTests

import sockcore
from sockcore import ancillary, options, testing
from sockcore.plugin import interface_index

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "examples/llc/src"))

import sockcore_llc
from sockcore_llc import options as llc_options

if TYPE_CHECKING:
    from collections.abc import Iterator

ETHER, ETH_P_802_2 = 1, 4
FIRST, SECOND = b"\x02\0\0\0\x0c\x01", b"\x02\0\0\0\x0c\x02"
UI = 3  # control field of a UI frame, IEEE 802.2
saps = itertools.cycle(range(0x04, 0xAA, 2))  # even numbers: odd ones are groups


@pytest.fixture(scope="module", autouse=True)
def plugin() -> Iterator[None]:
    """Load the plugin, and create two connected interfaces."""
    try:
        stdlib.socket(sockcore_llc.AF_LLC, stdlib.SOCK_DGRAM).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_LLC: {exc}")
    ip = ("ip", "link")
    first, second = FIRST.hex(":"), SECOND.hex(":")
    pair = ("llc1", "address", first, "type", "veth", "peer", "name", "llc2", "address", second)
    subprocess.run([*ip, "add", *pair], check=True)
    for name in ("llc1", "llc2"):
        subprocess.run([*ip, "set", name, "up"], check=True)
    with testing.IsolatedRegistry() as registry:
        registry.load(sockcore_llc)
        yield
    subprocess.run([*ip, "del", "llc1"], check=True)


class TestLlcDatagrams(DatagramTests):
    family, type = "AF_LLC", "SOCK_DGRAM"
    option = ("SOL_LLC", "LLC_OPT_RETRY", 7)
    control_message = (("SOL_LLC", "LLC_OPT_PKTINFO", 1), ("SOL_LLC", "LLC_OPT_PKTINFO"))
    pair_count = 10
    invalid_addresses = (
        (None, TypeError),
        ((FIRST,), TypeError),
        ((FIRST[:5], 4), ValueError),
        ((FIRST, 256), OverflowError),
        (("first", 4), TypeError),
    )
    unsupported = {
        "connect": "the kernel connects only SOCK_STREAM",
        "getpeername": "the kernel connects only SOCK_STREAM",
        "standard library": "it does not support AF_LLC",
    }

    def free_address(self) -> Any:
        return FIRST, next(saps)

    def open_bound_pair(self) -> tuple[Any, Any]:
        a, b = self.open_unbound(), self.open_unbound()
        a.bind((FIRST, next(saps)))
        b.bind((SECOND, next(saps)))
        return a, b

    def expected_sender(self, sender: Any) -> Any:
        # The kernel sets ua for UI frames.
        return (*sender.getsockname()[:5], 1)


class TestLlcConnections(ConnectedTests):
    family, type = "AF_LLC", "SOCK_STREAM"
    option = ("SOL_LLC", "LLC_OPT_RETRY", 7)
    pair_count = 10
    invalid_addresses = TestLlcDatagrams.invalid_addresses
    unsupported = {
        "half close": "shutdown accepts only SHUT_RDWR",
        "peek": "MSG_PEEK waits for as many bytes as the buffer has",
        "standard library": "it does not support AF_LLC",
    }

    def free_address(self) -> Any:
        return SECOND, next(saps)

    def open_server(self) -> Any:
        server = super().open_server()
        # accept(2) ignores the non-blocking mode of a socket of this family, but not this timeout.
        server.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVTIMEO, struct.pack("@ll", 0, 1000))
        return server

    def open_client(self) -> Any:
        sock = self.open_unbound()
        sock.bind((FIRST, next(saps)))
        return sock


@pytest.fixture
def sock() -> Iterator[Any]:
    """Return a datagram socket on the first interface."""
    with sockcore.socket(sockcore.AF_LLC, sockcore.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.bind((FIRST, next(saps)))
        yield sock


@pytest.fixture
def peer() -> Iterator[stdlib.socket]:
    """Return an AF_PACKET socket of the standard library on the second interface."""
    with stdlib.socket(stdlib.AF_PACKET, stdlib.SOCK_RAW, stdlib.htons(ETH_P_802_2)) as peer:
        peer.settimeout(LIMIT)
        peer.bind(("llc2", ETH_P_802_2))
        yield peer


def test_llc_sendto_is_a_ui_frame_for_packet_socket(sock: Any, peer: stdlib.socket) -> None:
    sap = sock.getsockname()[1]
    assert sock.getsockname() == (FIRST, sap, ETHER, 0, 0, 0)
    assert sock.sendto(b"hello", (SECOND, 0x42)) == 5
    frame = peer.recv(BUFFER_SIZE)
    assert frame[:22] == SECOND + FIRST + (8).to_bytes(2, "big") + bytes((0x42, sap, UI)) + b"hello"


def test_llc_frame_of_packet_socket_is_received(sock: Any, peer: stdlib.socket) -> None:
    sap = sock.getsockname()[1]
    options.set(sock, llc_options.LLC_OPT_PKTINFO, True)
    peer.send(FIRST + SECOND + (8).to_bytes(2, "big") + bytes((sap, 0x42, UI)) + b"hello" + bytes(38))
    data, messages, _, sender = sock.recvmsg(BUFFER_SIZE, 100)
    assert (data[:5], sender) == (b"hello", (SECOND, 0x42, ETHER, 0, 0, 1))
    [(message, value)] = ancillary.decode(messages)
    assert message == "LLC_OPT_PKTINFO"
    assert value == llc_options.PacketInfo(interface_index("llc1"), sap, FIRST)


def test_llc_options_have_values_of_kernel(sock: Any) -> None:
    values = {
        llc_options.LLC_OPT_RETRY: 100,
        llc_options.LLC_OPT_SIZE: 1000,
        llc_options.LLC_OPT_ACK_TMR_EXP: 60,
        llc_options.LLC_OPT_P_TMR_EXP: 3,
        llc_options.LLC_OPT_REJ_TMR_EXP: 4,
        llc_options.LLC_OPT_BUSY_TMR_EXP: 5,
        llc_options.LLC_OPT_TX_WIN: 127,
        llc_options.LLC_OPT_RX_WIN: 1,
        llc_options.LLC_OPT_PKTINFO: True,
    }
    for option, value in values.items():
        options.set(sock, option, value)
        assert options.get(sock, option) == value, option.name
        if value is not True and value in (100, 60, 127):  # the kernel has the same limit
            with pytest.raises(OSError) as caught:
                sock.setsockopt(option.level, option.number, value + 1)
            assert caught.value.errno == errno.EINVAL


def test_llc_bind_without_sap_gets_one() -> None:
    with sockcore.socket(sockcore.AF_LLC, sockcore.SOCK_DGRAM) as sock:
        sock.bind((FIRST, 0))
        mac, sap, arphrd, *flags = sock.getsockname()
        assert (mac, arphrd, flags) == (FIRST, ETHER, [0, 0, 0])
        assert sap >= 0xC0


def test_llc_bind_unknown_mac_raises_enodev() -> None:
    with sockcore.socket(sockcore.AF_LLC, sockcore.SOCK_DGRAM) as sock:
        with pytest.raises(OSError) as caught:
            sock.bind((b"\x02\0\0\0\x0c\x0f", 4))
        assert caught.value.errno == errno.ENODEV
