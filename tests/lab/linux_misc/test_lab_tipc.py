"""AF_TIPC: connections and datagrams, topology service, groups, and returned messages."""

from __future__ import annotations

import errno
import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, ConnectedTests, DatagramTests

import sockcore
from sockcore import ancillary, options
from sockcore_linux_misc import tipc

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

services = itertools.count(18000)
SERVICE = 17999  # shared by sockets with different instances
RANGE, NAME, ID = sockcore.TIPC_ADDR_NAMESEQ, sockcore.TIPC_ADDR_NAME, sockcore.TIPC_ADDR_ID


class Tipc:
    """The description of all types."""

    family = "AF_TIPC"
    invalid_addresses = (
        (None, TypeError),
        ([RANGE, 18888, 1, 10], TypeError),
        ((RANGE, 18888, 1), TypeError),
        ((9, 18888, 1, 10), TypeError),
        ((RANGE, -1, 1, 10), OverflowError),
        ((RANGE, 18888, 1, 2**32), OverflowError),
        ((RANGE, 18888, 1, 10, 99), ValueError),
    )
    option = (int(sockcore.SOL_TIPC), int(sockcore.TIPC_IMPORTANCE), int(sockcore.TIPC_HIGH_IMPORTANCE))

    def free_address(self) -> kit.Address:
        return RANGE, next(services), 1, 10

    def open_service(self: Any, service: int, lower: int = 1, upper: int = 10, *scope: int) -> kit.Sock:
        sock: kit.Sock = self.open_unbound()
        sock.bind((RANGE, service, lower, upper, *scope))
        return sock


class Connected(Tipc, ConnectedTests):
    unsupported = {
        "half close": "tipc_shutdown() accepts only SHUT_RDWR",
        "end of file": "close without shutdown resets the connection",
    }

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        return sender.getsockname()

    def test_connection_addresses_match_both_ends(self) -> None:
        # The peer of a client is the accepted socket, not the listening one.
        client, connection, accepted = self.connect_to(self.open_server())
        assert accepted == connection.getpeername() == client.getsockname()
        assert client.getpeername() == connection.getsockname()
        assert accepted[0] == ID
        assert accepted[3:] == (0, 0)
        assert f"raddr={client.getpeername()}" in repr(client)

    def test_tipc_connect_by_name_reaches_server(self) -> None:
        service = next(services)
        server = self.open_service(service)
        server.listen()
        for instance in (1, 5, 10):
            client, connection, _ = self.connect_to(server, (NAME, service, instance, 0))
            self.send_and_check(client, connection, b"by name")
        with pytest.raises(OSError) as caught:
            self.open_client().connect((NAME, service, 11, 0))
        assert caught.value.errno == errno.EHOSTUNREACH

    def test_tipc_recvmsg_returns_name_of_connect(self) -> None:
        service = next(services)
        server = self.open_service(service)
        server.listen()
        client, connection, _ = self.connect_to(server, (NAME, service, 7, 0))
        client.send(b"hello")
        _, messages, _, _ = connection.recvmsg(100, 100)
        assert ancillary.decode(messages) == [("TIPC_DESTNAME", (service, 7, 7))]

    def test_tipc_shutdown_reports_end_of_file(self) -> None:
        client, connection, _ = self.connect_to(self.open_server())
        client.shutdown(sockcore.SHUT_RDWR)
        assert connection.recv(BUFFER_SIZE) == b""

    def test_tipc_close_resets_connection(self) -> None:
        client, connection, _ = self.connect_to(self.open_server())
        client.send(b"the last")
        client.close()
        assert connection.recv(BUFFER_SIZE) == b"the last"
        with pytest.raises(ConnectionResetError):
            connection.recv(BUFFER_SIZE)

    def test_tipc_sendall_transfers_all_data(self) -> None:
        a, b = self.open_pair()
        data = bytes(range(256)) * 200
        a.sendall(data)
        assert self.receive(b, len(data)) == data


class TestStream(Connected):
    type = "SOCK_STREAM"


class TestSeqpacket(Connected):
    type = "SOCK_SEQPACKET"


class Datagrams(Tipc, DatagramTests):
    unsupported = {"getpeername": "getpeername fails with ENOTCONN without a connection, also after connect"}


class TestRdm(Datagrams):
    type = "SOCK_RDM"

    def test_tipc_recvmsg_returns_destination_name(self) -> None:
        service = next(services)
        a, b = self.open_client(), self.open_service(service)
        for address, name in (
            ((NAME, service, 3, 0), [("TIPC_DESTNAME", (service, 3, 3))]),
            ((RANGE, service, 2, 5), [("TIPC_DESTNAME", (service, 2, 5))]),
            (b.getsockname(), []),
        ):
            a.sendto(b"hello", address)
            data, messages, _, sender = b.recvmsg(100, 100)
            assert (data, ancillary.decode(messages), sender) == (b"hello", name, a.getsockname())

    def test_tipc_sendto_range_reaches_overlapping_sockets(self) -> None:
        service = next(services)
        a = self.open_client()
        receivers = [self.open_service(service, lower, lower + 10) for lower in (1, 5, 100)]
        a.sendto(b"to all", (RANGE, service, 8, 50))
        for receiver in receivers[:2]:
            assert receiver.recvfrom(100) == (b"to all", a.getsockname())
        receivers[2].setblocking(False)
        with pytest.raises(BlockingIOError):
            receivers[2].recv(100)

    def test_tipc_undeliverable_message_is_returned(self) -> None:
        a, b = self.open_bound_pair()
        a.setsockopt(sockcore.SOL_TIPC, sockcore.TIPC_DEST_DROPPABLE, 0)
        closed_address = b.getsockname()
        a.sendto(b"is anybody there", closed_address)
        b.close()
        data, messages, _, address = a.recvmsg(100, 200)
        assert (data, address) == (b"", closed_address)
        assert ancillary.decode(messages) == [
            ("TIPC_ERRINFO", (sockcore.TIPC_ERR_NO_PORT, 16)),
            ("TIPC_RETDATA", b"is anybody there"),
        ]

    def test_tipc_bind_negative_scope_withdraws_name(self) -> None:
        service = next(services)
        a, b = self.open_client(), self.open_service(service, 1, 10, sockcore.TIPC_NODE_SCOPE)
        a.sendto(b"hello", (NAME, service, 5, 0))
        assert b.recv(100) == b"hello"
        b.bind((RANGE, service, 1, 10, -sockcore.TIPC_NODE_SCOPE))
        with pytest.raises(OSError) as caught:
            a.sendto(b"hello", (NAME, service, 5, 0))
        assert caught.value.errno == errno.EHOSTUNREACH

    def test_tipc_bind_name_receives_messages(self) -> None:
        service = next(services)
        b = self.open_client()
        b.bind((NAME, service, 5, 0))
        self.open_client().sendto(b"hello", (NAME, service, 5, 0))
        assert b.recv(100) == b"hello"

    def test_tipc_bind_reserved_type_raises_permission_error(self) -> None:
        with pytest.raises(PermissionError):
            self.open_service(sockcore.TIPC_RESERVED_TYPES - 1)


class TestDgram(Datagrams):
    type = "SOCK_DGRAM"


class TestRdmByName(Datagrams):
    type = "SOCK_RDM"

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        # The reference of the socket is unique, and is used as instance.
        pair = self.open_client(), self.open_client()
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

    def open_socket(type: int) -> kit.Sock:
        opened.append(sockcore.socket(sockcore.AF_TIPC, type))
        opened[-1].settimeout(LIMIT)
        return opened[-1]

    yield open_socket
    for sock in opened:
        sock.close()


def subscribe(sockets: Any, service: int, timeout: int = sockcore.TIPC_WAIT_FOREVER) -> kit.Sock:
    sock: kit.Sock = sockets(sockcore.SOCK_SEQPACKET)
    sock.connect((NAME, sockcore.TIPC_TOP_SRV, sockcore.TIPC_TOP_SRV, 0))
    flags = sockcore.TIPC_SUB_PORTS
    sock.send(tipc.SUBSCR.pack(service, 0, 2**32 - 1, timeout & 0xFFFFFFFF, flags, b"handle"))
    return sock


def receive_event(sock: kit.Sock) -> dict[str, Any]:
    data = sock.recv(BUFFER_SIZE)
    assert len(data) == tipc.EVENT.size
    return dict(zip(tipc.EVENT.offsets(), tipc.EVENT.unpack(data)))


def test_tipc_topology_service_reports_published_and_withdrawn(sockets: Any) -> None:
    service = next(services)
    subscriber = subscribe(sockets, service)
    server = sockets(sockcore.SOCK_RDM)
    server.bind((RANGE, service, 3, 9))
    _, node, reference, _, _ = server.getsockname()
    published = receive_event(subscriber)
    assert published["event"] == sockcore.TIPC_PUBLISHED
    assert (published["found_lower"], published["found_upper"]) == (3, 9)
    assert (published["port.node"], published["port.ref"]) == (node, reference)
    assert (published["s.seq.type"], published["s.usr_handle"]) == (service, b"handle\0\0")
    server.close()
    withdrawn = receive_event(subscriber)
    assert (withdrawn["event"], withdrawn["found_lower"], withdrawn["found_upper"]) == (sockcore.TIPC_WITHDRAWN, 3, 9)


def test_tipc_topology_service_reports_timeout(sockets: Any) -> None:
    subscriber = subscribe(sockets, next(services), 50)
    assert receive_event(subscriber)["event"] == sockcore.TIPC_SUBSCR_TIMEOUT


def test_tipc_group_delivers_to_members(sockets: Any) -> None:
    group = next(services)
    members = [sockets(sockcore.SOCK_RDM) for _ in range(3)]
    for number, member in enumerate(members):
        assert options.read(member, sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN) == 0
        request = (group, number, sockcore.TIPC_NODE_SCOPE, sockcore.TIPC_GROUP_MEMBER_EVTS)
        options.write(member, sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN, request)
        assert options.read(member, sockcore.SOL_TIPC, sockcore.TIPC_GROUP_JOIN) == group
    # Each member receives an out-of-band event without data for each other member.
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


def list_bindings(service: int) -> list[list[str]]:
    command = ["tipc", "nametable", "show"]
    output = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    return [line.split() for line in output.splitlines() if line.split()[:1] == [str(service)]]


@pytest.mark.skipif(not shutil.which("tipc"), reason="tipc(8), of iproute2, is not installed")
def test_tipc_bindings_match_name_table_of_iproute2(sockets: Any) -> None:
    service = next(services)
    sock = sockets(sockcore.SOCK_RDM)
    reference = str(sock.getsockname()[2])
    sock.bind((RANGE, service, 1, 10))
    sock.bind((RANGE, service, 20, 29, sockcore.TIPC_NODE_SCOPE))
    bindings = {tuple(line[:5]) for line in list_bindings(service)}
    assert bindings == {
        (str(service), "1", "10", "cluster", reference),
        (str(service), "20", "29", "node", reference),
    }
    sock.bind((RANGE, service, 1, 10, -sockcore.TIPC_CLUSTER_SCOPE))
    assert [line[1:4] for line in list_bindings(service)] == [["20", "29", "node"]]
