"""socketserver in all its kinds."""

import os
import socket
import socketserver
import tempfile
import threading


class Stream(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read().upper())


def ask(server):
    with socket.socket(server.address_family, server.socket_type) as sock:
        sock.settimeout(10)
        if server.socket_type == socket.SOCK_DGRAM and server.address_family != socket.AF_INET:
            sock.bind("")  # so that there is an address to answer to
        sock.connect(server.server_address)
        sock.sendall(b"one\ntwo\n")
        if server.socket_type == socket.SOCK_DGRAM:
            return sock.recv(100)
        sock.shutdown(socket.SHUT_WR)
        with sock.makefile("rb") as file:
            return file.read()


def play(kind, handler, address):
    with kind(address, handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        print(kind.__name__, ask(server))
        server.shutdown()
        thread.join()


with tempfile.TemporaryDirectory() as directory:
    play(socketserver.TCPServer, Stream, ("127.0.0.1", 0))
    play(socketserver.ThreadingTCPServer, Stream, ("127.0.0.1", 0))
    play(socketserver.UDPServer, Datagram, ("127.0.0.1", 0))
    play(socketserver.ThreadingUDPServer, Datagram, ("127.0.0.1", 0))
    if hasattr(os, "fork"):  # else the standard library has no AF_UNIX
        play(socketserver.UnixStreamServer, Stream, os.path.join(directory, "stream"))
        play(socketserver.ThreadingUnixStreamServer, Stream, os.path.join(directory, "threads"))
        play(socketserver.UnixDatagramServer, Datagram, os.path.join(directory, "datagram"))
