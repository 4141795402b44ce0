"""Streams of AF_UNIX, AF_HYPERV and AF_BLUETOOTH on the simulated Winsock, and the bytes of their addresses."""

from __future__ import annotations

import os
import pickle
import selectors
import subprocess
import sys
import textwrap
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

LOOPBACK = "e0e16197-dd56-4a10-9195-5ee7a155a838"
ZERO = "00000000-0000-0000-0000-000000000000"


class Family:
    """Sockets and addresses of a family."""

    name: str
    protocol: str = ""
    folder: Path

    def __init__(self, folder: Path, exit_stack: ExitStack) -> None:
        self.folder, self.exit_stack = folder, exit_stack
        self.server_address, self.connect_address = self.addresses()

    def open(self) -> Any:
        protocol = getattr(sockcore, self.protocol) if self.protocol else 0
        sock = self.exit_stack.enter_context(
            sockcore.socket(getattr(sockcore, self.name), sockcore.SOCK_STREAM, protocol)
        )
        sock.settimeout(60)
        return sock

    def addresses(self) -> tuple[Any, Any]:
        """Return the address for bind of the server, and the address for connect."""
        raise NotImplementedError

    def client_address(self) -> Any:
        """Return an unbound client's address in the server, or a check of this address."""
        raise NotImplementedError

    def listen(self) -> Any:
        sock = self.open()
        sock.bind(self.server_address)
        sock.listen()
        return sock

    def open_pair(self) -> tuple[Any, Any]:
        listener, client = self.listen(), self.open()
        client.connect(self.connect_address)
        server, _ = listener.accept()
        server.settimeout(60)
        return client, self.exit_stack.enter_context(server)


class Unix(Family):
    name = "AF_UNIX"

    def addresses(self) -> tuple[Any, Any]:
        path = str(self.folder / "sock")
        return path, path

    def client_address(self) -> Any:
        return ""


class HyperV(Family):
    name, protocol = "AF_HYPERV", "HV_PROTOCOL_RAW"

    def addresses(self) -> tuple[Any, Any]:
        service = str(uuid.uuid4())
        return (ZERO, service), (LOOPBACK, service)

    def client_address(self) -> Any:
        return lambda address: address[0] == LOOPBACK and address[1].endswith("-facb-11e6-bd58-64006a7986d3")


class Bluetooth(Family):
    name, protocol = "AF_BLUETOOTH", "BTPROTO_RFCOMM"

    def addresses(self) -> tuple[Any, Any]:
        channel = 10 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # different in each test process
        return ("00:00:00:00:00:00", channel), ("00:11:22:33:44:55", channel)

    def client_address(self) -> Any:
        return "00:00:00:00:00:00", 0


@pytest.fixture(params=[Unix, HyperV, Bluetooth], ids=lambda family_type: family_type.name)
def family(request: pytest.FixtureRequest, tmp_path: Path, exit_stack: ExitStack) -> Any:
    return request.param(tmp_path, exit_stack)


def test_connection_has_addresses_of_both_ends(family: Family) -> None:
    listener, client = family.listen(), family.open()
    assert listener.getsockname() == family.server_address
    client.connect(family.connect_address)
    server, seen = listener.accept()
    with server:
        expected = family.client_address()
        assert expected(seen) if callable(expected) else seen == expected
        assert seen == server.getpeername()
        assert server.getsockname() == family.server_address
        peer_address = client.getpeername()
        assert peer_address == family.server_address or peer_address == (LOOPBACK, family.server_address[1])
        assert (server.family, server.type, server.proto) == (client.family, client.type, client.proto)
        server.sendall(b"from the server")
        client.sendall(b"from the client")
        assert (client.recv(100), server.recv(100)) == (b"from the server", b"from the client")
        client.shutdown(sockcore.SHUT_WR)
        assert server.recv(1) == b""


def test_sendall_transfers_data_in_both_directions(family: Family) -> None:
    client, server = family.open_pair()
    data = os.urandom(1 << 20)

    def echo() -> None:
        while piece := server.recv(1 << 16):
            server.sendall(piece)

    thread = threading.Thread(target=echo, daemon=True)
    thread.start()
    sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(sockcore.SHUT_WR)), daemon=True)
    sender.start()
    received = bytearray()
    while len(received) < len(data):
        buffer = bytearray(1 << 16)
        count = client.recv_into(buffer)
        assert count
        received += buffer[:count]
    assert received == data
    sender.join(60)
    thread.join(60)


def test_sendmsg_and_recvmsg_into_use_several_buffers(family: Family) -> None:
    client, server = family.open_pair()
    assert client.sendmsg([b"one ", b"", b"two"]) == 7
    first, rest = bytearray(3), bytearray(10)
    count, ancillary, _, address = server.recvmsg_into([first, rest])
    assert (bytes(first) + bytes(rest))[:count] == b"one two"
    assert (ancillary, address) in (([], None), ([], family.client_address()))


def test_makefile_transfers_lines(family: Family) -> None:
    client, server = family.open_pair()
    with (
        client.makefile("w", encoding="utf-8", newline="\n") as writing,
        server.makefile("r", encoding="utf-8") as reading,
    ):
        writing.write("a line\nänother\n")
        writing.flush()
        assert [reading.readline(), reading.readline()] == ["a line\n", "änother\n"]


def test_timeouts_raise_timeout_error(family: Family) -> None:
    client, server = family.open_pair()
    client.settimeout(0.05)
    with pytest.raises(TimeoutError, match="timed out"):
        client.recv(1)
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)
    listener = family.open()
    listener.bind(_other_address(family))
    listener.listen()
    listener.settimeout(0.05)
    with pytest.raises(TimeoutError):
        listener.accept()
    server.sendall(b"x")
    client.settimeout(60)
    assert client.recv(1) == b"x"


def _other_address(family: Family) -> Any:
    if family.name == "AF_UNIX":
        return family.server_address + "2"
    return (ZERO, str(uuid.uuid4())) if family.name == "AF_HYPERV" else (family.server_address[0], 12)


def test_selector_reports_accept_and_connect(family: Family) -> None:
    listener, client = family.listen(), family.open()
    listener.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        assert selector.select(0) == []
        client.setblocking(False)
        assert client.connect_ex(family.connect_address) in (0, 10035)
        [(key, _)] = selector.select(20)
        assert key.fileobj is listener
        server, _ = listener.accept()
        with server:
            selector.register(client, selectors.EVENT_WRITE)
            assert any(key.fileobj is client for key, _ in selector.select(20))
            assert client.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR) == 0
            client.sendall(b"x")
            server.settimeout(60)
            assert server.recv(1) == b"x"


def test_connect_without_server_is_refused(family: Family) -> None:
    client = family.open()
    with pytest.raises(ConnectionRefusedError):
        client.connect(family.connect_address)
    assert family.open().connect_ex(family.connect_address) == 10061


def test_bind_used_address_raises(family: Family) -> None:
    family.listen()
    with pytest.raises(OSError) as refused:
        family.open().bind(family.server_address)
    assert refused.value.winerror == 10048
    assert refused.value.errno == 10048


def test_getsockname_unbound_raises(family: Family) -> None:
    with pytest.raises(OSError) as refused:
        family.open().getsockname()
    assert refused.value.winerror == 10022


def test_dup_keeps_family_and_address(family: Family) -> None:
    client, server = family.open_pair()
    with server.dup() as copy:
        server.close()
        assert (copy.family, copy.type, copy.proto) == (client.family, client.type, client.proto)
        assert copy.getsockname() == family.server_address
        client.sendall(b"to the copy")
        copy.settimeout(60)
        assert copy.recv(100) == b"to the copy"


def test_socket_from_fd_detects_family_and_type(family: Family) -> None:
    sock = family.open()
    sock.bind(family.server_address)
    with sock.dup() as copy:
        detected = sockcore.socket(fileno=copy.detach())
    with detected:
        # The standard module does not query the protocol on Windows.
        assert (detected.family, detected.type, detected.proto) == (sock.family, sock.type, 0)


def test_bind_passes_whole_sockaddr(family: Family, simulated_winsock: Any) -> None:
    sock = family.open()
    sock.bind(family.server_address)
    [given] = simulated_winsock.logged_data("bind", str(int(sock.family)))
    length = {"AF_UNIX": (3, 110), "AF_HYPERV": (36, 36), "AF_BLUETOOTH": (30, 30)}[family.name]
    assert length[0] <= len(given) <= length[1]


EXAMPLES = {
    "AF_UNIX": ("unix", "example.sock"),
    "AF_HYPERV": ("hyperv", (LOOPBACK, "00000be9-facb-11e6-bd58-64006a7986d3")),
    "AF_BLUETOOTH": ("bluetooth", ("00:11:22:33:44:55", 5)),
}


def test_connect_sockaddr_matches_c_struct(family: Family, simulated_winsock: Any) -> None:
    example, address = EXAMPLES[family.name]
    client = family.open()
    assert client.connect_ex(address) == 10061
    [given] = simulated_winsock.logged_data("connect", str(int(client.family)))
    assert given.ljust(len(simulated_winsock.example(example)), b"\0") == simulated_winsock.example(example)


def test_share_passes_socket_to_child(family: Family) -> None:
    """The child uses the simulated Winsock too."""
    client, server = family.open_pair()
    code = """
        import sys, pickle, sockcore
        sock = sockcore.fromshare(pickle.load(sys.stdin.buffer))
        with sock:
            sock.settimeout(60)
            print(sock.family.name, sock.proto, sock.getsockname(), sep="|", flush=True)
            sock.sendall(sock.recv(100).upper())
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        client.sendall(b"from the parent")
        output, _ = child.communicate(pickle.dumps(server.share(child.pid)), timeout=60)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0, output.decode()
    name = client.family.name
    assert output.decode().strip() == f"{name}|{server.proto}|{family.server_address}"
    assert client.recv(100) == b"FROM THE PARENT"


def test_accept_from_other_process_transfers_data(family: Family) -> None:
    listener = family.listen()
    protocol = f", sockcore.{family.protocol}" if family.protocol else ""
    code = f"""
        import sockcore
        with sockcore.socket(sockcore.{family.name}, sockcore.SOCK_STREAM{protocol}) as sock:
            sock.settimeout(60)
            sock.connect({family.connect_address!r})
            sock.sendall(b"from a child")
            sock.recv(1)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        server, _ = listener.accept()
        with server:
            server.settimeout(60)
            assert server.recv(100) == b"from a child"
            server.sendall(b"x")
        output, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, output) == (0, b"")
