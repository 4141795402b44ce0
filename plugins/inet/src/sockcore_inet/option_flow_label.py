"""Flow labels of IPv6 on Linux: IPV6_FLOWLABEL_MGR. Source: <linux/in6.h>, net/ipv6/ip6_flowlabel.c in the kernel.

1. A socket requests a label for a destination, and sends it with connect() or sendto() if IPV6_FLOWINFO_SEND is True
   and the address contains it.
2. The option is read as the label with which the socket is connected.
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from sockcore.plugin import Any, Iterator, Kind, Option, OptionTable, getsockopt_with_input, socket, struct_kind
from sockcore_inet.constants import TABLE
from sockcore_inet.ip_structs import IN6_FLOWLABEL_REQ
from sockcore_inet.option_addresses import IPV6_FIELD

__all__ = ["IPV6_FLOWLABEL_MGR", "FlowLabelRequest", "get_remote_flow_label", "request_flow_label"]


class FlowLabelRequest(NamedTuple):
    """The value of IPV6_FLOWLABEL_MGR: a destination, a label, an action (IPV6_FL_A_*), and its parameters.

    *label* is a number of 20 bits. *share* is IPV6_FL_S_*, and *flags* are IPV6_FL_F_*. *expires* and *linger* are in
    seconds. The value that is read is the label with which the socket is connected: *action* and *flags* are 0, and the
    other fields are those of the request.
    """

    destination: str
    label: int
    action: int
    share: int
    flags: int
    expires: int
    linger: int
    pad: int = 0


def _read(fd: int, level: int, optname: int, flags: int = 0) -> bytes:
    # The kernel reads the action, IPV6_FL_A_GET, and the flags from the buffer: ipv6_flowlabel_opt_get().
    request = IN6_FLOWLABEL_REQ.pack(bytes(16), 0, TABLE.get("IPV6_FL_A_GET", 0), 0, flags, 0, 0, 0)
    return getsockopt_with_input(fd, level, optname, request)


_struct: Kind[FlowLabelRequest] = struct_kind(FlowLabelRequest, IN6_FLOWLABEL_REQ, {"destination": IPV6_FIELD})
_KIND: Kind[FlowLabelRequest] = Kind(_struct.type_name, _struct.size, _struct.decode, _struct.encode, reader=_read)
_table = OptionTable(TABLE)
IPV6_FLOWLABEL_MGR: Option[FlowLabelRequest] = _table("IPV6_FLOWLABEL_MGR", "IPPROTO_IPV6", _KIND)


def request_flow_label(sock: socket, request: FlowLabelRequest) -> int:
    """Set IPV6_FLOWLABEL_MGR, and return the flow label: a number of 20 bits.

    The kernel selects the label if that of the request is 0 and its flags contain IPV6_FL_F_CREATE.
    :func:`sockcore.options.set` does not return it.

    Raises TypeError, ValueError or OverflowError for an invalid request, and OSError, with the name of the option, if
    setsockopt(2) fails. Availability: Linux.
    """
    _require_linux()
    assert IPV6_FLOWLABEL_MGR.encode is not None
    # The kernel writes the label to the buffer.
    data = bytearray(IPV6_FLOWLABEL_MGR.encode(request))
    try:
        sock.setsockopt(IPV6_FLOWLABEL_MGR.level, IPV6_FLOWLABEL_MGR.number, data)
    except OSError as exc:
        raise OSError(exc.errno, f"{exc.strerror}: {IPV6_FLOWLABEL_MGR.name}") from exc
    return IPV6_FLOWLABEL_MGR.decode(bytes(data)).label


def get_remote_flow_label(sock: socket) -> int:
    """Return the flow label of the packets that the peer sends: a number of 20 bits, 0 if it sends none.

    For an accepted connection of TCP, it is the label of the first packet. Raises OSError if getsockopt(2) fails.
    Availability: Linux.
    """
    _require_linux()
    level, number = IPV6_FLOWLABEL_MGR.level, IPV6_FLOWLABEL_MGR.number
    return IPV6_FLOWLABEL_MGR.decode(_read(sock.fileno(), level, number, TABLE["IPV6_FL_F_REMOTE"])).label


def _require_linux() -> None:
    if not IPV6_FLOWLABEL_MGR.is_available:
        raise OSError(errno.ENOPROTOOPT, f"{os.strerror(errno.ENOPROTOOPT)}: {IPV6_FLOWLABEL_MGR.name}")


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
