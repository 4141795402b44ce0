"""A program for ``python -m sockcore run``: asyncio over the loopback interface.

Arguments: the class of the event loop, and the address. Prints the received data.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import sockcore

assert socket is sockcore  # type: ignore[comparison-overlap]

CLIENTS = 8
FAMILY: Any = sockcore.AF_INET6 if ":" in sys.argv[2] else sockcore.AF_INET


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write((await reader.read())[::-1])
    await writer.drain()
    writer.close()


async def ask(host: str, port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    sock: Any = writer.get_extra_info("socket")
    assert sock.family == FAMILY
    assert sock.getpeername()[:2] == (host, port)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def streams(host: str) -> int:
    server = await asyncio.start_server(serve, host, 0)
    assert {type(sock._sock if hasattr(sock, "_sock") else sock) for sock in server.sockets} == {sockcore.socket}
    port = server.sockets[0].getsockname()[1]
    messages = [bytes([number]) * 100_000 + b"end" for number in range(CLIENTS)]
    answers = await asyncio.gather(*(ask(host, port, message) for message in messages))
    assert answers == [message[::-1] for message in messages]
    server.close()
    await server.wait_closed()
    return len(answers)


async def refused(host: str) -> str:
    with sockcore.socket(FAMILY) as sock:
        sock.bind((host, 0))
        port = sock.getsockname()[1]
    try:
        await asyncio.open_connection(host, port)
    except OSError as exc:
        return type(exc).__name__
    return "connected"


async def by_hand(host: str) -> bytes:
    """Use the socket methods of the event loop."""
    loop = asyncio.get_running_loop()
    with sockcore.socket(FAMILY) as listener, sockcore.socket(FAMILY) as client:
        listener.bind((host, 0))
        listener.listen()
        for sock in (listener, client):
            sock.setblocking(False)
        accepting = asyncio.ensure_future(loop.sock_accept(listener))  # type: ignore[arg-type]
        await loop.sock_connect(client, listener.getsockname())  # type: ignore[arg-type]
        peer, address = await accepting
        with peer:
            assert type(peer) is sockcore.socket  # type: ignore[comparison-overlap]
            assert address == client.getsockname()
            await loop.sock_sendall(client, b"by hand")  # type: ignore[arg-type]
            return await loop.sock_recv(peer, 100)


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.transport.sendto(data * 2, address)


class Client(asyncio.DatagramProtocol):
    def __init__(self, done: asyncio.Future[Any]) -> None:
        self.done = done

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not self.done.done():
            self.done.set_result((data, address))


async def datagrams(host: str) -> bytes:
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=(host, 0))
    address = server.get_extra_info("sockname")
    done = loop.create_future()
    client, _ = await loop.create_datagram_endpoint(lambda: Client(done), remote_addr=address[:2])
    client.sendto(b"datagram")
    data, sender = await asyncio.wait_for(done, 60)
    assert sender == address
    client.close()
    server.close()
    await asyncio.sleep(0.01)
    received: bytes = data
    return received


async def main(host: str) -> None:
    for scenario in (streams, refused, by_hand, datagrams):
        print(scenario.__name__, await scenario(host))  # type: ignore[operator]


loop = getattr(asyncio, sys.argv[1])()
try:
    loop.run_until_complete(main(sys.argv[2]))
    loop.run_until_complete(loop.shutdown_asyncgens())
finally:
    loop.close()
