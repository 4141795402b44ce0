"""The options of MPTCP on Linux that return a value for each subflow. Source: networking/mptcp in the kernel."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from sockcore.plugin import SOCKADDR_IN, SOCKADDR_IN6, Any, Callable, Kind, family_of, getsockopt_with_input
from sockcore_inet.constants import AF_INET
from sockcore_inet.option_addresses import unpack_storage
from sockcore_inet.option_tcp_info import MPTCP_INFO_KIND, TCP_INFO_KIND, MptcpInfo, TcpInfo
from sockcore_inet.tcp_structs import (
    MPTCP_FULL_INFO,
    MPTCP_INFO,
    MPTCP_SUBFLOW_ADDRS,
    MPTCP_SUBFLOW_DATA,
    MPTCP_SUBFLOW_INFO,
)

#: The number of subflows for which there is room. Linux has at most 8 additional subflows.
_MOST = 16


class SubflowAddresses(NamedTuple):
    """The addresses of a subflow, as (host, port)."""

    local: tuple[str, int]
    remote: tuple[str, int]


class SubflowInfo(NamedTuple):
    """A subflow in MPTCP_FULL_INFO: its number, its addresses as (host, port), and the state of its connection."""

    id: int
    local: tuple[str, int]
    remote: tuple[str, int]
    tcp_info: TcpInfo


class MptcpFullInfo(NamedTuple):
    """The value of MPTCP_FULL_INFO: the state of the connection, and of its subflows."""

    info: MptcpInfo
    subflows: list[SubflowInfo]


def _reader(size: int) -> Callable[[int, int, int], bytes]:
    """Return a function that reads an element of *size* bytes for each subflow."""

    def read(fd: int, level: int, optname: int) -> bytes:
        header = MPTCP_SUBFLOW_DATA.pack(MPTCP_SUBFLOW_DATA.size, 0, 0, size)
        return getsockopt_with_input(fd, level, optname, header + bytes(_MOST * size))

    return read


def split_elements(data: bytes) -> list[bytes]:
    """Return the elements after the header. A truncated element at the end is omitted."""
    start, count, _, size = map(int, MPTCP_SUBFLOW_DATA.unpack(data))
    elements = [data[start + i * size : start + (i + 1) * size] for i in range(min(count, _MOST))]
    return [element for element in elements if element and len(element) == size]


def _decode_info(data: bytes) -> list[TcpInfo]:
    return [TCP_INFO_KIND.decode(element) for element in split_elements(data)]


def _decode_address(raw: bytes) -> tuple[str, int]:
    layout = SOCKADDR_IN if family_of(raw) == AF_INET else SOCKADDR_IN6
    return unpack_storage(raw), int(layout.unpack(raw)[0])


def _decode_addresses(data: bytes) -> list[SubflowAddresses]:
    pairs: list[Any] = [MPTCP_SUBFLOW_ADDRS.unpack(element) for element in split_elements(data)]
    return [SubflowAddresses(_decode_address(local), _decode_address(remote)) for local, remote in pairs]


def _read_full_info(fd: int, level: int, optname: int) -> bytes:
    """Return the two arrays of MPTCP_FULL_INFO, each with room for _MOST elements, and then the struct."""
    memory = array("B", bytes(_MOST * (MPTCP_SUBFLOW_INFO.size + TCP_INFO_KIND.size)))
    address = memory.buffer_info()[0]
    sizes = 0, TCP_INFO_KIND.size, 0, MPTCP_SUBFLOW_INFO.size, 0, _MOST
    arrays = address, address + _MOST * MPTCP_SUBFLOW_INFO.size
    request = MPTCP_FULL_INFO.pack(*sizes, *arrays, *(0 for _ in MPTCP_INFO.fields))
    written = getsockopt_with_input(fd, level, optname, request)
    return memory.tobytes() + written


def _decode_full_info(data: bytes) -> MptcpFullInfo:
    second = _MOST * MPTCP_SUBFLOW_INFO.size
    start = second + _MOST * TCP_INFO_KIND.size
    tcp_size, count = (int(value) for value in MPTCP_FULL_INFO.unpack(data[start:])[:5:4])
    subflows = []
    for i in range(min(count, _MOST)):
        element: Any = MPTCP_SUBFLOW_INFO.unpack(data[i * MPTCP_SUBFLOW_INFO.size :])
        at = second + i * TCP_INFO_KIND.size
        info = TCP_INFO_KIND.decode(data[at : at + min(tcp_size, TCP_INFO_KIND.size)])
        subflows.append(SubflowInfo(element[0], _decode_address(element[1]), _decode_address(element[2]), info))
    return MptcpFullInfo(MPTCP_INFO_KIND.decode(data[start + MPTCP_FULL_INFO.offsets()["mptcp_info"][0] :]), subflows)


FULL_INFO: Kind[MptcpFullInfo] = Kind("MptcpFullInfo", MPTCP_FULL_INFO.size, _decode_full_info, reader=_read_full_info)
SUBFLOW_INFO: Kind[list[TcpInfo]] = Kind(
    "list of TcpInfo", TCP_INFO_KIND.size, _decode_info, reader=_reader(TCP_INFO_KIND.size)
)
SUBFLOW_ADDRESSES: Kind[list[SubflowAddresses]] = Kind(
    "list of SubflowAddresses", MPTCP_SUBFLOW_ADDRS.size, _decode_addresses, reader=_reader(MPTCP_SUBFLOW_ADDRS.size)
)
