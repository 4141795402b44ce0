"""Socket methods of the asyncio event loop, including sendfile."""

import asyncio
import socket
import tempfile


async def main():
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with socket.socket() as client:
            client.setblocking(False)
            accepting = asyncio.ensure_future(loop.sock_accept(listener))
            await loop.sock_connect(client, listener.getsockname())
            server, address = await accepting
            with server:
                assert address == client.getsockname()
                await loop.sock_sendall(client, b"x" * 30_000)
                got = b""
                while len(got) < 30_000:
                    got += await loop.sock_recv(server, 65536)
                print(len(got), got == b"x" * 30_000)
                await loop.sock_sendall(server, b"into a buffer")
                buffer = bytearray(100)
                count = await loop.sock_recv_into(client, buffer)
                print(bytes(buffer[:count]))
                with tempfile.TemporaryFile() as file:
                    file.write(b"0123456789" * 5000)
                    file.flush()
                    sending = asyncio.ensure_future(loop.sock_sendfile(server, file, 10, 40_000))
                    got = b""
                    while len(got) < 40_000:
                        got += await loop.sock_recv(client, 65536)
                    print(await sending, got == b"0123456789" * 4000)
                try:
                    await asyncio.wait_for(loop.sock_recv(client, 1), 0.02)
                except asyncio.TimeoutError:
                    print("nothing more")
    infos = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    print(infos, await loop.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))


asyncio.run(main())
