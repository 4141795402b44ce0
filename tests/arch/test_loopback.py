"""TCP, UDP and AF_UNIX between sockcore and the standard library, in both directions."""

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

PAYLOAD = bytes(range(256)) * 4096  # 1 MiB, more than the socket buffers hold
LIMIT = 60.0

Module = Any  # sockcore or socket


@pytest.fixture(params=["sockcore to standard", "standard to sockcore", "sockcore to sockcore"])
def modules(request: pytest.FixtureRequest) -> tuple[Module, Module]:
    """Return the modules of the client and of the server."""
    by_name = {"sockcore": sockcore, "standard": socket}
    client, _, server = request.param.split()
    return by_name[client], by_name[server]


@pytest.fixture(params=["AF_INET", "AF_INET6", "AF_UNIX"])
def family_and_address(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Any]:
    """Return a family, and an address for bind."""
    addresses = {"AF_INET": ("127.0.0.1", 0), "AF_INET6": ("::1", 0), "AF_UNIX": str(tmp_path / "s")}
    return request.param, addresses[request.param]


def in_thread(work: Callable[[], object]) -> Iterator[None]:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as exc:
            failures.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(LIMIT)
    assert not thread.is_alive()
    assert not failures


def test_stream_echo_of_mebibyte_returns_data(
    modules: tuple[Module, Module], family_and_address: tuple[str, Any]
) -> None:
    client_module, server_module = modules
    family, address = family_and_address
    with server_module.socket(getattr(server_module, family), server_module.SOCK_STREAM) as server:
        server.settimeout(LIMIT)
        server.bind(address)
        server.listen()

        def echo() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(LIMIT)
                while chunk := connection.recv(65536):
                    connection.sendall(chunk)
                connection.shutdown(server_module.SHUT_WR)

        serving = in_thread(echo)
        next(serving)
        with client_module.socket(getattr(client_module, family), client_module.SOCK_STREAM) as client:
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
            client.shutdown(client_module.SHUT_WR)
            next(collecting, None)
            assert received == PAYLOAD
        next(serving, None)


def test_datagrams_have_address_of_sender(
    modules: tuple[Module, Module], family_and_address: tuple[str, Any], tmp_path: Path
) -> None:
    client_module, server_module = modules
    family, address = family_and_address
    other = str(tmp_path / "t") if family == "AF_UNIX" else address
    one = client_module.socket(getattr(client_module, family), client_module.SOCK_DGRAM)
    two = server_module.socket(getattr(server_module, family), server_module.SOCK_DGRAM)
    with one, two:
        for sock, bind_address in ((one, address), (two, other)):
            sock.settimeout(LIMIT)
            sock.bind(bind_address)
        for size in (0, 1, 1200):
            assert one.sendto(PAYLOAD[:size], two.getsockname()) == size
            assert two.recvfrom(4096) == (PAYLOAD[:size], one.getsockname())
            assert two.sendmsg([PAYLOAD[:size], b"end"], [], 0, one.getsockname()) == size + 3
            data, ancillary, flags, sender = one.recvmsg(4096)
            assert (data, ancillary, sender) == (PAYLOAD[:size] + b"end", [], two.getsockname())
            assert not flags & client_module.MSG_TRUNC


def test_setsockopt_struct_has_layout_of_machine() -> None:
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM) as sock:
        sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_LINGER, struct.pack("ii", 1, 7))
        with socket.socket(fileno=os.dup(sock.fileno())) as stdlib_sock:
            value = stdlib_sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            assert struct.unpack("ii", value) == (1, 7)
            with sockcore.socket(fileno=os.dup(sock.fileno())) as detected:
                assert (detected.family, detected.type, detected.proto) == (
                    stdlib_sock.family,
                    stdlib_sock.type,
                    stdlib_sock.proto,
                )
        sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, 1)
        assert sock.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE) == 1


def test_scm_rights_passes_descriptor(modules: tuple[Module, Module]) -> None:
    """The alignment of control messages depends on the size of a long."""
    client_module, server_module = modules
    one, two = socket.socketpair()
    with client_module.socket(fileno=one.detach()) as sender, server_module.socket(fileno=two.detach()) as receiver:
        reading, writing = os.pipe()
        try:
            rights = array.array("i", [writing])
            sender.sendmsg([b"x"], [(client_module.SOL_SOCKET, client_module.SCM_RIGHTS, rights)])
            _, ((level, cmsg_type, data),), _, _ = receiver.recvmsg(1, server_module.CMSG_SPACE(4))
            assert (level, cmsg_type) == (server_module.SOL_SOCKET, server_module.SCM_RIGHTS)
            received = array.array("i", data)[0]
            os.write(received, b"arrived")
            os.close(received)
            assert os.read(reading, 7) == b"arrived"
        finally:
            os.close(reading)
            os.close(writing)
    assert client_module.CMSG_LEN(5) == server_module.CMSG_LEN(5)


def test_resolver_results_match_standard_library() -> None:
    infos = sockcore.getaddrinfo("127.0.0.1", 80, type=sockcore.SOCK_STREAM)
    assert infos == socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    assert sockcore.getnameinfo(("::1", 80), sockcore.NI_NUMERICHOST) == socket.getnameinfo(
        ("::1", 80), socket.NI_NUMERICHOST
    )
    if hasattr(socket, "if_nameindex"):  # missing in PyPy
        assert sockcore.if_nameindex() == socket.if_nameindex()
