"""The control messages of macOS and the BSDs, for sockcore.ancillary.

An addition to the standard library, which returns bytes. Availability: macOS and the BSDs. The codecs of all these
systems exist on each of them: see ``Ancillary.is_available``.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Ancillary, Any, Iterator, Mapping, constants, require_size, system_name
from sockcore_bsd import credentials
from sockcore_bsd.constants import TABLE
from sockcore_bsd.credentials import Credentials
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
_MISSING = -1


class ReceivingInterface(NamedTuple):
    """The interface at which a datagram arrived: an AF_LINK address."""

    interface: int
    type: int
    name: str
    address: bytes


def ancillaries(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages of *system*.

    *table* has its constants.
    """
    for name, (decode, encode) in _MESSAGES.get(system, {}).items():
        yield Ancillary(name, constants()["SOL_SOCKET"], number_of(table, name), decode, encode)
    if "ip_recvif" in table:
        link = Link(table["AF_LINK"], sockaddr_dl(system))

        def decode_interface(data: bytes) -> ReceivingInterface:
            return ReceivingInterface(*link.decode_sockaddr(require_size(data, 2)))

        yield Ancillary("IP_RECVIF", table["ipproto_ip"], table["ip_recvif"], decode_interface, family=table["af_inet"])


_codecs = {codec.name: codec for codec in ancillaries()}


def _named(name: str) -> Ancillary[Any]:
    return _codecs.get(name) or Ancillary(name, _MISSING, _MISSING, bytes)


#: The credentials of the sender of a message on FreeBSD and NetBSD.
SCM_CREDS: Ancillary[Credentials] = _named("SCM_CREDS")
#: The credentials with the process id, on FreeBSD.
SCM_CREDS2: Ancillary[Credentials] = _named("SCM_CREDS2")
#: The interface at which a datagram arrived.
IP_RECVIF: Ancillary[ReceivingInterface] = _named("IP_RECVIF")
