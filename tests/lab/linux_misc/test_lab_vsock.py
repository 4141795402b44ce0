"""AF_VSOCK: streams and packets through the loopback device, options as values, other programs at the other end."""

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
from kit import LIMIT, ROOM, ConnectedTests, meanwhile

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
    type: int
    wrong = (
        (None, TypeError),
        ([1, 2], TypeError),
        ((1,), TypeError),
        (("1", 2), TypeError),
        ((1, -2), OverflowError),
        ((2**32, 1), OverflowError),
    )
    option = (int(LEVEL), int(sockcore.SO_VM_SOCKETS_BUFFER_SIZE), struct.pack("=Q", 65536))

    def client(self) -> kit.Sock:
        return self.open(sockcore.AF_VSOCK, self.type)

    def server(self) -> kit.Sock:
        sock = self.client()
        sock.bind((ANY, next(ports)))
        sock.listen()
        return sock

    def address(self, server: kit.Sock) -> kit.Address:
        cid, port = server.getsockname()
        assert cid == ANY
        return LOCAL, port

    def accepted_address(self, client: kit.Sock) -> kit.Address:
        # A client knows no cid of its own: it has not been bound.
        cid, port = client.getsockname()
        assert cid == ANY
        return LOCAL, port

    def test_cids(self) -> None:
        server = self.server()
        client, connection, accepted = self.join(server)
        port = server.getsockname()[1]
        assert server.getsockname() == (ANY, port)
        assert connection.getsockname() == client.getpeername() == (LOCAL, port)
        assert accepted == connection.getpeername() == (LOCAL, client.getsockname()[1])

    def test_a_port_of_the_kernels_choice(self) -> None:
        for port in (sockcore.VMADDR_PORT_ANY, -1):
            sock = self.client()
            sock.bind((ANY, port))
            assert 1023 < sock.getsockname()[1] < 2**32 - 1
        sock = self.client()
        sock.bind((-1, next(ports)))
        assert sock.getsockname()[0] == ANY

    def test_bound_to_the_loopback_device_alone(self) -> None:
        server = self.client()
        server.bind((LOCAL, next(ports)))
        server.listen()
        client, connection, _ = self.join(server, server.getsockname())
        self.deliver(client, connection, b"hello")

    def test_nobody_listens(self) -> None:
        with pytest.raises(ConnectionResetError):
            self.client().connect((LOCAL, next(ports)))
        with pytest.raises(OSError) as caught:
            self.client().connect((77, next(ports)))
        assert caught.value.errno in (errno.ENODEV, errno.ENETUNREACH)

    def test_a_port_in_use(self) -> None:
        server = self.server()
        with pytest.raises(OSError) as caught:
            self.client().bind(server.getsockname())
        assert caught.value.errno == errno.EADDRINUSE

    def test_buffer_sizes(self) -> None:
        sock = self.client()
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MAX_SIZE, 2**33)
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MIN_SIZE, 4096)
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE, 2**32 + 4096)
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MAX_SIZE) == 2**33
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_MIN_SIZE) == 4096
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE) == 2**32 + 4096
        options.write(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE, 1)
        assert options.read(sock, LEVEL, sockcore.SO_VM_SOCKETS_BUFFER_SIZE) == 4096

    @pytest.mark.parametrize("name", TIMEOUTS)
    def test_the_timeout_of_connect(self, name: str) -> None:
        sock = self.client()
        assert options.read(sock, LEVEL, getattr(sockcore, name)) == 2.0  # the kernel's default
        options.write(sock, LEVEL, getattr(sockcore, name), 7.5)
        # One value with two formats.
        assert [options.read(sock, LEVEL, getattr(sockcore, other)) for other in TIMEOUTS] == [7.5, 7.5]
        options.write(sock, LEVEL, getattr(sockcore, name), 0)
        assert options.read(sock, LEVEL, getattr(sockcore, name)) == 2.0

    def test_what_was_sent_before_the_end(self) -> None:
        a, b = self.two()
        a.sendall(b"the last")
        a.shutdown(sockcore.SHUT_WR)
        assert [b.recv(ROOM), b.recv(ROOM)] == [b"the last", b""]
        b.sendall(b"and an answer")
        b.close()
        assert [a.recv(ROOM), a.recv(ROOM)] == [b"and an answer", b""]


class TestStream(Vsock):
    type = int(sockcore.SOCK_STREAM)

    def test_more_than_the_buffers_hold(self) -> None:
        a, b = self.two()
        data = os.urandom(1 << 20)
        with meanwhile(a.sendall, data):
            assert self.receive(b, len(data)) == data

    def test_a_timeout_of_sending(self) -> None:
        a, _ = self.two()
        a.settimeout(0.05)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            a.sendall(bytes(1 << 22))
        assert 0.05 <= time.monotonic() - began < LIMIT / 2

    def test_a_server_for_many(self) -> None:
        server = self.server()
        connections: list[kit.Sock] = []
        threads = [threading.Thread(target=self.talk, args=(server, number)) for number in range(50)]
        for thread in threads:
            thread.start()
        for _ in threads:
            connection, _ = server.accept()
            connections.append(self.keep(connection))
            connection.sendall(connection.recv(ROOM))
        for thread in threads:
            thread.join(LIMIT)
            assert not thread.is_alive()
        assert sorted(self.heard) == [b"client %d" % number for number in sorted(range(50), key=str)]

    heard: list[bytes]

    @pytest.fixture(autouse=True)
    def _nothing_heard(self) -> None:
        self.heard = []

    def talk(self, server: kit.Sock, number: int) -> None:
        with sockcore.socket(sockcore.AF_VSOCK, self.type) as client:
            client.settimeout(LIMIT)
            client.connect(self.address(server))
            client.sendall(b"client %d" % number)
            self.heard.append(client.recv(ROOM))


class TestSeqpacket(Vsock):
    type = int(sockcore.SOCK_SEQPACKET)
    lacks = {"peek": "virtio_transport_seqpacket_dequeue() of this kernel refuses MSG_PEEK"}

    @pytest.mark.parametrize("method", ["send", "sendall", "sendmsg", "makefile"])
    def test_a_record_ends_only_if_the_sender_says_so(self, method: str) -> None:
        a, b = self.two()
        if method == "makefile":
            with a.makefile("wb", buffering=0) as writing:
                writing.write(b"hello")
        else:
            getattr(a, method)([b"hello"] if method == "sendmsg" else b"hello")
        assert b.recvmsg(100) == (b"hello", [], 0, None)
        a.send(b"the end", sockcore.MSG_EOR)
        assert b.recvmsg(100) == (b"the end", [], sockcore.MSG_EOR, None)

    def test_packets_keep_their_bounds(self) -> None:
        a, b = self.two()
        for size in (1, 10, 1000, 50000):
            a.sendall(bytes(size))
        assert [len(b.recv(ROOM)) for _ in range(4)] == [1, 10, 1000, 50000]

    def test_a_packet_that_is_cut(self) -> None:
        a, b = self.two()
        a.sendall(b"a long packet")
        data, _, flags, _ = b.recvmsg(6)
        assert (data, bool(flags & sockcore.MSG_TRUNC)) == (b"a long", True)


def test_the_cid_of_this_machine() -> None:
    with open("/dev/vsock", "rb") as device:
        answer = fcntl.ioctl(device, sockcore.IOCTL_VM_SOCKETS_GET_LOCAL_CID, bytes(4))
    (cid,) = struct.unpack("=I", answer)
    assert cid == LOCAL  # there is the loopback device, and no other


# ---------------------------------------------------------------------- other programs


@pytest.fixture
def server() -> Iterator[Any]:
    with sockcore.socket(sockcore.AF_VSOCK, sockcore.SOCK_STREAM) as sock:
        sock.settimeout(LIMIT)
        sock.bind((ANY, next(ports)))
        sock.listen()
        yield sock


def answer(server: kit.Sock) -> None:
    connection, _ = server.accept()
    with connection:
        connection.settimeout(LIMIT)
        heard = connection.recv(ROOM)
        connection.sendall(heard.upper())


def connected(port: int) -> kit.Sock:
    until = time.monotonic() + LIMIT
    while True:
        sock = sockcore.socket(sockcore.AF_VSOCK, sockcore.SOCK_STREAM)
        sock.settimeout(LIMIT)
        try:
            sock.connect((LOCAL, port))
        except ConnectionResetError:
            sock.close()
            assert time.monotonic() < until, "the other program does not listen"
            time.sleep(0.05)
        else:
            return sock


CLIENTS = {"socat": ["socat", "-", "VSOCK-CONNECT:1:{port}"], "ncat": ["ncat", "--vsock", "1", "{port}"]}
SERVERS = {
    "socat": ["socat", "VSOCK-LISTEN:{port}", "EXEC:cat"],
    "ncat": ["ncat", "--vsock", "-l", "{port}", "-e", "/bin/cat"],
}


def command(words: list[str], port: int) -> list[str]:
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not here")
    return [word.format(port=port) for word in words]


@pytest.mark.parametrize("program", CLIENTS)
def test_another_program_connects(program: str, server: kit.Sock) -> None:
    words = command(CLIENTS[program], server.getsockname()[1])
    with meanwhile(answer, server):
        done = subprocess.run(words, input=b"hello", stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    assert done.stdout == b"HELLO"


@pytest.mark.parametrize("program", SERVERS)
def test_another_program_accepts(program: str) -> None:
    port = next(ports)
    with subprocess.Popen(command(SERVERS[program], port)) as peer:
        try:
            with connected(port) as sock:
                sock.sendall(b"hello")
                assert sock.recv(ROOM) == b"hello"
        finally:
            peer.kill()


@pytest.mark.skipif(not shutil.which("ss"), reason="ss(8), of iproute2, is not here")
def test_ss_lists_what_is_bound(server: kit.Sock) -> None:
    done = subprocess.run(["ss", "--vsock", "-l", "-n"], capture_output=True, text=True, timeout=LIMIT, check=True)
    assert f"*:{server.getsockname()[1]}" in done.stdout
