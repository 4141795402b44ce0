"""RFCOMM between two controllers: what a serial cable was."""

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

# Another one each time: for a moment the kernel still has the connection that was to a channel (EBUSY).
CHANNELS = itertools.cycle(range(1, 29))


class TestRfcomm(ConnectedTests):
    lacks = {"half close": "RFCOMM closes a channel as a whole"}
    wrong = (
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
    many = 20

    def server(self) -> kit.Sock:
        sock: kit.Sock = self.open(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM)
        sock.bind((DEVICES[1].address, next(CHANNELS)))
        sock.listen()
        return sock

    def client(self) -> kit.Sock:
        sock: kit.Sock = self.open(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM)
        sock.bind((DEVICES[0].address, 0))
        return sock

    def test_the_end_of_file(self) -> None:
        """The kernel reports the peer's disconnection as an error, once, and no end behind it."""
        a, b = self.two()
        self.deliver(a, b, self.payload(0))
        a.close()
        with pytest.raises(ConnectionResetError):
            b.recv(100)

    def several(self, count: int) -> list[tuple[kit.Sock, kit.Sock]]:
        # Two devices have one connection to each channel.
        return [self.two() for _ in range(count)]


@pytest.fixture
def sock() -> Iterator[sockcore.socket]:
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as found:
        found.settimeout(10)
        yield found


def test_a_channel_that_the_kernel_chooses(sock: sockcore.socket) -> None:
    assert sock.getsockname() == (BDADDR_ANY, 0)
    sock.bind((BDADDR_ANY, 0))
    sock.listen()
    device, channel = sock.getsockname()
    assert device == BDADDR_ANY
    assert 1 <= channel <= 30


@pytest.mark.parametrize("channel", [1, 17, 30])
@pytest.mark.parametrize("number", [0, 1])
def test_each_part_comes_back(sock: sockcore.socket, number: int, channel: int) -> None:
    sock.bind((DEVICES[number].address.lower(), channel))
    assert sock.getsockname() == (DEVICES[number].address, channel)


@pytest.mark.parametrize("channel", [31, 255])
def test_a_channel_that_no_device_has(sock: sockcore.socket, channel: int) -> None:
    with pytest.raises(OSError) as refusal:
        sock.connect((DEVICES[1].address, channel))
    assert refusal.value.errno == errno.EINVAL


def test_a_channel_where_nobody_listens(sock: sockcore.socket) -> None:
    sock.bind((DEVICES[0].address, 0))
    with pytest.raises(ConnectionRefusedError):
        sock.connect((DEVICES[1].address, 29))


def test_a_service_on_any_device(sock: sockcore.socket) -> None:
    sock.bind((BDADDR_ANY, next(CHANNELS)))
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as client:
        client.settimeout(10)
        client.bind((DEVICES[0].address, 0))
        client.connect((DEVICES[1].address, sock.getsockname()[1]))
        connection, address = sock.accept()
        with connection:
            assert address == client.getsockname()
            # It is now at the device to which the client came.
            assert connection.getsockname() == client.getpeername()
            handle, device_class = options.read(client, SOL_RFCOMM, sockcore.RFCOMM_CONNINFO)  # type: ignore[misc]
            assert 0 < handle < 0x0F00
            assert device_class == 0


def test_much_data(sock: sockcore.socket) -> None:
    """More than the credits of one channel: the sender waits for the receiver."""
    data = bytes(range(256)) * 256
    sock.bind((DEVICES[1].address, next(CHANNELS)))
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as client:
        client.settimeout(30)
        client.connect(sock.getsockname())
        connection, _ = sock.accept()
        with connection:
            connection.settimeout(30)
            thread = threading.Thread(target=client.sendall, args=(data,))
            thread.start()
            received = b""
            while len(received) < len(data):
                received += connection.recv(65536)
            thread.join()
    assert received == data


def test_security_as_a_value(sock: sockcore.socket) -> None:
    security: Any = SOL_BLUETOOTH, sockcore.BT_SECURITY
    options.write(sock, *security, (sockcore.BT_SECURITY_MEDIUM, 0))
    assert options.read(sock, *security) == (sockcore.BT_SECURITY_MEDIUM, 0)
    with pytest.raises(OverflowError):
        options.write(sock, *security, (256, 0))
