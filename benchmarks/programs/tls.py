"""ssl over a pair of sockets, after the handshake: records of 64 bytes, and their echo.

The command openssl creates the certificate in a temporary folder.
"""

import socket
import ssl
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import process_time

DATA = bytes(64)


def contexts() -> "tuple[ssl.SSLContext, ssl.SSLContext]":
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "1", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(str(certificate), str(key))  # PyPy needs str
        client = ssl.create_default_context(cafile=str(certificate))
    return server, client


def echo(context: ssl.SSLContext, sock: socket.socket) -> None:
    with context.wrap_socket(sock, server_side=True) as secure:
        # The client closes its socket without reading all that TLS has sent. The system may report that as an error.
        with suppress(BrokenPipeError, ConnectionResetError):
            while data := secure.recv(64):
                secure.sendall(data)


def main(count: int) -> None:
    for_server, for_client = contexts()
    left, right = socket.socketpair()
    thread = Thread(target=echo, args=(for_server, right))
    thread.start()
    with for_client.wrap_socket(left, server_hostname="localhost") as secure:
        began = process_time()
        for _ in range(count):
            secure.sendall(DATA)
            secure.recv(64)
        print(process_time() - began)
    thread.join()


main(int(sys.argv[1]))
