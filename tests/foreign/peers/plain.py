"""A server or client for one connection: ``server|client tcp|unix PLACE [PORT]``.

All peers use this protocol: the client sends the length in 8 bytes, and then the data. The server replies with the
reversed data. The server prints its address, the client whether the reply is correct.
"""

import socket
import sys

LENGTH = 300_000


def talk(sock, data):
    sock.sendall(len(data).to_bytes(8, "big") + data)
    with sock.makefile("rb") as file:
        return file.read(len(data))


def answer(sock):
    with sock.makefile("rwb") as file:
        length = int.from_bytes(file.read(8), "big")
        file.write(file.read(length)[::-1])


def server(transport, place):
    if transport == "tcp":
        listener = socket.create_server((place, 0))
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(place)
        listener.listen()
    with listener:
        listener.settimeout(60)
        print(listener.getsockname()[1] if transport == "tcp" else place, flush=True)
        connection, _ = listener.accept()
        with connection:
            answer(connection)


def client(transport, place, port=None):
    if transport == "tcp":
        sock = socket.create_connection((place, int(port)), timeout=60)
    else:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(60)
        sock.connect(place)
    data = bytes(range(256)) * (LENGTH // 256)
    with sock:
        print(talk(sock, data) == data[::-1])


if __name__ == "__main__":
    {"server": server, "client": client}[sys.argv[1]](*sys.argv[2:])
