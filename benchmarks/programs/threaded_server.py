"""socketserver with a thread for each connection: requests of 64 bytes, and their echo."""

import socket
import sys
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from time import process_time

DATA = bytes(64)


class Echo(BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(64):
            self.request.sendall(data)


def main(count: int) -> None:
    with ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        began = process_time()
        for _ in range(10):
            with socket.create_connection(server.server_address[:2], timeout=10) as sock:
                for _ in range(count // 10):
                    sock.sendall(DATA)
                    sock.recv(64)
        print(process_time() - began)
        server.shutdown()
        thread.join()


main(int(sys.argv[1]))
