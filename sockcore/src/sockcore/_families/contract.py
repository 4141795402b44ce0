"""The context of an address: the only way from a codec to the system."""

from __future__ import annotations

from sockcore._types import Protocol


class Context(Protocol):
    """The part of a socket and of the system that a codec may use."""

    __slots__ = ()

    @property
    def family(self) -> int:
        """The address family's number."""

    @property
    def type(self) -> int:
        """The socket type's number, without flags."""

    @property
    def proto(self) -> int:
        """The protocol's number."""

    @property
    def operation(self) -> str:
        """The method or function that needs the address, for messages: ``'bind'``, ``'sendto'``."""

    def interface_index(self, name: str) -> int:
        """Return the index of the network interface *name*; OSError (ENODEV) if it does not exist."""

    def interface_name(self, index: int) -> str:
        """Return the name of the network interface *index*; OSError (ENXIO) if it does not exist."""

    def resolve(self, host: str | bytes, family: int) -> bytes:
        """Return the first sockaddr of *family* that the resolver returns for *host*; gaierror on failure."""

    def ioctl(self, request: int, argument: bytearray) -> int:
        """Perform ioctl(2) on the socket's descriptor, *argument* in and out; OSError with errno."""


Context.__module__ = "sockcore.plugin"
