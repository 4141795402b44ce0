"""asyncio's sock_sendall and sock_recv over a pair of sockets."""

import asyncio
import socket
import sys
from time import process_time

DATA = bytes(64)


async def echo(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(sock, 64):
        await loop.sock_sendall(sock, data)


async def main(count: int) -> None:
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    server = asyncio.ensure_future(echo(right))
    began = process_time()
    for _ in range(count):
        await loop.sock_sendall(left, DATA)
        await loop.sock_recv(left, 64)
    print(process_time() - began)
    left.close()
    await server
    right.close()


asyncio.run(main(int(sys.argv[1])))
