"""The frames in a block of a ring of AF_PACKET (TPACKET_V3), and their headers.

:func:`unpack_frames` is the implementation in Python of the function in C (frames.c). Both check every offset, because
the block is shared memory.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Any, Callable
from sockcore_linux_misc.constants import TABLE
from sockcore_linux_misc.messages import VlanTag, vlan_tag
from sockcore_linux_misc.packet import SOCKADDR_LL
from sockcore_linux_misc.packet_structs import TPACKET3_HDR

_ALIGNMENT: int = TABLE.get("TPACKET_ALIGNMENT", 16)
#: The offset of the sockaddr_ll of a frame: TPACKET_ALIGN(sizeof(struct tpacket3_hdr)).
_ADDRESS_OFFSET = -(-TPACKET3_HDR.size // _ALIGNMENT) * _ALIGNMENT
_HARDWARE_OFFSET, _HARDWARE_SIZE = SOCKADDR_LL.offsets()["sll_addr"]
_LENGTH_OFFSET = SOCKADDR_LL.offsets()["sll_halen"][0]


class Frame(NamedTuple):
    """A received frame, with the fields of its ``tpacket3_hdr``.

    *data* is a read-only view of the ring. It has *snaplen* bytes, the part of the *length* bytes that the filter
    accepted. *time_ns* is the time in nanoseconds since the epoch. *status* has the flags TP_STATUS_*. *rxhash* is 0
    unless the ring was opened with ``fill_rxhash``. *address* is the address that ``recvfrom`` returns.
    """

    data: memoryview
    length: int
    snaplen: int
    time_ns: int
    status: int
    rxhash: int
    vlan_tci: int
    vlan_tpid: int
    address: tuple[Any, ...]

    @property
    def vlan(self) -> VlanTag | None:
        """The VLAN tag that the kernel has removed from the frame, or None without a tag."""
        return vlan_tag(self.status, self.vlan_tci, self.vlan_tpid)


def unpack_frames(
    region: Any, offset: int, count: int, frame_class: Any, decode_address: Callable[[bytes], Any], /
) -> list[Any]:
    """Return the *count* frames of a block, the first of which is at *offset*.

    *decode_address* converts the bytes of a ``sockaddr_ll``. Raises ValueError if a frame is not within the block.
    """
    frames: list[Any] = []
    block_size = len(region)
    for number in range(count):
        if not 0 <= offset <= block_size - TPACKET3_HDR.size:
            raise ValueError(f"a frame at offset {offset} is outside of its block")
        fields: tuple[Any, ...] = TPACKET3_HDR.unpack(region.read(offset, TPACKET3_HDR.size))
        next_offset, seconds, nanoseconds, snaplen, length, status, mac, _, rxhash, vlan_tci, vlan_tpid = fields
        start = offset + mac
        sockaddr = b""
        if mac > _ADDRESS_OFFSET and start + snaplen <= block_size:
            sockaddr = _complete_sockaddr(region.read(offset + _ADDRESS_OFFSET, mac - _ADDRESS_OFFSET))
        if not sockaddr:
            raise ValueError(f"the frame at offset {offset} is malformed")
        address = decode_address(sockaddr)
        if next_offset < TPACKET3_HDR.size and number != count - 1:
            raise ValueError(f"the frame at offset {offset} has no successor")
        time_ns = seconds * 1_000_000_000 + nanoseconds
        data = region.view(start, snaplen)
        frames.append(frame_class(data, length, snaplen, time_ns, status, rxhash, vlan_tci, vlan_tpid, address))
        offset += next_offset
    return frames


def _complete_sockaddr(raw: bytes) -> bytes:
    """Return the sockaddr_ll at the start of *raw*, whose hardware address may have more bytes than the struct.

    Returns an empty bytes object if it is not complete.
    """
    if len(raw) < SOCKADDR_LL.size:
        return b""
    size = _HARDWARE_OFFSET + max(raw[_LENGTH_OFFSET], _HARDWARE_SIZE)
    return raw[:size] if size <= len(raw) else b""
