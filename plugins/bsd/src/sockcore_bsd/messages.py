"""The control messages of macOS and the BSDs, for sockcore.ancillary.

An addition to the standard library, which returns bytes.
"""

from __future__ import annotations

from sockcore.plugin import Ancillary, Any, Iterator, Mapping, constants, system_name
from sockcore_bsd import credentials
from sockcore_bsd.constants import TABLE
from sockcore_bsd.link import Link
from sockcore_bsd.options import Decode, Encode, number_of
from sockcore_bsd.structs import SOCKCRED2, SOCKCRED_PID, sockaddr_dl

#: System -> control message of AF_UNIX -> decoder, encoder.
_MESSAGES: dict[str, dict[str, tuple[Decode, Encode]]] = {
    "freebsd": {
        "SCM_CREDS": (credentials.decode_freebsd_creds, credentials.encode_empty_cmsgcred),
        "SCM_CREDS2": (credentials.sockcred_decoder(SOCKCRED2), None),
    },
    "netbsd": {"SCM_CREDS": (credentials.sockcred_decoder(SOCKCRED_PID), None)},
}


def ancillaries(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages of *system*.

    *table* has its constants.

    IP_RECVIF is the receiving interface of a datagram, as an AF_LINK address: (index, type, name, address).
    """
    for name, (decode, encode) in _MESSAGES.get(system, {}).items():
        yield Ancillary(name, constants()["SOL_SOCKET"], number_of(table, name), decode, encode)
    if "ip_recvif" in table:
        link = Link(table["AF_LINK"], sockaddr_dl(system))
        yield Ancillary(
            "IP_RECVIF", table["ipproto_ip"], table["ip_recvif"], link.decode_sockaddr, family=table["af_inet"]
        )
