"""Order of call and wait: a call on a ready socket does not poll first."""

from __future__ import annotations

import errno
import shutil
import struct
import subprocess
import sys
import textwrap
import threading
import time

import pytest
import systems
from systems import DONTWAIT, LIMIT, SEND_FLAG, WINDOWS

import sockcore


def test_recv_on_ready_socket_makes_one_system_call(python, tmp_path):
    strace = shutil.which("strace")
    if not strace or subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("strace is missing, or not permitted to trace")
    code = """
        import subprocess, sys, sockcore
        one, two = sockcore.socketpair(1)
        with one, two:
            one.settimeout(60)
            two.settimeout(60)
            def once():
                one.send(b"data"); two.recv(9); one.sendall(b"data"); two.recvfrom(9)
                one.sendmsg([b"data"]); two.recv_into(bytearray(9))
            once()
            with open("/dev/null", "rb", 0) as mark:
                mark.read(7777)
                once()
                mark.read(7777)
    """
    trace = tmp_path / "trace"
    subprocess.run([strace, "-o", str(trace), sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)
    _, between, _ = trace.read_text().replace(", 7777)", "\n7777\n", 2).split("\n7777\n")
    calls = [
        line.split("(")[0] for line in between.splitlines() if "(" in line and not line.startswith(("read(", "---"))
    ]
    reads = [line for line in between.splitlines() if line.startswith("read(") and "data" in line]
    assert [c for c in calls if "poll" in c or "select" in c] == []
    assert len(reads) <= 1
    assert len([c for c in calls if c.startswith(("write", "send", "recv", "readv"))]) + len(reads) == 6


@pytest.mark.skipif(WINDOWS, reason="blocking sockets raise ETIMEDOUT there: test_winsock_timeouts.py")
@pytest.mark.parametrize("flags", [0, SEND_FLAG])
def test_eagain_in_blocking_mode_propagates(pair, fill, flags):
    one, _ = pair()
    long = struct.calcsize("l")
    for option in (sockcore.SO_RCVTIMEO, sockcore.SO_SNDTIMEO):
        size = len(one.getsockopt(sockcore.SOL_SOCKET, option, 16))
        value = struct.pack("qq" if size == 16 and long == 4 else "ll", 0, 50_000)
        one.setsockopt(sockcore.SOL_SOCKET, option, value)
    fill(one)
    for call in (
        lambda: one.recv(4, flags),
        lambda: one.recv_into(bytearray(4), 0, flags),
        lambda: one.recvfrom(4, flags),
        lambda: one.recvmsg(4, 0, flags),
        lambda: one.send(b"data", flags),
        lambda: one.sendall(b"data", flags),
        lambda: one.sendmsg([b"data"], [], flags),
    ):
        with pytest.raises(BlockingIOError) as refusal:
            call()
        assert refusal.value.errno == errno.EAGAIN
    with one.makefile("rb", buffering=0) as file:
        assert file.read(1) is None
    assert one.gettimeout() is None


def test_recv_after_false_readiness_waits_again(pair, background):
    # Two threads wait. Each message is received by one, and the other waits for the next.
    one, two = pair(sockcore.SOCK_DGRAM, timeout=LIMIT)
    got = []
    readers = [background(lambda: got.append(one.recv(9))) for _ in range(2)]
    for reader in readers:
        systems.wait_until_it_waits(reader)
    two.send(b"1")
    deadline = time.monotonic() + LIMIT
    while not got and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.1)  # the other thread waits again
    assert got == [b"1"]
    two.send(b"2")
    for reader in readers:
        reader.join(LIMIT)
    assert sorted(got) == [b"1", b"2"]


def test_recv_with_competing_reader_ends_in_time(pair, background):
    one, two = pair(sockcore.SOCK_DGRAM, timeout=0.3)
    two.settimeout(None)
    stop = threading.Event()

    def tease():
        thief = one.dup()
        with thief:
            while not stop.is_set():
                two.send(b"x")
                try:
                    thief.recv(1, DONTWAIT)
                except (BlockingIOError, sockcore.timeout):
                    pass

    background(tease)
    start = time.monotonic()
    try:
        while time.monotonic() < start + 1:
            one.recv(1)
    except sockcore.timeout:
        pass
    finally:
        stop.set()
