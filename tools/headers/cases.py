"""Addresses and control messages for :mod:`.initialisers`, as initialisers of C structs and as Python values."""

from __future__ import annotations

from typing import Any, NamedTuple

from .config import BSD_SYSTEMS, SYSTEMS


class Case(NamedTuple):
    """An address in C and in Python."""

    name: str
    #: Systems that support the address.
    systems: tuple[str, ...]
    #: Headers, separated by spaces.
    headers: str
    #: Struct and fields of the initialiser. NET16, NET32 and LE16 are constant forms of htons, htonl and htobs.
    struct: str
    fields: str
    #: Names of plugin, family and protocol.
    plugin: str
    family: str
    proto: str | None
    address: object
    #: Values for the context of the codec: ``{"interfaces": {"vcan0": 7}}``.
    context: dict[str, Any] = {}
    #: The field for the length of the sockaddr, on macOS and the BSDs.
    length: str = ""
    #: The size of the address as a C expression, if it is shorter than the struct.
    size: str = ""


class Message(NamedTuple):
    """The data of a control message in C, and its value in Python."""

    name: str
    systems: tuple[str, ...]
    headers: str
    struct: str
    fields: str
    plugin: str
    #: The decoded value.
    value: object


LINUX, DARWIN, FREEBSD, NETBSD, WINDOWS = (("linux",), ("darwin",), ("freebsd",), ("netbsd",), ("windows",))
POSIX = tuple(system for system in SYSTEMS if system != "windows")

SOCKET = "sys/types.h sys/socket.h"
WINSOCK = "winsock2.h ws2tcpip.h"
_BLUEZ = "bluetooth/bluetooth.h bluetooth/l2cap.h bluetooth/rfcomm.h bluetooth/hci.h bluetooth/sco.h"
_NETGRAPH = "sys/bitstring.h " + " ".join(
    f"netgraph/bluetooth/include/ng_{name}.h" for name in ("hci", "l2cap", "btsocket")
)

_BSD, _MISC, _BLUETOOTH = "sockcore_bsd", "sockcore_linux_misc", "sockcore_bluetooth"

_DEVICE = "00:1A:7D:DA:71:0F"
_BDADDR = "{{0x0F, 0x71, 0xDA, 0x7D, 0x1A, 0x00}}"
_VCAN = {"interfaces": {"vcan0": 7}}
_PATH_SIZE = 'sizeof(struct sockaddr_un) - sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof("/a/b")'


def _in(systems: tuple[str, ...], headers: str, length: str) -> tuple[Case, Case]:
    """Return addresses of IPv4 and IPv6."""
    return (
        Case(
            "sockaddr_in",
            systems,
            headers,
            "struct sockaddr_in",
            ".sin_family = AF_INET, .sin_port = NET16(258), .sin_addr.s_addr = NET32(0x01020304)",
            "sockcore_inet",
            "AF_INET",
            None,
            ("1.2.3.4", 258),
            length=length and f"sin_{length}",
        ),
        Case(
            "sockaddr_in6",
            systems,
            headers,
            "struct sockaddr_in6",
            ".sin6_family = AF_INET6, .sin6_port = NET16(258), .sin6_flowinfo = NET32(0x12345), .sin6_scope_id = 7,"
            " .sin6_addr = {{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x17}}}",
            "sockcore_inet",
            "AF_INET6",
            None,
            ("2001:db8::17", 258, 0x12345, 7),
            length=length and f"sin6_{length}",
        ),
    )


def _un(systems: tuple[str, ...], headers: str, length: str = "") -> Case:
    """Return an address of AF_UNIX, whose size depends on its path."""
    return Case(
        "sockaddr_un",
        systems,
        headers,
        "struct sockaddr_un",
        f'.sun_family = AF_UNIX, .sun_path = "/a/b"{length}',
        "sockcore_unix",
        "AF_UNIX",
        None,
        "/a/b",
        size=_PATH_SIZE,
    )


def _bluetooth(
    name: str,
    systems: tuple[str, ...],
    headers: str,
    fields: str,
    proto: str,
    address: object,
    length: str = "",
) -> Case:
    return Case(
        f"sockaddr_{name} {proto}",
        systems,
        f"{SOCKET} {headers}",
        f"struct sockaddr_{name}",
        fields,
        _BLUETOOTH,
        "AF_BLUETOOTH",
        f"BTPROTO_{proto}",
        address,
        length=length,
    )


def _can(systems: tuple[str, ...], header: str, proto: str | None, fields: str, *parts: int, length: str = "") -> Case:
    return Case(
        f"sockaddr_can {proto or ''}",
        systems,
        f"{SOCKET} {header}",
        "struct sockaddr_can",
        f".can_family = AF_CAN, .can_ifindex = 7{fields}",
        "sockcore_can",
        "AF_CAN",
        proto,
        ("vcan0", *parts),
        context=_VCAN,
        length=length,
    )


def _misc(name: str, header: str, fields: str, family: str, address: object, **context: object) -> Case:
    return Case(
        f"sockaddr_{name} {family}",
        LINUX,
        f"{SOCKET} {header}",
        f"struct sockaddr_{name}",
        fields,
        _MISC,
        family,
        None,
        address,
        context=context,
    )


CASES = (
    # ------------------------------------------------------------------ IP and AF_UNIX, everywhere
    *_in(LINUX, "netinet/in.h", ""),
    *_in(BSD_SYSTEMS, f"{SOCKET} netinet/in.h", "len"),
    *_in(WINDOWS, WINSOCK, ""),
    _un(LINUX, f"{SOCKET} sys/un.h"),
    _un(BSD_SYSTEMS, f"{SOCKET} sys/un.h", f", .sun_len = (unsigned char)({_PATH_SIZE})"),
    _un(WINDOWS, "winsock2.h afunix.h"),
    # ------------------------------------------------------------------ Linux
    _can(LINUX, "linux/can.h", None, ""),
    _can(
        LINUX,
        "linux/can.h",
        "CAN_ISOTP",
        ", .can_addr.tp = {.rx_id = 0x123, .tx_id = CAN_EFF_FLAG | 0x18DA00F1}",
        0x123,
        0x98DA00F1,
    ),
    _can(
        LINUX,
        "linux/can.h",
        "CAN_J1939",
        ", .can_addr.j1939 = {.name = 0x0102030405060708, .pgn = 0x12345, .addr = 0x80}",
        0x0102030405060708,
        0x12345,
        0x80,
    ),
    _misc(
        "nl",
        "linux/netlink.h",
        ".nl_family = AF_NETLINK, .nl_pid = 0x01020304, .nl_groups = 0x80000001",
        "AF_NETLINK",
        (0x01020304, 0x80000001),
    ),
    _misc(
        "ll",
        "linux/if_packet.h",
        ".sll_family = AF_PACKET, .sll_protocol = NET16(0x0806), .sll_ifindex = 3, .sll_hatype = 1,"
        " .sll_pkttype = PACKET_OTHERHOST, .sll_halen = 6, .sll_addr = {1, 2, 3, 4, 5, 6}",
        "AF_PACKET",
        ("eth0", 0x0806, 3, 1, b"\1\2\3\4\5\6"),
        interfaces={"eth0": 3},
    ),
    _misc(
        "tipc",
        "linux/tipc.h",
        ".family = AF_TIPC, .addrtype = TIPC_ADDR_NAMESEQ, .scope = TIPC_NODE_SCOPE,"
        " .addr.nameseq = {.type = 0x01020304, .lower = 5, .upper = 0x80000000}",
        "AF_TIPC",
        (1, 0x01020304, 5, 0x80000000, 3),
    ),
    _misc(
        "alg",
        "linux/if_alg.h",
        '.salg_family = AF_ALG, .salg_type = "skcipher", .salg_feat = 1, .salg_mask = 2, .salg_name = "cbc(aes)"',
        "AF_ALG",
        ("skcipher", "cbc(aes)", 1, 2),
    ),
    _misc(
        "vm",
        "linux/vm_sockets.h",
        ".svm_family = AF_VSOCK, .svm_port = 0x01020304, .svm_cid = VMADDR_CID_HOST",
        "AF_VSOCK",
        (2, 0x01020304),
    ),
    _misc("in", "netinet/in.h", ".sin_family = AF_INET, .sin_port = NET16(258)", "AF_RDS", ("0.0.0.0", 258)),
    _misc(
        "qrtr",
        "linux/qrtr.h",
        ".sq_family = 42, .sq_node = 0x01020304, .sq_port = QRTR_PORT_CTRL",
        "AF_QIPCRTR",
        (0x01020304, 0xFFFFFFFE),
    ),
    _bluetooth(
        "l2",
        LINUX,
        _BLUEZ,
        ".l2_family = AF_BLUETOOTH, .l2_psm = LE16(0x0102), .l2_cid = LE16(0x0304), .l2_bdaddr_type = BDADDR_LE_RANDOM,"
        f" .l2_bdaddr = {_BDADDR}",
        "L2CAP",
        (_DEVICE, 0x0102, 0x0304, 2),
    ),
    _bluetooth(
        "rc",
        LINUX,
        _BLUEZ,
        f".rc_family = AF_BLUETOOTH, .rc_channel = 30, .rc_bdaddr = {_BDADDR}",
        "RFCOMM",
        (_DEVICE, 30),
    ),
    _bluetooth(
        "hci",
        LINUX,
        _BLUEZ,
        ".hci_family = AF_BLUETOOTH, .hci_dev = 0x0102, .hci_channel = HCI_CHANNEL_USER",
        "HCI",
        (0x0102, 1),
    ),
    _bluetooth("sco", LINUX, _BLUEZ, f".sco_family = AF_BLUETOOTH, .sco_bdaddr = {_BDADDR}", "SCO", _DEVICE),
    # ------------------------------------------------------------------ macOS and the BSDs
    Case(
        "sockaddr_dl",
        BSD_SYSTEMS,
        f"{SOCKET} net/if_dl.h",
        "struct sockaddr_dl",
        ".sdl_family = AF_LINK, .sdl_index = 0x0102, .sdl_type = 6, .sdl_nlen = 3, .sdl_alen = 6,"
        ' .sdl_data = {"em0\\1\\2\\3\\4\\5\\6"}',
        _BSD,
        "AF_LINK",
        None,
        (0x0102, 6, "em0", b"\1\2\3\4\5\6"),
        length="sdl_len",
    ),
    Case(
        "sockaddr_ctl",
        DARWIN,
        f"{SOCKET} sys/kern_control.h",
        "struct sockaddr_ctl",
        # AF_SYS_CONTROL is in a header that ziglang lacks.
        ".sc_family = AF_SYSTEM, .ss_sysaddr = 2, .sc_id = 0x01020304, .sc_unit = 0x80000005",
        _BSD,
        "AF_SYSTEM",
        "SYSPROTO_CONTROL",
        (0x01020304, 0x80000005),
        length="sc_len",
    ),
    Case(
        "sockaddr_in AF_DIVERT",
        FREEBSD,
        f"{SOCKET} netinet/in.h",
        "struct sockaddr_in",
        '.sin_family = AF_INET, .sin_port = NET16(100), .sin_addr.s_addr = NET32(0x01020304), .sin_zero = "em0"',
        _BSD,
        "AF_DIVERT",
        None,
        ("1.2.3.4", 100, "em0"),
        length="sin_len",
    ),
    _bluetooth(
        "l2cap",
        FREEBSD,
        _NETGRAPH,
        ".l2cap_family = AF_BLUETOOTH, .l2cap_psm = LE16(0x0102), .l2cap_cid = LE16(0x0304), .l2cap_bdaddr_type = 2,"
        f" .l2cap_bdaddr = {_BDADDR}",
        "L2CAP",
        (_DEVICE, 0x0102, 0x0304, 2),
        length="l2cap_len",
    ),
    _bluetooth(
        "rfcomm",
        FREEBSD,
        _NETGRAPH,
        f".rfcomm_family = AF_BLUETOOTH, .rfcomm_channel = 30, .rfcomm_bdaddr = {_BDADDR}",
        "RFCOMM",
        (_DEVICE, 30),
        length="rfcomm_len",
    ),
    _bluetooth(
        "hci",
        FREEBSD,
        _NETGRAPH,
        '.hci_family = AF_BLUETOOTH, .hci_node = "ubt0hci"',
        "HCI",
        "ubt0hci",
        length="hci_len",
    ),
    *(
        _bluetooth(
            "bt",
            NETBSD,
            "netbt/bluetooth.h",
            f".bt_family = AF_BLUETOOTH, {fields}.bt_bdaddr = {_BDADDR}",
            proto,
            address,
            length="bt_len",
        )
        for proto, fields, address in (
            ("L2CAP", ".bt_psm = 0x0102, ", (_DEVICE, 0x0102)),
            ("RFCOMM", ".bt_channel = 30, ", (_DEVICE, 30)),
            ("HCI", "", _DEVICE),
            ("SCO", "", _DEVICE),
        )
    ),
    _can(NETBSD, "netcan/can.h", None, "", length="can_len"),
    # ------------------------------------------------------------------ Windows
    Case(
        "SOCKADDR_BTH",
        WINDOWS,
        f"{WINSOCK} ws2bth.h",
        "SOCKADDR_BTH",
        ".addressFamily = AF_BTH, .btAddr = 0x001A7DDA710FULL, .port = 30",
        _BLUETOOTH,
        "AF_BLUETOOTH",
        "BTPROTO_RFCOMM",
        (_DEVICE, 30),
    ),
    Case(
        "SOCKADDR_HV",
        WINDOWS,
        f"{WINSOCK} hvsocket.h",
        "SOCKADDR_HV",
        # The headers are older than AF_HYPERV.
        ".Family = 34, .VmId = {0xa42e7cda, 0xd03f, 0x480c, {0x9c, 0xc2, 0xa4, 0xde, 0x20, 0xab, 0xb8, 0x78}},"
        " .ServiceId = {0x00000808, 0xfacb, 0x11e6, {0xbd, 0x58, 0x64, 0x00, 0x6a, 0x79, 0x86, 0xd3}}",
        "sockcore_windows",
        "AF_HYPERV",
        None,
        ("a42e7cda-d03f-480c-9cc2-a4de20abb878", "00000808-facb-11e6-bd58-64006a7986d3"),
        context={"proto": 1},
    ),
)

_IDS = ".sc_uid = 1001, .sc_euid = 1002, .sc_gid = 1003, .sc_egid = 1004, .sc_ngroups = 1, .sc_groups = {1005}"

MESSAGES = (
    Message(
        "SCM_CREDS2",
        FREEBSD,
        SOCKET,
        "struct sockcred2",
        f".sc_version = 0, .sc_pid = 77, {_IDS}",
        _BSD,
        (77, 1001, 1002, 1003, 1004, (1005,)),
    ),
    Message(
        "SCM_CREDS",
        FREEBSD,
        SOCKET,
        "struct cmsgcred",
        ".cmcred_pid = 77, .cmcred_uid = 1001, .cmcred_euid = 1002, .cmcred_gid = 1003, .cmcred_ngroups = 2,"
        " .cmcred_groups = {1004, 1005}",
        _BSD,
        (77, 1001, 1002, 1003, 1004, (1004, 1005)),
    ),
    Message("SCM_CREDS", FREEBSD, SOCKET, "struct sockcred", _IDS, _BSD, (None, 1001, 1002, 1003, 1004, (1005,))),
    Message(
        "SCM_CREDS",
        NETBSD,
        SOCKET,
        "struct sockcred",
        f".sc_pid = 77, {_IDS}",
        _BSD,
        (77, 1001, 1002, 1003, 1004, (1005,)),
    ),
    Message(
        "IP_RECVIF",
        BSD_SYSTEMS,
        f"{SOCKET} net/if_dl.h",
        "struct sockaddr_dl",
        ".sdl_len = sizeof(struct sockaddr_dl), .sdl_family = AF_LINK, .sdl_index = 0x0102, .sdl_type = 6,"
        ' .sdl_nlen = 3, .sdl_data = {"em0"}',
        _BSD,
        (0x0102, 6, "em0", b""),
    ),
    Message(
        "SCM_CREDENTIALS",
        LINUX,
        SOCKET,
        "struct ucred",
        ".pid = 77, .uid = 1001, .gid = 1003",
        "sockcore_unix",
        (77, 1001, 1003),
    ),
)
