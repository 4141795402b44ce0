"""Host and port of IPv4 and IPv6 address tuples.

1. A host is a str (an IP address or a host name), bytes, a bytearray, or an address of :mod:`ipaddress`. A host name
   that is not ASCII is encoded with IDNA.
2. ``''`` is the wildcard address. ``'<broadcast>'`` and ``'255.255.255.255'`` are INADDR_BROADCAST, for AF_INET only.
3. The codecs parse numeric addresses themselves. The context resolves other hosts, and the first address is used.
4. The type of the host is checked before the type of the port, and the host is resolved before the range of the port
   is checked. This order matches CPython.
"""

from __future__ import annotations

from sockcore.plugin import Any, Context, c_int

#: The highest port number of TCP and UDP.
LAST_PORT = 0xFFFF

BROADCAST = ("<broadcast>", "255.255.255.255")


def to_port(context: Context, port: Any) -> int:
    """Convert a port to a C int.

    Raises TypeError if *port* is not an integer, and OverflowError if it does not fit.
    """
    if type(port) is int and 0 <= port <= 0xFFFF:
        return port
    try:
        return c_int(port)
    except OverflowError:
        raise port_range_error(context) from None


def port_range_error(context: Context) -> OverflowError:
    """Return the exception for a port that is not in 0-65535."""
    return OverflowError(f"{context.operation}(): port must be 0-65535.")
