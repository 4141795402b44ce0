"""The same as plain.py with asyncio: ``server|client tcp|unix PLACE [PORT]``, and ``tls CERTIFICATE KEY [PORT]``."""

import asyncio
import ssl
import sys

LENGTH = 300_000


async def answer(reader, writer):
    length = int.from_bytes(await reader.readexactly(8), "big")
    writer.write((await reader.readexactly(length))[::-1])
    await writer.drain()
    while writer.transport.get_write_buffer_size():  # the process ends soon
        await asyncio.sleep(0.01)
    writer.close()
    done.set()


async def server(transport, *place):
    global done
    done = asyncio.Event()
    if transport == "unix":
        listener = await asyncio.start_unix_server(answer, place[0])
    elif transport == "tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*place)
        listener = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    else:
        listener = await asyncio.start_server(answer, place[0], 0)
    name = listener.sockets[0].getsockname()
    print(name if transport == "unix" else name[1], flush=True)
    await asyncio.wait_for(done.wait(), 60)
    await asyncio.sleep(0.1)  # for the transport to close the connection
    listener.close()
    await listener.wait_closed()


async def client(transport, *place):
    if transport == "unix":
        reader, writer = await asyncio.open_unix_connection(place[0])
    elif transport == "tls":
        context = ssl.create_default_context(cafile=place[0])
        reader, writer = await asyncio.open_connection("localhost", int(place[-1]), ssl=context)
    else:
        reader, writer = await asyncio.open_connection(*place)
    data = bytes(range(256)) * (LENGTH // 256)
    writer.write(len(data).to_bytes(8, "big") + data)
    print(await asyncio.wait_for(reader.readexactly(len(data)), 60) == data[::-1])
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    asyncio.run({"server": server, "client": client}[sys.argv[1]](*sys.argv[2:]))
