"""The parts of an IP address that both families read from a tuple: host and port.

1. A host is a str (an IP address, a host name, by IDNA where it is not ASCII), bytes, a bytearray, or an address of
   :mod:`ipaddress`.
2. ``''`` is the wildcard address; ``'<broadcast>'`` and ``'255.255.255.255'`` are INADDR_BROADCAST, of AF_INET only.
3. An address in numbers is read here; for all else the context resolves, and the first answer is taken.
4. The host is looked up before the port's range is checked, and its type before the port's, as ever.
"""

from __future__ import annotations

from sockcore.plugin import Any, Context, c_int

#: The highest port of TCP and UDP.
LAST_PORT = 0xFFFF

BROADCAST = ("<broadcast>", "255.255.255.255")


def port_number(context: Context, port: Any) -> int:
    """Return a port as C's int: TypeError if it is no integer, OverflowError if it does not fit."""
    if type(port) is int and 0 <= port <= 0xFFFF:
        return port
    try:
        return c_int(port)
    except OverflowError:
        raise port_out_of_range(context) from None


def port_out_of_range(context: Context) -> OverflowError:
    """Return the error of a port that no packet can carry."""
    return OverflowError(f"{context.operation}(): port must be 0-65535.")
