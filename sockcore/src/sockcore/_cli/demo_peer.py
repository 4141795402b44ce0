"""The second process of the demo, an echo server: ``python -m sockcore._cli.demo_peer tcp|udp|unix HOST_OR_PATH``.

It binds a socket to HOST_OR_PATH (an IP address, or a path), prints a line with the port or the path, and sends the
data of one client back. A stream is sent back after the client has shut down writing.
"""

from __future__ import annotations

import sys

import sockcore

#: Timeout of an operation on a connected socket, in seconds.
TIMEOUT = 30.0
#: Seconds without a client after which the process ends. The demo runs other scenarios first, and may have to wait for
#: their processes. It usually stops this process; the limit is for a demo that was killed.
CLIENT_TIMEOUT = 300.0


def echo_stream(family: int, address: object) -> None:
    """Serve one client of a stream socket."""
    with sockcore.socket(family, sockcore.SOCK_STREAM) as listener:
        listener.settimeout(CLIENT_TIMEOUT)
        listener.bind(address)
        listener.listen()
        _print_address(listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(TIMEOUT)
            received = bytearray()
            while chunk := connection.recv(65536):
                received += chunk
            connection.sendall(received)


def echo_datagrams(family: int, address: object) -> None:
    """Send each datagram back to its sender, and end after an empty one."""
    with sockcore.socket(family, sockcore.SOCK_DGRAM) as sock:
        sock.settimeout(CLIENT_TIMEOUT)
        sock.bind(address)
        _print_address(sock.getsockname())
        data = b"?"
        while data:
            data, sender = sock.recvfrom(65536)
            sock.sendto(data, sender)


def _print_address(address: object) -> None:
    print(address[1] if isinstance(address, tuple) else address, flush=True)


def main(arguments: list[str]) -> None:
    """Run the server for a transport and an address."""
    transport, host_or_path = arguments
    if transport == "tcp":
        echo_stream(sockcore.AF_INET, (host_or_path, 0))
    elif transport == "udp":
        echo_datagrams(sockcore.AF_INET, (host_or_path, 0))
    else:
        echo_stream(sockcore.AF_UNIX, host_or_path)


if __name__ == "__main__":
    main(sys.argv[1:])
