"""AF_VSOCK: streams and packets on the loopback device, options as values, other programs as peers."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import shutil
import struct
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, ConnectedTests, running_in_thread

import sockcore
from sockcore import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

ports = itertools.count(20000)
ANY, LOCAL = sockcore.VMADDR_CID_ANY, sockcore.VMADDR_CID_LOCAL
LEVEL = sockcore.AF_VSOCK
TIMEOUTS = ("SO_VM_SOCKETS_CONNECT_TIMEOUT", "SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW")


class Vsock(ConnectedTests):
    family = "AF_VSOCK"
    invalid_addresses = (
        (None, TypeError),
        ([1, 2], TypeError),
        ((1,), TypeError),
        (("1", 2), TypeError),
        ((1, -2), OverflowError),
        ((2**32, 1), OverflowError),
    )
    option = (int(LEVEL), int(sockcore.SO_VM_SOCKETS_BUFFER_SIZE), struct.pack("=Q", 65536))

    def free_address(self) -> kit.Address:
        return ANY, next(ports)

    def server_address(self, server: kit.Sock) -> kit.Address:
        cid, port = server.getsockname()
        assert cid == ANY
        return LOCAL, port

    def accepted_address(self, client: kit.Sock) -> kit.Address:
        # The client is not bound, and has no cid.
        cid, port = client.getsockname()
        assert cid == ANY
        return LOCAL, port

    def test_vsock_addresses_of_connection_have_cids(self) -> None:
        server = self.open_server()
        client, connection, accepted = self.connect_to(server)
        port = server.getsockname()[1]
        assert server.getsockname() == (ANY, port)
        assert connection.getsockname() == client.getpeername() == (LOCAL, port)
        assert accepted == connection.getpeername() == (LOCAL, client.getsockname()[1])

    def test_vsock_bind_port_any_gets_port(self) -> None:
        for port in (sockcore.VMADDR_PORT_ANY, -1):
            sock = self.open_client()
            sock.bind((ANY, port))
            assert 1023 < sock.getsockname()[1] < 2**32 - 1
        sock = self.open_client()
        sock.bind((-1, next(ports)))
        assert sock.getsockname()[0] == ANY

    def test_vsock_bind_local_cid_accepts_connections(self) -> None:
        server = self.open_client()
        server.bind((LOCAL, next(ports)))
        server.listen()
        client, connection, _ = self.connect_to(server, server.getsockname())
        self.send_and_check(client, connection, b"hello")

    def test_vsock_connect_without_server_raises(self) -> None:
        with pytest.raises(ConnectionResetError):
            self.open_client().connect((LOCAL, next(ports)))
        with pytest.raises(OSError) as caught:
            self.open_client().connect((77, next(ports)))
        assert caught.value.errno in (errno.ENODEV, errno.ENETUNREACH)

    def test_vsock_bind_used_port_raises_eaddrinuse(self) -> None:
        server = self.open_server()
        with pytest.raises(OSError) as caught:
            self.open_client().bind(server.getsockname())
        assert caught.value.errno == errno.EADDRINUSE

    def test_vsock_buffer_sizes_are_read_back(self) -> None:
        sock = self.open_client()
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MAX_SIZE, 2**33)
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MIN_SIZE, 4096)
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE, 2**32 + 4096)
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MAX_SIZE) == 2**33
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MIN_SIZE) == 4096
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE) == 2**32 + 4096
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE, 1)
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE) == 4096

    @pytest.mark.parametrize("name", TIMEOUTS)
    def test_vsock_connect_timeout_is_read_back(self, name: str) -> None:
        sock = self.open_client()
        assert options.read(sock, LEVEL, getattr(sockcore, name)) == 2.0  # the kernel's default
        options.write(sock, LEVEL, getattr(sockcore, name), 7.5)
        # Both options read and write the same value in different formats.
        assert [options.read(sock, LEVEL, getattr(sockcore, other)) for other in TIMEOUTS] == [7.5, 7.5]
        options.write(sock, LEVEL, getattr(sockcore, name), 0)
        assert options.read(sock, LEVEL, getattr(sockcore, name)) == 2.0

    def test_vsock_data_before_shutdown_are_delivered(self) -> None:
        a, b = self.open_pair()
        a.sendall(b"the last")
        a.shutdown(sockcore.SHUT_WR)
        assert [b.recv(BUFFER_SIZE), b.recv(BUFFER_SIZE)] == [b"the last", b""]
        b.sendall(b"and an answer")
        b.close()
        assert [a.recv(BUFFER_SIZE), a.recv(BUFFER_SIZE)] == [b"and an answer", b""]


class TestStream(Vsock):
    type = int(sockcore.SOCK_STREAM)

    def test_vsock_sendall_beyond_buffer_size_delivers_data(self) -> None:
        a, b = self.open_pair()
        data = os.urandom(1 << 20)
        with running_in_thread(a.sendall, data):
            assert self.receive(b, len(data)) == data

    def test_vsock_sendall_without_receiver_times_out(self) -> None:
        a, _ = self.open_pair()
        a.settimeout(0.05)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            a.sendall(bytes(1 << 22))
        assert time.monotonic() - began >= 0.05

    def test_vsock_server_accepts_many_clients(self) -> None:
        server = self.open_server()
        connections: list[kit.Sock] = []
        threads = [threading.Thread(target=self.run_client, args=(server, number)) for number in range(50)]
        for thread in threads:
            thread.start()
        for _ in threads:
            connection, _ = server.accept()
            connections.append(self.close_at_end(connection))
            connection.sendall(connection.recv(BUFFER_SIZE))
        for thread in threads:
            thread.join(LIMIT)
            assert not thread.is_alive()
        assert sorted(self.replies) == [b"client %d" % number for number in sorted(range(50), key=str)]

    replies: list[bytes]

    @pytest.fixture(autouse=True)
    def _reset_replies(self) -> None:
        self.replies = []

    def run_client(self, server: kit.Sock, number: int) -> None:
        with sockcore.socket(sockcore.AF_VSOCK, self.type) as client:
            client.settimeout(LIMIT)
            client.connect(self.server_address(server))
            client.sendall(b"client %d" % number)
            self.replies.append(client.recv(BUFFER_SIZE))


class TestSeqpacket(Vsock):
    type = int(sockcore.SOCK_SEQPACKET)
    unsupported = {"peek": "virtio_transport_seqpacket_dequeue() of this kernel refuses MSG_PEEK"}

    @pytest.mark.parametrize("method", ["send", "sendall", "sendmsg", "makefile"])
    def test_vsock_msg_eor_marks_end_of_record(self, method: str) -> None:
        a, b = self.open_pair()
        if method == "makefile":
            with a.makefile("wb", buffering=0) as writing:
                writing.write(b"hello")
        else:
            getattr(a, method)([b"hello"] if method == "sendmsg" else b"hello")
        assert b.recvmsg(100) == (b"hello", [], 0, None)
        a.send(b"the end", sockcore.MSG_EOR)
        assert b.recvmsg(100) == (b"the end", [], sockcore.MSG_EOR, None)

    def test_vsock_packets_keep_boundaries(self) -> None:
        a, b = self.open_pair()
        for size in (1, 10, 1000, 50000):
            a.sendall(bytes(size))
        assert [len(b.recv(BUFFER_SIZE)) for _ in range(4)] == [1, 10, 1000, 50000]

    def test_vsock_recvmsg_short_buffer_sets_msg_trunc(self) -> None:
        a, b = self.open_pair()
        a.sendall(b"a long packet")
        data, _, flags, _ = b.recvmsg(6)
        assert (data, bool(flags & sockcore.MSG_TRUNC)) == (b"a long", True)


def test_vsock_local_cid_ioctl_returns_loopback() -> None:
    with open("/dev/vsock", "rb") as device:
        serve_one = fcntl.ioctl(device, sockcore.IOCTL_VM_SOCKETS_GET_LOCAL_CID, bytes(4))
    (cid,) = struct.unpack("=I", serve_one)
    assert cid == LOCAL  # the loopback device is the only one


# ---------------------------------------------------------------------- other programs


@pytest.fixture
def server() -> Iterator[Any]:
    with sockcore.socket(sockcore.AF_VSOCK, sockcore.SOCK_STREAM) as sock:
        sock.settimeout(LIMIT)
        sock.bind((ANY, next(ports)))
        sock.listen()
        yield sock


def serve_one(server: kit.Sock) -> None:
    connection, _ = server.accept()
    with connection:
        connection.settimeout(LIMIT)
        request = connection.recv(BUFFER_SIZE)
        connection.sendall(request.upper())


def connect_when_listening(port: int) -> kit.Sock:
    deadline = time.monotonic() + LIMIT
    while True:
        sock = sockcore.socket(sockcore.AF_VSOCK, sockcore.SOCK_STREAM)
        sock.settimeout(LIMIT)
        try:
            sock.connect((LOCAL, port))
        except ConnectionResetError:
            sock.close()
            assert time.monotonic() < deadline, "the other program does not listen"
            time.sleep(0.05)
        else:
            return sock


CLIENTS = {"socat": ["socat", "-", "VSOCK-CONNECT:1:{port}"], "ncat": ["ncat", "--vsock", "1", "{port}"]}
SERVERS = {
    "socat": ["socat", "VSOCK-LISTEN:{port}", "EXEC:cat"],
    "ncat": ["ncat", "--vsock", "-l", "{port}", "-e", "/bin/cat"],
}


def command_for_port(words: list[str], port: int) -> list[str]:
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    return [word.format(port=port) for word in words]


@pytest.mark.parametrize("program", CLIENTS)
def test_vsock_accept_from_program_transfers_data(program: str, server: kit.Sock) -> None:
    arguments = command_for_port(CLIENTS[program], server.getsockname()[1])
    with running_in_thread(serve_one, server):
        done = subprocess.run(arguments, input=b"hello", stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    assert done.stdout == b"HELLO"


@pytest.mark.parametrize("program", SERVERS)
def test_vsock_connect_to_program_transfers_data(program: str) -> None:
    port = next(ports)
    with subprocess.Popen(command_for_port(SERVERS[program], port)) as peer:
        try:
            with connect_when_listening(port) as sock:
                sock.sendall(b"hello")
                assert sock.recv(BUFFER_SIZE) == b"hello"
        finally:
            peer.kill()


@pytest.mark.skipif(not shutil.which("ss"), reason="ss(8), of iproute2, is not installed")
def test_vsock_listening_socket_is_listed_by_ss(server: kit.Sock) -> None:
    done = subprocess.run(["ss", "--vsock", "-l", "-n"], capture_output=True, text=True, timeout=LIMIT, check=True)
    assert f"*:{server.getsockname()[1]}" in done.stdout
