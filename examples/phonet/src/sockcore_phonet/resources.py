"""The methods of AF_PHONET sockets, by ioctl(2). Source: networking/phonet in the kernel documentation.

A message to device 0 and port 0 is delivered to the socket that has the resource of the message.
"""

from __future__ import annotations

import sys

from sockcore.plugin import Any, import_module, named_integer
from sockcore_phonet.constants import AF_PHONET, SIOCPNADDRESOURCE, SIOCPNDELRESOURCE


def phonet_add_resource(sock: Any, resource: Any, /) -> None:
    """Receive the messages for a resource, 0 to 255.

    Raises TypeError or OverflowError for an invalid resource, and OSError (EADDRINUSE) if another socket has it.
    """
    ioctl(sock, "phonet_add_resource", SIOCPNADDRESOURCE, resource)


def phonet_remove_resource(sock: Any, resource: Any, /) -> None:
    """Receive no more messages for a resource.

    Raises TypeError or OverflowError for an invalid resource, and OSError (ENOENT) if the socket does not have it.
    """
    ioctl(sock, "phonet_remove_resource", SIOCPNDELRESOURCE, resource)


def ioctl(sock: Any, method: str, request: int, resource: Any) -> None:
    """Call ioctl(2) with the number of a resource.

    Raises TypeError for a socket of another family or a resource that is not an integer, OverflowError for a resource
    that is out of range, and OSError if the call fails.
    """
    if sock.family != AF_PHONET:
        raise TypeError(f"{method}() needs an AF_PHONET socket, not one of {sock.family!r}")
    number = named_integer(f"{method}(): resource", resource)
    if not 0 <= number <= 255:
        raise OverflowError(f"{method}(): resource must be 0 to 255, not {number}")
    # Not at the top: Windows has no such module. The argument is a __u32.
    import_module("fcntl").ioctl(sock.fileno(), request, number.to_bytes(4, sys.byteorder))
