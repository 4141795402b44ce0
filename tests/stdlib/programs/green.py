"""Echo, HTTP, timeouts, files and UDP on gevent or eventlet, in one thread. Argument: the name of the library."""

import sys
import threading
import warnings

library = sys.argv[1]
if library == "gevent":
    import gevent
    from gevent import monkey

    monkey.patch_all()
    spawn, wait, sleep = gevent.spawn, gevent.Greenlet.join, gevent.sleep
else:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eventlet raises a DeprecationWarning about itself
        import eventlet

    eventlet.monkey_patch()
    spawn, wait, sleep = eventlet.spawn, (lambda thread: thread.wait()), eventlet.sleep

import http.client  # noqa: E402
import http.server  # noqa: E402
import socket  # noqa: E402

LOCAL = ("127.0.0.1", 0)
print(library, socket.socket.__module__.partition(".")[0])


def echo():
    server = socket.socket()
    server.bind(LOCAL)
    server.listen()

    def serve():
        for _ in range(3):
            connection, _ = server.accept()
            spawn(answer, connection)

    def answer(connection):
        while True:
            data = connection.recv(100)
            if not data:
                break
            connection.sendall(data.upper())
        connection.close()

    serving = spawn(serve)
    clients = [socket.create_connection(server.getsockname()) for _ in range(3)]
    for number, client in enumerate(clients):  # the server handles all three concurrently
        client.sendall(b"client %d" % number)
    print([client.recv(100) for client in clients])
    for client in clients:
        client.close()
    wait(serving)
    server.close()


def large():
    """Send more data than fits into the buffers: sender and receiver must wait."""
    left, right = socket.socketpair()
    data = bytes(range(256)) * 8192
    sending = spawn(left.sendall, data)
    received = bytearray()
    while len(received) < len(data):
        received += right.recv(65536)
    wait(sending)
    print(received == data)
    left.close()
    right.close()


def timeouts():
    left, right = socket.socketpair()
    left.settimeout(0.01)
    try:
        left.recv(1)
    except socket.timeout as exc:
        print("timeout:", exc, isinstance(exc, OSError), left.gettimeout())
    right.sendall(b"late")
    print(left.recv(10))
    left.close()
    right.close()


def files():
    left, right = socket.socketpair()
    with left, right, left.makefile("rw", newline="\n") as text, right.makefile("rwb") as binary:
        text.write("one\ntwo\n")
        text.flush()
        print(binary.readline(), binary.readline())
        binary.write("drei \u00e9\n".encode())
        binary.flush()
        print(ascii(text.readline()))


def datagrams():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(LOCAL)
    client.bind(LOCAL)
    client.settimeout(60)

    def serve():
        data, address = server.recvfrom(100)
        server.sendto(data[::-1], address)

    serving = spawn(serve)
    sleep(0)
    client.sendto(b"datagram", server.getsockname())
    data, address = client.recvfrom(100)
    print(data, address == server.getsockname())
    wait(serving)
    server.close()
    client.close()


class Handler(http.server.BaseHTTPRequestHandler):
    """An HTTP handler whose response is the path."""

    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def fetch():
    server = http.server.HTTPServer(LOCAL, Handler)
    thread = threading.Thread(target=lambda: [server.handle_request() for _ in range(2)])
    thread.start()
    for path in "/first", "/second":
        connection = http.client.HTTPConnection(*server.server_address[:2], timeout=60)
        connection.request("GET", path)
        response = connection.getresponse()
        print(response.status, response.read())
        connection.close()
    thread.join()
    server.server_close()


def names():
    print(socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4])
    print(socket.gethostbyname("127.0.0.1"))


echo()
large()
timeouts()
files()
datagrams()
fetch()
names()
