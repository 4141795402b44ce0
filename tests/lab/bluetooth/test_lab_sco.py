"""SCO: the address of a voice channel, and data where the controllers have room for any.

That of Debian 12's btvirt (5.66) have none: the kernel then refuses to connect, which is tested in place of data.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES
from kit import ConnectedTests, meanwhile

import sockcore
from sockcore import AF_BLUETOOTH, BDADDR_ANY, BTPROTO_SCO, SOCK_SEQPACKET, SOL_BLUETOOTH, SOL_SCO, ancillary, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

DEVICE = "00:11:22:33:44:55"


class TestSco(ConnectedTests):
    lacks = {
        "half close": "SCO closes a channel as a whole",
        "end of file": "what ends a channel may overtake its data",
    }
    wrong = (
        ("00:11:22:33:44", OSError),
        (b"00:11:22:33:44:5g", OSError),
        ("00:11:22:33:44:55\0", ValueError),
        (b"00:11:22:33:44:55\0", ValueError),
        ((DEVICE,), OSError),
        (bytearray(b"00:11:22:33:44:55"), OSError),
        (None, OSError),
        (5, OSError),
    )
    option = (int(SOL_BLUETOOTH), int(sockcore.BT_VOICE), b"\x63\0")
    many = 1  # two devices have one voice channel between them

    @pytest.fixture(autouse=True)
    def _room_for_data(self) -> None:
        if not DEVICES[0].sco_packets:
            pytest.skip("this btvirt offers no buffers for SCO, 5.87 does")

    def one(self, number: int) -> kit.Sock:
        sock: kit.Sock = self.open(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO)
        sock.bind(DEVICES[number].address)
        return sock

    def server(self) -> kit.Sock:
        sock = self.one(1)
        sock.listen()
        return sock

    def client(self) -> kit.Sock:
        return self.one(0)


@pytest.fixture
def sock() -> Iterator[sockcore.socket]:
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as found:
        found.settimeout(10)
        yield found


@pytest.mark.parametrize("form", [str, str.lower, str.encode])
def test_a_device_in_every_form(sock: sockcore.socket, form: Any) -> None:
    assert sock.getsockname() == BDADDR_ANY
    sock.bind(form(DEVICES[1].address))
    assert sock.getsockname() == DEVICES[1].address
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as second:
        second.bind(DEVICES[1].address)
        with pytest.raises(OSError) as refusal:
            second.listen()
        assert refusal.value.errno == errno.EADDRINUSE


def test_nobody_calls(sock: sockcore.socket) -> None:
    sock.bind(DEVICES[1].address)
    sock.listen()
    sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        sock.accept()


def test_the_voice_setting_as_a_value(sock: sockcore.socket) -> None:
    voice: Any = SOL_BLUETOOTH, sockcore.BT_VOICE
    assert options.read(sock, *voice) == sockcore.BT_VOICE_CVSD_16BIT
    options.write(sock, *voice, sockcore.BT_VOICE_TRANSPARENT)
    assert options.read(sock, *voice) == sockcore.BT_VOICE_TRANSPARENT
    with pytest.raises(OverflowError):
        options.write(sock, *voice, 65536)


def test_calling(sock: sockcore.socket) -> None:
    """With data and what the kernel says of a packet, or refused for want of buffers."""
    sock.bind(DEVICES[1].address)
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as caller:
        caller.settimeout(10)
        caller.bind(DEVICES[0].address.encode())
        if not DEVICES[0].sco_packets:
            with pytest.raises(ConnectionRefusedError):
                caller.connect(DEVICES[1].address)
            return
        caller.setsockopt(SOL_BLUETOOTH, sockcore.BT_PKT_STATUS, 1)
        caller.connect(DEVICES[1].address.encode())
        connection, address = sock.accept()
        with connection:
            assert address == caller.getsockname() == DEVICES[0].address
            assert caller.getpeername() == connection.getsockname() == DEVICES[1].address
            mtu = options.read(caller, SOL_SCO, sockcore.SCO_OPTIONS)
            assert isinstance(mtu, int)
            assert 48 <= mtu <= 500
            handle, device_class = options.read(caller, SOL_SCO, sockcore.SCO_CONNINFO)  # type: ignore[misc]
            assert 0 < handle < 0x0F00
            assert device_class == 0
            connection.send(b"voice" * 9)
            data, messages, flags, sender = caller.recvmsg(100, 100)
            assert (data, flags, sender) == (b"voice" * 9, 0, None)
            assert ancillary.decode(messages, AF_BLUETOOTH) == [("BT_SCM_PKT_STATUS", 0)]


def test_deferred_setup_leaves_the_answer_to_the_program(sock: sockcore.socket) -> None:
    """BT_DEFER_SETUP: the first read of an accepted call is what takes it."""
    sock.bind(DEVICES[1].address)
    sock.setsockopt(SOL_BLUETOOTH, sockcore.BT_DEFER_SETUP, 1)
    assert sock.getsockopt(SOL_BLUETOOTH, sockcore.BT_DEFER_SETUP) == 1
    sock.listen()
    if not DEVICES[0].sco_packets:
        return
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as caller:
        caller.settimeout(10)
        caller.bind(DEVICES[0].address)
        with meanwhile(caller.connect, DEVICES[1].address):
            connection, address = sock.accept()
            assert address == DEVICES[0].address
            assert connection.recv(1) == b""
        with connection:
            connection.settimeout(10)
            caller.sendall(b"taken")
            assert connection.recv(100) == b"taken"
