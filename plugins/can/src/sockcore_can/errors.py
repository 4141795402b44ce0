"""Reports from the error queues of CAN_J1939 sockets, for sockcore.errors.

Availability: Linux. Source: networking/j1939 in the kernel documentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from sockcore.plugin import Entry, ExtendedError, QueuedError, constants, fields_of, queued_error
from sockcore_can.constants import TABLE

_LOCAL: int | None = constants().get("SO_EE_ORIGIN_LOCAL")
_EVENTS: dict[int, str] = {
    TABLE[name]: text
    for name, text in (
        ("J1939_EE_INFO_TX_ABORT", "transmission aborted"),
        ("J1939_EE_INFO_RX_RTS", "reception announced"),
        ("J1939_EE_INFO_RX_DPO", "reception continued"),
        ("J1939_EE_INFO_RX_ABORT", "reception aborted"),
    )
    if name in TABLE
}


@dataclass(frozen=True)
class TransferEvent(QueuedError):
    """An event of a J1939 transfer of several frames.

    *event* is "transmission aborted", "reception announced", "reception continued" or "reception aborted". *id* is the
    number of the message with SOF_TIMESTAMPING_OPT_ID. The attribute ``errno`` is the reason of an abort.
    """

    event: str = ""
    id: int = 0


def to_error(cause: ExtendedError, entry: Entry) -> QueuedError:
    """Return the report for SCM_J1939_ERRQUEUE."""
    if cause.origin != _LOCAL:
        return queued_error(cause, entry)
    event = _EVENTS.get(cause.info, str(cause.info))
    return TransferEvent(**fields_of(entry), cause=cause, event=event, id=cause.data)
