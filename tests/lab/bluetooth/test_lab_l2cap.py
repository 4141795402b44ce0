"""L2CAP between two controllers: packets, streams and datagrams over BR/EDR, and channels of Low Energy."""

from __future__ import annotations

import errno
import itertools
import os
import socket as stdlib
import sys
import time
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
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_BLUETOOTH,
    SOL_L2CAP,
    options,
)

if TYPE_CHECKING:
    import kit

DEVICE = "00:11:22:33:44:55"
BR_PSMS = itertools.cycle(psm for psm in range(0x1001, 0x2000, 2) if not psm & 0x0100)
LE_PSMS = itertools.cycle(range(0x80, 0x100))


class L2cap:
    """What all kinds of L2CAP have in common."""

    type: int = int(SOCK_SEQPACKET)
    lacks = {"half close": "L2CAP closes a channel as a whole"}
    wrong = (
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

    def address_of_device(self, number: int, psm: int) -> Any:
        return DEVICES[number].address, psm

    def psm(self) -> int:
        return next(BR_PSMS)

    def one(self: Any, number: int, psm: int) -> kit.Sock:
        sock: kit.Sock = self.open(AF_BLUETOOTH, self.type, BTPROTO_L2CAP)
        sock.bind(self.address_of_device(number, psm))
        return sock

    def server(self) -> kit.Sock:
        sock = self.one(1, self.psm())
        sock.listen()
        return sock

    def client(self) -> kit.Sock:
        return self.one(0, 0)

    def test_the_standard_library_has_the_same_addresses(self: Any) -> None:
        """Before 3.14 it knows no more than (bdaddr, psm); since then it adds the number of a connection's channel."""
        if not hasattr(stdlib, "AF_BLUETOOTH"):
            pytest.skip("this Python's socket module has no AF_BLUETOOTH")
        a, b = self.two()
        new = sys.version_info >= (3, 14)
        for sock in (a, b, self.client()):
            with stdlib.socket(fileno=os.dup(sock.fileno())) as same:
                assert (same.family, same.type, same.proto) == (sock.family, sock.type, sock.proto)
                ours, theirs = sock.getsockname(), same.getsockname()
                if new and len(ours) == 4:
                    assert ours == theirs
                assert ours[:2] == theirs[:2]
                assert len(theirs) == 2 or new
        with stdlib.socket(fileno=os.dup(b.fileno())) as same:
            same.settimeout(10)
            assert b.getpeername()[:2] == same.getpeername()[:2]
            for receive in (same.recvfrom, b.recvfrom):
                self.send(a, b, b"data")
                assert receive(100) == (b"data", self.expected_sender(a))


class Packets(L2cap):
    """What the connections of SOCK_SEQPACKET have in common."""

    def test_the_end_of_file(self: Any) -> None:
        """It may overtake data: what ends a channel goes by another one, of higher priority."""
        a, b = self.two()
        self.deliver(a, b, self.payload(0))
        a.close()
        assert b.recv(100) == b""


class TestL2cap(Packets, ConnectedTests):
    option = (int(SOL_BLUETOOTH), int(sockcore.BT_SECURITY), b"\x02\0")


class TestL2capStream(L2cap, ConnectedTests):
    """With retransmission (ERTM), which the kernel takes for streams."""

    type = int(SOCK_STREAM)

    def test_the_end_of_file(self) -> None:
        """The kernel reports the peer's disconnection as an error, once, and then the end."""
        a, b = self.two()
        self.deliver(a, b, self.payload(0))
        a.close()
        with pytest.raises(ConnectionResetError):
            b.recv(100)
        assert b.recv(100) == b""


class TestL2capLowEnergy(Packets, ConnectedTests):
    """Channels with credits, to the service of a device that advertises."""

    def address_of_device(self, number: int, psm: int) -> Any:
        return DEVICES[number].address, psm, 0, BDADDR_LE_PUBLIC

    def psm(self) -> int:
        return next(LE_PSMS)

    def join(self, server: kit.Sock, address: Any = None) -> tuple[kit.Sock, kit.Sock, Any]:
        found = super().join(server, address)
        self.connection = found[1]
        return found

    def peer_address(self, server: kit.Sock) -> Any:
        # The channel's own number is in it, which the service does not have.
        return self.connection.getsockname()

    def test_the_addresses_are_of_low_energy(self) -> None:
        server = self.server()
        client, connection, accepted = self.join(server)
        device, psm, cid, kind = accepted
        assert (device, psm, kind) == (DEVICES[0].address, server.getsockname()[1], BDADDR_LE_PUBLIC)
        assert cid >= 0x40
        assert server.getsockname() == (DEVICES[1].address, psm, 0, BDADDR_LE_PUBLIC)
        assert client.getpeername() == connection.getsockname()

    def test_options_of_the_channel(self) -> None:
        server = self.server()
        options.write(server, SOL_BLUETOOTH, sockcore.BT_RCVMTU, 0x0234)
        client, connection, _ = self.join(server)
        assert options.read(client, SOL_BLUETOOTH, sockcore.BT_SNDMTU) == 0x0234
        assert options.read(connection, SOL_BLUETOOTH, sockcore.BT_RCVMTU) == 0x0234
        assert client.send(bytes(0x0234)) == 0x0234
        assert len(connection.recv(4096)) == 0x0234
        with pytest.raises(OSError) as refusal:
            client.send(bytes(0x0235))
        assert refusal.value.errno == errno.EMSGSIZE

    def test_a_service_that_is_not_there(self) -> None:
        client = self.client()
        with pytest.raises(ConnectionRefusedError):
            client.connect(self.address_of_device(1, self.psm()))


class TestL2capDatagrams(L2cap, DatagramTests):
    """Without a connection: both sockets are bound to one psm and are connected, which sends nothing."""

    type = int(SOCK_DGRAM)
    lacks = {
        "addresses": "the kernel takes no address with a datagram of L2CAP, only that of connect",
        "connect": "both are connected already, which can be done once",
    }

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        psm = self.psm()
        a, b = self.one(0, psm), self.one(1, psm)
        a.connect(self.address_of_device(1, psm))
        b.connect(self.address_of_device(0, psm))
        return a, b

    def unconnected(self) -> kit.Sock:
        return self.one(0, 0)

    def send(self, a: kit.Sock, b: kit.Sock, data: bytes) -> None:
        assert a.send(data) == len(data)


@pytest.fixture
def sock() -> Any:
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP) as found:
        found.settimeout(10)
        yield found


def test_an_unbound_socket(sock: sockcore.socket) -> None:
    assert sock.getsockname() == (BDADDR_ANY, 0)
    with pytest.raises(OSError) as refusal:
        sock.getpeername()
    assert refusal.value.errno == errno.ENOTCONN


def test_a_psm_that_the_kernel_chooses(sock: sockcore.socket) -> None:
    sock.bind((BDADDR_ANY, 0))
    sock.listen()
    device, psm = sock.getsockname()
    assert device == BDADDR_ANY
    assert psm & 0x0101 == 1
    assert psm >= 0x1001


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("psm", [0x1001, 0x1203, 0x8011, 0xFEFF])
def test_each_part_comes_back(sock: sockcore.socket, number: int, psm: int) -> None:
    sock.bind((DEVICES[number].address.lower(), psm))
    assert sock.getsockname() == (DEVICES[number].address, psm)


@pytest.mark.parametrize("kind", [BDADDR_BREDR, BDADDR_LE_PUBLIC])
def test_a_fixed_channel(sock: sockcore.socket, kind: int) -> None:
    """4 is that of attributes (ATT), of Low Energy."""
    sock.bind((DEVICES[0].address, 0, 4, kind))
    assert sock.getsockname() == (DEVICES[0].address, 0, 4, kind)[: 4 if kind else 3]
    # What the kernel gives it takes.
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP) as other:
        other.bind((DEVICES[1].address, *sock.getsockname()[1:]))
        assert other.getsockname()[1:] == sock.getsockname()[1:]


@pytest.mark.parametrize(
    ("rest", "number"),
    [
        ((0x1002,), errno.EINVAL),  # even
        ((0x1101,), errno.EINVAL),  # a bit that extends
        ((0x1001, 0x40), errno.EINVAL),  # one or the other
        ((0, 0, 3), errno.EINVAL),  # no such kind of address
        ((0, 0, 255), errno.EINVAL),
    ],
)
def test_what_the_kernel_refuses(sock: sockcore.socket, rest: tuple[int, ...], number: int) -> None:
    with pytest.raises(OSError) as refusal:
        sock.bind((DEVICES[0].address, *rest))
    assert refusal.value.errno == number


def test_a_device_that_is_not_there(sock: sockcore.socket) -> None:
    """A controller calls it for seconds, longer than the socket waits, or knows at once."""
    sock.bind((DEVICES[0].address, 0))
    sock.settimeout(0.2)
    began = time.monotonic()
    with pytest.raises(OSError) as refusal:
        sock.connect((DEVICE, 0x1001))
    assert time.monotonic() - began < 5
    assert isinstance(refusal.value, TimeoutError) or refusal.value.errno == errno.EHOSTDOWN


def test_options_as_values(sock: sockcore.socket) -> None:
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


def test_power_is_of_a_connection() -> None:
    with ExitStack() as stack:
        server, client = (
            stack.enter_context(sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP)) for _ in range(2)
        )
        client.settimeout(10)
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


def test_an_echo_as_l2ping_asks_for_one() -> None:
    """A raw socket has the signalling channel: code, identifier, length, data."""
    with sockcore.socket(AF_BLUETOOTH, sockcore.SOCK_RAW, BTPROTO_L2CAP) as raw:
        raw.settimeout(10)
        raw.bind((DEVICES[0].address, 0))
        raw.connect((DEVICES[1].address, 0))
        raw.send(b"\x08\x7b\x05\x00hello")
        while True:
            answer = raw.recv(100)
            if answer[:2] == b"\x09\x7b":
                break
        assert answer == b"\x09\x7b\x05\x00hello"
