"""AF_TIPC: streams, packets and datagrams by socket, name and range, the topology service, groups, what comes back."""

from __future__ import annotations

import errno
import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from kit import LIMIT, ROOM, ConnectedTests, DatagramTests

import sockcore
from sockcore import ancillary, options
from sockcore_linux_misc import tipc

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

services = itertools.count(18000)
SERVICE = 17999  # of sockets whose instances differ
RANGE, NAME, ID = sockcore.TIPC_ADDR_NAMESEQ, sockcore.TIPC_ADDR_NAME, sockcore.TIPC_ADDR_ID


class Tipc:
    """What the types have in common; addresses are those of sockets."""

    type: int
    wrong = (
        (None, TypeError),
        ([RANGE, 18888, 1, 10], TypeError),
        ((RANGE, 18888, 1), TypeError),
        ((9, 18888, 1, 10), TypeError),
        ((RANGE, -1, 1, 10), OverflowError),
        ((RANGE, 18888, 1, 2**32), OverflowError),
        ((RANGE, 18888, 1, 10, 99), ValueError),
    )
    option = (int(sockcore.SOL_TIPC), int(sockcore.TIPC_IMPORTANCE), int(sockcore.TIPC_HIGH_IMPORTANCE))

    def client(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(sockcore.AF_TIPC, self.type)
        return sock

    def bound(self: Any, service: int, lower: int = 1, upper: int = 10, *scope: int) -> kit.Sock:
        sock: kit.Sock = self.client()
        sock.bind((RANGE, service, lower, upper, *scope))
        return sock


class Connected(Tipc, ConnectedTests):
    lacks = {
        "half close": "tipc_shutdown() takes SHUT_RDWR alone",
        "end of file": "a socket that is closed without shutdown resets the connection",
    }

    def server(self) -> kit.Sock:
        sock = self.bound(next(services))
        sock.listen()
        return sock

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        return sender.getsockname()

    def test_the_addresses_of_a_connection(self) -> None:
        # The peer of a client is not the socket that listens but the one that was accepted.
        client, connection, accepted = self.join(self.server())
        assert accepted == connection.getpeername() == client.getsockname()
        assert client.getpeername() == connection.getsockname()
        assert accepted[0] == ID
        assert accepted[3:] == (0, 0)
        assert f"raddr={client.getpeername()}" in repr(client)

    def test_by_name(self) -> None:
        service = next(services)
        server = self.bound(service)
        server.listen()
        for instance in (1, 5, 10):
            client, connection, _ = self.join(server, (NAME, service, instance, 0))
            self.deliver(client, connection, b"by name")
        with pytest.raises(OSError) as caught:
            self.client().connect((NAME, service, 11, 0))
        assert caught.value.errno == errno.EHOSTUNREACH

    def test_the_name_that_was_called(self) -> None:
        service = next(services)
        server = self.bound(service)
        server.listen()
        client, connection, _ = self.join(server, (NAME, service, 7, 0))
        client.send(b"hello")
        _, messages, _, _ = connection.recvmsg(100, 100)
        assert ancillary.decode(messages) == [("TIPC_DESTNAME", (service, 7, 7))]

    def test_shutdown(self) -> None:
        client, connection, _ = self.join(self.server())
        client.shutdown(sockcore.SHUT_RDWR)
        assert connection.recv(ROOM) == b""

    def test_closed_without_shutdown(self) -> None:
        client, connection, _ = self.join(self.server())
        client.send(b"the last")
        client.close()
        assert connection.recv(ROOM) == b"the last"
        with pytest.raises(ConnectionResetError):
            connection.recv(ROOM)

    def test_much(self) -> None:
        a, b = self.two()
        data = bytes(range(256)) * 200
        a.sendall(data)
        assert self.receive(b, len(data)) == data


class TestStream(Connected):
    type = int(sockcore.SOCK_STREAM)


class TestSeqpacket(Connected):
    type = int(sockcore.SOCK_SEQPACKET)


class Datagrams(Tipc, DatagramTests):
    lacks = {"getpeername": "TIPC has none without a connection, ENOTCONN, though connect names where to send"}

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.bound(next(services)), self.bound(next(services))


class TestRdm(Datagrams):
    type = int(sockcore.SOCK_RDM)

    def test_the_name_that_a_message_was_for(self) -> None:
        service = next(services)
        a, b = self.client(), self.bound(service)
        for address, name in (
            ((NAME, service, 3, 0), [("TIPC_DESTNAME", (service, 3, 3))]),
            ((RANGE, service, 2, 5), [("TIPC_DESTNAME", (service, 2, 5))]),
            (b.getsockname(), []),
        ):
            a.sendto(b"hello", address)
            data, messages, _, sender = b.recvmsg(100, 100)
            assert (data, ancillary.decode(messages), sender) == (b"hello", name, a.getsockname())

    def test_a_message_to_all(self) -> None:
        service = next(services)
        a = self.client()
        receivers = [self.bound(service, lower, lower + 10) for lower in (1, 5, 100)]
        a.sendto(b"to all", (RANGE, service, 8, 50))
        for receiver in receivers[:2]:
            assert receiver.recvfrom(100) == (b"to all", a.getsockname())
        receivers[2].setblocking(False)
        with pytest.raises(BlockingIOError):
            receivers[2].recv(100)

    def test_a_message_that_comes_back(self) -> None:
        a, b = self.pair()
        a.setsockopt(sockcore.SOL_TIPC, sockcore.TIPC_DEST_DROPPABLE, 0)
        lost = b.getsockname()
        a.sendto(b"is anybody there", lost)
        b.close()
        data, messages, _, address = a.recvmsg(100, 200)
        assert (data, address) == (b"", lost)
        assert ancillary.decode(messages) == [
            ("TIPC_ERRINFO", (sockcore.TIPC_ERR_NO_PORT, 16)),
            ("TIPC_RETDATA", b"is anybody there"),
        ]

    def test_names_come_and_go(self) -> None:
        service = next(services)
        a, b = self.client(), self.bound(service, 1, 10, sockcore.TIPC_NODE_SCOPE)
        a.sendto(b"hello", (NAME, service, 5, 0))
        assert b.recv(100) == b"hello"
        b.bind((RANGE, service, 1, 10, -sockcore.TIPC_NODE_SCOPE))
        with pytest.raises(OSError) as caught:
            a.sendto(b"hello", (NAME, service, 5, 0))
        assert caught.value.errno == errno.EHOSTUNREACH

    def test_one_instance_is_a_range(self) -> None:
        service = next(services)
        b = self.client()
        b.bind((NAME, service, 5, 0))
        self.client().sendto(b"hello", (NAME, service, 5, 0))
        assert b.recv(100) == b"hello"

    def test_names_that_are_the_kernels(self) -> None:
        with pytest.raises(PermissionError):
            self.bound(sockcore.TIPC_RESERVED_TYPES - 1)


class TestDgram(Datagrams):
    type = int(sockcore.SOCK_DGRAM)


class TestRdmByName(Datagrams):
    type = int(sockcore.SOCK_RDM)

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        # An instance is as good as any number: that of the socket tells it from all others.
        pair = self.client(), self.client()
        for sock in pair:
            _, _, reference, _, _ = sock.getsockname()
            sock.bind((NAME, SERVICE, reference, 0))
        return pair

    def address_of(self, sock: kit.Sock) -> kit.Address:
        return NAME, SERVICE, sock.getsockname()[2], 0

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        return sender.getsockname()


@pytest.fixture
def sockets() -> Iterator[Any]:
    opened = []

    def open_socket(kind: int) -> kit.Sock:
        opened.append(sockcore.socket(sockcore.AF_TIPC, kind))
        opened[-1].settimeout(LIMIT)
        return opened[-1]

    yield open_socket
    for sock in opened:
        sock.close()


def subscribed(sockets: Any, service: int, timeout: int = sockcore.TIPC_WAIT_FOREVER) -> kit.Sock:
    sock: kit.Sock = sockets(sockcore.SOCK_SEQPACKET)
    sock.connect((NAME, sockcore.TIPC_TOP_SRV, sockcore.TIPC_TOP_SRV, 0))
    kind = sockcore.TIPC_SUB_PORTS
    sock.send(tipc.SUBSCR.pack(service, 0, 2**32 - 1, timeout & 0xFFFFFFFF, kind, b"handle"))
    return sock


def event(sock: kit.Sock) -> dict[str, Any]:
    data = sock.recv(ROOM)
    assert len(data) == tipc.EVENT.size
    return dict(zip(tipc.EVENT.offsets(), tipc.EVENT.unpack(data)))


def test_the_topology_service_tells_what_comes_and_goes(sockets: Any) -> None:
    service = next(services)
    watching = subscribed(sockets, service)
    server = sockets(sockcore.SOCK_RDM)
    server.bind((RANGE, service, 3, 9))
    _, node, reference, _, _ = server.getsockname()
    came = event(watching)
    assert came["event"] == sockcore.TIPC_PUBLISHED
    assert (came["found_lower"], came["found_upper"]) == (3, 9)
    assert (came["port.node"], came["port.ref"]) == (node, reference)
    assert (came["s.seq.type"], came["s.usr_handle"]) == (service, b"handle\0\0")
    server.close()
    went = event(watching)
    assert (went["event"], went["found_lower"], went["found_upper"]) == (sockcore.TIPC_WITHDRAWN, 3, 9)


def test_the_topology_service_tells_that_nothing_came(sockets: Any) -> None:
    watching = subscribed(sockets, next(services), 50)
    assert event(watching)["event"] == sockcore.TIPC_SUBSCR_TIMEOUT


def test_a_group(sockets: Any) -> None:
    group = next(services)
    members = [sockets(sockcore.SOCK_RDM) for _ in range(3)]
    for number, member in enumerate(members):
        assert options.read(member, sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN) == 0
        wish = (group, number, sockcore.TIPC_NODE_SCOPE, sockcore.TIPC_GROUP_MEMBER_EVTS)
        options.write(member, sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN, wish)
        assert options.read(member, sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN) == group
    # Each is told of the two others, out of band, by an event without data.
    for member in members:
        others = set()
        for _ in range(2):
            data, _, flags, sender = member.recvmsg(100)
            assert (data, bool(flags & sockcore.MSG_OOB), bool(flags & sockcore.MSG_EOR)) == (b"", True, False)
            others.add(sender)
        assert others == {other.getsockname() for other in members if other is not member}
    members[0].send(b"to all of us")
    members[0].sendto(b"to you", (NAME, group, 2, 0))
    assert members[1].recvfrom(100) == (b"to all of us", members[0].getsockname())
    assert [members[2].recv(100) for _ in range(2)] == [b"to all of us", b"to you"]
    members[1].setsockopt(sockcore.SOL_TIPC, sockcore.TIPC_GROUP_LEAVE, None, 0)
    assert options.read(members[1], sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN) == 0


def listed(service: int) -> list[list[str]]:
    command = ["tipc", "nametable", "show"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    return [line.split() for line in printed.splitlines() if line.split()[:1] == [str(service)]]


@pytest.mark.skipif(not shutil.which("tipc"), reason="tipc(8), of iproute2, is not here")
def test_the_name_table_of_iproute2(sockets: Any) -> None:
    service = next(services)
    sock = sockets(sockcore.SOCK_RDM)
    reference = str(sock.getsockname()[2])
    sock.bind((RANGE, service, 1, 10))
    sock.bind((RANGE, service, 20, 29, sockcore.TIPC_NODE_SCOPE))
    found = {tuple(line[:5]) for line in listed(service)}
    assert found == {
        (str(service), "1", "10", "cluster", reference),
        (str(service), "20", "29", "node", reference),
    }
    sock.bind((RANGE, service, 1, 10, -sockcore.TIPC_CLUSTER_SCOPE))
    assert [line[1:4] for line in listed(service)] == [["20", "29", "node"]]
