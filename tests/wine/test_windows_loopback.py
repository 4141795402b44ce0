"""TCP and UDP over IPv4 and IPv6, and shared sockets, between sockcore and the standard module."""

from __future__ import annotations

import asyncio
import pickle
import selectors
import socket
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from contextlib import ExitStack

PAYLOAD = bytes(range(256)) * 4096
LIMIT = 60.0
LOOPS = [asyncio.SelectorEventLoop, asyncio.ProactorEventLoop]  # type: ignore[attr-defined]

Module = Any


@pytest.fixture(params=["sockcore to standard", "standard to sockcore", "sockcore to sockcore"])
def modules(request: pytest.FixtureRequest) -> tuple[Module, Module]:
    """Return the modules of the client and of the server."""
    by_name = {"sockcore": sockcore, "standard": socket}
    client, _, server = request.param.split()
    return by_name[client], by_name[server]


@pytest.fixture(params=["127.0.0.1", "::1"])
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def family_of(host: str) -> str:
    return "AF_INET6" if ":" in host else "AF_INET"


def test_tcp_echo_of_mebibyte_returns_data(modules: tuple[Module, Module], host: str, exit_stack: ExitStack) -> None:
    client_module, server_module = modules
    server = exit_stack.enter_context(
        server_module.create_server((host, 0), family=getattr(server_module, family_of(host)))
    )
    server.settimeout(LIMIT)

    def echo() -> None:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(LIMIT)
            while chunk := connection.recv(65536):
                connection.sendall(chunk)
            connection.shutdown(server_module.SHUT_WR)

    serving = threading.Thread(target=echo, daemon=True)
    serving.start()
    client = exit_stack.enter_context(client_module.create_connection(server.getsockname()[:2], LIMIT))
    assert client.getpeername() == server.getsockname()
    sending = threading.Thread(
        target=lambda: (client.sendall(PAYLOAD), client.shutdown(client_module.SHUT_WR)), daemon=True
    )
    sending.start()
    received = bytearray()
    while chunk := client.recv(65536):
        received += chunk
    assert received == PAYLOAD
    sending.join(LIMIT)
    serving.join(LIMIT)
    assert not serving.is_alive()


def test_udp_recvfrom_returns_address_of_sender(
    modules: tuple[Module, Module], host: str, exit_stack: ExitStack
) -> None:
    client_module, server_module = modules
    sender = exit_stack.enter_context(
        client_module.socket(getattr(client_module, family_of(host)), client_module.SOCK_DGRAM)
    )
    receiver = exit_stack.enter_context(
        server_module.socket(getattr(server_module, family_of(host)), server_module.SOCK_DGRAM)
    )
    for sock in (sender, receiver):
        sock.settimeout(LIMIT)
        sock.bind((host, 0))
    for size in (0, 1, 1200):
        assert sender.sendto(PAYLOAD[:size], receiver.getsockname()) == size
        assert receiver.recvfrom(4096) == (PAYLOAD[:size], sender.getsockname())


def test_udp_sendmsg_and_recvmsg_transfer_parts(host: str, exit_stack: ExitStack) -> None:
    sender, receiver = (
        exit_stack.enter_context(sockcore.socket(getattr(sockcore, family_of(host)), sockcore.SOCK_DGRAM)) for _ in "12"
    )
    for sock in (sender, receiver):
        sock.settimeout(LIMIT)
        sock.bind((host, 0))
    assert sender.sendmsg([b"two ", b"parts"], [], 0, receiver.getsockname()) == 9
    first, rest = bytearray(4), bytearray(100)
    count, ancillary, flags, address = receiver.recvmsg_into([first, rest])
    assert (count, bytes(first), bytes(rest[:5]), ancillary, flags) == (9, b"two ", b"parts", [], 0)
    assert address == sender.getsockname()
    sender.sendmsg([b"more than fits"], [], 0, receiver.getsockname())
    data, _, flags, _ = receiver.recvmsg(4)
    assert (data, bool(flags & sockcore.MSG_TRUNC)) == (b"more", True)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_event_loop_accepts_sockcore_sockets(loop: Any, host: str, exit_stack: ExitStack) -> None:
    """asyncio uses the standard module, and gets sockets of sockcore."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        await writer.drain()
        writer.close()

    async def talk() -> bytes:
        listener = sockcore.create_server((host, 0), family=getattr(sockcore, family_of(host)))
        server = await asyncio.start_server(shout, sock=listener)  # type: ignore[arg-type]
        client = exit_stack.enter_context(sockcore.socket(listener.family))
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, listener.getsockname())
        reader, writer = await asyncio.open_connection(sock=client)
        writer.write(b"x" * 300_000 + b" over the loop")
        writer.write_eof()
        reply = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return reply

    running = loop()
    try:
        assert running.run_until_complete(asyncio.wait_for(talk(), LIMIT)) == b"X" * 300_000 + b" OVER THE LOOP"
    finally:
        running.run_until_complete(running.shutdown_asyncgens())
        running.close()


def test_selector_reports_tcp_accept_and_connect(modules: tuple[Module, Module], exit_stack: ExitStack) -> None:
    client_module, server_module = modules
    server = exit_stack.enter_context(server_module.create_server(("127.0.0.1", 0)))
    with selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        assert selector.select(0) == []
        client = exit_stack.enter_context(client_module.socket())
        client.setblocking(False)
        assert client.connect_ex(server.getsockname()) in (0, 10035)
        [(key, events)] = selector.select(LIMIT)
        assert (key.fileobj, events) == (server, selectors.EVENT_READ)
        peer, _ = server.accept()
        exit_stack.enter_context(peer)
        selector.register(client, selectors.EVENT_WRITE)
        assert client in [key.fileobj for key, _ in selector.select(LIMIT)]
        assert client.getsockopt(client_module.SOL_SOCKET, client_module.SO_ERROR) == 0


CHILD = """
    import pickle, sys, {module} as module
    sock = module.fromshare(pickle.load(sys.stdin.buffer))
    with sock:
        sock.settimeout(60)
        print(sock.family.name, sock.type.name, sock.proto, sock.getsockname() == tuple(eval(sys.argv[1])), flush=True)
        sock.sendall(sock.recv(100).upper())
"""


def test_share_between_modules_passes_socket(modules: tuple[Module, Module], exit_stack: ExitStack) -> None:
    """One module shares the socket, and the other opens it in another process."""
    client_module, server_module = modules
    server = exit_stack.enter_context(client_module.create_server(("127.0.0.1", 0)))
    client = exit_stack.enter_context(client_module.create_connection(server.getsockname(), LIMIT))
    peer, _ = server.accept()
    exit_stack.enter_context(peer)
    code = textwrap.dedent(CHILD.format(module="sockcore" if server_module is sockcore else "socket"))
    child = subprocess.Popen(
        [sys.executable, "-c", code, repr(peer.getsockname())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        client.sendall(b"from the parent")
        output, _ = child.communicate(pickle.dumps(peer.share(child.pid)), timeout=LIMIT)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, output.split()) == (0, [b"AF_INET", b"SOCK_STREAM", b"6", b"True"]), output
    assert client.recv(100) == b"FROM THE PARENT"


def test_ioctl_keepalive_vals_sets_so_keepalive(exit_stack: ExitStack) -> None:
    for module in (sockcore, socket):
        sock = exit_stack.enter_context(module.socket())  # type: ignore[attr-defined]
        assert not sock.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE)
        assert not sock.ioctl(module.SIO_KEEPALIVE_VALS, (1, 30000, 500))
        assert sock.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE)
        sock.ioctl(module.SIO_KEEPALIVE_VALS, (0, 30000, 500))
        assert not sock.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE)


def test_tcp_errors_match_standard_module(exit_stack: ExitStack) -> None:
    errors = []
    for module in (sockcore, socket):
        socket_module: Any = module
        with socket_module.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
        sock = exit_stack.enter_context(socket_module.socket())
        sock.settimeout(LIMIT)
        with pytest.raises(ConnectionRefusedError) as refused:
            sock.connect(address)
        errors.append((refused.value.errno, refused.value.winerror, refused.value.strerror, refused.value.filename))
        sock.close()
        with pytest.raises(OSError) as closed:
            sock.send(b"x")
        errors.append((closed.value.errno, closed.value.winerror, str(closed.value)))
    assert errors[:2] == errors[2:]
