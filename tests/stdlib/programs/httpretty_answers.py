"""HTTP responses without a network, by httpretty, which replaces socket.socket with another class."""

import http.client
import socket
import urllib.request
import warnings

warnings.filterwarnings("ignore", module="httpretty")  # httpretty calls deprecated functions

import httpretty  # noqa: E402

before = socket.socket
with httpretty.enabled(allow_net_connect=False):
    httpretty.register_uri(httpretty.GET, "http://sockcore.invalid/page", body="pretended", status=200)
    print(socket.socket is before)
    with urllib.request.urlopen("http://sockcore.invalid/page", timeout=60) as response:
        print(response.status, response.read())
    connection = http.client.HTTPConnection("sockcore.invalid", timeout=60)
    connection.request("GET", "/page")
    print(connection.getresponse().read())
    connection.close()
    print(httpretty.last_request().path)
print(socket.socket is before, socket.gethostbyname("127.0.0.1"))
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname(), 60) as client:
        client.sendall(b"a real one")
        connection, _ = server.accept()
        with connection:
            print(connection.recv(100))
