"""An echo server and its clients in one loop, with each selector class of the system."""

import selectors
import socket


def echo_with(selector_class):
    with selector_class() as selector, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ, "listener")
        waiting = {}
        for number in range(5):
            client = socket.create_connection(listener.getsockname())
            client.setblocking(False)
            client.send(b"client %d" % number)
            selector.register(client, selectors.EVENT_READ, "client")
            waiting[client] = b"client %d" % number
        while waiting:
            ready = selector.select(timeout=60)
            assert ready
            for key, _ in ready:
                if key.data == "listener":
                    connection, _ = listener.accept()
                    connection.setblocking(False)
                    selector.register(connection, selectors.EVENT_READ, "connection")
                elif key.data == "connection":
                    key.fileobj.send(key.fileobj.recv(1024))
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                else:
                    assert key.fileobj.recv(1024) == waiting.pop(key.fileobj)
                    selector.unregister(key.fileobj)
                    key.fileobj.close()


for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"):
    if hasattr(selectors, name):
        echo_with(getattr(selectors, name))
        print(name)
