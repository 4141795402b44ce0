"""httpcore: requests to http.server over one persistent connection."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import process_time
from typing import Any

import httpcore

PAGE = bytes(256)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments: Any) -> None:
        pass


def main(count: int) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        with httpcore.ConnectionPool() as pool:
            began = process_time()
            for _ in range(count):
                pool.request("GET", url).read()
            print(process_time() - began)
        server.shutdown()
        thread.join()


main(int(sys.argv[1]))
