"""The simulated Winsock without sockcore: data, errors, log, and forwarded functions."""

from __future__ import annotations

import ctypes
import os
import uuid
from ctypes import byref, c_int, c_size_t, c_uint32, c_void_p, create_string_buffer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

INVALID = c_size_t(-1).value
FAULT, INVALID_VALUE, NOT_SUPPORTED, IN_USE, REFUSED = 10014, 10022, 10047, 10048, 10061

UNIX, HYPERV, BLUETOOTH = 1, 34, 32
PROTOCOLS = {UNIX: 0, HYPERV: 1, BLUETOOTH: 3}
LOOPBACK = uuid.UUID("e0e16197-dd56-4a10-9195-5ee7a155a838")


def hyperv(partition: uuid.UUID, service: uuid.UUID, reserved: int = 0) -> bytes:
    return (HYPERV).to_bytes(2, "little") + reserved.to_bytes(2, "little") + partition.bytes_le + service.bytes_le


#: A different channel for each test process, because all processes share the names.
CHANNEL = 20 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def bluetooth(address: int, channel: int) -> bytes:
    return (BLUETOOTH).to_bytes(2, "little") + address.to_bytes(8, "little") + bytes(16) + channel.to_bytes(4, "little")


def unix(path: str) -> bytes:
    return (UNIX).to_bytes(2, "little") + path.encode().ljust(108, b"\0")


class Winsock:
    """The functions of the simulated Winsock.

    They raise OSError with the error number of Winsock.
    """

    def __init__(self, dll: Any) -> None:
        self.dll = dll
        dll.socket.restype = c_size_t

    def call(self, name: str, socket: int, *arguments: Any) -> int:
        result = self.dll[name]
        result.restype = c_size_t if name == "accept" else c_int
        value: int = result(c_size_t(socket), *arguments)
        if value in (-1, INVALID):
            raise OSError(self.dll.WSAGetLastError(), name)
        return value

    def socket(self, family: int, type: int = 1, protocol: int | None = None) -> int:
        value: int = self.dll.socket(family, type, PROTOCOLS.get(family, 0) if protocol is None else protocol)
        if value == INVALID:
            raise OSError(self.dll.WSAGetLastError(), "socket")
        return value

    def get_name(self, function: str, socket: int, room: int = 128) -> bytes:
        buffer, length = create_string_buffer(128), c_int(room)
        self.call(function, socket, buffer, byref(length))
        return buffer.raw[: length.value]


@pytest.fixture
def winsock(simulated_winsock: Any) -> Winsock:
    return Winsock(simulated_winsock.dll)


@pytest.fixture
def ends(winsock: Winsock, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[int, bytes, bytes]:
    """Return a family, an address for bind, and the address for connect."""
    service = uuid.uuid4()
    return {
        "unix": (UNIX, unix(str(tmp_path / "s")), unix(str(tmp_path / "s"))),
        "hyperv": (HYPERV, hyperv(uuid.UUID(int=0), service), hyperv(LOOPBACK, service)),
        "bluetooth": (BLUETOOTH, bluetooth(0, CHANNEL), bluetooth(0x001122334455, CHANNEL)),
    }[request.param]


@pytest.mark.parametrize("ends", ["unix", "hyperv", "bluetooth"], indirect=True)
def test_simulated_stream_transfers_data_and_has_names(
    winsock: Winsock, simulated_winsock: Any, ends: tuple[int, bytes, bytes]
) -> None:
    family, server_address, connect_address = ends
    listener, client = winsock.socket(family), winsock.socket(family)
    winsock.call("bind", listener, server_address, len(server_address))
    winsock.call("listen", listener, 5)
    winsock.call("connect", client, connect_address, len(connect_address))
    buffer, length = create_string_buffer(128), c_int(128)
    server = winsock.call("accept", listener, buffer, byref(length))
    assert length.value == len(server_address)
    assert buffer.raw[:2] == server_address[:2]
    assert winsock.call("send", client, b"hello", 5, 0) == 5
    assert winsock.call("recv", server, buffer, 128, 0) == 5
    assert buffer.raw[:5] == b"hello"
    assert winsock.get_name("getsockname", listener) == winsock.get_name("getsockname", server) == server_address
    assert winsock.get_name("getpeername", client)[:2] == server_address[:2]
    for socket in (client, server, listener):
        winsock.call("closesocket", socket)
    calls = simulated_winsock.log()
    assert ("bind", str(family), server_address) in calls
    assert ("connect", str(family), connect_address) in calls


@pytest.mark.parametrize("ends", ["unix", "hyperv", "bluetooth"], indirect=True)
def test_simulated_bind_and_connect_invalid_arguments_fail(winsock: Winsock, ends: tuple[int, bytes, bytes]) -> None:
    family, server_address, connect_address = ends
    one, other = winsock.socket(family), winsock.socket(family)
    short_length = 2 if family == UNIX else len(server_address) - 1
    for function in ("bind", "connect"):
        for address, length, number in (
            (server_address, short_length, FAULT),
            (None, len(server_address), FAULT),
            (b"\2\0" + server_address[2:], len(server_address), NOT_SUPPORTED),
        ):
            with pytest.raises(OSError) as refused:
                winsock.call(function, one, address, length)
            assert refused.value.errno == number, (function, address, length)
    for arguments, number in (((connect_address, len(connect_address)), REFUSED),):
        with pytest.raises(OSError) as refused:
            winsock.call("connect", one, *arguments)
        assert refused.value.errno == number
    with pytest.raises(OSError) as refused:
        winsock.get_name("getsockname", one)
    assert refused.value.errno == INVALID_VALUE
    winsock.call("bind", one, server_address, len(server_address))
    with pytest.raises(OSError) as refused:
        winsock.call("bind", other, server_address, len(server_address))
    assert refused.value.errno == IN_USE
    with pytest.raises(OSError) as refused:
        winsock.get_name("getsockname", one, room=len(server_address) - 1)
    assert refused.value.errno == FAULT
    for socket in (one, other):
        winsock.call("closesocket", socket)


def test_simulated_bind_invalid_fields_fails(winsock: Winsock) -> None:
    sock = winsock.socket(HYPERV)
    for family, address in (
        (HYPERV, hyperv(LOOPBACK, uuid.uuid4(), reserved=1)),
        (BLUETOOTH, bluetooth(1 << 48, 5)),
        (BLUETOOTH, bluetooth(0, 31)),
    ):
        sock = winsock.socket(family)
        with pytest.raises(OSError) as refused:
            winsock.call("bind", sock, address, len(address))
        assert refused.value.errno == INVALID_VALUE
        winsock.call("closesocket", sock)


@pytest.mark.parametrize("family", PROTOCOLS)
@pytest.mark.parametrize(("socket_type", "protocol", "number"), [(2, None, 10044), (1, 99, 10043)])
def test_simulated_socket_invalid_type_or_protocol_fails(
    winsock: Winsock, family: int, socket_type: int, protocol: int | None, number: int
) -> None:
    with pytest.raises(OSError) as refused:
        winsock.socket(family, socket_type, protocol)
    assert refused.value.errno == number


def test_simulated_socket_hyperv_without_protocol_fails(winsock: Winsock) -> None:
    with pytest.raises(OSError) as refused:
        winsock.socket(HYPERV, protocol=0)
    assert refused.value.errno == 10041


def test_example_structs_match_documented_bytes(simulated_winsock: Any) -> None:
    service = uuid.UUID("00000be9-facb-11e6-bd58-64006a7986d3")
    assert simulated_winsock.example("hyperv") == hyperv(LOOPBACK, service)
    assert simulated_winsock.example("bluetooth") == bluetooth(0x001122334455, 5)
    assert simulated_winsock.example("unix") == unix("example.sock")
    assert simulated_winsock.example("keepalive") == b"".join(n.to_bytes(4, "little") for n in (1, 30000, 500))


def test_other_functions_are_forwarded_to_ws2_32(simulated_winsock: Any) -> None:
    """A forwarded function has the address of the function in ws2_32."""
    ws2_32 = ctypes.WinDLL("ws2_32")

    def address(dll: Any, name: str) -> Any:
        return ctypes.cast(dll[name], c_void_p).value

    for name in ("WSAPoll", "select", "listen", "send", "recv", "WSASend", "WSARecv", "getaddrinfo", "shutdown"):
        assert address(simulated_winsock.dll, name) == address(ws2_32, name)
    assert address(simulated_winsock.dll, "bind") != address(ws2_32, "bind")


def test_tcp_socket_uses_ws2_32(winsock: Winsock) -> None:
    listener, client = winsock.socket(2), winsock.socket(2)
    loopback = b"\2\0\0\0\x7f\0\0\1" + bytes(8)
    winsock.call("bind", listener, loopback, 16)
    winsock.call("listen", listener, 1)
    address = winsock.get_name("getsockname", listener)
    assert address[4:8] == b"\x7f\0\0\1"
    winsock.call("connect", client, address, 16)
    assert winsock.get_name("getpeername", client) == address
    for socket in (listener, client):
        winsock.call("closesocket", socket)


def test_wsaioctl_short_buffer_fails_and_is_logged(winsock: Winsock, simulated_winsock: Any) -> None:
    sock, returned = winsock.socket(2), c_uint32()
    for size, number in ((4, 0), (3, FAULT)):
        value = c_uint32(1)
        arguments = (c_uint32(0x98000010), byref(value), size, None, 0, byref(returned), None, None)
        if number:
            with pytest.raises(OSError) as refused:
                winsock.call("WSAIoctl", sock, *arguments)
            assert refused.value.errno == number
        else:
            winsock.call("WSAIoctl", sock, *arguments)
    assert simulated_winsock.logged_data("WSAIoctl", "98000010") == [b"\1\0\0\0", b"\1\0\0"]
    winsock.call("closesocket", sock)
