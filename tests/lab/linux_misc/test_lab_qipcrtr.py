"""AF_QIPCRTR: datagrams between ports of this node, and the name service of the kernel."""

from __future__ import annotations

import errno
import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, DatagramTests

import sockcore
from sockcore_linux_misc.qipcrtr import CTRL_SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

ports = itertools.count(0x5000)
services = itertools.count(5000)


class TestQipcrtr(DatagramTests):
    family, type = "AF_QIPCRTR", "SOCK_DGRAM"
    invalid_addresses = (
        (None, TypeError),
        ([1, 2], TypeError),
        ((1,), TypeError),
        (("1", 2), TypeError),
        ((-1, 2), OSError),
        ((1, 2**32), OSError),
    )

    @pytest.fixture(autouse=True)
    def _reset_addresses(self) -> None:
        self.addresses: dict[kit.Sock, kit.Address] = {}

    def free_address(self) -> kit.Address:
        node, port = self.open_unbound().getsockname()
        assert port == 0
        return node, next(ports)

    def open_bound(self) -> kit.Sock:
        sock: kit.Sock = super().open_bound()
        self.addresses[sock] = sock.getsockname()
        return sock

    def address_of(self, sock: kit.Sock) -> kit.Address:
        # From a dict: qrtr_recvmsg() holds the lock of the socket while it waits, which would block getsockname.
        return self.addresses[sock]

    def test_qipcrtr_sendto_unbound_gets_port(self) -> None:
        a, b = self.open_bound(), self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        node, _ = a.getsockname()
        b.sendto(b"hello", a.getsockname())
        assert a.recvfrom(BUFFER_SIZE) == (b"hello", b.getsockname())
        assert b.getsockname()[0] == node
        assert b.getsockname()[1] >= 0x4000

    def test_qipcrtr_other_node_raises(self) -> None:
        sock = self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        node, _ = sock.getsockname()
        with pytest.raises(OSError) as caught:
            sock.bind((node + 1, next(ports)))
        assert caught.value.errno == errno.EINVAL
        with pytest.raises(ConnectionResetError):
            sock.sendto(b"hello", (node + 1, 5))

    def test_qipcrtr_bind_used_port_raises_eaddrinuse(self) -> None:
        a, b = self.open_bound(), self.open(sockcore.AF_QIPCRTR, sockcore.SOCK_DGRAM)
        with pytest.raises(OSError) as caught:
            b.bind(a.getsockname())
        assert caught.value.errno == errno.EADDRINUSE

    def test_qipcrtr_recvmsg_short_buffer_sets_msg_trunc(self) -> None:
        a, b = self.open_bound_pair()
        for size in (1, 3, 60000):
            self.send_and_check(a, b, bytes(size))
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


def name_service_address(sock: kit.Sock) -> kit.Address:
    """Return the address of the name service of this node."""
    return sock.getsockname()[0], sockcore.QRTR_PORT_CTRL


def register_service(sockets: Any, service: int, instance: int) -> kit.Sock:
    sock: kit.Sock = sockets()
    message = CTRL_SERVER.pack(sockcore.QRTR_TYPE_NEW_SERVER, service, instance, 0, 0)
    sock.sendto(message, name_service_address(sock))
    return sock


def look_up(sockets: Any, service: int, instance: int = 0) -> kit.Sock:
    sock: kit.Sock = sockets()
    sock.sendto(CTRL_SERVER.pack(sockcore.QRTR_TYPE_NEW_LOOKUP, service, instance, 0, 0), name_service_address(sock))
    return sock


def receive_event(sock: kit.Sock) -> tuple[int | bytes, ...]:
    data, sender = sock.recvfrom(BUFFER_SIZE)
    assert sender == name_service_address(sock)
    return CTRL_SERVER.unpack(data)


def test_qipcrtr_lookup_returns_address_of_service(sockets: Any) -> None:
    service = next(services)
    server = register_service(sockets, service, 0x101)
    client = look_up(sockets, service)
    assert receive_event(client) == (sockcore.QRTR_TYPE_NEW_SERVER, service, 0x101, *server.getsockname())
    # The end of the list.
    assert receive_event(client) == (sockcore.QRTR_TYPE_NEW_SERVER, 0, 0, 0, 0)
    # The server receives data at the reported address.
    client.sendto(b"hello", server.getsockname())
    assert server.recvfrom(BUFFER_SIZE) == (b"hello", client.getsockname())


def test_qipcrtr_lookup_reports_new_and_closed_services(sockets: Any) -> None:
    service = next(services)
    client = look_up(sockets, service, 7)
    assert receive_event(client) == (sockcore.QRTR_TYPE_NEW_SERVER, 0, 0, 0, 0)
    register_service(sockets, service, 8)
    server = register_service(sockets, service, 7)
    address = server.getsockname()
    assert receive_event(client) == (sockcore.QRTR_TYPE_NEW_SERVER, service, 7, *address)
    server.close()
    assert receive_event(client) == (sockcore.QRTR_TYPE_DEL_SERVER, service, 7, *address)


@pytest.mark.skipif(not shutil.which("qrtr-lookup"), reason="qrtr-lookup, of qrtr-tools, is not installed")
def test_qrtr_lookup_lists_service(sockets: Any) -> None:
    service = next(services)
    server = register_service(sockets, service, 0x201)
    node, port = server.getsockname()
    command = ["qrtr-lookup", str(service)]
    output = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    lines = [line.split() for line in output.splitlines() if line.split()[:1] == [str(service)]]
    assert [(line[0], line[-3], line[-2]) for line in lines] == [(str(service), str(node), str(port))] or [
        (str(node), str(port))
    ] == [tuple(line[3:5]) for line in lines], output
