"""The family AF_KCM, whose sockets have no addresses."""

from __future__ import annotations

from sockcore.plugin import Context, Family, constants
from sockcore_kcm.constants import AF_KCM


class Kcm(Family):
    """AF_KCM. The connections are attached by :func:`~sockcore_kcm.multiplexor.kcm_attach`, not by addresses."""

    number: int = AF_KCM
    name: str = "AF_KCM"
    #: The family field. The kernel returns no address of these sockets.
    size: int = 2
    #: Type and protocol of the socket that shows whether a kernel has the family.
    probe: tuple[int, int] | None = (constants().get("SOCK_SEQPACKET", -1), 0)
    module: str | None = "kcm"
    has_peer_address = False

    def encode(self, address: object, context: Context) -> bytes:
        """Raise TypeError for every address."""
        raise TypeError(f"{context.operation}(): AF_KCM sockets have no addresses, got {address!r}")

    def decode(self, raw: bytes, context: Context) -> object:
        """Raise ValueError for every sockaddr: the program receives it as a RawAddress."""
        raise ValueError(f"AF_KCM sockets have no addresses, not {raw!r}")
