"""TLS server and client on asyncio. Arguments: the paths of a certificate and its key."""

import asyncio
import ssl
import sys

CERTIFICATE, KEY = sys.argv[1:]


async def serve(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def main():
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(CERTIFICATE, KEY)
    outside = ssl.create_default_context(cafile=CERTIFICATE)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=inside)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=outside, server_hostname="localhost")
    print(writer.get_extra_info("peercert")["subject"])
    writer.write(b"secret\n")
    print(await reader.readline())
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


asyncio.run(main())
