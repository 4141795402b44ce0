"""`import sockcore as socket` in a process that keeps the standard module: libraries take sockcore's sockets."""

import asyncio
import selectors
import subprocess
import sys
import threading

import pytest

import sockcore as socket


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(10)
        yield sock


def test_event_loop_calls(listener):
    async def talk():
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, listener.getsockname())
            server, address = await loop.sock_accept(listener)
            with server:
                if sys.platform != "win32":  # where the loop makes the socket itself, before there is a connection
                    assert type(server) is socket.socket
                assert address == client.getsockname()
                await loop.sock_sendall(server, b"over the loop")
                return await loop.sock_recv(client, 100)

    assert asyncio.run(talk()) == b"over the loop"


def test_streams_and_servers_of_given_sockets(listener):
    async def shout(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async def talk():
        server = await asyncio.start_server(shout, sock=listener)
        client = socket.create_connection(listener.getsockname())
        client.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=client)
        writer.write(b"given\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return line

    assert asyncio.run(talk()) == b"GIVEN\n"


def test_selectors():
    here, there = socket.socketpair()
    with here, there, selectors.DefaultSelector() as selector:
        selector.register(here, selectors.EVENT_READ, "data")
        assert selector.select(0) == []
        there.sendall(b"x")
        ((key, events),) = selector.select(10)
        assert (key.fileobj, key.data, events) == (here, "data", selectors.EVENT_READ)


def test_wrap_socket_takes_the_descriptor_over(listener, certificate):
    import ssl

    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(*certificate)
    outside = ssl.create_default_context(cafile=certificate[0])

    def serve():
        connection, _ = listener.accept()
        with inside.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(secure.recv(100).upper())

    thread = threading.Thread(target=serve)
    thread.start()
    plain = socket.create_connection(listener.getsockname(), timeout=10)
    with outside.wrap_socket(plain, server_hostname="localhost") as secure:
        assert (plain.fileno(), secure.gettimeout()) == (-1, 10.0)
        secure.sendall(b"secret")
        assert secure.recv(100) == b"SECRET"
    thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' subprocess takes no socket as a stream")
def test_subprocess_takes_sockets_as_streams():
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"to the child\n")
        here.shutdown(socket.SHUT_WR)
        code = "import sys; sys.stdout.write(sys.stdin.read().upper())"
        assert subprocess.run([sys.executable, "-c", code], stdin=there, stdout=there).returncode == 0
        assert here.recv(100) == b"TO THE CHILD\n"
