"""The method ``socket.ioctl``: WSAIoctl, for the three controls that the manual names. <mstcpip.h>.

1. All numbers are unsigned and have 32 bits; of others, negative ones too, the lowest 32 bits count, as ever.
2. What is wrong is said before any system call, in the order in which the standard library finds it.
"""

from __future__ import annotations

from operator import index

from sockcore.plugin import Any, Callable, SupportsIndex, backend_function, integer
from sockcore_windows.constants import TABLE
from sockcore_windows.structs import TCP_KEEPALIVE, ULONG

_MASK = 0xFFFFFFFF


def ioctl(sock: Any, control: SupportsIndex, option: object, /) -> int:
    """Ask Winsock to do what *control* says (WSAIoctl), and return how many bytes it wrote, which is none.

    SIO_RCVALL takes RCVALL_*: a raw socket, bound to an interface, then receives all packets that pass it; needs an
    administrator. SIO_KEEPALIVE_VALS takes ``(onoff, keepalivetime, keepaliveinterval)`` of TCP, times in milliseconds.
    SIO_LOOPBACK_FAST_PATH takes a bool, before a socket of TCP is connected. ValueError for any other control,
    TypeError for an *option* that is none of it, OSError by the system.
    Availability: Windows. Source: WSAIoctl of Winsock.
    """
    code = _number(control, "ioctl() argument 1") & _MASK
    encode = _OPTIONS.get(code)
    if encode is None:
        raise ValueError(f"invalid ioctl command {code}")
    argument = encode(option)
    call = backend_function("wsa_ioctl")
    assert call is not None
    return len(call(sock.fileno(), code, argument, 0))


def _number(value: Any, what: str) -> int:
    """Return an integer; TypeError if *value* is none, in the words of the interpreter for a C long."""
    try:
        return index(value)
    except TypeError:
        if hasattr(type(value), "__index__"):
            raise  # of its own
    found = "None" if value is None else type(value).__name__
    raise TypeError(f"{what} must be int, not {found}")


def encode_number(option: Any) -> bytes:
    """Return a ULONG; TypeError for what is no integer."""
    return ULONG.pack(integer(option) & _MASK)


def encode_keepalive(option: Any) -> bytes:
    """Return the struct of (onoff, keepalivetime, keepaliveinterval), any sequence but bytes; TypeError for others."""
    what = "ioctl() argument 2"
    if isinstance(option, (bytes, dict)) or not hasattr(type(option), "__getitem__"):
        found = "None" if option is None else type(option).__name__
        raise TypeError(f"{what} must be 3-item sequence, not {found}")
    if len(option) != 3:
        raise TypeError(f"{what} must be sequence of length 3, not {len(option)}")
    numbers = [_number(option[i], f"{what}, item {i}") & _MASK for i in range(3)]
    return TCP_KEEPALIVE.pack(*numbers)


#: What makes the bytes of an option, by the control's number.
_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "SIO_RCVALL": encode_number,
    "SIO_KEEPALIVE_VALS": encode_keepalive,
    "SIO_LOOPBACK_FAST_PATH": encode_number,
}
_OPTIONS = {TABLE[name] & _MASK: encode for name, encode in _ENCODERS.items() if name in TABLE}
