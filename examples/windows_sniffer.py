"""Print the packets of a network interface on Windows, as an administrator.

    python examples/windows_sniffer.py [ADDRESS OF THE INTERFACE [NUMBER OF PACKETS]]

Needs sockcore-inet and sockcore-windows.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sockcore as socket

if TYPE_CHECKING:
    from collections.abc import Iterator

BUFSIZE = 65565  # larger than every packet


def listen_on(host: str, protocol: int = socket.IPPROTO_IP) -> Any:
    """Return a raw socket on the interface with the address *host*.

    Received packets begin with the IP header.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    try:
        sock.bind((host, 0))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def all_packets(sock: Any) -> Iterator[None]:
    """Receive the packets of other hosts too, in the ``with`` block."""
    sock.ioctl(socket.SIO_RCVALL, socket.RCVALL_ON)
    try:
        yield
    finally:
        sock.ioctl(socket.SIO_RCVALL, socket.RCVALL_OFF)


def describe(packet: bytes) -> str:
    """Return sender, receiver, protocol and length of an IPv4 packet."""
    source, destination = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
    return f"{source} -> {destination}  protocol {packet[9]}, {len(packet)} bytes"


def main() -> None:
    host = sys.argv[1] if len(sys.argv) > 1 else socket.gethostbyname(socket.gethostname())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with listen_on(host) as sock, all_packets(sock):
        for _ in range(count):
            packet, _ = sock.recvfrom(BUFSIZE)
            print(describe(packet))


if __name__ == "__main__":
    main()
