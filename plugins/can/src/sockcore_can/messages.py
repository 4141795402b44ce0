"""The control messages of CAN, for sockcore.ancillary.

An addition to the standard library, which returns bytes. The kernel does not accept these messages in sendmsg(). The
option SO_J1939_SEND_PRIO sets the priority of sent messages.

Sources: networking/can and networking/j1939 in the kernel documentation; the headers in <linux/can/>.
"""

from __future__ import annotations

from sockcore.plugin import (
    Ancillary,
    Any,
    ExtendedError,
    Iterator,
    available_messages,
    declare_message,
    extended_error_decoder,
    integer_decoder,
    queued_error,
)
from sockcore_can import errors
from sockcore_can.constants import TABLE

_decode_error = extended_error_decoder()

#: The destination of a message: an address, or a name of 64 bits.
SCM_J1939_DEST_ADDR: Ancillary[int] = declare_message(TABLE, "SCM_J1939_DEST_ADDR", "SOL_CAN_J1939", integer_decoder(1))
SCM_J1939_DEST_NAME: Ancillary[int] = declare_message(TABLE, "SCM_J1939_DEST_NAME", "SOL_CAN_J1939", integer_decoder(8))
#: The priority of a message, 0-7. 0 is the highest.
SCM_J1939_PRIO: Ancillary[int] = declare_message(TABLE, "SCM_J1939_PRIO", "SOL_CAN_J1939", integer_decoder(1))
#: A report from the error queue: sockcore.errors converts it.
SCM_J1939_ERRQUEUE: Ancillary[ExtendedError] = declare_message(
    TABLE, "SCM_J1939_ERRQUEUE", "SOL_CAN_J1939", _decode_error, to_error=errors.to_error
)
SCM_CAN_RAW_ERRQUEUE: Ancillary[ExtendedError] = declare_message(
    TABLE, "SCM_CAN_RAW_ERRQUEUE", "SOL_CAN_RAW", _decode_error, to_error=queued_error
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages on this system."""
    yield from (codec for codec in available_messages(globals()) if codec.name in TABLE)
