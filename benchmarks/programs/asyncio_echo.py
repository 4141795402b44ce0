"""asyncio streams: requests of 64 bytes over one connection, each answered by an echo."""

import asyncio
import sys
from time import process_time

DATA = bytes(64)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64):
        writer.write(data)
    writer.close()


async def main(count: int) -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    began = process_time()
    for _ in range(count):
        writer.write(DATA)
        await reader.readexactly(64)
    print(process_time() - began)
    writer.close()
    server.close()


asyncio.run(main(int(sys.argv[1])))
