"""AF_UNIX, AF_HYPERV and AF_BLUETOOTH of sockcore on the look-alike: what every stream does, and the bytes of it."""

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
    """How sockets of a family are opened, and what their addresses are."""

    name: str
    protocol: str = ""
    folder: Path

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.folder, self.closing = folder, closing
        self.here, self.there = self.addresses()

    def open(self) -> Any:
        protocol = getattr(sockcore, self.protocol) if self.protocol else 0
        sock = self.closing.enter_context(sockcore.socket(getattr(sockcore, self.name), sockcore.SOCK_STREAM, protocol))
        sock.settimeout(20)
        return sock

    def addresses(self) -> tuple[Any, Any]:
        """What a server binds, and what a client connects to."""
        raise NotImplementedError

    def client(self) -> Any:
        """What the server sees of a client that was not bound, or a function that tells whether that is it."""
        raise NotImplementedError

    def listen(self) -> Any:
        sock = self.open()
        sock.bind(self.here)
        sock.listen()
        return sock

    def connected(self) -> tuple[Any, Any]:
        listener, client = self.listen(), self.open()
        client.connect(self.there)
        server, _ = listener.accept()
        server.settimeout(20)
        return client, self.closing.enter_context(server)


class Unix(Family):
    name = "AF_UNIX"

    def addresses(self) -> tuple[Any, Any]:
        path = str(self.folder / "sock")
        return path, path

    def client(self) -> Any:
        return ""


class HyperV(Family):
    name, protocol = "AF_HYPERV", "HV_PROTOCOL_RAW"

    def addresses(self) -> tuple[Any, Any]:
        service = str(uuid.uuid4())
        return (ZERO, service), (LOOPBACK, service)

    def client(self) -> Any:
        return lambda seen: seen[0] == LOOPBACK and seen[1].endswith("-facb-11e6-bd58-64006a7986d3")


class Bluetooth(Family):
    name, protocol = "AF_BLUETOOTH", "BTPROTO_RFCOMM"

    def addresses(self) -> tuple[Any, Any]:
        channel = 10 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # one for each process of the tests
        return ("00:00:00:00:00:00", channel), ("00:11:22:33:44:55", channel)

    def client(self) -> Any:
        return "00:00:00:00:00:00", 0


@pytest.fixture(params=[Unix, HyperV, Bluetooth], ids=lambda kind: kind.name)
def family(request: pytest.FixtureRequest, tmp_path: Path, closing: ExitStack) -> Any:
    return request.param(tmp_path, closing)


def test_a_connection_and_its_names(family: Family) -> None:
    listener, client = family.listen(), family.open()
    assert listener.getsockname() == family.here
    client.connect(family.there)
    server, seen = listener.accept()
    with server:
        expected = family.client()
        assert expected(seen) if callable(expected) else seen == expected
        assert seen == server.getpeername()
        assert server.getsockname() == family.here
        named = client.getpeername()
        assert named == family.here or named == (LOOPBACK, family.here[1])
        assert (server.family, server.type, server.proto) == (client.family, client.type, client.proto)
        server.sendall(b"from the server")
        client.sendall(b"from the client")
        assert (client.recv(100), server.recv(100)) == (b"from the server", b"from the client")
        client.shutdown(sockcore.SHUT_WR)
        assert server.recv(1) == b""


def test_much_data_in_both_directions(family: Family) -> None:
    client, server = family.connected()
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
        room = bytearray(1 << 16)
        count = client.recv_into(room)
        assert count
        received += room[:count]
    assert received == data
    sender.join(20)
    thread.join(20)


def test_messages_of_several_buffers(family: Family) -> None:
    client, server = family.connected()
    assert client.sendmsg([b"one ", b"", b"two"]) == 7
    first, rest = bytearray(3), bytearray(10)
    count, ancillary, _, address = server.recvmsg_into([first, rest])
    assert (bytes(first) + bytes(rest))[:count] == b"one two"
    assert (ancillary, address) in (([], None), ([], family.client()))


def test_files(family: Family) -> None:
    client, server = family.connected()
    with (
        client.makefile("w", encoding="utf-8", newline="\n") as writing,
        server.makefile("r", encoding="utf-8") as reading,
    ):
        writing.write("a line\nänother\n")
        writing.flush()
        assert [reading.readline(), reading.readline()] == ["a line\n", "änother\n"]


def test_timeouts(family: Family) -> None:
    client, server = family.connected()
    client.settimeout(0.05)
    with pytest.raises(TimeoutError, match="timed out"):
        client.recv(1)
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)
    listener = family.open()
    listener.bind(_another(family))
    listener.listen()
    listener.settimeout(0.05)
    with pytest.raises(TimeoutError):
        listener.accept()
    server.sendall(b"x")
    client.settimeout(20)
    assert client.recv(1) == b"x"


def _another(family: Family) -> Any:
    if family.name == "AF_UNIX":
        return family.here + "2"
    return (ZERO, str(uuid.uuid4())) if family.name == "AF_HYPERV" else (family.here[0], 12)


def test_selectors(family: Family) -> None:
    listener, client = family.listen(), family.open()
    listener.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        assert selector.select(0) == []
        client.setblocking(False)
        assert client.connect_ex(family.there) in (0, 10035)
        [(key, _)] = selector.select(20)
        assert key.fileobj is listener
        server, _ = listener.accept()
        with server:
            selector.register(client, selectors.EVENT_WRITE)
            assert any(key.fileobj is client for key, _ in selector.select(20))
            assert client.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_ERROR) == 0
            client.sendall(b"x")
            server.settimeout(20)
            assert server.recv(1) == b"x"


def test_nobody_is_there(family: Family) -> None:
    client = family.open()
    with pytest.raises(ConnectionRefusedError):
        client.connect(family.there)
    assert family.open().connect_ex(family.there) == 10061


def test_an_address_in_use(family: Family) -> None:
    family.listen()
    with pytest.raises(OSError) as refused:
        family.open().bind(family.here)
    assert refused.value.winerror == 10048
    assert refused.value.errno == 10048


def test_no_name_yet(family: Family) -> None:
    with pytest.raises(OSError) as refused:
        family.open().getsockname()
    assert refused.value.winerror == 10022


def test_a_duplicate_keeps_family_and_name(family: Family) -> None:
    client, server = family.connected()
    with server.dup() as copy:
        server.close()
        assert (copy.family, copy.type, copy.proto) == (client.family, client.type, client.proto)
        assert copy.getsockname() == family.here
        client.sendall(b"to the copy")
        copy.settimeout(20)
        assert copy.recv(100) == b"to the copy"


def test_what_a_descriptor_is(family: Family) -> None:
    sock = family.open()
    sock.bind(family.here)
    with sock.dup() as copy:
        again = sockcore.socket(fileno=copy.detach())
    with again:
        # The standard module asks Windows for no protocol.
        assert (again.family, again.type, again.proto) == (sock.family, sock.type, 0)


def test_the_whole_of_an_address_is_given(family: Family, lookalike: Any) -> None:
    sock = family.open()
    sock.bind(family.here)
    [given] = lookalike.given("bind", str(int(sock.family)))
    length = {"AF_UNIX": (3, 110), "AF_HYPERV": (36, 36), "AF_BLUETOOTH": (30, 30)}[family.name]
    assert length[0] <= len(given) <= length[1]


EXAMPLES = {
    "AF_UNIX": ("unix", "example.sock"),
    "AF_HYPERV": ("hyperv", (LOOPBACK, "00000be9-facb-11e6-bd58-64006a7986d3")),
    "AF_BLUETOOTH": ("bluetooth", ("00:11:22:33:44:55", 5)),
}


def test_addresses_are_the_bytes_that_a_c_program_has(family: Family, lookalike: Any) -> None:
    example, address = EXAMPLES[family.name]
    client = family.open()
    assert client.connect_ex(address) == 10061
    [given] = lookalike.given("connect", str(int(client.family)))
    assert given.ljust(len(lookalike.example(example)), b"\0") == lookalike.example(example)


def test_a_child_process_takes_a_socket(family: Family) -> None:
    """By share and fromshare; the child has the look-alike too."""
    client, server = family.connected()
    code = """
        import sys, pickle, sockcore
        sock = sockcore.fromshare(pickle.load(sys.stdin.buffer))
        with sock:
            sock.settimeout(20)
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
        words, _ = child.communicate(pickle.dumps(server.share(child.pid)), timeout=60)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0, words.decode()
    name = client.family.name
    assert words.decode().strip() == f"{name}|{server.proto}|{family.here}"
    assert client.recv(100) == b"FROM THE PARENT"


def test_a_program_of_another_process_connects(family: Family) -> None:
    listener = family.listen()
    protocol = f", sockcore.{family.protocol}" if family.protocol else ""
    code = f"""
        import sockcore
        with sockcore.socket(sockcore.{family.name}, sockcore.SOCK_STREAM{protocol}) as sock:
            sock.settimeout(20)
            sock.connect({family.there!r})
            sock.sendall(b"from a child")
            sock.recv(1)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        server, _ = listener.accept()
        with server:
            server.settimeout(20)
            assert server.recv(100) == b"from a child"
            server.sendall(b"x")
        words, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, words) == (0, b"")
