"""ISO: the experimental feature, addresses, options, and channels between two controllers of btvirt."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES, open_hci

import sockcore
from sockcore import AF_BLUETOOTH, BDADDR_ANY, BDADDR_LE_PUBLIC, BTPROTO_ISO, SOCK_SEQPACKET, SOL_BLUETOOTH, options
from sockcore_bluetooth import management
from sockcore_bluetooth.iso import IoQos, IsoQos

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    sock.settimeout(10)
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
            connection.settimeout(10)
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
