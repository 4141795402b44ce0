"""The control messages of CAN, for sockcore.ancillary.

An addition to the standard library, which returns bytes. A struct becomes a tuple of its fields, and a number becomes
an int. Sources: networking/can and networking/j1939 in the kernel documentation; the headers in <linux/can/>.
"""

from __future__ import annotations

import sys

from sockcore.plugin import Ancillary, Any, Callable, Iterator, struct_value
from sockcore_can.constants import TABLE
from sockcore_can.structs import SOCK_EXTENDED_ERR


def _unsigned(size: int) -> Callable[[bytes], object]:
    """Return the decoder of an unsigned integer of *size* bytes."""
    return lambda data: int.from_bytes(data[:size], sys.byteorder)


# Name, level, decoder. The kernel does not accept these messages in sendmsg(). The option SO_J1939_SEND_PRIO sets the
# priority of sent messages.
_MESSAGES: tuple[tuple[str, str, Callable[[bytes], object]], ...] = (
    ("SCM_J1939_DEST_ADDR", "SOL_CAN_J1939", _unsigned(1)),
    ("SCM_J1939_DEST_NAME", "SOL_CAN_J1939", _unsigned(8)),
    ("SCM_J1939_PRIO", "SOL_CAN_J1939", _unsigned(1)),
    ("SCM_J1939_ERRQUEUE", "SOL_CAN_J1939", struct_value(SOCK_EXTENDED_ERR)),
    ("SCM_CAN_RAW_ERRQUEUE", "SOL_CAN_RAW", struct_value(SOCK_EXTENDED_ERR)),
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages on this system."""
    for name, level, decode in _MESSAGES:
        if name in TABLE:
            yield Ancillary(name, TABLE[level], TABLE[name], decode)
