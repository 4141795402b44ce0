"""Operations of the C code for addresses of AF_CAN and AF_PACKET: usual addresses, and those left to the codecs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from operations import operation

import sockcore as s

if TYPE_CHECKING:
    from operations import Round, Scene

#: Name -> the functions in C, and an address on the loopback interface.
CONVERSIONS: dict[str, tuple[Any, Any, tuple[Any, ...]]] = {}


def _add(find: Any, name: str, *parts: Any) -> None:
    if find(f"encode_{name}") is not None:
        CONVERSIONS[name] = (find(f"encode_{name}"), find(f"decode_{name}"), ("lo", *parts))


try:
    from sockcore_can.address import native_function as find_can
except ImportError:  # the distribution is not installed
    pass
else:
    _add(find_can, "can")
    _add(find_can, "isotp", 1000, 2**32 - 1)
    _add(find_can, "j1939", 2**64 - 1, 1000, 255)
if sys.platform == "linux":
    try:
        from sockcore_linux_misc.packet import native_function as find_packet
    except ImportError:
        pass
    else:
        _add(find_packet, "packet", 0x88B6, 1, 772, b"\x02\0\0\0\0\x01")


@operation(0.2, name=CONVERSIONS)
def address_in_c(scene: Scene, name: str) -> Round:
    encode, decode, address = CONVERSIONS[name]
    sock, _ = scene.udp()
    fd = scene.watch(sock.fileno())
    unknown = ("nosuch0", *address[1:])
    scene.watch(address)

    def run_round() -> None:
        sockaddr = encode(address, fd)
        assert decode(sockaddr, fd) == address
        assert encode(unknown, fd) is encode(("lo", -1, -1, -1), fd) is encode(("\ud800", *address[1:]), fd) is None
        assert decode(sockaddr, -1) is decode(b"", fd) is None

    return run_round


def add_allocations(operation: Any) -> None:
    """Add the operations whose memory allocations fail, with the decorator of allocations.py."""
    for name, (encode, decode, address) in CONVERSIONS.items():

        def prepare(stack: Any, encode: Any = encode, decode: Any = decode, address: Any = address) -> Any:
            fd = stack.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM)).fileno()
            return lambda: decode(encode(address, fd), fd)

        prepare.__name__ = f"address_in_c_{name}"
        operation()(prepare)
