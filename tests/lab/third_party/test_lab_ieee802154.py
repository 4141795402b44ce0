"""AF_IEEE802154, by the example examples/ieee802154: two radios of mac802154_hwsim.

A packet socket of the standard library reads the frames on the air.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import socket as stdlib
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, DatagramTests

import sockcore
from sockcore import ancillary, options, plugin

sys.path.insert(0, str(Path(__file__).parents[3] / "examples/ieee802154/src"))
import sockcore_ieee802154
from sockcore_ieee802154.options import WPAN_SECURITY, WPAN_SECURITY_LEVEL, WPAN_WANTACK, WPAN_WANTLQI, Security

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

plugin.load(sockcore_ieee802154)

PAN = 0xABCD
FIRST, SECOND, BROADCAST = (PAN, 0x0102), (PAN, 0x0304), (PAN, 0xFFFF)
ETH_P_ALL = 3
DATA, ACK_REQUEST, SAME_PAN = 1, 0x20, 0x40  # bits of the frame control field


@pytest.fixture(scope="module", autouse=True)
def _radios() -> None:
    try:
        sock = stdlib.socket(sockcore_ieee802154.AF_IEEE802154, stdlib.SOCK_DGRAM)
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_IEEE802154: {exc}")
    with sock:
        for interface, (pan_id, address) in (("wpan0", FIRST), ("wpan1", SECOND)):
            if not Path("/sys/class/net", interface).exists():
                pytest.skip(f"the kernel has no radio {interface}")
            subprocess.run(["ip", "link", "set", interface, "down"], check=True)
            # struct ifreq: the radio gets the PAN and the short address when it starts
            request = struct.pack("=16sHxxiHH12x", interface.encode(), 36, 2, pan_id, address)
            fcntl.ioctl(sock, 0x8916, request)  # SIOCSIFADDR
            subprocess.run(["ip", "link", "set", interface, "up"], check=True)


def extended_address(interface: str) -> bytes:
    return bytes.fromhex(Path("/sys/class/net", interface, "address").read_text().strip().replace(":", ""))


class TestIeee802154(DatagramTests):
    family, type = "AF_IEEE802154", "SOCK_DGRAM"
    unsupported = {
        "getsockname": "AF_IEEE802154 has no getsockname",
        "getpeername": "AF_IEEE802154 has no getpeername",
        "standard library": "its recvfrom cannot decode AF_IEEE802154",
    }
    invalid_addresses = (
        (None, TypeError),
        ((PAN,), TypeError),
        ((PAN, "1"), TypeError),
        ((2**16, 1), OverflowError),
        ((PAN, 2**16), OverflowError),
        ((PAN, bytes(7)), ValueError),
    )
    option = ("SOL_IEEE802154", "WPAN_WANTACK", 0)
    control_message = ("SOL_IEEE802154", "WPAN_WANTLQI", 1), ("SOL_IEEE802154", "WPAN_WANTLQI")
    pair_count = 1  # the kernel delivers a frame to every socket that is bound to the address

    def open_bound_pair(self) -> tuple[Any, Any]:
        self.addresses: dict[Any, Any] = {}
        for address in (FIRST, SECOND):
            sock = self.open_unbound()
            sock.bind(address)
            self.addresses[sock] = address
        a, b = self.addresses
        return a, b

    def address_of(self, sock: Any) -> Any:
        return self.addresses[sock]


class TestIeee802154Extended(TestIeee802154):
    """Extended addresses of 8 bytes."""

    def open_bound_pair(self) -> tuple[Any, Any]:
        a, b = super().open_bound_pair()
        for sock, interface in ((a, "wpan0"), (b, "wpan1")):
            self.addresses[sock] = PAN, extended_address(interface)
            sock.bind(self.addresses[sock])
        return a, b


@pytest.fixture
def sockets() -> Iterator[Callable[..., Any]]:
    opened: list[Any] = []

    def open_socket(address: object = None, type: int = sockcore.SOCK_DGRAM) -> Any:
        opened.append(sockcore.socket(sockcore.AF_IEEE802154, type))
        opened[-1].settimeout(LIMIT)
        if address is not None:
            opened[-1].bind(address)
        return opened[-1]

    yield open_socket
    for sock in opened:
        sock.close()


@pytest.fixture
def air() -> Iterator[stdlib.socket]:
    """Return a packet socket of the standard library that reads the frames of wpan1."""
    with stdlib.socket(stdlib.AF_PACKET, stdlib.SOCK_RAW, stdlib.htons(ETH_P_ALL)) as sock:
        sock.bind(("wpan1", ETH_P_ALL))
        sock.settimeout(LIMIT)
        yield sock


@pytest.mark.parametrize("is_acknowledged", [True, False])
def test_ieee802154_data_frame_has_header_of_standard(sockets: Any, air: stdlib.socket, is_acknowledged: bool) -> None:
    a = sockets(FIRST)
    options.set(a, WPAN_WANTACK, is_acknowledged)
    assert options.get(a, WPAN_WANTACK) is is_acknowledged
    a.sendto(b"hello", SECOND)
    frame = air.recv(BUFFER_SIZE)
    control, _, pan_id, destination, source = struct.unpack_from("<HBHHH", frame)
    assert control & 7 == DATA
    assert bool(control & ACK_REQUEST) is is_acknowledged
    assert control & SAME_PAN
    assert (control >> 10 & 3, control >> 14) == (2, 2)  # short addresses
    assert (pan_id, destination, source) == (PAN, 0x0304, 0x0102)
    assert frame[9:14] == b"hello"


def test_ieee802154_frame_of_packet_socket_is_received(sockets: Any) -> None:
    b = sockets(SECOND)
    frame = struct.pack("<HBHHHH", 0x8801, 7, PAN, 0x0304, 0x1111, 0x2222) + b"from another PAN"
    with stdlib.socket(stdlib.AF_PACKET, stdlib.SOCK_RAW, stdlib.htons(0xF6)) as sock:
        sock.bind(("wpan0", 0xF6))
        sock.send(frame)
    assert b.recvfrom(BUFFER_SIZE) == (b"from another PAN", (0x1111, 0x2222))


def test_ieee802154_broadcast_reaches_all_sockets(sockets: Any) -> None:
    a, receivers = sockets(FIRST), [sockets(SECOND), sockets(SECOND), sockets()]
    options.set(a, WPAN_WANTACK, False)
    a.sendto(b"to all", BROADCAST)
    assert [sock.recvfrom(BUFFER_SIZE) for sock in receivers] == [(b"to all", FIRST)] * 3


def test_ieee802154_frame_for_other_address_is_not_received(sockets: Any) -> None:
    a, b = sockets(FIRST), sockets(SECOND)
    a.sendto(b"lost", (PAN, 0x0305))
    a.sendto(b"lost", (PAN + 1, 0x0304))
    a.sendto(b"received", SECOND)
    assert b.recv(BUFFER_SIZE) == b"received"


def test_ieee802154_raw_socket_sends_whole_frames(sockets: Any) -> None:
    a, b = sockets(FIRST, sockcore.SOCK_RAW), sockets(SECOND, sockcore.SOCK_RAW)
    datagrams = sockets(SECOND)
    for sequence in itertools.islice(itertools.count(7), 3):
        frame = struct.pack("<HBHHH", 0x8841, sequence, PAN, 0x0304, 0x0102) + b"raw"
        assert a.send(frame) == len(frame)
        data, sender = b.recvfrom(BUFFER_SIZE)
        assert data == b"raw"  # mac802154 has removed the header
        assert sender is None  # the kernel returns no address
        assert datagrams.recvfrom(BUFFER_SIZE) == (b"raw", FIRST)
    with pytest.raises(OSError) as caught:
        options.set(a, WPAN_WANTACK, True)
    assert caught.value.errno == errno.EOPNOTSUPP


def test_ieee802154_recvmsg_returns_link_quality(sockets: Any) -> None:
    a, b = sockets(FIRST), sockets(SECOND)
    options.set(b, WPAN_WANTLQI, True)
    assert options.get(b, WPAN_WANTLQI) is True
    a.sendto(b"hello", SECOND)
    data, messages, _, sender = b.recvmsg(BUFFER_SIZE, sockcore.CMSG_SPACE(1))
    assert (data, sender) == (b"hello", FIRST)
    assert ancillary.decode(messages, b) == [("WPAN_WANTLQI", 255)]  # hwsim has perfect links


def test_ieee802154_security_options_are_read_back(sockets: Any) -> None:
    sock = sockets()
    assert options.get(sock, WPAN_SECURITY) is Security.DEFAULT
    assert options.get(sock, WPAN_SECURITY_LEVEL) == -1
    for value in (Security.ON, Security.OFF, Security.DEFAULT):
        options.set(sock, WPAN_SECURITY, value)
        assert options.get(sock, WPAN_SECURITY) is value
    for level in (0, 7, -1):
        options.set(sock, WPAN_SECURITY_LEVEL, level)
        assert options.get(sock, WPAN_SECURITY_LEVEL) == level
    with pytest.raises(OSError) as caught:
        options.set(sock, WPAN_SECURITY_LEVEL, 8)
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(TypeError, match="WPAN_SECURITY_LEVEL"):
        options.set(sock, WPAN_SECURITY_LEVEL, "1")  # type: ignore[arg-type]


def test_ieee802154_errors_of_kernel(sockets: Any) -> None:
    for address, number in (((PAN, 0x0999), errno.ENODEV), ((PAN, bytes(8)), errno.ENODEV)):
        with pytest.raises(OSError) as caught:
            sockets(address)
        assert caught.value.errno == number
    with pytest.raises(OSError) as caught:
        sockets().connect(SECOND)
    assert caught.value.errno == errno.ENETUNREACH
    a = sockets(FIRST)
    with pytest.raises(OSError) as caught:
        a.sendto(bytes(126), SECOND)
    assert caught.value.errno == errno.EMSGSIZE
