"""AF_NFC, by the example examples/nfc: connections of LLCP between the two adapters of nfcsim."""

from __future__ import annotations

import errno
import itertools
import socket as stdlib
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, ConnectedTests

import sockcore
from sockcore import options, plugin

sys.path.insert(0, str(Path(__file__).parents[3] / "examples/nfc/src"))
import sockcore_nfc
from sockcore_nfc.constants import NFC_PROTO_NFC_DEP, NFC_SOCKPROTO_LLCP
from sockcore_nfc.options import NFC_LLCP_MIUX, NFC_LLCP_REMOTE_LTO, NFC_LLCP_REMOTE_MIU, NFC_LLCP_RW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

plugin.load(sockcore_nfc)

INITIATOR, TARGET = 0, 1  # adapters
# <linux/genetlink.h> and <linux/nfc.h>
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
DEV_UP, DEP_LINK_UP, START_POLL, GET_TARGET = 2, 4, 6, 8
DEVICE_INDEX, TARGET_INDEX, COMM_MODE, IM_PROTOCOLS, TM_PROTOCOLS = 1, 4, 10, 13, 14
OBEX, SNEP, UNNUMBERED_INFORMATION = 3, 4, 3  # access points, and a type of packets
services = itertools.count(1)


class Netlink:
    """Generic netlink, by the standard library."""

    def __init__(self) -> None:
        self.sock = stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW, 16)
        self.sock.settimeout(LIMIT)

    def request(self, family: int, command: int, *attributes: tuple[int, bytes], flags: int = 5) -> bytes:
        """Send a request. Return the attributes of the first answer, or b"" for an acknowledgement."""
        body = struct.pack("=BBH", command, 1, 0)
        for number, value in attributes:
            body += struct.pack("=HH", 4 + len(value), number) + value.ljust((len(value) + 3) & ~3, b"\0")
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family, flags, 1, 0) + body)
        first = b""
        while True:
            data = self.sock.recv(BUFFER_SIZE)
            while data:
                length, message_type = struct.unpack_from("=IH", data)
                if message_type == 2:  # NLMSG_ERROR, and the acknowledgement
                    [number] = struct.unpack_from("=i", data, 16)
                    if number:
                        raise OSError(-number, "netlink")
                    return first
                if message_type == 3:  # NLMSG_DONE
                    return first
                first = first or data[20:length]
                data = data[(length + 3) & ~3 :]


def attribute(data: bytes, number: int) -> bytes | None:
    """Return the value of an attribute."""
    while data:
        length, found = struct.unpack_from("=HH", data)
        if found == number:
            return data[4:length]
        data = data[(length + 3) & ~3 :]
    return None


def u32(number: int) -> bytes:
    return struct.pack("=I", number)


@pytest.fixture(scope="module", autouse=True)
def target() -> Iterator[int]:
    """Connect the adapters. Return the index of the target at the initiator."""
    if not Path("/sys/class/nfc/nfc1").exists():
        pytest.skip("the kernel has no nfcsim")
    netlink = Netlink()
    answer = netlink.request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, (CTRL_ATTR_FAMILY_NAME, b"nfc\0"))
    [family] = struct.unpack("=H", attribute(answer, CTRL_ATTR_FAMILY_ID) or b"")
    protocols = u32(1 << NFC_PROTO_NFC_DEP)
    for device in (INITIATOR, TARGET):
        netlink.request(family, DEV_UP, (DEVICE_INDEX, u32(device)))
    netlink.request(family, START_POLL, (DEVICE_INDEX, u32(TARGET)), (TM_PROTOCOLS, protocols))
    netlink.request(family, START_POLL, (DEVICE_INDEX, u32(INITIATOR)), (IM_PROTOCOLS, protocols))
    deadline, found = time.monotonic() + LIMIT, None
    while found is None:
        assert time.monotonic() < deadline, "the initiator finds no target"
        time.sleep(0.05)
        found = attribute(
            netlink.request(family, GET_TARGET, (DEVICE_INDEX, u32(INITIATOR)), flags=0x301), TARGET_INDEX
        )
    mode = (COMM_MODE, b"\0")
    netlink.request(family, DEP_LINK_UP, (DEVICE_INDEX, u32(INITIATOR)), (TARGET_INDEX, found), mode)
    time.sleep(0.5)
    yield int.from_bytes(found, sys.byteorder)
    netlink.sock.close()


@pytest.fixture(autouse=True)
def _disconnect() -> Iterator[None]:
    """Wait until the peers of closed sockets have received the end of the connection.

    The kernel gives the access points to the next connection at once. A late DISC would end that one.
    """
    yield
    time.sleep(0.2)


class TestNfcLlcp(ConnectedTests):
    family, type, proto = "AF_NFC", "SOCK_STREAM", "NFC_SOCKPROTO_LLCP"
    unsupported = {
        "half close": "AF_NFC has no shutdown",
        "getpeername": "it returns the address of the socket itself",
        "accepted address": "it is the address of the accepted socket",
        "standard library": "its getsockname cannot decode AF_NFC",
    }
    invalid_addresses = (
        (None, TypeError),
        ((0, 0, 5), TypeError),
        ((0, 0, 5, 0, 0, b"name"), TypeError),
        ((0, 0, 5, 256, 0, "name"), OverflowError),
        ((0, 0, 5, 0, 0, "a" * 64), ValueError),
    )
    pair_count = 3

    @pytest.fixture(autouse=True)
    def _target(self, target: int) -> None:
        self.target = target

    def free_address(self) -> Any:
        return TARGET, 0, NFC_PROTO_NFC_DEP, 0, 0, f"urn:nfc:sn:lab{next(services)}"

    def server_address(self, server: Any) -> Any:
        return INITIATOR, self.target, NFC_PROTO_NFC_DEP, 0, 0, server.getsockname()[5]


@pytest.fixture
def sockets() -> Iterator[Callable[..., Any]]:
    opened: list[Any] = []

    def open_socket(type: int = sockcore.SOCK_STREAM) -> Any:
        opened.append(sockcore.socket(sockcore.AF_NFC, type, NFC_SOCKPROTO_LLCP))
        opened[-1].settimeout(LIMIT)
        return opened[-1]

    yield open_socket
    for sock in opened:
        sock.close()


def test_nfc_options_are_negotiated(sockets: Any, target: int) -> None:
    server, client = sockets(), sockets()
    options.set(server, NFC_LLCP_RW, 4)
    options.set(server, NFC_LLCP_MIUX, 100)
    name = f"urn:nfc:sn:lab{next(services)}"
    server.bind((TARGET, 0, NFC_PROTO_NFC_DEP, 0, 0, name))
    assert (options.get(server, NFC_LLCP_RW), options.get(server, NFC_LLCP_MIUX)) == (4, 100)
    with pytest.raises(OSError) as caught:
        options.set(server, NFC_LLCP_RW, 5)
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(ValueError, match="NFC_LLCP_REMOTE_MIU"):
        options.set(server, NFC_LLCP_REMOTE_MIU, 5)
    server.listen()
    client.connect((INITIATOR, target, NFC_PROTO_NFC_DEP, 0, 0, name))
    connection, _ = server.accept()
    with connection:
        assert options.get(client, NFC_LLCP_REMOTE_MIU) == 128 + 100
        assert options.get(client, NFC_LLCP_REMOTE_LTO) >= 1
        data = bytes(range(256)) * 4  # several packets
        client.sendall(data)
        connection.settimeout(LIMIT)
        received = b""
        while len(received) < len(data):
            received += connection.recv(BUFFER_SIZE)
        assert received == data


def test_nfc_datagrams_and_their_packets(sockets: Any, target: int) -> None:
    a, b, raw = sockets(sockcore.SOCK_DGRAM), sockets(sockcore.SOCK_DGRAM), sockets(sockcore.SOCK_RAW)
    # Well-known services have fixed access points.
    a.bind((INITIATOR, 0, NFC_PROTO_NFC_DEP, 0, 0, "urn:nfc:sn:snep"))
    b.bind((TARGET, 0, NFC_PROTO_NFC_DEP, 0, 0, "urn:nfc:sn:obex"))
    assert (a.getsockname()[4], b.getsockname()[4]) == (SNEP, OBEX)
    raw.bind((TARGET, 0, NFC_PROTO_NFC_DEP, 0, 0, ""))
    # In sendto() as in recvfrom(), ssap is the access point of the peer.
    assert a.sendto(b"hello", (INITIATOR, target, NFC_PROTO_NFC_DEP, SNEP, OBEX, "")) == 5
    data, sender = b.recvfrom(BUFFER_SIZE)
    assert (data, sender) == (b"hello", (0, 0, NFC_PROTO_NFC_DEP, OBEX, SNEP, ""))
    assert b.sendto(b"answer", sender) == 6
    assert a.recvfrom(BUFFER_SIZE) == (b"answer", (0, 0, NFC_PROTO_NFC_DEP, SNEP, OBEX, ""))
    # The raw socket receives the packets: the adapter, the direction, and the header of LLCP.
    packets = []
    while len(packets) < 2:
        device, direction, first, second, *payload = raw.recv(BUFFER_SIZE)
        if (first & 3) << 2 | second >> 6 == UNNUMBERED_INFORMATION:
            packets.append((device, direction & 1, first >> 2, second & 63, bytes(payload)))
    assert packets == [(TARGET, 0, OBEX, SNEP, b"hello"), (TARGET, 1, SNEP, OBEX, b"answer")]


def test_nfc_errors_of_kernel(sockets: Any, target: int) -> None:
    with pytest.raises(OSError) as caught:
        sockets().bind((9, 0, NFC_PROTO_NFC_DEP, 0, 0, "urn:nfc:sn:lab"))
    assert caught.value.errno == errno.ENODEV
    with pytest.raises(OSError) as caught:
        sockets().connect((INITIATOR, target + 1, NFC_PROTO_NFC_DEP, 16, 0, ""))
    assert caught.value.errno == errno.ENOLINK
    with pytest.raises(OSError) as caught:
        sockets().connect((INITIATOR, target, NFC_PROTO_NFC_DEP, 0, 0, ""))
    assert caught.value.errno == errno.EINVAL
