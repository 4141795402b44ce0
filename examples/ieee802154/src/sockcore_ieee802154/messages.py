"""The control message of AF_IEEE802154, for sockcore.ancillary."""

from __future__ import annotations

from sockcore.plugin import Ancillary, Any, Iterator, available_messages, declare_message, integer_decoder
from sockcore_ieee802154.constants import AF_IEEE802154, CONSTANTS

#: The quality of the link of a received frame, 0 to 255. The option WPAN_WANTLQI enables it.
WPAN_WANTLQI: Ancillary[int] = declare_message(
    CONSTANTS, "WPAN_WANTLQI", "SOL_IEEE802154", integer_decoder(1), family=AF_IEEE802154
)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codec of the control message."""
    yield from available_messages(globals())
