"""Network interfaces by index and by name on Windows, from iphlpapi, which is loaded at first use.

1. A name is the NDIS name, such as ``ethernet_32770``. It is neither the friendly name nor the description.
2. Names are in UTF-8, the interpreter's encoding of the file system on Windows.
"""

from __future__ import annotations

import ctypes
import errno
import os
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p

from sockcore._exceptions import from_errno
from sockcore._families.structs import CStruct
from sockcore._platform import constants
from sockcore._system.winsock_library import function

_HEADERS = "<winsock2.h> <ws2tcpip.h> <iphlpapi.h> <netioapi.h>"
_COUNTERS = (
    "TransmitLinkSpeed", "ReceiveLinkSpeed", "InOctets", "InUcastPkts", "InNUcastPkts", "InDiscards", "InErrors",
    "InUnknownProtos", "InUcastOctets", "InMulticastOctets", "InBroadcastOctets", "OutOctets", "OutUcastPkts",
    "OutNUcastPkts", "OutDiscards", "OutErrors", "OutUcastOctets", "OutMulticastOctets", "OutBroadcastOctets",
    "OutQLen",
)  # fmt: skip

MIB_IF_ROW2 = CStruct(
    "MIB_IF_ROW2",
    _HEADERS,
    {
        "*": (
            ("InterfaceLuid", "u64"),
            ("InterfaceIndex", "uint"),
            ("InterfaceGuid", 16),
            ("Alias", 514),
            ("Description", 514),
            ("PhysicalAddressLength", "uint"),
            ("PhysicalAddress", 32),
            ("PermanentPhysicalAddress", 32),
            ("Mtu", "uint"),
            ("Type", "uint"),
            ("TunnelType", "uint"),
            ("MediaType", "uint"),
            ("PhysicalMediumType", "uint"),
            ("AccessType", "uint"),
            ("DirectionType", "uint"),
            ("InterfaceAndOperStatusFlags", "u8"),
            ("OperStatus", "uint"),
            ("AdminStatus", "uint"),
            ("MediaConnectState", "uint"),
            ("NetworkGuid", 16),
            ("ConnectionType", "uint"),
            *((name, "u64") for name in _COUNTERS),
        ),
    },
)

MIB_IF_TABLE2 = CStruct("MIB_IF_TABLE2", _HEADERS, {"*": (("NumEntries", "uint"), ("Table", MIB_IF_ROW2))})

#: The structs that ``tools/headers`` compares with headers.
STRUCTS_BY_SYSTEM = {"windows": (MIB_IF_ROW2, MIB_IF_TABLE2)}

_RAW = 1  # MibIfTableRaw of enum MIB_IF_TABLE_LEVEL, <netioapi.h>: all interfaces, without stacked filters
_NAME_SIZE: int = constants().get("ifname_size", 257)  # with the NUL


def if_nametoindex(name: bytes) -> int:
    """Call if_nametoindex."""
    call = function("if_nametoindex", c_uint32, c_char_p, library="iphlpapi")
    index: int = call(name) if len(name) < _NAME_SIZE else 0
    if not index:
        raise OSError(errno.ENODEV, "no interface with this name")
    return index


def if_indextoname(index: int) -> bytes:
    """Call if_indextoname, which does not report the cause of a failure."""
    call = function("if_indextoname", c_void_p, c_uint32, c_void_p, library="iphlpapi")
    buffer = ctypes.create_string_buffer(_NAME_SIZE)
    if not call(index, buffer):
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
    return buffer.value


def if_nameindex() -> list[tuple[int, bytes]]:
    """Return the index and name of each interface, in the order of GetIfTable2Ex."""
    get_table = function("GetIfTable2Ex", c_uint32, c_int, c_void_p, library="iphlpapi")
    free_table = function("FreeMibTable", None, c_void_p, library="iphlpapi")
    first = c_void_p()
    _check(get_table(_RAW, byref(first)))
    try:
        at = first.value or 0
        table, row_type = MIB_IF_TABLE2.build(), MIB_IF_ROW2.build()
        count = table.from_address(at).NumEntries
        rows = (row_type * count).from_address(at + table.Table.offset)
        return [(row.InterfaceIndex, _name(row.InterfaceLuid)) for row in rows]
    finally:
        free_table(first)


def _name(luid: int) -> bytes:
    convert = function("ConvertInterfaceLuidToNameW", c_uint32, c_void_p, c_void_p, c_size_t, library="iphlpapi")
    name = ctypes.create_unicode_buffer(_NAME_SIZE)
    _check(convert(byref(ctypes.c_uint64(luid)), name, _NAME_SIZE))
    return name.value.encode("utf-8", "surrogatepass")


def _check(number: int) -> None:
    # These functions return the error instead of setting GetLastError.
    if number:
        raise from_errno(number)
