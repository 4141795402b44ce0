"""SCO: addresses of voice channels, and data if the controllers have buffers for SCO.

The controllers of btvirt 5.66 (Debian 12) have no such buffers, and the kernel refuses connections. The tests then
expect ConnectionRefusedError.
"""

from __future__ import annotations

import errno
import select
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES, wait_until_no_voice_channel
from kit import ConnectedTests, running_in_thread

import sockcore
from sockcore import AF_BLUETOOTH, BDADDR_ANY, BTPROTO_SCO, SOCK_SEQPACKET, SOL_BLUETOOTH, SOL_SCO, ancillary, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

DEVICE = "00:11:22:33:44:55"


@pytest.fixture(autouse=True)
def _one_channel_at_a_time(held_links: None) -> None:
    wait_until_no_voice_channel()


class TestSco(ConnectedTests):
    family, type, proto = "AF_BLUETOOTH", "SOCK_SEQPACKET", "BTPROTO_SCO"
    unsupported = {
        "half close": "SCO closes a channel as a whole",
        "end of file": "disconnection may overtake data",
    }
    invalid_addresses = (
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
    pair_count = 1  # two devices can have only one voice channel

    @pytest.fixture(autouse=True)
    def _skip_without_buffers(self) -> None:
        if not DEVICES[0].sco_packets:
            pytest.skip("this btvirt has no buffers for SCO; version 5.87 has them")

    def free_address(self) -> kit.Address:
        return DEVICES[1].address

    def open_client(self) -> kit.Sock:
        sock: kit.Sock = self.open_unbound()
        sock.bind(DEVICES[0].address)
        return sock


@pytest.fixture
def sock() -> Iterator[sockcore.socket]:
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as sco_sock:
        sco_sock.settimeout(60)
        yield sco_sock


@pytest.mark.parametrize("form", [str, str.lower, str.encode])
def test_bind_sco_address_forms_return_device(sock: sockcore.socket, form: Any) -> None:
    assert sock.getsockname() == BDADDR_ANY
    sock.bind(form(DEVICES[1].address))
    assert sock.getsockname() == DEVICES[1].address
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as second:
        second.bind(DEVICES[1].address)
        with pytest.raises(OSError) as caught:
            second.listen()
        assert caught.value.errno == errno.EADDRINUSE


def test_accept_without_caller_times_out(sock: sockcore.socket) -> None:
    sock.bind(DEVICES[1].address)
    sock.listen()
    sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        sock.accept()


def test_bt_voice_value_is_read_back(sock: sockcore.socket) -> None:
    voice: Any = SOL_BLUETOOTH, sockcore.BT_VOICE
    assert options.read(sock, *voice) == sockcore.BT_VOICE_CVSD_16BIT
    options.write(sock, *voice, sockcore.BT_VOICE_TRANSPARENT)
    assert options.read(sock, *voice) == sockcore.BT_VOICE_TRANSPARENT
    with pytest.raises(OverflowError):
        options.write(sock, *voice, 65536)


def test_sco_connection_transfers_data_and_packet_status(sock: sockcore.socket) -> None:
    """Transfer data and packet status, or fail if the controllers have no buffers."""
    sock.bind(DEVICES[1].address)
    sock.listen()
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as caller:
        caller.settimeout(60)
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


def test_bt_defer_setup_accepts_at_first_recv(sock: sockcore.socket) -> None:
    """Test that the first recv on an accepted socket accepts the connection.

    BT_DEFER_SETUP is set.
    """
    sock.bind(DEVICES[1].address)
    sock.setsockopt(SOL_BLUETOOTH, sockcore.BT_DEFER_SETUP, 1)
    assert sock.getsockopt(SOL_BLUETOOTH, sockcore.BT_DEFER_SETUP) == 1
    sock.listen()
    if not DEVICES[0].sco_packets:
        return
    with sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO) as caller:
        caller.settimeout(60)
        caller.bind(DEVICES[0].address)
        with running_in_thread(caller.connect, DEVICES[1].address):
            connection, address = sock.accept()
            assert address == DEVICES[0].address
            assert connection.recv(1) == b""
        with connection:
            connection.settimeout(60)
            # The kernel discards data that arrives before this side is connected. Only then is it ready for writing.
            assert select.select([], [connection], [], 60)[1]
            caller.sendall(b"taken")
            assert connection.recv(100) == b"taken"
