"""The socket options and control messages of macOS and the BSDs, for sockcore.options and sockcore.ancillary.

An addition to the standard library, which returns bytes.
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

_INT_SIZE = 4


def _encode_flag(value: object) -> bytes:
    return int(bool(value)).to_bytes(_INT_SIZE, sys.byteorder)


#: A boolean option: size, decoder, encoder. A C int is true if any of its bytes is not 0.
_FLAG = (_INT_SIZE, any, _encode_flag)

#: System -> option of AF_UNIX -> size, decoder, encoder.
_OPTIONS: dict[str, dict[str, tuple[int, Decode, Encode]]] = {
    "darwin": {"LOCAL_PEERCRED": (XUCRED.size, credentials.decode_peercred, None)},
    "freebsd": {
        "LOCAL_CREDS": _FLAG,
        "LOCAL_CREDS_PERSISTENT": _FLAG,
        "LOCAL_PEERCRED": (XUCRED_PID.packer().size, credentials.decode_peercred_with_pid, None),
    },
    "netbsd": {"LOCAL_CREDS": _FLAG, "LOCAL_PEEREID": (UNPCBID.size, struct_value(UNPCBID), None)},
}

#: System -> control message of AF_UNIX -> decoder, encoder.
_MESSAGES: dict[str, dict[str, tuple[Decode, Encode]]] = {
    "freebsd": {
        "SCM_CREDS": (credentials.decode_freebsd_creds, credentials.encode_empty_cmsgcred),
        "SCM_CREDS2": (credentials.sockcred_decoder(SOCKCRED2), None),
    },
    "netbsd": {"SCM_CREDS": (credentials.sockcred_decoder(SOCKCRED_PID), None)},
}


def _number(table: Mapping[str, int], name: str) -> int:
    """Return the number of a constant.

    Constants of other distributions have lower-case names.
    """
    return table[name] if name in table else table[name.lower()]


def options(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Option]:
    """Yield the codecs of the socket options of *system*. *table* has its constants."""
    for name, (size, decode, encode) in _OPTIONS.get(system, {}).items():
        yield Option(name, table["sol_local"], _number(table, name), size, decode, encode, table["af_unix"])


def ancillaries(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Ancillary]:
    """Yield the codecs of the control messages of *system*.

    *table* has its constants.

    IP_RECVIF is the receiving interface of a datagram, as an AF_LINK address: (index, type, name, address).
    """
    for name, (decode, encode) in _MESSAGES.get(system, {}).items():
        yield Ancillary(name, constants()["SOL_SOCKET"], _number(table, name), decode, encode)
    if "ip_recvif" in table:
        link = Link(table["AF_LINK"], sockaddr_dl(system))
        yield Ancillary(
            "IP_RECVIF", table["ipproto_ip"], table["ip_recvif"], link.decode_sockaddr, family=table["af_inet"]
        )
