"""The server classes of socketserver."""

import os
import socket
import socketserver
import tempfile
import threading


class Stream(socketserver.StreamRequestHandler):
    timeout = 60

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read().upper())


def ask(server):
    with socket.socket(server.address_family, server.socket_type) as sock:
        sock.settimeout(60)
        if server.socket_type == socket.SOCK_DGRAM and server.address_family != socket.AF_INET:
            sock.bind("")  # the server needs an address to reply to
        sock.connect(server.server_address)
        sock.sendall(b"one\ntwo\n")
        if server.socket_type == socket.SOCK_DGRAM:
            return sock.recv(100)
        sock.shutdown(socket.SHUT_WR)
        with sock.makefile("rb") as file:
            return file.read()


def serve_with(server_class, handler, address):
    with server_class(address, handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        print(server_class.__name__, ask(server))
        server.shutdown()
        thread.join()


with tempfile.TemporaryDirectory() as directory:
    serve_with(socketserver.TCPServer, Stream, ("127.0.0.1", 0))
    serve_with(socketserver.ThreadingTCPServer, Stream, ("127.0.0.1", 0))
    serve_with(socketserver.UDPServer, Datagram, ("127.0.0.1", 0))
    serve_with(socketserver.ThreadingUDPServer, Datagram, ("127.0.0.1", 0))
    if hasattr(os, "fork"):  # on systems without fork() the standard library does not support AF_UNIX
        serve_with(socketserver.UnixStreamServer, Stream, os.path.join(directory, "stream"))
        serve_with(socketserver.ThreadingUnixStreamServer, Stream, os.path.join(directory, "threads"))
        serve_with(socketserver.UnixDatagramServer, Datagram, os.path.join(directory, "datagram"))
