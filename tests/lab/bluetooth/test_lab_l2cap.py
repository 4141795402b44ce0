"""L2CAP between two controllers: packets, streams and datagrams over BR/EDR, and channels of Low Energy."""

from __future__ import annotations

import errno
import itertools
import os
import socket as stdlib
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES
from kit import ConnectedTests, DatagramTests

import sockcore
from sockcore import (
    AF_BLUETOOTH,
    BDADDR_ANY,
    BDADDR_BREDR,
    BDADDR_LE_PUBLIC,
    BTPROTO_L2CAP,
    SOCK_SEQPACKET,
    SOL_BLUETOOTH,
    SOL_L2CAP,
    options,
)

if TYPE_CHECKING:
    import kit

pytestmark = pytest.mark.usefixtures("held_links")

DEVICE = "00:11:22:33:44:55"
BR_PSMS = itertools.cycle(psm for psm in range(0x1001, 0x2000, 2) if not psm & 0x0100)
LE_PSMS = itertools.cycle(range(0x80, 0x100))


class L2cap:
    """The description of all types of L2CAP."""

    family, type, proto = "AF_BLUETOOTH", "SOCK_SEQPACKET", "BTPROTO_L2CAP"
    unsupported = {"half close": "L2CAP closes a channel as a whole"}
    invalid_addresses = (
        (("00:11:22:33:44", 1), OSError),
        (("00:11:22:33:44:5g", 1), OSError),
        (("00:11:22:33:44:55\0", 1), OSError),
        ((DEVICE,), OSError),
        ((DEVICE, "1"), OSError),
        ((DEVICE, 1, 0, 0, 0), OSError),
        (DEVICE, OSError),
        (None, OSError),
        ((DEVICE, -1), OverflowError),
        ((DEVICE, 65536), OverflowError),
        ((DEVICE, 1, 65536), OverflowError),
        ((DEVICE, 1, 0, 256), OverflowError),
        ((DEVICE, 1, 0, -1), OverflowError),
    )

    def address_of_device(self, device_number: int, psm: int) -> Any:
        return DEVICES[device_number].address, psm

    def next_psm(self) -> int:
        return next(BR_PSMS)

    def free_address(self) -> Any:
        return self.address_of_device(1, self.next_psm())

    def open_device(self: Any, device_number: int, psm: int) -> kit.Sock:
        sock: kit.Sock = self.open_unbound()
        sock.bind(self.address_of_device(device_number, psm))
        return sock

    def open_client(self) -> kit.Sock:
        return self.open_device(0, 0)

    def test_addresses_match_standard_library(self: Any) -> None:
        """Python 3.14 adds the channel number of a connection to (bdaddr, psm)."""
        if not hasattr(stdlib, "AF_BLUETOOTH"):
            pytest.skip("the socket module of this Python does not define AF_BLUETOOTH")
        a, b = self.open_pair()
        has_channel = sys.version_info >= (3, 14)
        for sock in (a, b, self.open_client()):
            with stdlib.socket(fileno=os.dup(sock.fileno())) as stdlib_sock:
                assert (stdlib_sock.family, stdlib_sock.type, stdlib_sock.proto) == (sock.family, sock.type, sock.proto)
                name, stdlib_name = sock.getsockname(), stdlib_sock.getsockname()
                if has_channel and len(name) == 4:
                    assert name == stdlib_name
                assert name[:2] == stdlib_name[:2]
                assert len(stdlib_name) == 2 or has_channel
        with stdlib.socket(fileno=os.dup(b.fileno())) as stdlib_sock:
            stdlib_sock.settimeout(60)
            assert b.getpeername()[:2] == stdlib_sock.getpeername()[:2]
            for receive in (stdlib_sock.recvfrom, b.recvfrom):
                self.send(a, b, b"data")
                assert receive(100) == (b"data", self.expected_sender(a))


class Packets(L2cap):
    """Connections of SOCK_SEQPACKET."""

    def test_recv_after_peer_close_reports_end(self: Any) -> None:
        """Read all data first: the disconnection may overtake them.

        It uses another channel of higher priority.
        """
        a, b = self.open_pair()
        self.send_and_check(a, b, self.payload(0))
        a.close()
        assert b.recv(100) == b""


class TestL2cap(Packets, ConnectedTests):
    option = (int(SOL_BLUETOOTH), int(sockcore.BT_SECURITY), b"\x02\0")


class TestL2capStream(L2cap, ConnectedTests):
    """Streams, for which the kernel uses retransmission (ERTM)."""

    type = "SOCK_STREAM"

    def test_recv_after_peer_close_reports_end(self) -> None:
        """The kernel reports the peer's disconnection as an error once, then end of file."""
        a, b = self.open_pair()
        self.send_and_check(a, b, self.payload(0))
        a.close()
        with pytest.raises(ConnectionResetError):
            b.recv(100)
        assert b.recv(100) == b""


class TestL2capLowEnergy(Packets, ConnectedTests):
    """Channels with credits, to a device that advertises."""

    def address_of_device(self, device_number: int, psm: int) -> Any:
        return DEVICES[device_number].address, psm, 0, BDADDR_LE_PUBLIC

    def next_psm(self) -> int:
        return next(LE_PSMS)

    def connect_to(self, server: kit.Sock, address: Any = None) -> tuple[kit.Sock, kit.Sock, Any]:
        joined = super().connect_to(server, address)
        self.connection = joined[1]
        return joined

    def peer_address(self, server: kit.Sock) -> Any:
        # It contains the channel number, which the listening socket does not have.
        return self.connection.getsockname()

    def test_low_energy_addresses_contain_channel_and_type(self) -> None:
        server = self.open_server()
        client, connection, accepted = self.connect_to(server)
        device, psm, cid, bdaddr_type = accepted
        assert (device, psm, bdaddr_type) == (DEVICES[0].address, server.getsockname()[1], BDADDR_LE_PUBLIC)
        assert cid >= 0x40
        assert server.getsockname() == (DEVICES[1].address, psm, 0, BDADDR_LE_PUBLIC)
        assert client.getpeername() == connection.getsockname()

    def test_rcvmtu_limits_size_of_packets(self) -> None:
        server = self.open_server()
        options.write(server, SOL_BLUETOOTH, sockcore.BT_RCVMTU, 0x0234)
        client, connection, _ = self.connect_to(server)
        assert options.read(client, SOL_BLUETOOTH, sockcore.BT_SNDMTU) == 0x0234
        assert options.read(connection, SOL_BLUETOOTH, sockcore.BT_RCVMTU) == 0x0234
        assert client.send(bytes(0x0234)) == 0x0234
        assert len(connection.recv(4096)) == 0x0234
        with pytest.raises(OSError) as caught:
            client.send(bytes(0x0235))
        assert caught.value.errno == errno.EMSGSIZE

    def test_connect_without_service_is_refused(self) -> None:
        client = self.open_client()
        with pytest.raises(ConnectionRefusedError):
            client.connect(self.address_of_device(1, self.next_psm()))


class TestL2capDatagrams(L2cap, DatagramTests):
    """Connectionless datagrams between two sockets.

    Both are bound to one psm and connected, which sends no packet.
    """

    type = "SOCK_DGRAM"
    unsupported = {
        "addresses": "the kernel ignores the address of sendto for L2CAP, and uses that of connect",
        "connect": "both sockets are connected already, and cannot be connected again",
    }

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        psm = self.next_psm()
        a, b = self.open_device(0, psm), self.open_device(1, psm)
        a.connect(self.address_of_device(1, psm))
        b.connect(self.address_of_device(0, psm))
        return a, b

    def open_unconnected(self) -> kit.Sock:
        return self.open_device(0, 0)

    def send(self, a: kit.Sock, b: kit.Sock, data: bytes) -> None:
        assert a.send(data) == len(data)


@pytest.fixture
def sock() -> Any:
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP) as l2cap_sock:
        l2cap_sock.settimeout(60)
        yield l2cap_sock


def test_unbound_l2cap_socket_has_any_address(sock: sockcore.socket) -> None:
    assert sock.getsockname() == (BDADDR_ANY, 0)
    with pytest.raises(OSError) as caught:
        sock.getpeername()
    assert caught.value.errno == errno.ENOTCONN


def test_listen_without_psm_gets_dynamic_psm(sock: sockcore.socket) -> None:
    sock.bind((BDADDR_ANY, 0))
    sock.listen()
    device, psm = sock.getsockname()
    assert device == BDADDR_ANY
    assert psm & 0x0101 == 1
    assert psm >= 0x1001


@pytest.mark.parametrize("device_number", [0, 1])
@pytest.mark.parametrize("psm", [0x1001, 0x1203, 0x8011, 0xFEFF])
def test_bind_l2cap_address_is_returned_by_getsockname(sock: sockcore.socket, device_number: int, psm: int) -> None:
    sock.bind((DEVICES[device_number].address.lower(), psm))
    assert sock.getsockname() == (DEVICES[device_number].address, psm)


@pytest.mark.parametrize("bdaddr_type", [BDADDR_BREDR, BDADDR_LE_PUBLIC])
def test_bind_fixed_channel_is_returned_by_getsockname(sock: sockcore.socket, bdaddr_type: int) -> None:
    """Channel 4 is the Attribute Protocol (ATT) of Low Energy."""
    sock.bind((DEVICES[0].address, 0, 4, bdaddr_type))
    assert sock.getsockname() == (DEVICES[0].address, 0, 4, bdaddr_type)[: 4 if bdaddr_type else 3]
    # The kernel accepts the addresses that it returns.
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP) as other:
        other.bind((DEVICES[1].address, *sock.getsockname()[1:]))
        assert other.getsockname()[1:] == sock.getsockname()[1:]


@pytest.mark.parametrize(
    ("rest", "number"),
    [
        ((0x1002,), errno.EINVAL),  # even
        ((0x1101,), errno.EINVAL),  # the extension bit
        ((0x1001, 0x40), errno.EINVAL),  # both a psm and a channel
        ((0, 0, 3), errno.EINVAL),  # no such address type
        ((0, 0, 255), errno.EINVAL),
    ],
)
def test_bind_invalid_l2cap_address_raises_os_error(sock: sockcore.socket, rest: tuple[int, ...], number: int) -> None:
    with pytest.raises(OSError) as caught:
        sock.bind((DEVICES[0].address, *rest))
    assert caught.value.errno == number


def test_connect_to_missing_device_raises(sock: sockcore.socket) -> None:
    """A controller fails at once, or pages the device for seconds, past the timeout."""
    sock.bind((DEVICES[0].address, 0))
    sock.settimeout(0.2)
    with pytest.raises(OSError) as caught:
        sock.connect((DEVICE, 0x1001))
    assert isinstance(caught.value, TimeoutError) or caught.value.errno == errno.EHOSTDOWN


def test_l2cap_options_values_are_read_back(sock: sockcore.socket) -> None:
    security = int(SOL_BLUETOOTH), int(sockcore.BT_SECURITY)
    assert options.read(sock, *security) == (sockcore.BT_SECURITY_LOW, 0)
    options.write(sock, *security, (sockcore.BT_SECURITY_MEDIUM, 0))
    assert options.read(sock, *security) == (sockcore.BT_SECURITY_MEDIUM, 0)
    sock.bind((DEVICES[0].address, 0))
    channel = int(SOL_L2CAP), int(sockcore.L2CAP_OPTIONS)
    omtu, imtu, *rest = options.read(sock, *channel)  # type: ignore[misc]
    options.write(sock, *channel, (omtu, 0x0123, *rest))
    assert options.read(sock, *channel) == (omtu, 0x0123, *rest)
    with pytest.raises(OverflowError):
        options.write(sock, *channel, (omtu, 65536, *rest))
    with pytest.raises(TypeError):
        options.write(sock, *channel, (omtu, imtu))


def test_bt_power_of_connection_is_read_back() -> None:
    with ExitStack() as stack:
        server, client = (
            stack.enter_context(sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP)) for _ in range(2)
        )
        client.settimeout(60)
        server.bind((DEVICES[1].address, next(BR_PSMS)))
        server.listen()
        client.bind((DEVICES[0].address, 0))
        client.connect(server.getsockname())
        power = int(SOL_BLUETOOTH), int(sockcore.BT_POWER)
        assert options.read(client, *power) == sockcore.BT_POWER_FORCE_ACTIVE_ON
        options.write(client, *power, sockcore.BT_POWER_FORCE_ACTIVE_OFF)
        assert options.read(client, *power) == sockcore.BT_POWER_FORCE_ACTIVE_OFF
        handle, device_class = options.read(client, SOL_L2CAP, sockcore.L2CAP_CONNINFO)  # type: ignore[misc]
        assert 0 < handle < 0x0F00
        assert device_class == 0


def test_raw_l2cap_echo_request_returns_response() -> None:
    """A raw socket uses the signalling channel: code, identifier, length, data."""
    with sockcore.socket(AF_BLUETOOTH, sockcore.SOCK_RAW, BTPROTO_L2CAP) as raw:
        raw.settimeout(60)
        raw.bind((DEVICES[0].address, 0))
        raw.connect((DEVICES[1].address, 0))
        raw.send(b"\x08\x7b\x05\x00hello")
        while True:
            answer = raw.recv(100)
            if answer[:2] == b"\x09\x7b":
                break
        assert answer == b"\x09\x7b\x05\x00hello"
