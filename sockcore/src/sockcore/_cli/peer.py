"""The other process of the demonstration: ``python -m sockcore._cli.peer tcp|udp|unix PLACE``.

It opens a socket at PLACE (an IP address, or a path), prints a line that says where (a port, or the path), and
sends back what one client sends: for a stream all of it, when the client has shut its side down.
"""

from __future__ import annotations

import sys

import sockcore

#: Seconds without a client, or without data, after which the peer gives up.
PATIENCE = 10.0


def echo_stream(family: int, address: object) -> None:
    """Serve one client of a stream socket."""
    with sockcore.socket(family, sockcore.SOCK_STREAM) as listener:
        listener.settimeout(PATIENCE)
        listener.bind(address)
        listener.listen()
        _announce(listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            received = bytearray()
            while chunk := connection.recv(65536):
                received += chunk
            connection.sendall(received)


def echo_datagrams(family: int, address: object) -> None:
    """Send each datagram back to where it came from, until an empty one came."""
    with sockcore.socket(family, sockcore.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.bind(address)
        _announce(sock.getsockname())
        data = b"?"
        while data:
            data, sender = sock.recvfrom(65536)
            sock.sendto(data, sender)


def _announce(name: object) -> None:
    print(name[1] if isinstance(name, tuple) else name, flush=True)


def main(arguments: list[str]) -> None:
    """Run the peer that *arguments* ask for."""
    kind, place = arguments
    if kind == "tcp":
        echo_stream(sockcore.AF_INET, (place, 0))
    elif kind == "udp":
        echo_datagrams(sockcore.AF_INET, (place, 0))
    else:
        echo_stream(sockcore.AF_UNIX, place)


if __name__ == "__main__":
    main(sys.argv[1:])
