"""TCP, UDP and UNIX sockets carry data, with the other end on the standard library, both ways."""

from __future__ import annotations

import array
import os
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAYLOAD = bytes(range(256)) * 4096  # 1 MiB: more than the buffers between them hold
LIMIT = 60.0

Module = Any  # sockcore or socket


@pytest.fixture(params=["sockcore to standard", "standard to sockcore", "sockcore to sockcore"])
def modules(request: pytest.FixtureRequest) -> tuple[Module, Module]:
    """The modules of the client and of the server."""
    named = {"sockcore": sockcore, "standard": socket}
    client, _, server = request.param.split()
    return named[client], named[server]


@pytest.fixture(params=["AF_INET", "AF_INET6", "AF_UNIX"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Any]:
    """A family and an address to bind to."""
    addresses = {"AF_INET": ("127.0.0.1", 0), "AF_INET6": ("::1", 0), "AF_UNIX": str(tmp_path / "s")}
    return request.param, addresses[request.param]


def in_thread(work: Callable[[], object]) -> Iterator[None]:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(LIMIT)
    assert not thread.is_alive()
    assert not failures


def test_a_stream_carries_a_mebibyte_and_back(modules: tuple[Module, Module], place: tuple[str, Any]) -> None:
    ours, theirs = modules
    family, address = place
    with theirs.socket(getattr(theirs, family), theirs.SOCK_STREAM) as server:
        server.settimeout(LIMIT)
        server.bind(address)
        server.listen()

        def echo() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(LIMIT)
                while chunk := connection.recv(65536):
                    connection.sendall(chunk)
                connection.shutdown(theirs.SHUT_WR)

        serving = in_thread(echo)
        next(serving)
        with ours.socket(getattr(ours, family), ours.SOCK_STREAM) as client:
            client.settimeout(LIMIT)
            client.connect(server.getsockname())
            assert client.getpeername() == server.getsockname()
            received = bytearray()

            def collect() -> None:
                while chunk := client.recv(65536):
                    received.extend(chunk)

            collecting = in_thread(collect)
            next(collecting)
            client.sendall(PAYLOAD)
            client.shutdown(ours.SHUT_WR)
            next(collecting, None)
            assert received == PAYLOAD
        next(serving, None)


def test_datagrams_come_with_the_address_of_their_sender(
    modules: tuple[Module, Module], place: tuple[str, Any], tmp_path: Path
) -> None:
    ours, theirs = modules
    family, address = place
    other = str(tmp_path / "t") if family == "AF_UNIX" else address
    one = ours.socket(getattr(ours, family), ours.SOCK_DGRAM)
    two = theirs.socket(getattr(theirs, family), theirs.SOCK_DGRAM)
    with one, two:
        for sock, place_of_it in ((one, address), (two, other)):
            sock.settimeout(LIMIT)
            sock.bind(place_of_it)
        for size in (0, 1, 1200):
            assert one.sendto(PAYLOAD[:size], two.getsockname()) == size
            assert two.recvfrom(4096) == (PAYLOAD[:size], one.getsockname())
            assert two.sendmsg([PAYLOAD[:size], b"end"], [], 0, one.getsockname()) == size + 3
            data, ancillary, flags, sender = one.recvmsg(4096)
            assert (data, ancillary, sender) == (PAYLOAD[:size] + b"end", [], two.getsockname())
            assert not flags & ours.MSG_TRUNC


def test_options_have_the_layout_of_the_machine() -> None:
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM) as sock:
        sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_LINGER, struct.pack("ii", 1, 7))
        with socket.socket(fileno=os.dup(sock.fileno())) as same:
            raw = same.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            assert struct.unpack("ii", raw) == (1, 7)
            with sockcore.socket(fileno=os.dup(sock.fileno())) as found:
                assert (found.family, found.type, found.proto) == (same.family, same.type, same.proto)
        sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, 1)
        assert sock.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE) == 1


def test_a_descriptor_travels(modules: tuple[Module, Module]) -> None:
    """Control messages: their alignment differs with the size of a long."""
    ours, theirs = modules
    one, two = socket.socketpair()
    with ours.socket(fileno=one.detach()) as sender, theirs.socket(fileno=two.detach()) as receiver:
        reading, writing = os.pipe()
        try:
            rights = array.array("i", [writing])
            sender.sendmsg([b"x"], [(ours.SOL_SOCKET, ours.SCM_RIGHTS, rights)])
            _, ((level, kind, raw),), _, _ = receiver.recvmsg(1, theirs.CMSG_SPACE(4))
            assert (level, kind) == (theirs.SOL_SOCKET, theirs.SCM_RIGHTS)
            received = array.array("i", raw)[0]
            os.write(received, b"arrived")
            os.close(received)
            assert os.read(reading, 7) == b"arrived"
        finally:
            os.close(reading)
            os.close(writing)
    assert ours.CMSG_LEN(5) == theirs.CMSG_LEN(5)


def test_names_are_resolved_alike() -> None:
    ours = sockcore.getaddrinfo("127.0.0.1", 80, type=sockcore.SOCK_STREAM)
    assert ours == socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    assert sockcore.getnameinfo(("::1", 80), sockcore.NI_NUMERICHOST) == socket.getnameinfo(
        ("::1", 80), socket.NI_NUMERICHOST
    )
    if hasattr(socket, "if_nameindex"):  # PyPy has no such functions
        assert sockcore.if_nameindex() == socket.if_nameindex()
