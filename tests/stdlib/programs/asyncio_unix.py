"""asyncio streams over an AF_UNIX socket, and over a pair of sockets."""

import asyncio
import os
import socket
import tempfile


async def serve(reader, writer):
    async for line in reader:
        writer.write(line.upper())
    writer.close()


async def talk(reader, writer):
    writer.write(b"one\ntwo\n")
    writer.write_eof()
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    return reply


async def main(path):
    server = await asyncio.start_unix_server(serve, path)
    print(await talk(*await asyncio.open_unix_connection(path)))
    server.close()
    await server.wait_closed()

    left, right = socket.socketpair()
    serving = asyncio.ensure_future(serve(*await asyncio.open_connection(sock=right)))
    print(await talk(*await asyncio.open_connection(sock=left)))
    await serving


with tempfile.TemporaryDirectory() as directory:
    asyncio.run(main(os.path.join(directory, "echo")))
