"""Controls and options that Wine lacks, on the simulated Winsock, which logs them and checks them like Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from contextlib import ExitStack

FAST_PATH, RCVALL, KEEPALIVE = "98000010", "98000001", "98000004"


def test_ioctl_loopback_fast_path_passes_dword(simulated_winsock: Any, exit_stack: ExitStack) -> None:
    sock = exit_stack.enter_context(sockcore.socket())
    for value in (True, False, 1):
        assert not sock.ioctl(sockcore.SIO_LOOPBACK_FAST_PATH, value)
    assert simulated_winsock.logged_data("WSAIoctl", FAST_PATH) == [b"\1\0\0\0", b"\0\0\0\0", b"\1\0\0\0"]
    datagrams = exit_stack.enter_context(sockcore.socket(type=sockcore.SOCK_DGRAM))
    with pytest.raises(OSError) as refused:
        datagrams.ioctl(sockcore.SIO_LOOPBACK_FAST_PATH, True)
    assert refused.value.winerror == 10022


def test_ioctl_rcvall_passes_mode(simulated_winsock: Any, exit_stack: ExitStack) -> None:
    sock = exit_stack.enter_context(sockcore.socket(sockcore.AF_INET, sockcore.SOCK_RAW, sockcore.IPPROTO_IP))
    sock.bind(("127.0.0.1", 0))
    for name in ("RCVALL_ON", "RCVALL_SOCKETLEVELONLY", "RCVALL_OFF"):
        assert not sock.ioctl(sockcore.SIO_RCVALL, getattr(sockcore, name))
        number = getattr(sockcore, name)
        assert simulated_winsock.logged_data("WSAIoctl", RCVALL) == [number.to_bytes(4, "little")]
    with pytest.raises(OSError) as refused:
        exit_stack.enter_context(sockcore.socket()).ioctl(sockcore.SIO_RCVALL, sockcore.RCVALL_ON)
    assert refused.value.winerror == 10022


def test_ioctl_keepalive_vals_matches_c_struct(simulated_winsock: Any, exit_stack: ExitStack) -> None:
    sock = exit_stack.enter_context(sockcore.socket())
    sock.ioctl(sockcore.SIO_KEEPALIVE_VALS, (1, 30000, 500))
    assert simulated_winsock.logged_data("WSAIoctl", KEEPALIVE) == [simulated_winsock.example("keepalive")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("HVSOCKET_CONNECT_TIMEOUT", 7000), ("HVSOCKET_CONTAINER_PASSTHRU", 1), ("HVSOCKET_CONNECTED_SUSPEND", 1)],
)
def test_hyperv_options_are_read_back(simulated_winsock: Any, exit_stack: ExitStack, name: str, value: int) -> None:
    protocol = sockcore.HV_PROTOCOL_RAW
    sock = exit_stack.enter_context(sockcore.socket(sockcore.AF_HYPERV, sockcore.SOCK_STREAM, protocol))
    option = getattr(sockcore, name)
    sock.setsockopt(protocol, option, value)
    assert simulated_winsock.logged_data("setsockopt", f"{protocol}/{option}") == [value.to_bytes(4, "little")]
    assert sock.getsockopt(protocol, option) == value
    assert sock.getsockopt(protocol, option, 4) == value.to_bytes(4, "little")


def test_ioctl_invalid_arguments_raise_before_winsock(simulated_winsock: Any, exit_stack: ExitStack) -> None:
    sock = exit_stack.enter_context(sockcore.socket())
    for code, option in (
        (sockcore.SIO_RCVALL, "on"),
        (sockcore.SIO_KEEPALIVE_VALS, (1, 2)),
        (sockcore.SIO_KEEPALIVE_VALS, 1),
        (sockcore.SIO_LOOPBACK_FAST_PATH, None),
    ):
        with pytest.raises((TypeError, ValueError)):
            sock.ioctl(code, option)
    with pytest.raises(ValueError, match="invalid ioctl command"):
        sock.ioctl(12345, 1)
    assert [call for call in simulated_winsock.log() if call.function == "WSAIoctl"] == []
