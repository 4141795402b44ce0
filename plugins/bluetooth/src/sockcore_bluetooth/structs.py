"""The C structs of Bluetooth: the addresses of each system, and the socket options and control messages of Linux.

1. The codecs identify the fields of a sockaddr by their names without the prefix: ``l2_psm``, ``l2cap_psm`` and
   ``bt_psm`` are all ``psm``. The names without the prefix do not depend on the system.
2. On Linux and FreeBSD, PSM and CID are little-endian, as in packets (``htobs``). On NetBSD and DragonFly they have the
   byte order of the machine.
3. NetBSD and DragonFly share netbt, which has one struct for all protocols. FreeBSD does not support SCO, according to
   its manual.
4. Windows supports RFCOMM only. Its struct is packed, its fields have no prefix, and the device address is an integer.
"""

from __future__ import annotations

from sockcore.plugin import LE16, LE64, U8, U16, U32, CStruct, Struct, octets, padding

_BDADDR = octets(6)

_BLUEZ = "<bluetooth/bluetooth.h> <bluetooth/{}.h>"
_NETGRAPH = (
    "<sys/types.h> <sys/bitstring.h> <netgraph/bluetooth/include/ng_hci.h> <netgraph/bluetooth/include/ng_l2cap.h> "
    "<netgraph/bluetooth/include/ng_btsocket.h>"
)


def _bluez(name: str, header: str, *fields: tuple[str, object], sockaddr: bool = False) -> Struct:
    return Struct(f"struct {name}", _BLUEZ.format(header), *fields, sockaddr=sockaddr)  # type: ignore[arg-type]


_ISO = (("iso_bdaddr", _BDADDR), ("iso_bdaddr_type", U8))

#: include/net/bluetooth/iso.h of Linux. Debian 12 does not install the copy of BlueZ.
SOCKADDR_ISO = _bluez("sockaddr_iso", "iso", *_ISO, ("pad", padding(1)), sockaddr=True)

#: A sockaddr_iso with its flexible array ``iso_bc`` of one element. The array begins before the padding of the struct.
SOCKADDR_ISO_BROADCAST = _bluez(
    "sockaddr_iso",
    "iso",
    *_ISO,
    ("iso_bc_bdaddr", _BDADDR),
    ("iso_bc_bdaddr_type", U8),
    ("iso_bc_sid", U8),
    ("iso_bc_num_bis", U8),
    ("iso_bc_bis", octets(31)),
    ("pad", padding(1)),
    sockaddr=True,
)

_LINUX = {
    "L2CAP": _bluez(
        "sockaddr_l2",
        "l2cap",
        ("l2_psm", LE16),
        ("l2_bdaddr", _BDADDR),
        ("l2_cid", LE16),
        ("l2_bdaddr_type", U8),
        ("pad", padding(1)),
        sockaddr=True,
    ),
    "RFCOMM": _bluez(
        "sockaddr_rc", "rfcomm", ("rc_bdaddr", _BDADDR), ("rc_channel", U8), ("pad", padding(1)), sockaddr=True
    ),
    "HCI": _bluez("sockaddr_hci", "hci", ("hci_dev", U16), ("hci_channel", U16), sockaddr=True),
    "SCO": _bluez("sockaddr_sco", "sco", ("sco_bdaddr", _BDADDR), sockaddr=True),
    "ISO": SOCKADDR_ISO,
}

_FREEBSD = {
    "L2CAP": Struct(
        "struct sockaddr_l2cap",
        _NETGRAPH,
        ("l2cap_psm", LE16),
        ("l2cap_bdaddr", _BDADDR),
        ("l2cap_cid", LE16),
        ("l2cap_bdaddr_type", U8),
        ("pad", padding(1)),
        sockaddr=True,
    ),
    "RFCOMM": Struct(
        "struct sockaddr_rfcomm", _NETGRAPH, ("rfcomm_bdaddr", _BDADDR), ("rfcomm_channel", U8), sockaddr=True
    ),
    "HCI": Struct("struct sockaddr_hci", _NETGRAPH, ("hci_node", octets(32)), sockaddr=True),
}

SOCKADDR_BT = Struct(
    "struct sockaddr_bt",
    "<netbt/bluetooth.h>",
    ("bt_bdaddr", _BDADDR),
    ("bt_psm", U16),
    ("bt_channel", U8),
    ("bt_zero", padding(5)),
    sockaddr=True,
)

_NETBT = dict.fromkeys(("L2CAP", "RFCOMM", "HCI", "SCO"), SOCKADDR_BT)

SOCKADDR_BTH = Struct(
    "SOCKADDR_BTH",
    "<winsock2.h> <ws2bth.h>",
    ("btAddr", LE64),
    ("serviceClassId", octets(16)),
    ("port", U32),
    sockaddr=True,
)

_WINDOWS = {"RFCOMM": SOCKADDR_BTH}

_SYSTEMS = {"linux": _LINUX, "freebsd": _FREEBSD, "netbsd": _NETBT, "dragonfly": _NETBT, "windows": _WINDOWS}


def sockaddrs(system: str) -> dict[str, Struct]:
    """Return the sockaddr structs by protocol (``'L2CAP'``...).

    The result is empty on a system without Bluetooth sockets.
    """
    for name, structs_by_protocol in _SYSTEMS.items():
        if system.startswith(name):
            return structs_by_protocol
    return {}


#: BT_SECURITY at level SOL_BLUETOOTH.
BT_SECURITY = Struct("struct bt_security", "<bluetooth/bluetooth.h>", ("level", U8), ("key_size", U8))

#: BT_POWER.
BT_POWER = Struct("struct bt_power", "<bluetooth/bluetooth.h>", ("force_active", U8))

#: BT_VOICE.
BT_VOICE = Struct("struct bt_voice", "<bluetooth/bluetooth.h>", ("setting", U16))

L2CAP_OPTIONS = _bluez(
    "l2cap_options",
    "l2cap",
    ("omtu", U16),
    ("imtu", U16),
    ("flush_to", U16),
    ("mode", U8),
    ("fcs", U8),
    ("max_tx", U8),
    ("pad", padding(1)),
    ("txwin_size", U16),
)

_CONNINFO = (("hci_handle", U16), ("dev_class", octets(3)), ("pad", padding(1)))
L2CAP_CONNINFO = _bluez("l2cap_conninfo", "l2cap", *_CONNINFO)
RFCOMM_CONNINFO = _bluez("rfcomm_conninfo", "rfcomm", *_CONNINFO)
SCO_CONNINFO = _bluez("sco_conninfo", "sco", *_CONNINFO)

SCO_OPTIONS = _bluez("sco_options", "sco", ("mtu", U16))

BT_ISO_IO_QOS = CStruct(
    "struct bt_iso_io_qos",
    "<bluetooth/bluetooth.h>",
    {"*": (("interval", "uint"), ("latency", U16), ("sdu", U16), ("phy", "u8"), ("rtn", "u8"))},
)

#: BT_ISO_QOS. The fields up to *out* are those of BlueZ 5.66. The others are those of struct bt_iso_bcast_qos in
#: include/net/bluetooth/bluetooth.h of Linux. The kernel accepts only the whole struct.
BT_ISO_QOS = CStruct(
    "struct bt_iso_qos",
    "<bluetooth/bluetooth.h>",
    {
        "*": (
            ("cig", "u8"),
            ("cis", "u8"),
            ("sca", "u8"),
            ("packing", "u8"),
            ("framing", "u8"),
            ("in", BT_ISO_IO_QOS),
            ("out", BT_ISO_IO_QOS),
            ("encryption", "u8"),
            ("bcode", 16),
            ("options", "u8"),
            ("skip", U16),
            ("sync_timeout", U16),
            ("sync_cte_type", "u8"),
            ("mse", "u8"),
            ("timeout", U16),
        )
    },
)

#: HCI_FILTER. The event mask is two 32-bit numbers in the byte order of the machine, the lower one first.
HCI_FILTER = _bluez(
    "hci_filter", "hci", ("type_mask", U32), ("event_mask", octets(8)), ("opcode", U16), ("pad", padding(2))
)

#: HCI_CMSG_TSTAMP: a struct timeval whose seconds are a C long, also on systems with 64-bit time.
TIMEVAL = CStruct(
    "struct __kernel_old_timeval",
    "<linux/time_types.h>",
    {
        "linux sparc 64bit": (("tv_sec", "long"), ("tv_usec", "int")),
        "*": (("tv_sec", "long"), ("tv_usec", "long")),
    },
)

_LINUX_OPTIONS = (
    BT_SECURITY,
    BT_POWER,
    BT_VOICE,
    L2CAP_OPTIONS,
    L2CAP_CONNINFO,
    RFCOMM_CONNINFO,
    SCO_CONNINFO,
    SCO_OPTIONS,
    HCI_FILTER,
)


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in the headers of *system*.

    ``tools/headers`` compares them with the headers.
    """
    # No exported header declares sockaddr_iso. The tests compare its codec with literals.
    unique = dict.fromkeys(layout for layout in sockaddrs(system).values() if layout is not SOCKADDR_ISO)
    return (*unique, *(_LINUX_OPTIONS if system == "linux" else ()))


#: The structs for ``tools/headers`` whose layout depends on the processor.
STRUCTS_BY_SYSTEM = {"linux": (TIMEVAL, BT_ISO_IO_QOS)}
