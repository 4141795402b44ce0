"""The context of an address: the only way from a codec to the system."""

from __future__ import annotations

from sockcore._types import Protocol


class Context(Protocol):
    """What a codec may know of the socket and ask of the system."""

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
        """Return the index of the network interface *name*; OSError (ENODEV) if there is none."""

    def interface_name(self, index: int) -> str:
        """Return the name of the network interface *index*; OSError (ENXIO) if there is none."""

    def resolve(self, host: str | bytes, family: int) -> bytes:
        """Return the first sockaddr of *family* that the resolver has for *host*; gaierror if none."""

    def ioctl(self, request: int, argument: bytearray) -> int:
        """Perform ioctl(2) on the socket's descriptor, *argument* in and out; OSError with errno."""


Context.__module__ = "sockcore.plugin"
