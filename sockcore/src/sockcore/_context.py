"""The implementation of :class:`Context`: the access of an address codec to the system."""

from __future__ import annotations

import errno
import os
from struct import Struct

from sockcore import _system
from sockcore._families import Context as Contract
from sockcore._platform import constants
from sockcore._plugins.discovery import registry

_C = constants()
_SIOCGIFINDEX: int = _C.get("siocgifindex", 0)
_SIOCGIFNAME: int = _C.get("siocgifname", 0)
_IFNAMSIZ: int = _C.get("ifname_size", 16)
#: The part of struct ifreq (<linux/if.h>) that these two requests use. The kernel copies the whole struct, of 32 or 40
#: bytes.
_IFREQ = Struct(f"@{_IFNAMSIZ}si20x")
_pack_ifreq, _unpack_ifreq = _IFREQ.pack, _IFREQ.unpack


class Context(Contract):
    """The context of one operation on sockets of one family, type and protocol.

    It is immutable and shared.
    """

    __slots__ = ("_fd", "family", "operation", "proto", "type")

    family: int
    type: int
    proto: int
    operation: str

    def __init__(self, family: int, type: int = 0, proto: int = 0, operation: str = "", fd: int = -1) -> None:
        self.family = family
        self.type = type
        self.proto = proto
        self.operation = operation
        self._fd = fd

    def interface_index(self, name: str) -> int:
        """Return the index of a network interface.

        Raises OSError (ENODEV) if it does not exist, and ValueError if the name contains a null byte.
        """
        return interface_index(name, self._fd)

    def interface_name(self, index: int) -> str:
        """Return the name of a network interface.

        Raises OSError (ENXIO or ENODEV) if it does not exist.
        """
        return interface_name(index, self._fd)

    def resolve(self, host: str | bytes, family: int) -> bytes:
        """Return the registered resolver's first sockaddr of *family* for *host*.

        Raises gaierror if the host is not found, and OSError if no plugin registers a resolver.
        """
        resolver = registry().singles.get("resolver")
        if resolver is None:
            raise OSError(
                f"{self.operation}(): no plugin here resolves host names, and {host!r} is one: "
                "pip install sockcore-inet"
            )
        sockaddr: bytes = resolver(host, family)
        return sockaddr

    def ioctl(self, request: int, argument: bytearray) -> int:
        """Call ioctl(2) on the socket's file descriptor.

        Raises OSError if the call fails.
        """
        return _system.backend.ioctl(self._fd, request, argument)


class Contexts(dict[str, "Contract"]):
    """The contexts of a family, type and protocol by operation, made at first use."""

    def __init__(self, family: int, type: int, proto: int, fd: int = -1) -> None:
        self.key = (family, type, proto)
        self.fd = fd

    def __missing__(self, operation: str) -> Contract:
        context = Context(*self.key, operation, self.fd)
        self[operation] = context
        return context


#: (family, type, proto) -> the contexts of these sockets: at most 256.
_shared: dict[tuple[int, int, int], Contexts] = {}


def contexts(family: int, type: int, proto: int) -> Contexts:
    """Return the contexts that all sockets of this family, type and protocol share."""
    key = (family, type, proto)
    shared = _shared.get(key)
    if shared is None:
        # Programs open sockets of few types. A test that opens all numbers must not fill the memory.
        if len(_shared) >= 256:
            _shared.clear()
        shared = _shared[key] = Contexts(*key)
    return shared


def interface_index(name: str, fd: int = -1) -> int:
    """Return the index of the network interface *name*.

    With *fd*, the name is looked up in the network namespace of the socket with this descriptor: netdevice(7). It is
    encoded like a file name.

    Raises OSError (ENODEV) if the interface does not exist, and ValueError if the name contains a null byte.
    """
    # os.fsencode() takes twice as long for a name in ASCII.
    encoded = name.encode("ascii") if type(name) is str and name.isascii() else os.fsencode(name)
    if 0 in encoded:  # b"\0" in encoded takes 0.3 µs, because it first raises and catches an exception
        raise ValueError("embedded null byte")
    if fd < 0 or not _SIOCGIFINDEX or len(encoded) >= _IFNAMSIZ:
        return _system.backend.if_nametoindex(encoded)
    request = bytearray(_pack_ifreq(encoded, 0))
    _system.backend.ioctl(fd, _SIOCGIFINDEX, request)
    _, index = _unpack_ifreq(request)
    return int(index)


def interface_name(index: int, fd: int = -1) -> str:
    """Return the name of the network interface *index*.

    *fd* is as for :func:`interface_index`.

    Raises OSError (ENXIO or ENODEV) if the interface does not exist.
    """
    if not 0 < index <= 0xFFFFFFFF:
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
    if fd < 0 or not _SIOCGIFNAME or index > 0x7FFFFFFF:
        return os.fsdecode(_system.backend.if_indextoname(index))
    request = bytearray(_pack_ifreq(b"", index))
    _system.backend.ioctl(fd, _SIOCGIFNAME, request)
    name = request[: request.index(0)]
    return name.decode("ascii") if name.isascii() else os.fsdecode(bytes(name))


def interface_list() -> list[tuple[int, str]]:
    """Return all network interfaces as pairs of index and name.

    Raises OSError if the system cannot list them.
    """
    return [(index, os.fsdecode(name)) for index, name in _system.backend.if_nameindex()]
