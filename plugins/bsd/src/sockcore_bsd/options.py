"""Options and control messages of macOS and the BSDs as values, for sockcore.options and sockcore.ancillary.

All are additions to the manual, where these come as plain bytes. What is not in a system's table it does not have.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    Ancillary,
    Callable,
    Iterator,
    Mapping,
    Option,
    Optional,
    constants,
    struct_value,
    system_name,
)
from sockcore_bsd import credentials
from sockcore_bsd.constants import TABLE
from sockcore_bsd.link import Link
from sockcore_bsd.structs import SOCKCRED2, SOCKCRED_PID, UNPCBID, XUCRED, XUCRED_PID, sockaddr_dl

Decode = Callable[[bytes], object]
Encode = Optional[Callable[[object], bytes]]

_INT = 4


def _as_int(value: object) -> bytes:
    return int(bool(value)).to_bytes(_INT, sys.byteorder)


#: An option that is on or off.
_FLAG = (_INT, any, _as_int)

#: The options of AF_UNIX by system: the size, and how they are read and written.
_OPTIONS: dict[str, dict[str, tuple[int, Decode, Encode]]] = {
    "darwin": {"LOCAL_PEERCRED": (XUCRED.size, credentials.peer, None)},
    "freebsd": {
        "LOCAL_CREDS": _FLAG,
        "LOCAL_CREDS_PERSISTENT": _FLAG,
        "LOCAL_PEERCRED": (XUCRED_PID.packer().size, credentials.peer_with_pid, None),
    },
    "netbsd": {"LOCAL_CREDS": _FLAG, "LOCAL_PEEREID": (UNPCBID.size, struct_value(UNPCBID), None)},
}

#: The control messages of AF_UNIX by system: how they are read and written.
_MESSAGES: dict[str, dict[str, tuple[Decode, Encode]]] = {
    "freebsd": {
        "SCM_CREDS": (credentials.own_or_filled_in, credentials.to_fill_in),
        "SCM_CREDS2": (credentials.sockcred(SOCKCRED2), None),
    },
    "netbsd": {"SCM_CREDS": (credentials.sockcred(SOCKCRED_PID), None)},
}


def _number(table: Mapping[str, int], name: str) -> int:
    """Return the number of a name that is this distribution's, or another's: then it is in lower case."""
    return table[name] if name in table else table[name.lower()]


def options(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Option]:
    """Yield the codecs of the socket options that a system has, whose numbers are in *table*."""
    for name, (size, decode, encode) in _OPTIONS.get(system, {}).items():
        yield Option(name, table["sol_local"], _number(table, name), size, decode, encode, table["af_unix"])


def ancillaries(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that a system has, whose numbers are in *table*.

    IP_RECVIF gives the interface by which a datagram came, as AF_LINK has it: (index, type, name, address).
    """
    for name, (decode, encode) in _MESSAGES.get(system, {}).items():
        yield Ancillary(name, constants()["SOL_SOCKET"], _number(table, name), decode, encode)
    if "ip_recvif" in table:
        link = Link(table["AF_LINK"], sockaddr_dl(system))
        yield Ancillary("IP_RECVIF", table["ipproto_ip"], table["ip_recvif"], link.read, family=table["af_inet"])
