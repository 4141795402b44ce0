"""AF_MCTP for sockcore: messages between the controllers of a machine (Linux 5.15), with a twin of the codec in C.

1. An address is ``(network, eid, type, tag)``. An extended address is ``(network, eid, type, tag, interface, hwaddr)``:
   the name of an interface, and the physical address there, of at most 32 bytes. It needs no route. The option
   MCTP_OPT_ADDR_EXT enables extended addresses: ``recvfrom`` then returns them too.
2. The tag of a request contains MCTP_TAG_OWNER, and the kernel chooses the number. The answer goes to the address that
   ``recvfrom`` returned, without this bit.
3. :func:`mctp_allocate_tag` reserves a tag for several requests.
"""

from __future__ import annotations

from operator import index
from struct import Struct as FixedStruct
from struct import error

from sockcore.plugin import (
    I32,
    U8,
    U16,
    U32,
    Any,
    Context,
    Family,
    Register,
    Struct,
    extension_function,
    hookimpl,
    import_module,
    keep,
    octets,
    padding,
    system_name,
    wrong_address_type,
)

SOCKCORE_API = 1
CONTRACT = 1  # equal to that of the C code, src/native/mctp.c

# AF_MCTP is from <sys/socket.h>, the rest from <linux/mctp.h>.
AF_MCTP, SOCK_DGRAM = 45, 2
CONSTANTS = {"MCTP_NET_ANY": 0, "MCTP_ADDR_NULL": 0, "MCTP_ADDR_ANY": 255, "MCTP_TAG_MASK": 7, "MCTP_TAG_OWNER": 8}
CONSTANTS.update(MCTP_TAG_PREALLOC=16, SOL_MCTP=285, MCTP_OPT_ADDR_EXT=1)
CONSTANTS.update(SIOCMCTPALLOCTAG=0x89E0, SIOCMCTPDROPTAG=0x89E1, SIOCMCTPALLOCTAG2=0x89E2, SIOCMCTPDROPTAG2=0x89E3)
MAX_ADDR_LEN = 32

FIELDS = (("smctp_network", U32), ("smctp_addr", U8), ("smctp_type", U8), ("smctp_tag", U8))
PADDING = ("__smctp_pad0", padding(2)), ("__smctp_pad1", padding(1))
SOCKADDR_MCTP = Struct("struct sockaddr_mctp", "<linux/mctp.h>", PADDING[0], *FIELDS, PADDING[1], sockaddr=True)
SOCKADDR_MCTP_EXT = Struct(
    "struct sockaddr_mctp_ext",
    "<linux/mctp.h>",
    *((f"smctp_base.{name}", format) for name, format in (PADDING[0], *FIELDS, PADDING[1])),
    ("smctp_ifindex", I32),
    ("smctp_halen", U8),
    ("__smctp_pad0", padding(3)),
    ("smctp_haddr", octets(MAX_ADDR_LEN)),
    sockaddr=True,
)
TAG_CTL = Struct("struct mctp_ioc_tag_ctl", "<linux/mctp.h>", ("peer_addr", U8), ("tag", U8), ("flags", U16))
#: struct mctp_ioc_tag_ctl2: network, peer, local endpoint, flags and tag. The headers of older kernels lack it.
TAG_CTL2 = FixedStruct("=IBBHB3x")


class Mctp(Family):
    """Addresses are ``(network, eid, type, tag)``."""

    number, name, size, probe = AF_MCTP, "AF_MCTP", SOCKADDR_MCTP_EXT.size, (SOCK_DGRAM, 0)

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    quick_encode: Any = extension_function("sockcore_mctp._native", CONTRACT, "encode")
    quick_decode: Any = extension_function("sockcore_mctp._native", CONTRACT, "decode")

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_mctp, or sockaddr_mctp_ext for an extended address.

        Raises TypeError for another type or length, OverflowError for a number that does not fit its field, ValueError
        for a physical address of more than 32 bytes, and OSError for an unknown interface.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if len(address) not in {len(FIELDS), len(FIELDS) + 2}:
            expected = "AF_MCTP address must be (network, eid, type, tag[, interface, hwaddr])"
            raise TypeError(f"{context.operation}(): {expected}, not {address!r}")
        numbers = tuple(map(index, address[: len(FIELDS)]))
        try:
            raw = SOCKADDR_MCTP.pack(self.number, *numbers)
        except error as exc:
            raise OverflowError(f"{context.operation}(): a number of {address!r} is out of range") from exc
        if len(address) == len(FIELDS):
            return keep(self.encoded, numbers, raw)
        interface, hwaddr = address[len(FIELDS) :]
        if not isinstance(interface, str):
            raise TypeError(f"{context.operation}(): interface must be a str, not {interface!r}")
        if not isinstance(hwaddr, (bytes, bytearray)):
            raise TypeError(f"{context.operation}(): hwaddr must be bytes, not {hwaddr!r}")
        if len(hwaddr) > MAX_ADDR_LEN:
            raise ValueError(f"{context.operation}(): hwaddr must have at most {MAX_ADDR_LEN} bytes, not {len(hwaddr)}")
        ifindex = context.interface_index(interface)
        return SOCKADDR_MCTP_EXT.pack(self.number, *numbers, ifindex, len(hwaddr), bytes(hwaddr))

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return ``(network, eid, type, tag)``, or the extended address."""
        if len(raw) <= SOCKADDR_MCTP.size:
            return keep(self.decoded, raw, SOCKADDR_MCTP.unpack(raw))
        *numbers, ifindex, length, hwaddr = SOCKADDR_MCTP_EXT.unpack(raw)
        interface = context.interface_name(int(ifindex)) if ifindex else ""
        return (*numbers, interface, bytes(hwaddr)[: int(length)])


def mctp_allocate_tag(sock: Any, peer: int, network: int | None = None) -> int:
    """Reserve a tag for messages to the endpoint *peer*, and return it.

    The result has the bits MCTP_TAG_OWNER and MCTP_TAG_PREALLOC, and can be the tag of any number of requests. Answers
    do not release it. Without *network*, which needs a newer kernel, the peer is in the default network. Raises OSError
    (EBUSY) if the eight tags of the endpoint are in use, and OverflowError for a number that does not fit its field.
    """
    return control_tag(sock, "mctp_allocate_tag", "SIOCMCTPALLOCTAG", peer, 0, network)


def mctp_release_tag(sock: Any, peer: int, tag: int, network: int | None = None) -> None:
    """Release a tag that :func:`mctp_allocate_tag` returned for the same peer and network. close() does it too."""
    control_tag(sock, "mctp_release_tag", "SIOCMCTPDROPTAG", peer, tag, network)


def control_tag(sock: Any, operation: str, request: str, peer: int, tag: int, network: int | None) -> int:
    """Call ioctl(2) with a struct mctp_ioc_tag_ctl or mctp_ioc_tag_ctl2; return the tag that the kernel wrote."""
    for name, value, most in (("peer", peer, 255), ("tag", tag, 255), ("network", network or 0, 2**32 - 1)):
        if not 0 <= index(value) <= most:
            raise OverflowError(f"{operation}(): {name} must be from 0 to {most}, not {value}")
    ioctl = import_module("fcntl").ioctl
    if network is None:
        return int(TAG_CTL.unpack(ioctl(sock.fileno(), CONSTANTS[request], TAG_CTL.pack(peer, tag, 0)))[1])
    packed = TAG_CTL2.pack(network, peer, CONSTANTS["MCTP_ADDR_ANY"], 0, tag)
    return int(TAG_CTL2.unpack(ioctl(sock.fileno(), CONSTANTS[f"{request}2"], packed))[4])


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family, its constants, methods and option on Linux."""
    if system_name() == "linux":
        register.family(Mctp())
        register.constants(CONSTANTS)
        register.methods(mctp_allocate_tag, mctp_release_tag)
        register.codecs("sockcore_mctp.options")
