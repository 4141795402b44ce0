"""The manual's sniffer: its calls, as far as this Winsock goes, have the outcomes of the standard library.

Wine 8 has no raw sockets of IPPROTO_IP (10043, WSAEPROTONOSUPPORT) and no SIO_RCVALL (10045, WSAEOPNOTSUPP). What it
has are raw sockets of one protocol: with these all other calls are made, and a packet is received.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from outcomes import MODULES, outcome, same

import sockcore

if sys.platform != "win32":
    pytest.skip("SIO_RCVALL is Windows'", allow_module_level=True)

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "windows_sniffer.py"
LARGEST = 65565


def raw_socket(module: Any, protocol: int) -> Any:
    try:
        return module.socket(module.AF_INET, module.SOCK_RAW, protocol)
    except OSError as refusal:
        if isinstance(refusal, PermissionError):
            pytest.skip("raw sockets need an administrator")
        raise


def test_raw_socket_of_ip() -> None:
    def call(module: Any) -> object:
        with module.socket(module.AF_INET, module.SOCK_RAW, module.IPPROTO_IP) as sock:
            return int(sock.family), int(sock.type), sock.proto

    same(call)


@pytest.mark.parametrize("protocol", ["IPPROTO_UDP", "IPPROTO_ICMP", "IPPROTO_RAW"])
def test_calls_of_the_sniffer(protocol: str) -> None:
    def calls(module: Any) -> list[object]:
        with raw_socket(module, getattr(module, protocol)) as sock:
            found = [
                outcome(sock.bind, ("127.0.0.1", 0)),
                outcome(sock.setsockopt, module.IPPROTO_IP, module.IP_HDRINCL, 1),
                outcome(sock.getsockopt, module.IPPROTO_IP, module.IP_HDRINCL),
                outcome(sock.ioctl, module.SIO_RCVALL, module.RCVALL_ON),
            ]
            sock.setblocking(False)
            found.append(outcome(sock.recvfrom, LARGEST))
            found.append(outcome(sock.ioctl, module.SIO_RCVALL, module.RCVALL_OFF))
            return found

    theirs, ours = map(calls, MODULES)
    assert ours == theirs


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_packet_with_its_header(module: Any) -> None:
    """A datagram of UDP, as a raw socket of that protocol sees it."""
    with raw_socket(module, module.IPPROTO_UDP) as sniffer, module.socket(type=module.SOCK_DGRAM) as sender:
        sniffer.bind(("127.0.0.1", 0))
        sniffer.setsockopt(module.IPPROTO_IP, module.IP_HDRINCL, 1)
        sniffer.settimeout(10)
        sender.bind(("127.0.0.1", 0))
        port = sender.getsockname()[1]
        sender.sendto(b"seen in passing", sender.getsockname())
        while True:
            packet, address = sniffer.recvfrom(LARGEST)
            assert address == ("127.0.0.1", 0)
            if packet.endswith(b"seen in passing") and packet[20:22] == port.to_bytes(2, "big"):
                break
    assert packet[0] == 0x45  # version 4, a header of 20 bytes
    assert packet[9] == module.IPPROTO_UDP
    assert packet[12:20] == b"\x7f\0\0\1" * 2
    assert len(packet) == 20 + 8 + len(b"seen in passing")


def example() -> Any:
    spec = importlib.util.spec_from_file_location("windows_sniffer", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_describes_a_packet() -> None:
    sniffer = example()
    packet = bytes.fromhex("4500002b000040004011 0000 7f000001 c0000201".replace(" ", "")) + b"x" * 23
    assert sniffer.describe(packet) == "127.0.0.1 -> 192.0.2.1  protocol 17, 43 bytes"


def test_the_examples_socket() -> None:
    sniffer = example()
    raw_socket(sockcore, sockcore.IPPROTO_UDP).close()
    with sniffer.listen_on("127.0.0.1", sockcore.IPPROTO_UDP) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"
        assert sock.getsockopt(sockcore.IPPROTO_IP, sockcore.IP_HDRINCL) == 1
        refused = outcome(sock.ioctl, sockcore.SIO_RCVALL, sockcore.RCVALL_ON)
        if refused[0] is OSError:
            with pytest.raises(OSError) as caught, sniffer.all_packets(sock):
                pytest.fail("the ioctl was refused, and then was not")
            assert caught.value.args == refused[2]


def test_the_example_as_a_program() -> None:
    """Where the system has what it needs it prints a packet; on Wine it ends with the error of its first call."""
    theirs = outcome(lambda: MODULES[0].socket(sockcore.AF_INET, sockcore.SOCK_RAW, sockcore.IPPROTO_IP).close())
    if theirs[0] is not OSError:
        pytest.skip("this system has what the example needs: it would wait for packets")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "127.0.0.1", "1"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(f"OSError: {theirs[1]}")
