"""File descriptor passing over AF_UNIX. Every test checks that it leaves no descriptor open."""

from __future__ import annotations

import array
import errno
import os
import platform
import signal
import struct
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import _names
from sockcore_unix import descriptors

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc"),
    pytest.mark.usefixtures("no_leak"),
]


@contextmanager
def pipes(count: int) -> Iterator[list[tuple[int, int]]]:
    with ExitStack() as stack:
        pipe_ends = [os.pipe() for _ in range(count)]
        for ends in pipe_ends:
            for fd in ends:
                stack.callback(os.close, fd)
        yield pipe_ends


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in a call that blocks longer than *seconds*."""

    def raise_timeout(number: int, frame: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, raise_timeout)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def fill(sock: Any, fd: int) -> None:
    while True:
        sockcore.send_fds(sock, [b"x" * 1000], [fd], sockcore.MSG_DONTWAIT)


def close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


@pytest.mark.parametrize("sock_type", [sockcore.SOCK_STREAM, sockcore.SOCK_DGRAM, sockcore.SOCK_SEQPACKET], ids=str)
@pytest.mark.parametrize("count", [1, 2, 253])
def test_recv_fds_returns_usable_descriptors(pair: Any, sock_type: int, count: int) -> None:
    left, right = pair(sock_type)
    with pipes(1) as [(reader, writer)]:
        try:
            assert sockcore.send_fds(left, [b"he", b"re"], [writer] * count) == 4
        except OSError as exc:
            if exc.errno != errno.ENOMEM or count < 253 or platform.libc_ver()[0] == "glibc":
                raise
            pytest.skip("sendmsg() of musl before 1.2.4 accepts at most 1,024 bytes of control messages")
        data, fds, flags, address = sockcore.recv_fds(right, 100, count)
        assert (data, len(fds), address) == (b"here", count, None)
        assert not flags & (sockcore.MSG_CTRUNC | sockcore.MSG_TRUNC)
        for number, fd in enumerate(fds):
            assert fd != writer
            os.write(fd, b"%d" % (number % 10))
            assert os.read(reader, 1) == b"%d" % (number % 10)
        close_all(fds)


def test_send_fds_and_recv_fds_without_descriptors(pair: Any) -> None:
    left, right = pair()
    assert sockcore.send_fds(left, [b"data"], []) == 4
    assert sockcore.recv_fds(right, 100, 5)[:2] == (b"data", [])
    left.send(b"plain")
    assert sockcore.recv_fds(right, 100, 0)[:2] == (b"plain", [])


@pytest.mark.parametrize(
    "form", [list, tuple, iter, lambda fds: array.array("i", fds)], ids=["list", "tuple", "iter", "array"]
)
def test_send_fds_accepts_any_iterable(pair: Any, form: Any) -> None:
    left, right = pair()
    with pipes(1) as [ends]:
        sockcore.send_fds(left, [b"x"], form(ends))
        fds = sockcore.recv_fds(right, 1, 2)[1]
        assert [os.fstat(fd).st_ino for fd in fds] == [os.fstat(fd).st_ino for fd in ends]
        close_all(fds)


def test_send_fds_and_recv_fds_pass_flags(pair: Any) -> None:
    left, right = pair(sockcore.SOCK_DGRAM)
    right.setblocking(True)
    with alarm(60), pytest.raises(BlockingIOError):
        sockcore.recv_fds(right, 1, 1, sockcore.MSG_DONTWAIT)
    left.setblocking(True)
    with pipes(1) as [(reader, _)]:
        with alarm(60), pytest.raises(BlockingIOError):  # without the flag the call would block forever
            fill(left, reader)
        data, fds, _, _ = sockcore.recv_fds(right, 10, 1, sockcore.MSG_PEEK)
        close_all(fds)
        again, fds, flags, _ = sockcore.recv_fds(right, 10, 1)
        close_all(fds)
        assert data == again == b"x" * 10
        assert flags & sockcore.MSG_TRUNC


def test_send_fds_passes_address(unix: Any) -> None:
    receiver, sender = unix(sockcore.SOCK_DGRAM), unix(sockcore.SOCK_DGRAM)
    receiver.bind("receiver")
    sender.bind("sender")
    with pipes(1) as [(reader, _)]:
        assert sockcore.send_fds(sender, [b"mail"], [reader], 0, "receiver") == 4
        assert sockcore.send_fds(sender, [b"mail"], [reader], address=b"receiver") == 4
        for _ in range(2):
            data, fds, _, address = sockcore.recv_fds(receiver, 100, 1)
            assert (data, address) == (b"mail", "sender")
            close_all(fds)


def test_recv_fds_with_smaller_maxfds_truncates_without_leak(pair: Any) -> None:
    left, right = pair()
    before = set(os.listdir("/proc/self/fd"))
    with pipes(3) as pipe_ends:
        sockcore.send_fds(left, [b"x"], [reader for reader, _ in pipe_ends])
        _, fds, flags, _ = sockcore.recv_fds(right, 1, 2)
        assert len(fds) == 2
        assert flags & sockcore.MSG_CTRUNC
        # The received descriptors work, and the original ones are still open.
        for (_, writer), fd in zip(pipe_ends, fds):
            os.write(writer, b"y")
            assert os.read(fd, 1) == b"y"
        os.fstat(pipe_ends[2][0])
        close_all(fds)
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("missing", range(1, 12))
def test_recvmsg_truncated_anywhere_returns_whole_descriptors(pair: Any, missing: int) -> None:
    left, right = pair()
    with pipes(1) as [(reader, _)]:
        sockcore.send_fds(left, [b"x"], [reader] * 3)
        _, messages, flags, _ = right.recvmsg(1, sockcore.CMSG_LEN(12) - missing)
        fds = [fd for _, _, raw in messages for fd in array.array("i", raw[: len(raw) // 4 * 4])]
        assert len(fds) == (12 - missing) // 4
        assert flags & sockcore.MSG_CTRUNC
        close_all(fds)


def test_recv_without_control_buffer_closes_descriptors(pair: Any) -> None:
    left, right = pair()
    with pipes(1) as [(reader, _)]:
        sockcore.send_fds(left, [b"abc"], [reader])
        assert right.recv(3) == b"abc"
        sockcore.send_fds(left, [b"abc"], [reader])
        assert right.recvmsg(3)[1] == []


def test_recv_fds_from_child_process(unix: Any) -> None:
    server = unix()
    server.bind("server")
    server.listen()
    child = os.fork()
    if not child:
        status = 1
        try:
            with sockcore.socket(sockcore.AF_UNIX) as client, open("letter", "w+b") as file:
                client.connect("server")
                file.write(b"written by the child")
                file.flush()
                sockcore.send_fds(client, [b"x"], [file.fileno()])
            status = 0
        finally:
            os._exit(status)
    peer, _ = server.accept()
    with peer:
        [fd] = sockcore.recv_fds(peer, 1, 1)[1]
    assert os.waitpid(child, 0)[1] == 0
    with open(fd, "rb") as file:
        file.seek(0)
        assert file.read() == b"written by the child"


@pytest.mark.parametrize(
    ("buffers", "fds", "expected"),
    [
        ([b"x"], 5, TypeError),
        ([b"x"], ["a"], TypeError),
        ([b"x"], [1.5], TypeError),
        ([b"x"], [2**31], OverflowError),
        ([b"x"], [10**30], OverflowError),
        ([b"x"], [-1], OSError),
        ([b"x"], [2**31 - 1], OSError),
        (b"x", [0], TypeError),
        ([b"x"], [0] * 254, OSError),
    ],
    ids=lambda value: str(value)[:20],
)
def test_send_fds_wrong_arguments_raise_and_send_nothing(
    pair: Any, buffers: Any, fds: Any, expected: type[Exception]
) -> None:
    left, right = pair()
    with pytest.raises(expected):
        sockcore.send_fds(left, buffers, fds)
    right.setblocking(False)
    with pytest.raises(BlockingIOError):
        right.recv(1)


@pytest.mark.parametrize(
    ("size", "maxfds", "expected"),
    [
        (10, -1, OverflowError),
        (-1, 1, ValueError),
        (10, 2**40, OverflowError),
        (10, 1.5, TypeError),
        ("a", 1, TypeError),
    ],
)
def test_recv_fds_wrong_arguments_raise(pair: Any, size: Any, maxfds: Any, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        sockcore.recv_fds(pair()[1], size, maxfds)


@pytest.mark.parametrize("flags", [0, getattr(sockcore, "MSG_CMSG_CLOEXEC", 0), getattr(sockcore, "MSG_DONTWAIT", 0)])
def test_recv_fds_descriptors_are_non_inheritable(pair: Any, flags: int) -> None:
    left, right = pair()
    with pipes(1) as [(reader, _)]:
        os.set_inheritable(reader, True)
        sockcore.send_fds(left, [b"x"], [reader, reader])
        _, fds, msg_flags, _ = sockcore.recv_fds(right, 1, 2, flags)
        assert [os.get_inheritable(fd) for fd in fds] == [False, False]
        assert not msg_flags & sockcore.MSG_CMSG_CLOEXEC
        close_all(fds)


def test_recv_fds_without_cmsg_cloexec_makes_descriptors_non_inheritable(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descriptors, "_CLOEXEC", 0)
    left, right = pair()
    with pipes(1) as [(reader, _)]:
        sockcore.send_fds(left, [b"x"], [reader, reader])
        _, fds, _, _ = sockcore.recv_fds(right, 1, 2)
        assert [os.get_inheritable(fd) for fd in fds] == [False, False]
        close_all(fds)


def test_recv_fds_failure_to_make_non_inheritable_closes_all(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "_CLOEXEC", 0)
    left, right = pair()
    with pipes(1) as [(reader, _)]:
        sockcore.send_fds(left, [b"x"], [reader, reader])
        before = set(os.listdir("/proc/self/fd"))

        def fail(fd: int, inheritable: bool) -> None:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(os, "set_inheritable", fail)
            with pytest.raises(MemoryError):
                sockcore.recv_fds(right, 1, 2)
        assert set(os.listdir("/proc/self/fd")) == before


class FakeSocket:
    """A socket that records arguments; recvmsg() returns the given control messages."""

    def __init__(self, messages: list[tuple[int, int, bytes]]) -> None:
        self.messages = messages
        self.calls: list[tuple[Any, ...]] = []

    def recvmsg(self, *arguments: Any) -> tuple[bytes, list[tuple[int, int, bytes]], int, None]:
        self.calls.append(arguments)
        return b"x", self.messages, 0, None

    def sendmsg(self, *arguments: Any) -> int:
        self.calls.append(arguments)
        return 1


def test_recv_fds_closes_received_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipes(1) as [(reader, _)]:
        pidfd = os.dup(reader)
        monkeypatch.setattr(descriptors, "_SCM_PIDFD", 4)
        sock = FakeSocket([(sockcore.SOL_SOCKET, 4, struct.pack("=i", pidfd))])
        assert sockcore.recv_fds(sock, 1, 1)[1] == []  # type: ignore[arg-type]
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(pidfd)


@pytest.fixture
def stand_in() -> Iterator[None]:
    """Set only the flag that send_fds() and recv_fds() read.

    sockcore.stdlib.replace() sets it, among others.
    """
    _names.set_follows_interpreter(True)
    yield
    _names.set_follows_interpreter(False)


@pytest.mark.usefixtures("stand_in")
def test_send_fds_and_recv_fds_under_stand_in_ignore_flags_and_address(pair: Any) -> None:
    sock = FakeSocket([])
    sockcore.send_fds(sock, [b"x"], [0], 1, "address")  # type: ignore[arg-type]
    sockcore.recv_fds(sock, 1, 2, 3)  # type: ignore[arg-type]
    [(buffers, messages), (size, space)] = sock.calls
    assert (buffers, len(messages), size, space) == ([b"x"], 1, 1, sockcore.CMSG_LEN(8))
    # pyroute2 passes a count in the place of flags. Its value 1 would mean MSG_OOB.
    left, right = pair(sockcore.SOCK_DGRAM)
    with pipes(1) as [(reader, _)]:
        assert sockcore.send_fds(left, [b"x"], [reader], 1) == 1
        _, fds, flags, _ = sockcore.recv_fds(right, 10, 1)
        assert ([os.get_inheritable(fd) for fd in fds], flags) == ([True], 0)
        close_all(fds)


def test_follows_interpreter_is_true_while_sockcore_stands_in() -> None:
    code = (
        "import sockcore.stdlib, sockcore.plugin as p\n"
        "before = p.follows_interpreter(); sockcore.stdlib.replace(); now = p.follows_interpreter()\n"
        "sockcore.stdlib.restore(); print(before, now, p.follows_interpreter())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False True False\n"
