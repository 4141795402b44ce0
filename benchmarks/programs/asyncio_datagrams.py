"""asyncio datagrams: each is sent to a server, which sends it back."""

from __future__ import annotations

import asyncio
import sys
from time import process_time
from typing import Any

DATA = bytes(64)


class Echo(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.transport.sendto(data, address)


class Client(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def __init__(self, count: int, finished: asyncio.Future[None]) -> None:
        self.left = count
        self.finished = finished

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.sendto(DATA)

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.left -= 1
        if self.left:
            self.transport.sendto(DATA)
        else:
            self.finished.set_result(None)


async def main(count: int) -> None:
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    finished = loop.create_future()
    began = process_time()
    client, _ = await loop.create_datagram_endpoint(
        lambda: Client(count, finished), remote_addr=server.get_extra_info("sockname")
    )
    await finished
    print(process_time() - began)
    client.close()
    server.close()


asyncio.run(main(int(sys.argv[1])))
