"""AF_QIPCRTR: datagrams between ports of this node, and the kernel's name service."""

from __future__ import annotations

import errno
import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from kit import LIMIT, ROOM, DatagramTests

import sockcore
from sockcore_linux_misc.qipcrtr import CTRL_SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

ports = itertools.count(0x5000)
services = itertools.count(5000)


class TestQipcrtr(DatagramTests):
    wrong = (
        (None, TypeError),
        ([1, 2], TypeError),
        ((1,), TypeError),
        (("1", 2), TypeError),
        ((-1, 2), OSError),
        ((1, 2**32), OSError),
    )

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.bound(), self.bound()

    @pytest.fixture(autouse=True)
    def _nothing_bound(self) -> None:
        self.addresses: dict[kit.Sock, kit.Address] = {}

    def bound(self) -> kit.Sock:
        sock = self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        node, port = sock.getsockname()
        assert port == 0
        sock.bind((node, next(ports)))
        self.addresses[sock] = sock.getsockname()
        return sock

    def address_of(self, sock: kit.Sock) -> kit.Address:
        # Asked for before: qrtr_recvmsg() keeps the socket's lock while it waits, and getsockname waits for that.
        return self.addresses[sock]

    def test_a_port_of_the_kernels_choice(self) -> None:
        a, b = self.bound(), self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        node, _ = a.getsockname()
        b.sendto(b"hello", a.getsockname())
        assert a.recvfrom(ROOM) == (b"hello", b.getsockname())
        assert b.getsockname()[0] == node
        assert b.getsockname()[1] >= 0x4000

    def test_another_node(self) -> None:
        sock = self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        node, _ = sock.getsockname()
        with pytest.raises(OSError) as caught:
            sock.bind((node + 1, next(ports)))
        assert caught.value.errno == errno.EINVAL
        with pytest.raises(ConnectionResetError):
            sock.sendto(b"hello", (node + 1, 5))

    def test_a_port_in_use(self) -> None:
        a, b = self.bound(), self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        with pytest.raises(OSError) as caught:
            b.bind(a.getsockname())
        assert caught.value.errno == errno.EADDRINUSE

    def test_large_and_cut(self) -> None:
        a, b = self.pair()
        for size in (1, 3, 60000):
            self.deliver(a, b, bytes(size))
        a.sendto(b"a long message", b.getsockname())
        data, _, flags, sender = b.recvmsg(6)
        assert (data, bool(flags & sockcore.MSG_TRUNC), sender) == (b"a long", True, a.getsockname())


@pytest.fixture
def sockets() -> Iterator[Any]:
    opened = []

    def open_socket() -> kit.Sock:
        opened.append(sockcore.socket(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM))
        opened[-1].settimeout(LIMIT)
        return opened[-1]

    yield open_socket
    for sock in opened:
        sock.close()


def control(sock: kit.Sock) -> kit.Address:
    """Where the name service of this node is."""
    return sock.getsockname()[0], sockcore.QRTR_PORT_CTRL


def offer(sockets: Any, service: int, instance: int) -> kit.Sock:
    sock: kit.Sock = sockets()
    message = CTRL_SERVER.pack(sockcore.QRTR_TYPE_NEW_SERVER, service, instance, 0, 0)
    sock.sendto(message, control(sock))
    return sock


def look(sockets: Any, service: int, instance: int = 0) -> kit.Sock:
    sock: kit.Sock = sockets()
    sock.sendto(CTRL_SERVER.pack(sockcore.QRTR_TYPE_NEW_LOOKUP, service, instance, 0, 0), control(sock))
    return sock


def told(sock: kit.Sock) -> tuple[int | bytes, ...]:
    data, sender = sock.recvfrom(ROOM)
    assert sender == control(sock)
    return CTRL_SERVER.unpack(data)


def test_a_service_is_found(sockets: Any) -> None:
    service = next(services)
    server = offer(sockets, service, 0x101)
    looking = look(sockets, service)
    assert told(looking) == (sockcore.QRTR_TYPE_NEW_SERVER, service, 0x101, *server.getsockname())
    # The end of those that there are.
    assert told(looking) == (sockcore.QRTR_TYPE_NEW_SERVER, 0, 0, 0, 0)
    # It can be reached at the address that was told.
    looking.sendto(b"hello", server.getsockname())
    assert server.recvfrom(ROOM) == (b"hello", looking.getsockname())


def test_services_come_and_go(sockets: Any) -> None:
    service = next(services)
    looking = look(sockets, service, 7)
    assert told(looking) == (sockcore.QRTR_TYPE_NEW_SERVER, 0, 0, 0, 0)
    offer(sockets, service, 8)
    server = offer(sockets, service, 7)
    address = server.getsockname()
    assert told(looking) == (sockcore.QRTR_TYPE_NEW_SERVER, service, 7, *address)
    server.close()
    assert told(looking) == (sockcore.QRTR_TYPE_DEL_SERVER, service, 7, *address)


@pytest.mark.skipif(not shutil.which("qrtr-lookup"), reason="qrtr-lookup, of qrtr-tools, is not here")
def test_qrtr_lookup_finds_a_service(sockets: Any) -> None:
    service = next(services)
    server = offer(sockets, service, 0x201)
    node, port = server.getsockname()
    command = ["qrtr-lookup", str(service)]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    found = [line.split() for line in printed.splitlines() if line.split()[:1] == [str(service)]]
    assert [(line[0], line[-3], line[-2]) for line in found] == [(str(service), str(node), str(port))] or [
        (str(node), str(port))
    ] == [tuple(line[3:5]) for line in found], printed
