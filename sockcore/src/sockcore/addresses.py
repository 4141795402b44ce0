"""Addresses as sockaddr bytes without a socket, and what an address family can do.

A program that passes addresses to the kernel by itself needs the bytes: with io_uring, with netlink, in BPF maps or
through a C library. A framework such as an event loop needs to know whether an address may contain a host name, and
whether sockets have the address of a peer::

    addresses.encode(AF_INET, ("127.0.0.1", 80))
    addresses.capabilities(AF_INET, SOCK_STREAM).resolves_names

Interfaces are those of the network namespace of the process. Codecs that call ioctl(2) need a socket, and fail here
with OSError.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sockcore._codec_helpers import to_bytes
from sockcore._exceptions import named_integer
from sockcore._families import CODEC_ERRORS
from sockcore._platform import constants
from sockcore._sockets.addresses import codec_for, contexts_for
from sockcore._sockets.addresses import encode as encode_checked

_C = constants()
#: Flags that may be in the type of a socket.
_TYPE_FLAGS: int = _C.get("SOCK_NONBLOCK", 0) | _C.get("SOCK_CLOEXEC", 0)


class Capabilities(NamedTuple):
    """The properties of the sockets of a family, type and protocol."""

    #: The name of the family: ``'AF_INET'``.
    name: str
    #: True if an address may contain a host name, which is resolved when the address is used.
    resolves_names: bool
    #: True if the conversion of an address may wait, as the resolution of a host name does.
    may_block: bool
    #: True if the socket is a stream of bytes without boundaries.
    is_stream: bool
    #: True if the socket sends messages to any address without a connection.
    is_datagram: bool
    #: True if accept() and recvfrom() return the address of the peer.
    has_peer_address: bool


def _numbers(function: str, family: object, type: object, proto: object) -> tuple[int, int, int]:
    """Return the numbers of a family, type and protocol.

    Raises TypeError if one of them is not an integer, and OverflowError if it has more than 1024 bits.
    """
    what = f"addresses.{function}():"
    return (
        named_integer(f"{what} family", family),
        named_integer(f"{what} type", type),
        named_integer(f"{what} proto", proto),
    )


def encode(family: int, address: object, type: int = 0, proto: int = 0) -> bytes:
    """Return the sockaddr of an address, including the family field.

    *address* is what methods such as connect() accept: the format of the family, or a RawAddress. *type* and *proto*
    select the codec of families with several, such as AF_BLUETOOTH and AF_CAN. A host name is resolved.

    Raises TypeError, ValueError or OverflowError for an invalid argument, gaierror if a host name is not found, and
    OSError if an interface is not found, or if SOCKCORE_BLOCK names the family.
    """
    family, type, proto = _numbers("encode", family, type, proto)
    codec = codec_for(family, proto)
    return encode_checked(codec, contexts_for(family, type, proto), "addresses.encode", address)


def decode(family: int, sockaddr: bytes, type: int = 0, proto: int = 0) -> Any:
    """Return the address in a sockaddr, in the format that methods such as getsockname() return.

    Without a plugin for the family it is a RawAddress.

    Raises TypeError if *sockaddr* is not bytes-like, or another argument is not an integer; ValueError if *sockaddr* is
    empty or malformed; and OSError if SOCKCORE_BLOCK names the family.
    """
    family, type, proto = _numbers("decode", family, type, proto)
    raw = to_bytes(sockaddr, "addresses.decode(): sockaddr", contiguous=False)
    if not raw:
        raise ValueError("addresses.decode(): a sockaddr has at least one byte")
    codec = codec_for(family, proto)
    context = contexts_for(family, type, proto)["addresses.decode"]
    try:
        return codec.decode(raw, context)
    except TimeoutError:
        raise  # from a signal handler: a codec does not wait
    except CODEC_ERRORS as exc:
        raise ValueError(f"addresses.decode(): {raw!r} is not a sockaddr of {codec!r}: {exc}") from exc


def capabilities(family: int, type: int = _C["SOCK_STREAM"], proto: int = 0) -> Capabilities:
    """Return the properties of sockets with this family, type and protocol.

    They are those of the plugin of the family. A family without a plugin resolves no names. This function opens no
    socket, so the kernel may lack the family.

    Raises TypeError for an argument that is not an integer, and OSError (EAFNOSUPPORT) if SOCKCORE_BLOCK names the
    family.
    """
    family, type, proto = _numbers("capabilities", family, type, proto)
    codec = codec_for(family, proto)
    kind = type & ~_TYPE_FLAGS
    return Capabilities(
        name=codec.name,
        resolves_names=codec.resolves_names,
        may_block=codec.may_block or codec.resolves_names,
        is_stream=kind in codec.stream_types,
        is_datagram=kind in codec.datagram_types,
        has_peer_address=codec.has_peer_address and codec.accept_gives_address,
    )
