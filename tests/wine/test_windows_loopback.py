"""TCP and UDP, IPv4 and IPv6, and sockets for child processes, with the genuine module at the other end, both ways."""

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
    """The modules of the client and of the server."""
    named = {"sockcore": sockcore, "standard": socket}
    client, _, server = request.param.split()
    return named[client], named[server]


@pytest.fixture(params=["127.0.0.1", "::1"])
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def family_of(host: str) -> str:
    return "AF_INET6" if ":" in host else "AF_INET"


def test_a_stream_carries_a_mebibyte_and_back(modules: tuple[Module, Module], host: str, closing: ExitStack) -> None:
    ours, theirs = modules
    server = closing.enter_context(theirs.create_server((host, 0), family=getattr(theirs, family_of(host))))
    server.settimeout(LIMIT)

    def echo() -> None:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(LIMIT)
            while chunk := connection.recv(65536):
                connection.sendall(chunk)
            connection.shutdown(theirs.SHUT_WR)

    serving = threading.Thread(target=echo, daemon=True)
    serving.start()
    client = closing.enter_context(ours.create_connection(server.getsockname()[:2], LIMIT))
    assert client.getpeername() == server.getsockname()
    sending = threading.Thread(target=lambda: (client.sendall(PAYLOAD), client.shutdown(ours.SHUT_WR)), daemon=True)
    sending.start()
    received = bytearray()
    while chunk := client.recv(65536):
        received += chunk
    assert received == PAYLOAD
    sending.join(LIMIT)
    serving.join(LIMIT)
    assert not serving.is_alive()


def test_datagrams_come_with_the_address_of_their_sender(
    modules: tuple[Module, Module], host: str, closing: ExitStack
) -> None:
    ours, theirs = modules
    one = closing.enter_context(ours.socket(getattr(ours, family_of(host)), ours.SOCK_DGRAM))
    two = closing.enter_context(theirs.socket(getattr(theirs, family_of(host)), theirs.SOCK_DGRAM))
    for sock in (one, two):
        sock.settimeout(LIMIT)
        sock.bind((host, 0))
    for size in (0, 1, 1200):
        assert one.sendto(PAYLOAD[:size], two.getsockname()) == size
        assert two.recvfrom(4096) == (PAYLOAD[:size], one.getsockname())


def test_messages_by_winsocks_own_calls(host: str, closing: ExitStack) -> None:
    one, two = (
        closing.enter_context(sockcore.socket(getattr(sockcore, family_of(host)), sockcore.SOCK_DGRAM)) for _ in "12"
    )
    for sock in (one, two):
        sock.settimeout(LIMIT)
        sock.bind((host, 0))
    assert one.sendmsg([b"two ", b"parts"], [], 0, two.getsockname()) == 9
    first, rest = bytearray(4), bytearray(100)
    count, ancillary, flags, sender = two.recvmsg_into([first, rest])
    assert (count, bytes(first), bytes(rest[:5]), ancillary, flags) == (9, b"two ", b"parts", [], 0)
    assert sender == one.getsockname()
    one.sendmsg([b"more than fits"], [], 0, two.getsockname())
    data, _, flags, _ = two.recvmsg(4)
    assert (data, bool(flags & sockcore.MSG_TRUNC)) == (b"more", True)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_event_loops_take_sockets(loop: Any, host: str, closing: ExitStack) -> None:
    """Of sockcore, in a process where asyncio has the genuine module."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        await writer.drain()
        writer.close()

    async def talk() -> bytes:
        listener = sockcore.create_server((host, 0), family=getattr(sockcore, family_of(host)))
        server = await asyncio.start_server(shout, sock=listener)  # type: ignore[arg-type]
        client = closing.enter_context(sockcore.socket(listener.family))
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


def test_selectors(modules: tuple[Module, Module], closing: ExitStack) -> None:
    ours, theirs = modules
    server = closing.enter_context(theirs.create_server(("127.0.0.1", 0)))
    with selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        assert selector.select(0) == []
        client = closing.enter_context(ours.socket())
        client.setblocking(False)
        assert client.connect_ex(server.getsockname()) in (0, 10035)
        [(key, events)] = selector.select(LIMIT)
        assert (key.fileobj, events) == (server, selectors.EVENT_READ)
        peer, _ = server.accept()
        closing.enter_context(peer)
        selector.register(client, selectors.EVENT_WRITE)
        assert client in [key.fileobj for key, _ in selector.select(LIMIT)]
        assert client.getsockopt(ours.SOL_SOCKET, ours.SO_ERROR) == 0


CHILD = """
    import pickle, sys, {module} as module
    sock = module.fromshare(pickle.load(sys.stdin.buffer))
    with sock:
        sock.settimeout(60)
        print(sock.family.name, sock.type.name, sock.proto, sock.getsockname() == tuple(eval(sys.argv[1])), flush=True)
        sock.sendall(sock.recv(100).upper())
"""


def test_a_socket_for_a_child(modules: tuple[Module, Module], closing: ExitStack) -> None:
    """Shared by one module, taken by the other in another process."""
    ours, theirs = modules
    server = closing.enter_context(ours.create_server(("127.0.0.1", 0)))
    client = closing.enter_context(ours.create_connection(server.getsockname(), LIMIT))
    peer, _ = server.accept()
    closing.enter_context(peer)
    code = textwrap.dedent(CHILD.format(module="sockcore" if theirs is sockcore else "socket"))
    child = subprocess.Popen(
        [sys.executable, "-c", code, repr(peer.getsockname())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        client.sendall(b"from the parent")
        words, _ = child.communicate(pickle.dumps(peer.share(child.pid)), timeout=LIMIT)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, words.split()) == (0, [b"AF_INET", b"SOCK_STREAM", b"6", b"True"]), words
    assert client.recv(100) == b"FROM THE PARENT"


def test_keepalive_is_set_by_ioctl(closing: ExitStack) -> None:
    for module in (sockcore, socket):
        sock = closing.enter_context(module.socket())  # type: ignore[attr-defined]
        assert not sock.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE)
        assert not sock.ioctl(module.SIO_KEEPALIVE_VALS, (1, 30000, 500))
        assert sock.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE)
        sock.ioctl(module.SIO_KEEPALIVE_VALS, (0, 30000, 500))
        assert not sock.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE)


def test_errors_are_the_genuine_module_s(closing: ExitStack) -> None:
    told = []
    for module in (sockcore, socket):
        gone: Any = module
        with gone.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
        sock = closing.enter_context(gone.socket())
        sock.settimeout(LIMIT)
        with pytest.raises(ConnectionRefusedError) as refused:
            sock.connect(address)
        told.append((refused.value.errno, refused.value.winerror, refused.value.strerror, refused.value.filename))
        sock.close()
        with pytest.raises(OSError) as closed:
            sock.send(b"x")
        told.append((closed.value.errno, closed.value.winerror, str(closed.value)))
    assert told[:2] == told[2:]
