"""The C structs of AF_CAN: addresses, frames, socket options and control messages.

``tools/headers`` compares the results of :func:`structs` and :data:`STRUCTS_BY_SYSTEM` with the headers of each system.
"""

from __future__ import annotations

from sockcore.plugin import I32, U8, U16, U32, U64, CStruct, Struct, octets, padding, system_name

_INDEX = (("alignment", padding(2)), ("can_ifindex", I32))


def _header(system: str) -> str:
    return "<sys/socket.h> <netcan/can.h>" if system == "netbsd" else "<linux/can.h>"


def _sockaddr(system: str) -> Struct:
    # CAN_RAW and CAN_BCM do not use can_addr. On NetBSD it is smaller, without the J1939 address.
    union = ("can_addr", padding(8 if system == "netbsd" else 16))
    return Struct("struct sockaddr_can", _header(system), *_INDEX, union, sockaddr=True)


def _frame(system: str) -> Struct:
    fields = (("can_id", U32), ("can_dlc", U8), ("padding", padding(3)), ("data", octets(8)))
    return Struct("struct can_frame", _header(system), *fields)


def _filter(system: str) -> Struct:
    return Struct("struct can_filter", _header(system), ("can_id", U32), ("can_mask", U32))


SOCKADDR_CAN = _sockaddr(system_name())

#: The address of CAN_ISOTP. The identifiers contain the same flags as in a frame.
SOCKADDR_CAN_ISOTP = Struct(
    "struct sockaddr_can",
    "<linux/can.h>",
    *_INDEX,
    ("can_addr.tp.rx_id", U32),
    ("can_addr.tp.tx_id", U32),
    ("can_addr", padding(8)),
    sockaddr=True,
)

#: The address of CAN_J1939.
SOCKADDR_CAN_J1939 = Struct(
    "struct sockaddr_can",
    "<linux/can.h>",
    *_INDEX,
    ("can_addr.j1939.name", U64),
    ("can_addr.j1939.pgn", U32),
    ("can_addr.j1939.addr", U8),
    ("can_addr", padding(3)),
    sockaddr=True,
)

CAN_FRAME = _frame(system_name())
CANFD_FRAME = Struct(
    "struct canfd_frame",
    "<linux/can.h>",
    ("can_id", U32),
    ("len", U8),
    ("flags", U8),
    ("padding", padding(2)),
    ("data", octets(64)),
)

#: A CAN XL frame ends after its data. prio contains the VCID too.
CANXL_FRAME = Struct(
    "struct canxl_frame",
    "<linux/can.h>",
    ("prio", U32),
    ("flags", U8),
    ("sdt", U8),
    ("len", U16),
    ("af", U32),
    ("data", octets(2048)),
)

#: An element of the array in CAN_RAW_FILTER.
CAN_FILTER = _filter(system_name())

#: CAN_RAW_XL_VCID_OPTS.
CAN_RAW_VCID_OPTIONS = Struct(
    "struct can_raw_vcid_options",
    "<linux/can/raw.h>",
    ("flags", U8),
    ("tx_vcid", U8),
    ("rx_vcid", U8),
    ("rx_vcid_mask", U8),
)

#: CAN_ISOTP_OPTS. frame_txtime is in nanoseconds.
CAN_ISOTP_OPTIONS = Struct(
    "struct can_isotp_options",
    "<linux/can/isotp.h>",
    ("flags", U32),
    ("frame_txtime", U32),
    ("ext_address", U8),
    ("txpad_content", U8),
    ("rxpad_content", U8),
    ("rx_ext_address", U8),
)

#: CAN_ISOTP_RECV_FC.
CAN_ISOTP_FC_OPTIONS = Struct(
    "struct can_isotp_fc_options", "<linux/can/isotp.h>", ("bs", U8), ("stmin", U8), ("wftmax", U8)
)

#: CAN_ISOTP_LL_OPTS.
CAN_ISOTP_LL_OPTIONS = Struct(
    "struct can_isotp_ll_options", "<linux/can/isotp.h>", ("mtu", U8), ("tx_dl", U8), ("tx_flags", U8)
)

#: An element of the array in SO_J1939_FILTER. Its size is a multiple of the alignment of 64-bit integers.
J1939_FILTER = CStruct(
    "struct j1939_filter",
    "<linux/can/j1939.h>",
    {
        "*": (
            ("name", "u64"),
            ("name_mask", "u64"),
            ("pgn", "uint"),
            ("pgn_mask", "uint"),
            ("addr", "u8"),
            ("addr_mask", "u8"),
        )
    },
)

#: The header of every message to and from CAN_BCM. The frames that follow are aligned to eight bytes.
BCM_MSG_HEAD = CStruct(
    "struct bcm_msg_head",
    "<linux/can/bcm.h>",
    {
        "*": (
            ("opcode", "uint"),
            ("flags", "uint"),
            ("count", "uint"),
            ("ival1.tv_sec", "long"),
            ("ival1.tv_usec", "long"),
            ("ival2.tv_sec", "long"),
            ("ival2.tv_usec", "long"),
            ("can_id", "uint"),
            ("nframes", "uint"),
        )
    },
    align=8,
)

_LINUX = (
    SOCKADDR_CAN_ISOTP,
    SOCKADDR_CAN_J1939,
    CANFD_FRAME,
    CANXL_FRAME,
    CAN_RAW_VCID_OPTIONS,
    CAN_ISOTP_OPTIONS,
    CAN_ISOTP_FC_OPTIONS,
    CAN_ISOTP_LL_OPTIONS,
)


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in the headers of *system* (``'linux'``, ``'netbsd'``...)."""
    if system not in ("linux", "netbsd"):
        return ()
    return (_sockaddr(system), _frame(system), _filter(system), *(_LINUX if system == "linux" else ()))


STRUCTS_BY_SYSTEM = {"linux": (J1939_FILTER, BCM_MSG_HEAD)}
