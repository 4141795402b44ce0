"""Requests of http.client and urllib to http.server: GET, POST, keep-alive, timeouts, a refused connection."""

import http.client
import http.server
import json
import socket
import threading
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(("GET " + self.path).encode())

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"]))[::-1])

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    host, port = server.server_address
    connection = http.client.HTTPConnection(host, port, timeout=60)
    for path in ("/first", "/second"):
        connection.request("GET", path)
        print(connection.getresponse().read())
    connection.close()
    url = f"http://localhost:{port}/"
    with opener.open(url, data=json.dumps(list(range(1000))).encode(), timeout=60) as reply:
        print(reply.status, json.loads(reply.read()[::-1])[-1])
    server.shutdown()
    thread.join()
try:
    opener.open(url)
except urllib.error.URLError as exc:
    print(repr(exc.reason))
with socket.create_server(("127.0.0.1", 0)) as silent:
    try:
        opener.open(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.05)
    except socket.timeout as exc:
        print(repr(exc))
    except urllib.error.URLError as exc:
        print(repr(exc.reason))
