"""http.server in a thread, and urllib: requests, each over a new connection."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import process_time
from typing import Any
from urllib.request import urlopen

PAGE = bytes(256)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments: Any) -> None:
        pass


def main(count: int) -> None:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        began = process_time()
        for _ in range(count):
            with urlopen(url) as answer:
                answer.read()
        print(process_time() - began)
        server.shutdown()
        thread.join()


main(int(sys.argv[1]))
