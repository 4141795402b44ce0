"""The method ``socket.ioctl``: WSAIoctl with the three controls in the documentation of Python. <mstcpip.h>.

1. All numbers are unsigned 32-bit integers. Matches CPython: other integers, including negative ones, are truncated to
   32 bits.
2. The arguments are checked before the system call, in the same order as in CPython.
"""

from __future__ import annotations

from _operator import index

from sockcore.plugin import Any, Callable, SupportsIndex, backend_function, integer
from sockcore_windows.constants import TABLE
from sockcore_windows.structs import TCP_KEEPALIVE, ULONG

_MASK = 0xFFFFFFFF


def ioctl(sock: Any, control: SupportsIndex, option: object, /) -> int:
    """Call WSAIoctl with *control* and *option*; return the bytes written, always 0.

    SIO_RCVALL takes RCVALL_*. A raw socket that is bound to an interface then receives all packets of the interface.
    This requires administrator rights. SIO_KEEPALIVE_VALS takes ``(onoff, keepalivetime, keepaliveinterval)`` for TCP,
    with times in milliseconds. SIO_LOOPBACK_FAST_PATH takes a bool, before a TCP socket is connected.

    Raises ValueError for any other *control*, TypeError for an *option* of the wrong type, and OSError if the system
    call fails. Availability: Windows. Source: WSAIoctl of Winsock.
    """
    code = _to_int(control, "ioctl() argument 1") & _MASK
    encode = _ENCODERS_BY_CODE.get(code)
    if encode is None:
        raise ValueError(f"invalid ioctl command {code}")
    argument = encode(option)
    call = backend_function("wsa_ioctl")
    assert call is not None
    return len(call(sock.fileno(), code, argument, 0))


def _to_int(value: Any, description: str) -> int:
    """Return *value* as an int.

    Raises TypeError with the message of CPython for a C long if *value* is not an integer.
    """
    try:
        return index(value)
    except TypeError:
        if hasattr(type(value), "__index__"):
            raise  # __index__() itself raised it
    type_name = "None" if value is None else type(value).__name__
    raise TypeError(f"{description} must be int, not {type_name}")


def encode_number(option: Any) -> bytes:
    """Return a ULONG. Raises TypeError if *option* is not an integer."""
    return ULONG.pack(integer(option) & _MASK)


def encode_keepalive(option: Any) -> bytes:
    """Return the ``tcp_keepalive`` of (onoff, keepalivetime, keepaliveinterval).

    Raises TypeError if *option* is not a sequence of three integers, or if it is bytes.
    """
    argument = "ioctl() argument 2"
    if isinstance(option, (bytes, dict)) or not hasattr(type(option), "__getitem__"):
        type_name = "None" if option is None else type(option).__name__
        raise TypeError(f"{argument} must be 3-item sequence, not {type_name}")
    if len(option) != 3:
        raise TypeError(f"{argument} must be sequence of length 3, not {len(option)}")
    numbers = [_to_int(option[i], f"{argument}, item {i}") & _MASK for i in range(3)]
    return TCP_KEEPALIVE.pack(*numbers)


#: Control -> function that encodes the option.
_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "SIO_RCVALL": encode_number,
    "SIO_KEEPALIVE_VALS": encode_keepalive,
    "SIO_LOOPBACK_FAST_PATH": encode_number,
}
_ENCODERS_BY_CODE = {TABLE[name] & _MASK: encode for name, encode in _ENCODERS.items() if name in TABLE}
