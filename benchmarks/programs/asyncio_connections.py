"""asyncio streams: connections, each with one request and its echo."""

import asyncio
import sys
from time import process_time

DATA = bytes(64)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(64))
    await reader.read()
    writer.close()


async def main(count: int) -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    began = process_time()
    for _ in range(count):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(DATA)
        await reader.readexactly(64)
        writer.close()
        await writer.wait_closed()
    print(process_time() - began)
    server.close()


asyncio.run(main(int(sys.argv[1])))
