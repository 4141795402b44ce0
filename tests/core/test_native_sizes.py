"""Sizes that are too large: an error is raised before anything is written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import systems
from systems import LIMIT, WINDOWS, loopback, name_of

import sockcore
from sockcore._system import backend, system

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

HERE = str(Path(__file__).parent)
WORD = 8 * (sys.maxsize.bit_length() // 8 + 1)
native = pytest.mark.skipif(backend.NAME != "native", reason="tests functions of the native backend")
TOO_LARGE = (MemoryError, OverflowError, ValueError, OSError)


@pytest.fixture
def udp(closing: ExitStack) -> Any:
    sock = closing.enter_context(sockcore.socket(2, sockcore.SOCK_DGRAM))
    sock.bind(loopback())
    sock.settimeout(LIMIT)
    return sock


def sizes_of_batches() -> list[tuple[int, int]]:
    """Return counts and sizes whose product overflows on 32 bits, 64 bits, or both.

    It wraps around to a small number.
    """
    header = 32 + 8 + 128  # on 32 bits: struct mmsghdr, struct iovec, struct sockaddr_storage
    result = [(1024, 4194304 - header), (1024, 4194304), (1024, 2**22 + 1), (512, 2**23), (1000, 4294967)]
    return [*result, (1024, 2**28 - 1), (1024, sys.maxsize), (1024, 2 ** (WORD - 10)), (1024, 2 ** (WORD - 11))]


# In a separate process, because a failure would corrupt the heap. Objects around the buffers detect it.
WRITES_BEYOND = """
import sys
sys.path.insert(0, {here!r})
from systems import loopback, name_of
import sockcore as s

if sys.platform == "linux":
    import resource
    # Enough for the sockets. Without a limit, a 64-bit system with overcommitment may grant any size.
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
one = s.socket(2, s.SOCK_DGRAM)
one.setsockopt(s.SOL_SOCKET, s.SO_RCVBUF, 1 << 18)
one.bind(loopback())
one.settimeout(60)
for number in range(3):
    one.sendto(bytes([65 + number]) * 30000, name_of(one))
around = [bytearray(5000) for _ in range(2000)]
try:
    received = one.recvmmsg({count}, {size})
except (MemoryError, OverflowError) as problem:
    print(type(problem).__name__)
else:
    # If there is enough memory after all, the data have been received.
    assert [len(data) for data, _, _, _ in received] == [30000] * len(received), received
    print("received")
assert not any(map(any, around)), "other objects were overwritten"
"""


@pytest.mark.skipif(systems.is_sanitized(), reason="the sanitizer replaces the allocator")
@pytest.mark.parametrize(("count", "size"), sizes_of_batches())
def test_recvmmsg_of_more_than_memory_raises_and_writes_nothing(count: int, size: int) -> None:
    if WINDOWS:
        pytest.skip("the sizes are those of structs of Unix")
    code = WRITES_BEYOND.format(here=HERE, count=count, size=size)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # qemu ignores the limit.
    allowed = ("received",) if "EMULATED_ARCHITECTURE" in os.environ else ()
    assert done.stdout.strip() in ("MemoryError", "OverflowError", *allowed)


@pytest.mark.parametrize("size", [sys.maxsize, sys.maxsize - 64, 2 ** (WORD - 2)])
@pytest.mark.parametrize("method", ["recv", "recvfrom", "recvmsg"])
def test_receive_of_largest_size_raises_and_keeps_data(udp: Any, method: str, size: int) -> None:
    udp.sendto(b"data", name_of(udp))
    try:
        received = getattr(udp, method)(size)
    except (MemoryError, OverflowError):
        assert udp.recv(10) == b"data"
    else:
        assert sys.maxsize < 2**32  # one buffer of that size fits into 32 bits
        assert b"data" in (received, received[0])


@pytest.mark.parametrize("room", [-1, -(2**31), 2**31, 2**32 + 16, 2**63 - 1])
def test_recvmsg_with_control_size_out_of_range_raises_and_keeps_data(udp: Any, room: int) -> None:
    if WINDOWS:
        pytest.skip("Windows has no recvmsg(2) with these sizes")
    udp.sendto(b"data", name_of(udp))
    calls: list[Callable[[], Any]] = [lambda: udp.recvmsg(10, room), lambda: udp.recvmsg_into([bytearray(9)], room)]
    calls += [lambda: udp.recvmmsg(1, 10, room), lambda: udp.recvmmsg_into([bytearray(9)], room)]
    for call in calls:
        # A C type may be too narrow for it.
        with pytest.raises((ValueError, OverflowError)):
            call()
    assert udp.recv(10) == b"data"


@pytest.mark.parametrize("size", [2**31, 2**32, 2**32 + 4, sys.maxsize])
def test_getsockopt_and_setsockopt_with_length_beyond_int_raise(udp: Any, size: int) -> None:
    calls: list[Callable[[], Any]] = [lambda: udp.getsockopt(1, 3, size), lambda: udp.setsockopt(1, 3, None, size)]
    for call in calls:
        with pytest.raises(TOO_LARGE):
            call()


@native
def test_if_indextoname_beyond_unsigned_int_raises_overflow_error() -> None:
    for index in (2**32 + 1, -1, 2**64):
        with pytest.raises(OverflowError):
            backend.if_indextoname(index)


@native
def test_ioctl_with_small_argument_writes_only_there(udp: Any) -> None:
    if sys.platform != "linux":
        pytest.skip("the number is specific to Linux")
    siocgifindex = 0x8933
    for size in (3, 8, 15, 17):
        block = bytearray(b"lo".ljust(64, b"\0"))
        # The kernel reads a name of 16 bytes and writes the index after it, whatever the size of the buffer.
        backend.ioctl(udp.fileno(), siocgifindex, memoryview(block)[:size])  # type: ignore[arg-type]
        assert not any(block[size:])


def test_sendmsg_and_recvmsg_into_of_5000_buffers_raise_emsgsize(udp: Any) -> None:
    if WINDOWS:
        pytest.skip("Windows has no limit of buffers")
    udp.settimeout(0)
    calls: list[Callable[[], Any]] = [
        lambda: udp.recvmsg_into([bytearray(1)] * 5000),
        lambda: udp.sendmsg([b"x"] * 5000, [], 0, name_of(udp)),
    ]
    if hasattr(system, "recvmmsg"):
        calls += [
            lambda: udp.recvmmsg_into([[bytearray(1)] * 5000]),
            lambda: udp.sendmmsg([([b"x"] * 5000, name_of(udp))]),
        ]
    for call in calls:
        with pytest.raises(OSError) as refusal:
            call()
        assert refusal.value.errno == errno.EMSGSIZE
