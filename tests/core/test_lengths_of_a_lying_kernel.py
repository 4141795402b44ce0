"""Lengths that the kernel reports are limited to the buffer.

A library for LD_PRELOAD increases them.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sockcore._system import backend

HERE = Path(__file__).parent
if sys.platform != "linux":
    pytest.skip("the library is written for Linux", allow_module_level=True)
if "libasan" in os.environ.get("LD_PRELOAD", ""):
    pytest.skip("the sanitizer replaces these functions itself", allow_module_level=True)
COMPILER = shutil.which("gcc") or shutil.which("cc")

#: The amounts that are added to the lengths.
EXTRA = (1, 200, 70_000, 0x7FFF_0000)
#: The lengths that can be falsified: the numbers in lying_kernel.c.
ADDRESSES, OPTIONS, CONTROLS, CMSGS, BYTES, MESSAGES = 1, 2, 4, 8, 16, 32

PREPARE = """
import array, ctypes, os, sys, warnings
import sockcore as s
from sockcore._system import system as backend
sys.path.insert(0, {here!r})
from systems import loopback, name_of

warnings.simplefilter("ignore")  # about malformed control messages
_lie = ctypes.CDLL(None).lie
NAME = b"\\2\\0"  # the first bytes of an AF_INET address
SIZE = 10


def lie():
    _lie(extra, {about})


def truth():
    _lie(0, 0)


def udp():
    one = s.socket(2, s.SOCK_DGRAM)
    one.bind(loopback())
    one.settimeout(60)
    one.sendto(b"12345678", name_of(one))
    one.recv(1, s.MSG_PEEK)  # it has arrived
    return one


def streams():
    listener = s.socket(2, s.SOCK_STREAM)
    listener.bind(loopback())
    listener.listen()
    client = s.socket(2, s.SOCK_STREAM)
    client.connect(name_of(listener))
    return listener, client


def rights(count=1):
    one, two = s.socketpair(1, s.SOCK_DGRAM)
    for _ in range(count):
        fds = array.array("i", [os.open("/dev/null", os.O_RDONLY)])
        one.sendmsg([b"12345678"], [(s.SOL_SOCKET, 1, fds)])
    return two


def check_address(address):
    # With the plugin of AF_INET it is a tuple, without it the bytes of a struct sockaddr_storage.
    if isinstance(address, bytes):
        assert address[:2] == NAME and len(address) <= 128, address
    else:
        assert address[0] == "127.0.0.1", address


def check_raw(raw, size):
    assert len(raw) <= size and raw[:2] == NAME[:size], raw


def check_data(data, size=SIZE):
    assert data[:8] == b"12345678"[:size] and len(data) <= size, data


def check_rights(messages, room=64):
    assert sum(len(data) for _, _, data in messages) <= room, messages
    for level, cmsg_type, data in messages[:1]:
        assert (level, cmsg_type) == (s.SOL_SOCKET, 1)
        os.fstat(int.from_bytes(data[:4], sys.byteorder))
"""

#: Operation -> the falsified lengths, and the code that checks it.
OPERATIONS = {
    "getsockopt": (OPTIONS, """
one = s.socket(2, s.SOCK_DGRAM)
lie()
for size in (1, 4, 8, 1024):
    assert len(one.getsockopt(s.SOL_SOCKET, s.SO_TYPE, size)) <= size
    assert len(backend.getsockopt(one.fileno(), 1, 3, size)) <= size
assert one.getsockopt(s.SOL_SOCKET, s.SO_TYPE) == s.SOCK_DGRAM
assert backend.getsockopt_int(one.fileno(), 1, 3) == s.SOCK_DGRAM
"""),
    "getsockname": (ADDRESSES, """
one = udp()
lie()
check_address(one.getsockname())
for size in (0, 2, 16, 128):
    check_raw(backend.getsockname(one.fileno(), size), size)
"""),
    "getpeername": (ADDRESSES, """
listener, client = streams()
lie()
check_address(client.getpeername())
for size in (0, 2, 16, 128):
    check_raw(backend.getpeername(client.fileno(), size), size)
"""),
    "accept": (ADDRESSES, """
listener, client = streams()
lie()
check_address(listener.accept()[1])
"""),
    "accept of the backend": (ADDRESSES, """
listener, client = streams()
lie()
check_raw(backend.accept(listener.fileno(), 16)[1], 16)
"""),
    "repr": (ADDRESSES, """
listener, client = streams()
lie()
assert repr(client)
"""),
    "fileno": (ADDRESSES | OPTIONS, """
lie()
one = udp()
another = s.socket(fileno=os.dup(one.fileno()))
assert another.family == 2 and another.type == s.SOCK_DGRAM
"""),
    "recv": (BYTES, """
one = udp()
lie()
check_data(one.recv(SIZE, s.MSG_PEEK))
check_data(one.recv(4, s.MSG_PEEK), 4)
check_data(backend.recv(one.fileno(), SIZE, s.MSG_PEEK))
"""),
    "recvfrom": (ADDRESSES | BYTES, """
one = udp()
lie()
data, address = one.recvfrom(SIZE, s.MSG_PEEK)
check_data(data)
check_address(address)
data, raw = backend.recvfrom(one.fileno(), SIZE, s.MSG_PEEK, 16)
check_data(data)
check_raw(raw, 16)
"""),
    "recvfrom that waits": (ADDRESSES, """
one = udp()
data = one.recv(SIZE)
import threading
def later():
    import time
    time.sleep(0.1)
    one.sendto(data, name)
name = name_of(one)
threading.Thread(target=later).start()
lie()
data, address = one.recvfrom(SIZE)
check_data(data)
check_address(address)
"""),
    "addresses beyond their end": (ADDRESSES, """
from sockcore.plugin import sockaddr_header
name = b"\\0sockcore lying"
sockaddr = s.RawAddress(sockaddr_header(1, 2 + len(name)) + name)  # also without a plugin for AF_UNIX
with s.socket(1, s.SOCK_DGRAM) as one:
    one.bind(sockaddr)
    one.settimeout(60)
    for _ in range(6):
        one.sendto(b"x" * 200, sockaddr)
    truth()
    one.recvmmsg(2, 200)  # data where the next batch has addresses
    lie()
    for address in (
        one.recvfrom(9)[1], one.recvfrom_into(bytearray(9))[1], one.recvmsg(9)[3], one.recvmmsg(1, 9)[0][3],
        one.getsockname(),
    ):
        raw = bytes(address)
        start = raw.index(name)
        assert raw[start:].strip(b"\\0") == name[1:], raw
"""),
    "recvfrom_into": (ADDRESSES, """
one = udp()
lie()
buffer = bytearray(SIZE)
count, address = one.recvfrom_into(buffer, 0, s.MSG_PEEK)
assert count == 8
check_address(address)
check_raw(backend.recvfrom_into(one.fileno(), memoryview(buffer), s.MSG_PEEK, 16)[1], 16)
"""),
    "recvmsg": (ADDRESSES | BYTES, """
one = udp()
lie()
data, messages, flags, address = one.recvmsg(SIZE, 64, s.MSG_PEEK)
check_data(data)
check_address(address)
"""),
    "recvmsg of the backend": (ADDRESSES | BYTES | CONTROLS, """
one = udp()
lie()
buffer = bytearray(SIZE)
for control in (0, 16, 64):
    count, controls, flags, raw = backend.recvmsg(one.fileno(), [memoryview(buffer)], control, s.MSG_PEEK, 16)
    assert len(controls) <= control
    check_raw(raw, 16)
"""),
    "recvmsg_into": (ADDRESSES, """
one = udp()
lie()
count, messages, flags, address = one.recvmsg_into([bytearray(2), bytearray(8)], 64, s.MSG_PEEK)
assert count == 8
check_address(address)
"""),
    "rights by recvmsg": (CONTROLS, """
one = rights()
lie()
check_rights(one.recvmsg(SIZE, 64)[1])
"""),
    "rights by recvmsg_into": (CONTROLS, """
one = rights()
lie()
check_rights(one.recvmsg_into([bytearray(SIZE)], 64)[1])
"""),
    "control messages beyond their end": (CONTROLS | CMSGS, """
one, two = s.socketpair(1, s.SOCK_DGRAM)
two.settimeout(60)
secret = [(s.SOL_SOCKET, 1, array.array("i", [0] * 8))]
for receive in (
    lambda: two.recvmsg(9, 64)[1], lambda: two.recvmsg_into([bytearray(9)], 64)[1],
    lambda: two.recvmmsg(1, 9, 64)[0][1], lambda: two.recvmmsg_into([bytearray(9)], 64)[0][1],
):
    one.sendmsg([b"data"], secret)
    one.sendmsg([b"data"], [(s.SOL_SOCKET, 1, array.array("i", [0]))])
    one.send(b"data")
    truth()
    assert len(receive()[0][2]) == 32  # descriptors where the next messages have nothing
    lie()
    (level, cmsg_type, data), *others = receive()
    assert (level, cmsg_type) == (s.SOL_SOCKET, 1) and not any(data[4:]), data
    assert others == receive() == []
"""),
    "rights of a long message by recvmsg": (CMSGS, """
one = rights()
lie()
check_rights(one.recvmsg(SIZE, 64)[1])
"""),
    "rights of a long message by recvmsg_into": (CMSGS, """
one = rights()
lie()
check_rights(one.recvmsg_into([bytearray(SIZE)], 64)[1])
"""),
    "rights by recvmmsg": (CONTROLS | CMSGS, """
one = rights(3)
lie()
for _, messages, _, _ in one.recvmmsg(5, SIZE, 64):
    check_rights(messages)
"""),
    "recvmmsg": (ADDRESSES | BYTES, """
one = udp()
lie()
[(data, messages, flags, address)] = one.recvmmsg(1, SIZE, 64, s.MSG_PEEK)
check_data(data)
check_address(address)
"""),
    "recvmmsg of many messages": (MESSAGES, """
one = udp()
lie()
received = one.recvmmsg(3, SIZE, 64, s.MSG_PEEK)
assert 1 <= len(received) <= 3
check_data(received[0][0])
"""),
    "recvmmsg_into": (ADDRESSES, """
one = udp()
lie()
[(count, messages, flags, address)] = one.recvmmsg_into([bytearray(SIZE)], 64, s.MSG_PEEK)
check_address(address)
"""),
    "recvmmsg_into of many messages": (MESSAGES, """
one = udp()
lie()
received = one.recvmmsg_into([bytearray(SIZE), bytearray(SIZE)], 64, s.MSG_PEEK)
assert 1 <= len(received) <= 2
"""),
    "recvmmsg of the backend": (ADDRESSES | CONTROLS, """
one = udp()
lie()
for control in (0, 16, 64):
    views = [[memoryview(bytearray(SIZE))]]
    [(count, controls, flags, raw)] = backend.recvmmsg(one.fileno(), views, control, s.MSG_PEEK, 16)
    assert count == 8 and len(controls) <= control
    check_raw(raw, 16)
"""),
    "send": (BYTES, """
one, two = s.socketpair(1)
lie()
assert one.send(b"12345678", s.MSG_NOSIGNAL) <= 8
one.sendall(b"12345678", s.MSG_NOSIGNAL)
truth()
assert two.recv(100) == b"1234567812345678"
"""),
    "sendmmsg": (MESSAGES, """
one, two = s.socketpair(1, s.SOCK_DGRAM)
lie()
assert one.sendmmsg([b"1", b"2"]) == 2
"""),
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library for LD_PRELOAD."""
    if COMPILER is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("lying") / "kernel.so"
    subprocess.run(
        [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "lying_kernel.c"), "-ldl"], check=True
    )
    try:
        ctypes.CDLL(str(library))
    except OSError as exc:  # wrong ELF class, or another machine
        pytest.skip(f"the compiler is not for this interpreter: {exc}")
    return library


def check_with_lies(library: Path, about: int, extras: tuple[int, ...], code: str) -> None:
    """Run code for each number that is added to the lengths *about*."""
    code = "\n".join(
        [
            PREPARE.format(here=str(HERE), about=about),
            f"for extra in {extras}:",
            "    truth()",
            "    print(extra)",
            textwrap.indent(code, "    "),
        ]
    )
    preload = " ".join(filter(None, [os.environ.get("LD_PRELOAD", ""), str(library)]))  # after a sanitizer
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        env={**os.environ, "LD_PRELOAD": preload},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.returncode) == ([*map(str, extras)], 0), done.stderr[-3000:]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_reported_length_beyond_buffer_is_truncated(library: Path, operation: str) -> None:
    about, code = OPERATIONS[operation]
    check_with_lies(library, about, EXTRA, code)


@pytest.mark.parametrize("receive", ["recvmsg(SIZE, 64)", "recvmsg_into([bytearray(SIZE)], 64)"])
def test_control_message_shorter_than_its_header_is_left_out_with_a_warning(library: Path, receive: str) -> None:
    code = f"""
one = rights()
lie()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    _, messages, _, _ = one.{receive}
assert messages == [] and [warning.category for warning in caught] == [RuntimeWarning], (messages, caught)
"""
    check_with_lies(library, CMSGS, (-8, -12), code)


@pytest.mark.skipif(backend.NAME != "native", reason="the backend in Python needs the codec of a plugin")
@pytest.mark.parametrize("receive", ["recvmsg(SIZE, room)", "recvmmsg(1, SIZE, room)"])
def test_control_message_beyond_buffer_with_warning_as_error_closes_descriptors(library: Path, receive: str) -> None:
    code = f"""
warnings.simplefilter("error")
one, two = s.socketpair(1, s.SOCK_DGRAM)
fds = array.array("i", [one.fileno()] * 4)
one.sendmsg([b"12345678"], [(s.SOL_SOCKET, 1, fds)])
room = s.CMSG_LEN(16)  # without padding on each machine
before = sorted(os.listdir("/proc/self/fd"))
lie()
try:
    two.{receive}
except RuntimeWarning:
    assert sorted(os.listdir("/proc/self/fd")) == before
else:
    raise AssertionError("no warning")
one.close(), two.close()
"""
    check_with_lies(library, CMSGS, (200, 70_000), code)
