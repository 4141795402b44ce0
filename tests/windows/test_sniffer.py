"""The calls of the packet sniffer in the documentation of Python, compared with the standard library.

Wine 8 supports neither raw sockets of IPPROTO_IP (10043, WSAEPROTONOSUPPORT) nor SIO_RCVALL (10045, WSAEOPNOTSUPP). It
supports raw sockets of a single protocol. The tests use such a socket for all other calls, and receive a packet.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from outcomes import MODULES, assert_same, outcome

import sockcore

if sys.platform != "win32":
    pytest.skip("only Windows has SIO_RCVALL", allow_module_level=True)

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "windows_sniffer.py"
MAX_PACKET_SIZE = 65565


def raw_socket(module: Any, protocol: int) -> Any:
    try:
        return module.socket(module.AF_INET, module.SOCK_RAW, protocol)
    except OSError as exc:
        if isinstance(exc, PermissionError):
            pytest.skip("raw sockets need an administrator")
        raise


def test_raw_socket_of_ip_equals_standard_library() -> None:
    def call(module: Any) -> object:
        with module.socket(module.AF_INET, module.SOCK_RAW, module.IPPROTO_IP) as sock:
            return int(sock.family), int(sock.type), sock.proto

    assert_same(call)


@pytest.mark.parametrize("protocol", ["IPPROTO_UDP", "IPPROTO_ICMP", "IPPROTO_RAW"])
def test_sniffer_calls_equal_standard_library(protocol: str) -> None:
    def calls(module: Any) -> list[object]:
        with raw_socket(module, getattr(module, protocol)) as sock:
            results = [
                outcome(sock.bind, ("127.0.0.1", 0)),
                outcome(sock.setsockopt, module.IPPROTO_IP, module.IP_HDRINCL, 1),
                outcome(sock.getsockopt, module.IPPROTO_IP, module.IP_HDRINCL),
                outcome(sock.ioctl, module.SIO_RCVALL, module.RCVALL_ON),
            ]
            sock.setblocking(False)
            received = outcome(sock.recvfrom, MAX_PACKET_SIZE)
            while received[0] is tuple:  # a packet of another program
                received = outcome(sock.recvfrom, MAX_PACKET_SIZE)
            results.append(received)
            results.append(outcome(sock.ioctl, module.SIO_RCVALL, module.RCVALL_OFF))
            return results

    expected, actual = map(calls, MODULES)
    assert actual == expected


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_raw_socket_receives_packet_with_header(module: Any) -> None:
    """A raw socket of IPPROTO_UDP receives a UDP datagram."""
    with raw_socket(module, module.IPPROTO_UDP) as sniffer, module.socket(type=module.SOCK_DGRAM) as sender:
        sniffer.bind(("127.0.0.1", 0))
        sniffer.setsockopt(module.IPPROTO_IP, module.IP_HDRINCL, 1)
        sniffer.settimeout(60)
        sender.bind(("127.0.0.1", 0))
        port = sender.getsockname()[1]
        sender.sendto(b"payload", sender.getsockname())
        while True:
            packet, address = sniffer.recvfrom(MAX_PACKET_SIZE)
            assert address == ("127.0.0.1", 0)
            if packet.endswith(b"payload") and packet[20:22] == port.to_bytes(2, "big"):
                break
    assert packet[0] == 0x45  # version 4, a header of 20 bytes
    assert packet[9] == module.IPPROTO_UDP
    assert packet[12:20] == b"\x7f\0\0\1" * 2
    assert len(packet) == 20 + 8 + len(b"payload")


def load_example() -> Any:
    spec = importlib.util.spec_from_file_location("windows_sniffer", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_example_describe_returns_addresses_and_size() -> None:
    sniffer = load_example()
    packet = bytes.fromhex("4500002b000040004011 0000 7f000001 c0000201".replace(" ", "")) + b"x" * 23
    assert sniffer.describe(packet) == "127.0.0.1 -> 192.0.2.1  protocol 17, 43 bytes"


def test_example_listen_on_creates_socket() -> None:
    sniffer = load_example()
    raw_socket(sockcore, sockcore.IPPROTO_UDP).close()
    with sniffer.listen_on("127.0.0.1", sockcore.IPPROTO_UDP) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"
        assert sock.getsockopt(sockcore.IPPROTO_IP, sockcore.IP_HDRINCL) == 1
        result = outcome(sock.ioctl, sockcore.SIO_RCVALL, sockcore.RCVALL_ON)
        if result[0] is OSError:
            with pytest.raises(OSError) as exc_info, sniffer.all_packets(sock):
                pytest.fail("the second ioctl() did not raise")
            assert exc_info.value.args == result[2]


def test_example_program_without_raw_sockets_prints_error() -> None:
    """On Wine, the first call of the program raises."""
    expected = outcome(lambda: MODULES[0].socket(sockcore.AF_INET, sockcore.SOCK_RAW, sockcore.IPPROTO_IP).close())
    if expected[0] is not OSError:
        pytest.skip("this system supports raw sockets of IPPROTO_IP: the example would wait for packets")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "127.0.0.1", "1"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(f"OSError: {expected[1]}")
