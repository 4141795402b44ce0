"""The addresses of PPPoE: ``(session_id, remote, interface)``.

1. *session_id* is an int of 16 bits. *remote* is the Ethernet address of the peer, 6 bytes. *interface* is a name.
2. The address is that of the peer, for ``getsockname`` too. There is no bind.
3. ``connect`` with the session 0 ends the session.
"""

from __future__ import annotations

import os

from sockcore.plugin import Any, Context, Family, constants, named_integer, wrong_address_type
from sockcore_pppox.constants import AF_PPPOX, PX_PROTO_OE
from sockcore_pppox.structs import SOCKADDR_PPPOX

Address = tuple[int, bytes, str]
IFNAMSIZ = 16


class Pppoe(Family):
    """Addresses are ``(session_id, remote, interface)``."""

    number: int = AF_PPPOX
    name: str = "AF_PPPOX"
    #: That of struct sockaddr_pppol2tpv3in6: L2TP and PPTP have other structs, which become a RawAddress.
    size: int = 58
    probe: tuple[int, int] | None = (constants().get("SOCK_STREAM", -1), PX_PROTO_OE)
    module: str = "pppoe"

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_pppox.

        Raises TypeError for a wrong type or number of items and for another protocol, OverflowError for a session of
        more than 16 bits, and ValueError for an Ethernet address or a name of another length.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) != 3:
            expected = "AF_PPPOX address must be (session_id, remote, interface)"
            raise TypeError(f"{context.operation}(): {expected}, not {address!r}")
        if context.proto != PX_PROTO_OE:
            raise TypeError(f"{context.operation}(): an address of protocol {context.proto} must be a RawAddress")
        session, remote, interface = address
        number = named_integer(f"{context.operation}(): session_id", session)
        if not 0 <= number <= 0xFFFF:
            raise OverflowError(f"{context.operation}(): session_id must be from 0 to 65535, not {number}")
        if not isinstance(remote, (bytes, bytearray)):
            raise TypeError(f"{context.operation}(): remote must be bytes, not {remote!r}")
        if len(remote) != 6:
            raise ValueError(f"{context.operation}(): remote must have 6 bytes, not {len(remote)}")
        if not isinstance(interface, str):
            raise TypeError(f"{context.operation}(): interface must be a str, not {interface!r}")
        name = os.fsencode(interface)
        if len(name) >= IFNAMSIZ or b"\0" in name:
            limit = IFNAMSIZ - 1
            raise ValueError(f"{context.operation}(): interface must have at most {limit} bytes, not {interface!r}")
        return SOCKADDR_PPPOX.pack(self.number, PX_PROTO_OE, number, bytes(remote), name)

    def decode(self, raw: bytes, context: Context) -> Address:
        """Return ``(session_id, remote, interface)``. Raises ValueError for a protocol other than PPPoE."""
        values: Any = SOCKADDR_PPPOX.unpack(raw)
        protocol, session, remote, name = values
        if protocol != PX_PROTO_OE:
            raise ValueError(f"{context.operation}(): the address has the protocol {protocol}, not PPPoE")
        return session, remote, os.fsdecode(name.partition(b"\0")[0])
