"""A program: interpreters of ``concurrent.interpreters`` and of a pool are echo servers over sockcore.

This interpreter is the client. It prints the backends of the servers.
"""

from __future__ import annotations

import threading
from concurrent import futures, interpreters  # type: ignore[attr-defined,unused-ignore]

import sockcore

LIMIT = 60
CLIENTS = 3

SERVER = """
import sockcore, threading

def serve():
    with sockcore.create_server(("127.0.0.1", 0)) as listener:
        port.put(listener.getsockname()[1])
        for _ in range(clients):
            client, _ = listener.accept()
            with client:
                while data := client.recv(1000):
                    client.sendall(data)
    port.put(sockcore.backends.current())

serve()
"""


def answer(number: int) -> str:
    """Echo on a descriptor, in an interpreter of the pool. Return the backend."""
    import sockcore

    with sockcore.socket(fileno=number) as sock:
        while data := sock.recv(1000):
            sock.sendall(data)
    return sockcore.backends.current()


def ask(sock: sockcore.socket) -> None:
    """Send data and wait for the echo, three times."""
    with sock:
        sock.settimeout(LIMIT)
        for number in range(3):
            sent = bytes([number]) * 100
            sock.sendall(sent)
            received = b""
            while len(received) < len(sent):
                received += sock.recv(1000)
            assert received == sent


def main() -> None:
    """Test all servers."""
    used = []
    port = interpreters.create_queue()
    server = interpreters.create()
    server.prepare_main(port=port, clients=CLIENTS)
    thread = threading.Thread(target=server.exec, args=(SERVER,))
    thread.start()
    address = ("127.0.0.1", port.get(timeout=LIMIT))
    for _ in range(CLIENTS):
        ask(sockcore.create_connection(address, LIMIT))
    used.append(port.get(timeout=LIMIT))
    thread.join()
    server.close()
    with futures.InterpreterPoolExecutor(CLIENTS) as pool:
        pairs = [sockcore.socketpair() for _ in range(2 * CLIENTS)]
        answers = [pool.submit(answer, server.detach()) for _, server in pairs]
        for client, _ in pairs:
            ask(client)
        used += [item.result(LIMIT) for item in answers]
    print(*used)


if __name__ == "__main__":
    main()
