"""asyncio streams over TCP: concurrent clients, connections by address and by name, half-close, large messages."""

import asyncio
import socket

NO_DELAY = set()


async def serve(reader, writer):
    data = await reader.read()
    writer.write(data[::-1])
    await writer.drain()
    writer.close()


async def ask(host, port, data):
    reader, writer = await asyncio.open_connection(host, port)
    sock = writer.get_extra_info("socket")
    assert sock.family == socket.AF_INET, sock
    NO_DELAY.add(bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
    writer.write(data)
    writer.write_eof()
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    return reply


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    messages = [bytes([number]) * 100_000 + b"end" for number in range(20)]
    replies = await asyncio.gather(*(ask(host, port, message) for message in messages))
    assert replies == [message[::-1] for message in messages]
    assert await ask("localhost", port, b"by name") == b"eman yb"
    server.close()
    await server.wait_closed()
    try:
        await asyncio.open_connection(host, port)
    except ConnectionRefusedError as exc:
        print("then", type(exc).__name__, exc.errno)
    print(len(replies), "clients served, TCP_NODELAY", sorted(NO_DELAY))


asyncio.run(main())
