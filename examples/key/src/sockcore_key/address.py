"""The family AF_KEY, whose sockets have no addresses."""

from __future__ import annotations

from sockcore.plugin import Context, Family, constants
from sockcore_key.constants import AF_KEY, PF_KEY_V2


class Key(Family):
    """AF_KEY. The messages are to and from the kernel, and have no addresses."""

    number: int = AF_KEY
    name: str = "AF_KEY"
    #: The family field. The kernel returns no address of these sockets.
    size: int = 2
    #: Type and protocol of the socket that shows whether a kernel has the family.
    probe: tuple[int, int] | None = (constants().get("SOCK_RAW", -1), PF_KEY_V2)
    module: str | None = "af_key"
    has_peer_address = False

    def encode(self, address: object, context: Context) -> bytes:
        """Raise TypeError for every address."""
        raise TypeError(f"{context.operation}(): AF_KEY sockets have no addresses, got {address!r}")

    def decode(self, raw: bytes, context: Context) -> object:
        """Raise ValueError for every sockaddr: the program receives it as a RawAddress."""
        raise ValueError(f"AF_KEY sockets have no addresses, not {raw!r}")
