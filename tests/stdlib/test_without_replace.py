"""`import sockcore as socket` without replace(): standard libraries accept sockcore sockets."""

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
        sock.settimeout(60)
        yield sock


def test_event_loop_methods_accept_sockets(listener):
    async def talk():
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, listener.getsockname())
            server, address = await loop.sock_accept(listener)
            with server:
                if sys.platform != "win32":  # on Windows the loop creates the socket before accepting
                    assert type(server) is socket.socket
                assert address == client.getsockname()
                await loop.sock_sendall(server, b"over the loop")
                return await loop.sock_recv(client, 100)

    assert asyncio.run(talk()) == b"over the loop"


def test_asyncio_streams_accept_sockets(listener):
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


def test_selector_accepts_sockets():
    left, right = socket.socketpair()
    with left, right, selectors.DefaultSelector() as selector:
        selector.register(left, selectors.EVENT_READ, "data")
        assert selector.select(0) == []
        right.sendall(b"x")
        ((key, events),) = selector.select(10)
        assert (key.fileobj, key.data, events) == (left, "data", selectors.EVENT_READ)


def test_wrap_socket_moves_descriptor(listener, certificate):
    import ssl

    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(*certificate)
    client_context = ssl.create_default_context(cafile=certificate[0])

    def serve():
        connection, _ = listener.accept()
        with server_context.wrap_socket(connection, server_side=True) as tls_socket:
            tls_socket.sendall(tls_socket.recv(100).upper())

    thread = threading.Thread(target=serve)
    thread.start()
    plain = socket.create_connection(listener.getsockname(), timeout=60)
    with client_context.wrap_socket(plain, server_hostname="localhost") as tls_socket:
        assert (plain.fileno(), tls_socket.gettimeout()) == (-1, 60.0)
        tls_socket.sendall(b"secret")
        assert tls_socket.recv(100) == b"SECRET"
    thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="subprocess does not accept sockets as streams on Windows")
def test_subprocess_accepts_sockets_as_streams():
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"to the child\n")
        left.shutdown(socket.SHUT_WR)
        code = "import sys; sys.stdout.write(sys.stdin.read().upper())"
        assert subprocess.run([sys.executable, "-c", code], stdin=right, stdout=right).returncode == 0
        assert left.recv(100) == b"TO THE CHILD\n"
