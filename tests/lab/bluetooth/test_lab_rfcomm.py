"""RFCOMM, which emulates a serial cable, between two controllers."""

from __future__ import annotations

import errno
import itertools
import threading
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES
from kit import ConnectedTests

import sockcore
from sockcore import AF_BLUETOOTH, BDADDR_ANY, BTPROTO_RFCOMM, SOCK_STREAM, SOL_BLUETOOTH, SOL_RFCOMM, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

pytestmark = pytest.mark.usefixtures("rfcomm_session")

DEVICE = "00:11:22:33:44:55"

# A new channel each time: the kernel still has the previous connection of a channel for a moment (EBUSY).
CHANNELS = itertools.cycle(range(1, 29))


class TestRfcomm(ConnectedTests):
    family, type, proto = "AF_BLUETOOTH", "SOCK_STREAM", "BTPROTO_RFCOMM"
    unsupported = {"half close": "RFCOMM closes a channel as a whole"}
    invalid_addresses = (
        (("00:11:22:33:44", 1), OSError),
        (("00:11:22:33:44:5g", 1), OSError),
        (("00:11:22:33:44:55\0", 1), OSError),
        ((DEVICE,), OSError),
        ((DEVICE, 1, 1), OSError),
        ((DEVICE, "1"), OSError),
        (DEVICE, OSError),
        (None, OSError),
        ((DEVICE, -1), OverflowError),
        ((DEVICE, 256), OverflowError),
    )
    option = (int(SOL_BLUETOOTH), int(sockcore.BT_SECURITY), b"\x02\0")
    pair_count = 20

    def free_address(self) -> kit.Address:
        return DEVICES[1].address, next(CHANNELS)

    def open_client(self) -> kit.Sock:
        sock: kit.Sock = self.open_unbound()
        sock.bind((DEVICES[0].address, 0))
        return sock

    def test_recv_after_peer_close_reports_end(self) -> None:
        """The kernel reports the disconnection of the peer as an error, once.

        The end of the file does not follow.
        """
        a, b = self.open_pair()
        self.send_and_check(a, b, self.payload(0))
        a.close()
        with pytest.raises(ConnectionResetError):
            b.recv(100)

    def open_pairs(self, count: int) -> list[tuple[kit.Sock, kit.Sock]]:
        # Two devices can have only one connection per channel.
        return [self.open_pair() for _ in range(count)]


@pytest.fixture
def sock() -> Iterator[sockcore.socket]:
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as rfcomm_sock:
        rfcomm_sock.settimeout(60)
        yield rfcomm_sock


def test_listen_without_channel_gets_free_channel(sock: sockcore.socket) -> None:
    assert sock.getsockname() == (BDADDR_ANY, 0)
    sock.bind((BDADDR_ANY, 0))
    sock.listen()
    device, channel = sock.getsockname()
    assert device == BDADDR_ANY
    assert 1 <= channel <= 30


@pytest.mark.parametrize("channel", [1, 17, 30])
@pytest.mark.parametrize("number", [0, 1])
def test_bind_rfcomm_address_is_returned_by_getsockname(sock: sockcore.socket, number: int, channel: int) -> None:
    sock.bind((DEVICES[number].address.lower(), channel))
    assert sock.getsockname() == (DEVICES[number].address, channel)


@pytest.mark.parametrize("channel", [31, 255])
def test_connect_to_invalid_channel_raises_einval(sock: sockcore.socket, channel: int) -> None:
    with pytest.raises(OSError) as caught:
        sock.connect((DEVICES[1].address, channel))
    assert caught.value.errno == errno.EINVAL


def test_connect_to_unused_channel_is_refused(sock: sockcore.socket) -> None:
    sock.bind((DEVICES[0].address, 0))
    with pytest.raises(ConnectionRefusedError):
        sock.connect((DEVICES[1].address, 29))


def test_accept_on_any_device_returns_bound_connection(sock: sockcore.socket) -> None:
    sock.bind((BDADDR_ANY, next(CHANNELS)))
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as client:
        client.settimeout(60)
        client.bind((DEVICES[0].address, 0))
        client.connect((DEVICES[1].address, sock.getsockname()[1]))
        connection, address = sock.accept()
        with connection:
            assert address == client.getsockname()
            # The connection is bound to the device that the client connected to.
            assert connection.getsockname() == client.getpeername()
            handle, device_class = options.read(client, SOL_RFCOMM, sockcore.RFCOMM_CONNINFO)  # type: ignore[misc]
            assert 0 < handle < 0x0F00
            assert device_class == 0


def test_sendall_beyond_credits_waits_for_receiver(sock: sockcore.socket) -> None:
    """The data exceed a channel's credits, so that the sender waits for the receiver."""
    data = bytes(range(256)) * 256
    sock.bind((DEVICES[1].address, next(CHANNELS)))
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as client:
        client.settimeout(60)
        client.connect(sock.getsockname())
        connection, _ = sock.accept()
        with connection:
            connection.settimeout(60)
            thread = threading.Thread(target=client.sendall, args=(data,))
            thread.start()
            received = b""
            while len(received) < len(data):
                received += connection.recv(65536)
            thread.join()
    assert received == data


def test_bt_security_value_is_read_back(sock: sockcore.socket) -> None:
    security: Any = SOL_BLUETOOTH, sockcore.BT_SECURITY
    options.write(sock, *security, (sockcore.BT_SECURITY_MEDIUM, 0))
    assert options.read(sock, *security) == (sockcore.BT_SECURITY_MEDIUM, 0)
    with pytest.raises(OverflowError):
        options.write(sock, *security, (256, 0))
