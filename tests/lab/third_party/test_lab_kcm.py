"""AF_KCM: messages over TCP connections. examples/kcm is the plugin."""

from __future__ import annotations

import ctypes
import errno
import os
import socket as stdlib
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, DatagramTests

import sockcore
from sockcore import options, testing

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "examples/kcm/src"))

import sockcore_kcm
from sockcore_kcm.options import KCM_RECV_DISABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

# bpf(2) of x86-64, and <linux/bpf.h>
NR_BPF, BPF_PROG_LOAD, BPF_PROG_TYPE_SOCKET_FILTER = 321, 5, 1
EXIT = struct.pack("=BBhi", 0x95, 0, 0, 0)
#: A message is its length as a number of 2 bytes in network byte order, and the data of that length.
PARSER = (
    struct.pack("=BBhi", 0xBF, 0x16, 0, 0)  # r6 = r1, for the next instruction
    + struct.pack("=BBhi", 0x28, 0, 0, 0)  # r0 = the first 2 bytes of the skb
    + struct.pack("=BBhi", 0x07, 0, 0, 2)  # r0 += 2
    + EXIT
)


def load_program(instructions: bytes = PARSER) -> int:
    """Return the file descriptor of a BPF program, by default of that for messages with a length field."""
    program = ctypes.create_string_buffer(instructions)
    license = ctypes.create_string_buffer(b"GPL")
    count = len(instructions) // 8
    attributes = struct.pack(
        "=IIQQ32x",
        BPF_PROG_TYPE_SOCKET_FILTER,
        count,
        ctypes.addressof(program),
        ctypes.addressof(license),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    fd: int = libc.syscall(NR_BPF, BPF_PROG_LOAD, attributes, len(attributes))
    if fd < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return fd


def message(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


@pytest.fixture(scope="module", autouse=True)
def plugin() -> Iterator[None]:
    """Load the plugin for the tests of this module."""
    try:
        stdlib.socket(sockcore_kcm.AF_KCM, stdlib.SOCK_SEQPACKET).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_KCM: {exc}")
    with testing.IsolatedRegistry() as registry:
        registry.load(sockcore_kcm)
        yield


@pytest.fixture
def program() -> Iterator[int]:
    """Return the file descriptor of the BPF program."""
    fd = load_program()
    yield fd
    os.close(fd)


@pytest.fixture
def connection() -> Iterator[tuple[Any, Any]]:
    """Return two connected TCP sockets."""
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        with sockcore.create_connection(server.getsockname(), LIMIT) as a:
            b, _ = server.accept()
            with b:
                b.settimeout(LIMIT)
                yield a, b


class Kcm(DatagramTests):
    """Two multiplexors, with a TCP connection between them."""

    family = ""  # the class opens its sockets itself
    has_addresses = False
    # Without MSG_EOR, the kernel waits for the rest of a message of SOCK_SEQPACKET.
    send_flags = "MSG_EOR"
    option = ("SOL_KCM", "KCM_RECV_DISABLE", 1)
    pair_count = 10
    invalid_addresses = ((("127.0.0.1", 1), TypeError), (b"", TypeError))
    unsupported = {
        "detection": "getsockname fails",
        "standard library": "getsockname fails",
    }
    sock_type: Any = None

    def open_kcm(self) -> Any:
        return self.close_at_end(sockcore.socket(sockcore.AF_KCM, getattr(sockcore, self.sock_type)))

    def open_bound_pair(self) -> tuple[Any, Any]:
        program = load_program()
        try:
            pair = self.open_kcm(), self.open_kcm()
            with sockcore.create_server(("127.0.0.1", 0)) as server:
                with sockcore.create_connection(server.getsockname(), LIMIT) as a:
                    b, _ = server.accept()
                    with b:
                        pair[0].kcm_attach(a, program)
                        pair[1].kcm_attach(b, program)
        finally:
            os.close(program)
        return pair

    def open_unconnected(self) -> Any:
        return self.open_kcm()

    def payload(self, number: int) -> bytes:
        return message(b"message %d" % number)

    def test_kcm_addresses_are_not_supported(self) -> None:
        sock = self.open_kcm()
        for method in (sock.getsockname, sock.getpeername, sock.listen):
            with pytest.raises(OSError) as caught:
                method()
            assert caught.value.errno == errno.EOPNOTSUPP


class TestKcmOfSeqpacket(Kcm):
    sock_type = "SOCK_SEQPACKET"


class TestKcmOfDgram(Kcm):
    sock_type = "SOCK_DGRAM"


def open_seqpacket() -> Any:
    sock = sockcore.socket(sockcore.AF_KCM, sockcore.SOCK_SEQPACKET)
    sock.settimeout(LIMIT)
    return sock


def test_kcm_messages_of_tcp_peer_are_separated(connection: tuple[Any, Any], program: int) -> None:
    peer, attached = connection
    peer.setsockopt(sockcore.IPPROTO_TCP, sockcore.TCP_NODELAY, 1)
    with open_seqpacket() as sock:
        sock.kcm_attach(attached, program)
        # An independent peer: ordinary TCP, in pieces that end within a message, also within its length field.
        for size in (1, 100, 5000, 50000):
            data = message(bytes([size % 251]) * size)
            for piece in (data[:1], data[1:3], data[3:]):
                peer.sendall(piece)
            assert sock.recv(1 << 17) == data


def test_kcm_messages_in_one_segment_are_separated(connection: tuple[Any, Any]) -> None:
    peer, attached = connection
    # The kernel runs the program on the whole segment, also for its second message. So the length is constant here.
    fixed = load_program(struct.pack("=BBhi", 0xB7, 0, 0, 4) + EXIT)  # r0 = 4
    try:
        with open_seqpacket() as sock:
            sock.kcm_attach(attached, fixed)
            peer.sendall(b"one.two.six.ten")
            assert [sock.recv(BUFFER_SIZE) for _ in range(3)] == [b"one.", b"two.", b"six."]
            peer.sendall(b".")
            assert sock.recv(BUFFER_SIZE) == b"ten."
    finally:
        os.close(fixed)


def test_kcm_sent_messages_are_in_the_stream_of_the_peer(connection: tuple[Any, Any], program: int) -> None:
    peer, attached = connection
    with open_seqpacket() as sock:
        sock.kcm_attach(attached, program)
        sock.sendmsg([b"\0\5", b"he"])
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.recv(BUFFER_SIZE)
        peer.settimeout(LIMIT)
        sock.sendmsg([b"l", b"lo"], [], sockcore.MSG_EOR)
        sock.send(message(b"world"), sockcore.MSG_EOR)
        expected = message(b"hello") + message(b"world")
        assert read(peer, len(expected)) == expected


def read(sock: Any, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += sock.recv(count - len(data))
    return data


def test_kcm_clones_share_the_messages(connection: tuple[Any, Any], program: int) -> None:
    peer, attached = connection
    with open_seqpacket() as sock, sock.kcm_clone() as clone:
        assert (clone.family, clone.type, clone.proto) == (sock.family, sock.type, sock.proto)
        assert (type(clone), clone.gettimeout()) == (type(sock), LIMIT)
        assert not os.get_inheritable(clone.fileno())
        sock.kcm_attach(attached, program)
        options.set(sock, KCM_RECV_DISABLE, True)
        assert options.get(sock, KCM_RECV_DISABLE) is True
        assert options.get(clone, KCM_RECV_DISABLE) is False
        for number in range(5):
            peer.sendall(message(b"%d" % number))
            assert clone.recv(BUFFER_SIZE) == message(b"%d" % number)
        options.set(clone, KCM_RECV_DISABLE, True)
        options.set(sock, KCM_RECV_DISABLE, False)
        peer.sendall(message(b"for the first"))
        assert sock.recv(BUFFER_SIZE) == message(b"for the first")


def test_kcm_unattach_gives_connection_back(connection: tuple[Any, Any], program: int) -> None:
    peer, attached = connection
    with open_seqpacket() as sock:
        sock.kcm_attach(attached, program)
        with pytest.raises(OSError) as caught:
            sock.kcm_attach(attached, program)
        assert caught.value.errno == errno.EALREADY
        sock.kcm_unattach(attached)
        with pytest.raises(OSError) as caught:
            sock.kcm_unattach(attached)
        assert caught.value.errno in (errno.ENOENT, errno.EINVAL)
        peer.sendall(b"no length")
        assert read(attached, 9) == b"no length"


def test_kcm_attach_invalid_argument_raises(program: int) -> None:
    with open_seqpacket() as sock, sockcore.socket() as tcp:
        for arguments, exception in (
            ((None, program), TypeError),
            ((tcp, "program"), TypeError),
            ((-1, program), ValueError),
            ((tcp, 2**31), OverflowError),
        ):
            with pytest.raises(exception):
                sock.kcm_attach(*arguments)
        with pytest.raises(OSError) as caught:
            sock.kcm_attach(tcp, program)  # not connected
        assert caught.value.errno == errno.EOPNOTSUPP
        with pytest.raises(TypeError, match=r"kcm_attach\(\) needs an AF_KCM socket"):
            tcp.kcm_attach(tcp, program)


def test_kcm_families_command_reports_support() -> None:
    source = str(Path(sockcore_kcm.__file__).resolve().parents[1])
    path = os.pathsep.join((source, *filter(None, [os.environ.get("PYTHONPATH")])))
    command = [sys.executable, "-m", "sockcore", "families"]
    environment = {**os.environ, "PYTHONPATH": path, "SOCKCORE_PLUGINS": "sockcore_kcm"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    [line] = [line.split() for line in done.stdout.splitlines() if line.startswith("AF_KCM")]
    assert line[:2] == ["AF_KCM", "any"]
    assert "yes" in line, done.stdout
