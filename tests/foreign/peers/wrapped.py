"""The same as plain.py with SSLContext.wrap_socket: ``server CERTIFICATE KEY``, ``client CERTIFICATE KEY PORT``."""

import socket
import ssl
import sys

from plain import LENGTH, answer, talk


def server(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        print(listener.getsockname()[1], flush=True)
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True) as secure:
            answer(secure)


def client(certificate, key, port):
    context = ssl.create_default_context(cafile=certificate)
    data = bytes(range(256)) * (LENGTH // 256)
    plain = socket.create_connection(("localhost", int(port)), timeout=60)
    with context.wrap_socket(plain, server_hostname="localhost") as secure:
        print(talk(secure, data) == data[::-1])


if __name__ == "__main__":
    {"server": server, "client": client}[sys.argv[1]](*sys.argv[2:])
