"""SSLContext.wrap_socket for server and client, blocking and with a timeout. Arguments: certificate and key."""

import socket
import ssl
import sys
import threading

CERTIFICATE, KEY = sys.argv[1:]
inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
inside.load_cert_chain(CERTIFICATE, KEY)
outside = ssl.create_default_context(cafile=CERTIFICATE)


def serve(listener):
    for _ in range(2):
        connection, _ = listener.accept()
        with inside.wrap_socket(connection, server_side=True) as secure:
            assert connection.fileno() == -1, "the descriptor has moved"
            with secure.makefile("rwb") as file:
                file.write(file.readline().upper())


with socket.create_server(("127.0.0.1", 0)) as listener:
    thread = threading.Thread(target=serve, args=(listener,))
    thread.start()
    for timeout in (None, 10.0):
        plain = socket.create_connection(listener.getsockname(), timeout=timeout)
        with outside.wrap_socket(plain, server_hostname="localhost") as secure:
            print(secure.gettimeout(), secure.version() in ("TLSv1.2", "TLSv1.3"))
            secure.sendall(b"secret\n")
            print(secure.recv(100), secure.getpeername() == listener.getsockname())
    thread.join()
    # The server does not accept this connection. The handshake fails with an exception that socket.timeout catches.
    with socket.create_connection(listener.getsockname(), timeout=0.05) as plain:
        try:
            outside.wrap_socket(plain, server_hostname="localhost")
        except socket.timeout as exc:
            print("handshake:", exc)
with outside.wrap_socket(socket.socket(), server_hostname="localhost") as secure:
    try:
        secure.connect(("::1", 1))  # not an IPv4 address, and does not need a name server
    except socket.gaierror as exc:
        print("gaierror", exc.errno)
