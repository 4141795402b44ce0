"""ISO: the experimental feature, addresses, options, and channels between two controllers of btvirt."""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES, open_hci

import sockcore
from sockcore import AF_BLUETOOTH, BDADDR_ANY, BDADDR_LE_PUBLIC, BTPROTO_ISO, SOCK_SEQPACKET, SOL_BLUETOOTH, options
from sockcore_bluetooth import management
from sockcore_bluetooth.iso import IoQos, IsoQos

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.usefixtures("held_links"),
    pytest.mark.skipif(
        tuple(map(int, os.uname().release.split(".")[:2])) < (6, 6), reason="ISO is incomplete in older kernels"
    ),
]

# Bits of the settings of a controller, from doc/mgmt-api.txt of BlueZ.
CIS_CENTRAL, CIS_PERIPHERAL = 1 << 18, 1 << 19
BROADCASTER, RECEIVER = 1 << 20, 1 << 21
QUALITY = IoQos(interval=10_000, latency=10, sdu=40, phy=2, rtn=2)


@pytest.fixture
def control() -> Iterator[sockcore.socket]:
    with open_hci() as sock:
        sock.bind(management.ADDRESS)
        yield sock


@pytest.fixture
def _iso(control: sockcore.socket) -> Iterator[None]:
    management.enable_iso(control)
    yield
    management.enable_iso(control, False)


def open_iso() -> sockcore.socket:
    sock = sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_ISO)
    sock.settimeout(60)
    return sock


@pytest.fixture
def sock(_iso: None) -> Iterator[sockcore.socket]:
    with open_iso() as iso_sock:
        yield iso_sock


# ---------------------------------------------------------------------- the management channel


def test_management_reads_controllers(control: sockcore.socket) -> None:
    assert sorted(management.read_index_list(control)) == [device.number for device in DEVICES]
    for device in DEVICES[:2]:
        info = management.read_info(control, device.number)
        assert info.bdaddr == device.address
        assert info.current_settings & 1  # powered
        assert info.supported_settings & 1
    assert not management.read_info(control, DEVICES[2].number).current_settings & 1


def test_management_invalid_index_raises_enodev(control: sockcore.socket) -> None:
    with pytest.raises(OSError, match="invalid index") as caught:
        management.read_info(control, 77)
    assert caught.value.errno == errno.ENODEV


def test_management_unknown_command_raises_eopnotsupp(control: sockcore.socket) -> None:
    with pytest.raises(OSError, match="unknown command") as caught:
        management.request(control, 0x7FFF)
    assert caught.value.errno == errno.EOPNOTSUPP


def test_enable_iso_enables_and_disables_sockets(control: sockcore.socket) -> None:
    assert management.read_experimental_features(control)[management.ISO_SOCKET] & 1 == 0
    with pytest.raises(OSError) as caught:
        open_iso()
    assert caught.value.errno == errno.EPROTONOSUPPORT
    assert management.enable_iso(control)
    try:
        assert management.read_experimental_features(control)[management.ISO_SOCKET] & 1
        open_iso().close()
        assert not management.enable_iso(control)
    finally:
        assert management.enable_iso(control, False)
    with pytest.raises(OSError):
        open_iso()


def test_unknown_experimental_feature_raises(control: sockcore.socket) -> None:
    with pytest.raises(OSError, match="not supported") as caught:
        management.set_experimental_feature(control, "00000000-0000-0000-0000-000000000001", True)
    assert caught.value.errno == errno.EOPNOTSUPP


# ---------------------------------------------------------------------- addresses and options


def test_iso_bind_address_is_returned_by_getsockname(sock: sockcore.socket) -> None:
    assert sock.getsockname() == (BDADDR_ANY, BDADDR_LE_PUBLIC)
    sock.bind((DEVICES[0].address.lower(), BDADDR_LE_PUBLIC))
    assert sock.getsockname() == (DEVICES[0].address, BDADDR_LE_PUBLIC)


def test_iso_bind_broadcast_source_is_peer(sock: sockcore.socket) -> None:
    source = "11:22:33:44:55:66"
    sock.bind((DEVICES[0].address, BDADDR_LE_PUBLIC, (source, sockcore.BDADDR_LE_RANDOM, 3, [1, 31])))
    assert sock.getsockname() == (DEVICES[0].address, BDADDR_LE_PUBLIC)
    assert sock.getpeername() == (source, sockcore.BDADDR_LE_RANDOM)


@pytest.mark.parametrize(
    "rest",
    [
        (0,),  # BR/EDR
        (BDADDR_LE_PUBLIC, (BDADDR_ANY, 0, 0, [])),
        (BDADDR_LE_PUBLIC, (BDADDR_ANY, BDADDR_LE_PUBLIC, 16, [])),
        (BDADDR_LE_PUBLIC, (BDADDR_ANY, BDADDR_LE_PUBLIC, 0, [0])),
        (BDADDR_LE_PUBLIC, (BDADDR_ANY, BDADDR_LE_PUBLIC, 0, [1, 32])),
    ],
)
def test_iso_bind_invalid_address_raises_einval(sock: sockcore.socket, rest: tuple[Any, ...]) -> None:
    with pytest.raises(OSError) as caught:
        sock.bind((DEVICES[0].address, *rest))
    assert caught.value.errno == errno.EINVAL


def test_bt_iso_qos_value_is_read_back(sock: sockcore.socket) -> None:
    default = options.read(sock, SOL_BLUETOOTH, sockcore.BT_ISO_QOS)
    assert isinstance(default, IsoQos)
    assert (default.cig, default.cis, default.out.interval) == (0xFF, 0xFF, 10_000)
    value = IsoQos(1, 2, 3, 1, 0, QUALITY, QUALITY._replace(sdu=60), 1, bytes(range(16)), 0, 1, 0x4000, 0, 2, 0x4000)
    options.write(sock, SOL_BLUETOOTH, sockcore.BT_ISO_QOS, value)
    assert options.read(sock, SOL_BLUETOOTH, sockcore.BT_ISO_QOS) == value


def test_bt_iso_base_value_is_read_back(sock: sockcore.socket) -> None:
    for base in (b"\x28\0\0\x01", bytes(range(248)), b""):
        options.write(sock, SOL_BLUETOOTH, sockcore.BT_ISO_BASE, base)
        assert options.read(sock, SOL_BLUETOOTH, sockcore.BT_ISO_BASE) == base
    with pytest.raises(OSError) as caught:
        sock.setsockopt(SOL_BLUETOOTH, sockcore.BT_ISO_BASE, bytes(249))
    assert caught.value.errno == errno.EINVAL


# ---------------------------------------------------------------------- channels


def test_iso_connection_transfers_data_both_ways(control: sockcore.socket, sock: sockcore.socket) -> None:
    supported = [management.read_info(control, device.number).supported_settings for device in DEVICES[:2]]
    if not supported[0] & CIS_CENTRAL or not supported[1] & CIS_PERIPHERAL:
        pytest.skip(f"the controllers of this btvirt have no isochronous streams: {list(map(hex, supported))}")
    sock.bind((DEVICES[1].address, BDADDR_LE_PUBLIC))
    sock.listen()
    with open_iso() as caller:
        caller.bind((DEVICES[0].address, BDADDR_LE_PUBLIC))
        options.write(caller, SOL_BLUETOOTH, sockcore.BT_ISO_QOS, IsoQos(in_=QUALITY, out=QUALITY))
        caller.connect((DEVICES[1].address, BDADDR_LE_PUBLIC))
        connection, address = sock.accept()
        with connection:
            connection.settimeout(60)
            assert address == caller.getsockname() == (DEVICES[0].address, BDADDR_LE_PUBLIC)
            assert caller.getpeername() == connection.getsockname() == (DEVICES[1].address, BDADDR_LE_PUBLIC)
            for number in range(3):
                caller.send(b"%d" % number * 40)
                assert connection.recv(100) == b"%d" % number * 40
                connection.send(b"%d" % number * 20)
                assert caller.recv(100) == b"%d" % number * 20
            quality = options.read(caller, SOL_BLUETOOTH, sockcore.BT_ISO_QOS)
            assert isinstance(quality, IsoQos)
            assert (quality.in_.sdu, quality.out.sdu) == (40, 40)
            with pytest.raises(OSError) as caught:
                caller.send(bytes(41))
            assert caught.value.errno == errno.EMSGSIZE


def test_iso_connect_to_missing_device_raises(control: sockcore.socket, sock: sockcore.socket) -> None:
    sock.bind((DEVICES[0].address, BDADDR_LE_PUBLIC))
    sock.settimeout(0.5)
    with pytest.raises(OSError):
        sock.connect(("00:11:22:33:44:55", BDADDR_LE_PUBLIC))


# ---------------------------------------------------------------------- broadcasts


@pytest.fixture
def _broadcasts(control: sockcore.socket) -> None:
    # Not the supported settings: the kernel leaves these two out.
    settings = [management.read_info(control, device.number).current_settings for device in DEVICES[:2]]
    if not settings[0] & BROADCASTER or not settings[1] & RECEIVER:
        pytest.skip(f"the controllers of this btvirt do not support broadcasts: {list(map(hex, settings))}")


@pytest.fixture
def source(_iso: None, _broadcasts: None) -> Iterator[Callable[..., sockcore.socket]]:
    """Return a function that opens a socket of the broadcast source, with fields of IsoQos."""
    with ExitStack() as stack:
        stack.callback(wait_until_idle, stack.enter_context(open_monitor()))

        def open_source(**fields: Any) -> sockcore.socket:
            iso_sock = stack.enter_context(open_iso())
            iso_sock.bind((DEVICES[0].address, BDADDR_LE_PUBLIC))
            value = IsoQos(out=QUALITY, sca=1, sync_timeout=0x4000, timeout=0x4000, **fields)
            options.write(iso_sock, SOL_BLUETOOTH, sockcore.BT_ISO_QOS, value)
            return iso_sock

        yield open_source


def open_monitor() -> sockcore.socket:
    monitor = open_hci()
    monitor.bind((sockcore.HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
    return monitor


def wait_until_idle(monitor: sockcore.socket) -> None:
    """Wait until the controllers process no more commands. The kernel ends a broadcast after close() has returned."""
    monitor.settimeout(0.5)
    end = time.monotonic() + 10
    with suppress(sockcore.timeout):
        while time.monotonic() < end:
            monitor.recv(4096)


def listen_to_broadcast(sock: sockcore.socket, streams: list[int]) -> None:
    broadcast = (DEVICES[0].address, BDADDR_LE_PUBLIC, 0, streams)
    sock.bind((DEVICES[1].address, BDADDR_LE_PUBLIC, broadcast))
    value = IsoQos(in_=QUALITY, sca=1, sync_timeout=0x4000, timeout=0x4000)
    options.write(sock, SOL_BLUETOOTH, sockcore.BT_ISO_QOS, value)
    sock.listen()


BROADCAST = (BDADDR_ANY, BDADDR_LE_PUBLIC)


def test_bt_iso_base_is_broadcast(source: Callable[..., sockcore.socket]) -> None:
    # Without a receiver: in Linux 6.12.117, one that receives a BASE locks its socket twice, and waits forever.
    base = bytes(range(1, 20))
    with open_monitor() as monitor:
        sender = source()
        options.write(sender, SOL_BLUETOOTH, sockcore.BT_ISO_BASE, base)
        sender.connect(BROADCAST)
        while True:
            packet = monitor.recv(4096)
            if packet[6:8] == b"\x3f\x20":  # LE Set Periodic Advertising Data
                break
    # handle, all data at once, size; service data of the Broadcast Audio Announcement Service (0x1851)
    assert packet[9:] == b"\x01\x03" + bytes((len(base) + 4, len(base) + 3, 0x16)) + b"\x51\x18" + base


def test_iso_broadcast_reaches_receiver(source: Callable[..., sockcore.socket], sock: sockcore.socket) -> None:
    sender = source()
    sender.connect(BROADCAST)
    quality = options.read(sender, SOL_BLUETOOTH, sockcore.BT_ISO_QOS)
    assert isinstance(quality, IsoQos)
    assert (quality.cis, quality.out) == (1, QUALITY)
    listen_to_broadcast(sock, [1])
    stream, address = sock.accept()
    with stream:
        stream.settimeout(60)
        assert address == stream.getpeername() == (DEVICES[0].address, BDADDR_LE_PUBLIC)
        assert stream.getsockname() == (DEVICES[1].address, BDADDR_LE_PUBLIC)
        received = options.read(stream, SOL_BLUETOOTH, sockcore.BT_ISO_QOS)
        assert isinstance(received, IsoQos)
        assert (received.in_.interval, received.in_.sdu) == (10_000, 40)
        for number in range(3):
            assert sender.send(b"%d" % number * 40) == 40
            assert stream.recv(100) == b"%d" % number * 40
        with pytest.raises(OSError) as caught:
            sender.send(bytes(41))
        assert caught.value.errno == errno.EMSGSIZE


def test_iso_broadcast_of_two_streams_reaches_receiver(
    source: Callable[..., sockcore.socket], sock: sockcore.socket
) -> None:
    first, second = source(cig=1), source(cig=1)
    first.setsockopt(SOL_BLUETOOTH, sockcore.BT_DEFER_SETUP, 1)  # the last socket creates the group
    first.connect(BROADCAST)
    second.connect(BROADCAST)
    listen_to_broadcast(sock, [1, 2])
    with sock.accept()[0] as one, sock.accept()[0] as two:
        for number, sender in enumerate((first, second)):
            sender.send(b"%d" % number * 20)
        for number, stream in enumerate((one, two)):
            stream.settimeout(60)
            assert stream.recv(100) == b"%d" % number * 20


@pytest.mark.parametrize("fields", [{"packing": 2}, {"framing": 2}, {"sync_timeout": 0x4001}, {"skip": 0x200}])
def test_iso_broadcast_with_invalid_quality_raises_einval(
    source: Callable[..., sockcore.socket], fields: dict[str, int]
) -> None:
    sender = source()
    value = IsoQos(out=QUALITY, sca=1, sync_timeout=0x4000, timeout=0x4000)._replace(**fields)
    options.write(sender, SOL_BLUETOOTH, sockcore.BT_ISO_QOS, value)
    with pytest.raises(OSError) as caught:
        sender.connect(BROADCAST)
    assert caught.value.errno == errno.EINVAL
