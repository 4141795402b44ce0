"""The examples of datagrams run, and print the expected figures."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
OFFSET = 5  # seconds by which the clock of the server differs

if not (EXAMPLES / "ntp.py").exists():
    pytest.skip("needs the examples of the repository", allow_module_level=True)

pytestmark = pytest.mark.real_kernel


@pytest.fixture(autouse=True)
def _once(functions):
    """Run these tests once: the examples select the implementation themselves."""
    if functions.__name__.endswith("pure"):
        from sockcore_inet import datagrams_native

        if datagrams_native.is_available():
            pytest.skip("the examples use the functions in C")


def run_example(*arguments):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_ntp_example_prints_kernel_times_and_offset(udp):
    sys.path.insert(0, str(EXAMPLES))
    try:
        import ntp
    finally:
        sys.path.remove(str(EXAMPLES))
    server = udp()

    def answer():
        data, address = server.recvfrom(100)
        now = ntp.to_ntp(time.time_ns() + OFFSET * ntp.SECOND)
        server.sendto(b"too short", address)
        server.sendto(ntp.PACKET.pack(4 << 3 | 4, 2, 0, 0, 0, 0, bytes(4), 0, 1, now, now), address)  # wrong origin
        origin = ntp.PACKET.unpack(data)[-1]
        server.sendto(ntp.PACKET.pack(4 << 3 | 4, 2, 0, 0, 0, 0, bytes(4), 0, origin, now, now), address)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        output = run_example(EXAMPLES / "ntp.py", *server.getsockname())
    finally:
        thread.join()
    assert "stratum 2" in output
    if sys.platform == "linux":
        assert "by the kernel" in output
    offset = float(re.search(r"offset +([-+\d.]+) ms", output)[1])
    assert abs(offset - OFFSET * 1000) < 500


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_quic_echo_example_echoes_all_packets(udp, host):
    udp(host)  # skips without IPv6
    output = run_example(EXAMPLES / "quic_echo.py", 700, host)
    assert output.startswith("700 packets of 1200 bytes echoed")
    if sys.platform == "linux":
        assert "1 connection from 2 addresses; ECN marks: 700 of ECT(0), 0 of CE" in output
