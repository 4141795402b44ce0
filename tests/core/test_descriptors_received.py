"""File descriptors in control messages of a socket pair.

recvmsg() returns them, or closes them if it fails.
"""

from __future__ import annotations

import array
import errno
import os
import platform
import struct
import sys
import warnings

import pytest
from systems import LOCAL, NEVER_OPEN, WINDOWS

import sockcore
from sockcore._system import native
from sockcore.plugin import Ancillary, Family

if WINDOWS:
    pytest.skip("Windows cannot pass descriptors over sockets", allow_module_level=True)
pytestmark = pytest.mark.usefixtures("no_leak")
SOL_SOCKET, SCM_RIGHTS = sockcore.SOL_SOCKET, 1
SCM_PIDFD = 4  # on Linux
SIZE = struct.calcsize("i")


def close_all(data):
    for fd in descriptors(data):
        os.close(fd)


def descriptors(data):
    return array.array("i", data[: len(data) // SIZE * SIZE]).tolist()


@pytest.fixture
def rights(add_registration):
    """Register the codec of SCM_RIGHTS, which closes descriptors, without a plugin."""
    add_registration("ancillaries", (SOL_SOCKET, SCM_RIGHTS), Ancillary(
        "SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS, descriptors, discard=close_all
    ))  # fmt: skip


@pytest.fixture
def sent(pair):
    """Return a function that sends descriptors of a pipe and returns the receiver."""
    ends = os.pipe()

    def send(count=2, data=b"data"):
        one, two = pair()
        fds = array.array("i", [ends[0]] * count)
        try:
            assert one.sendmsg([data], [(SOL_SOCKET, SCM_RIGHTS, fds)]) == len(data)
        except OSError as exc:
            if exc.errno != errno.ENOMEM or count < 253 or platform.libc_ver()[0] == "glibc":
                raise
            pytest.skip("sendmsg() of musl before 1.2.4 accepts at most 1,024 bytes of control messages")
        return two

    yield send
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("count", [1, 2, 3, 253])
@pytest.mark.parametrize("into", [False, True])
@pytest.mark.parametrize("cloexec", [0, sockcore.MSG_CMSG_CLOEXEC])
def test_recvmsg_returns_passed_descriptors(sent, count, into, cloexec):
    sock = sent(count)
    room = sockcore.CMSG_SPACE(count * SIZE)
    receive = (lambda *more: sock.recvmsg_into([bytearray(9)], *more)) if into else lambda *more: sock.recvmsg(9, *more)
    _, messages, flags, _ = receive(room, cloexec)
    ((level, cmsg_type, data),) = messages
    assert (level, cmsg_type, len(descriptors(data))) == (SOL_SOCKET, SCM_RIGHTS, count)
    assert not flags & sockcore.MSG_CTRUNC
    for fd in descriptors(data):
        os.fstat(fd)
        assert os.get_inheritable(fd) is not bool(cloexec)
    close_all(data)


@pytest.mark.parametrize("room", [0, 1, sockcore.CMSG_LEN(0), sockcore.CMSG_LEN(SIZE), sockcore.CMSG_SPACE(SIZE)])
def test_recvmsg_without_room_sets_ctrunc_and_leaks_no_descriptor(sent, room):
    sock = sent(8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data, messages, flags, _ = sock.recvmsg(9, room)
    assert data == b"data"
    assert flags & sockcore.MSG_CTRUNC
    for _, _, got in messages:
        assert len(descriptors(got)) <= room // SIZE
        close_all(got)


class Refuses(Family):
    """A codec that cannot decode. The warning about it is an error in these tests."""

    number, name = LOCAL, "AF_REFUSES"

    def encode(self, address, context):
        raise NotImplementedError

    def decode(self, raw, context):
        raise ValueError("not this")


@pytest.mark.usefixtures("rights")
@pytest.mark.parametrize("into", [False, True])
def test_recvmsg_with_failing_decode_closes_descriptors(add_registration, closing, tmp_path, monkeypatch, into):
    monkeypatch.chdir(tmp_path)
    address = sockcore.RawAddress(sockcore.plugin.sockaddr_header(1, 8) + b"name\0\0")
    add_registration("families", (1, None), Refuses())
    one, two = (closing.enter_context(sockcore.socket(1, sockcore.SOCK_DGRAM)) for _ in range(2))
    one.bind(address)
    two.connect(address)
    one.connect(sockcore.RawAddress(sockcore.plugin.sockaddr_header(0, 2)))
    two.bind(sockcore.RawAddress(sockcore.plugin.sockaddr_header(1, 9) + b"other\0\0"))
    reader, writer = os.pipe()
    closing.callback(os.close, reader)
    closing.callback(os.close, writer)
    two.sendmsg([b"data"], [(SOL_SOCKET, SCM_RIGHTS, array.array("i", [reader, writer]))])
    before = len(os.listdir("/proc/self/fd"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="could not decode"):
            one.recvmsg_into([bytearray(9)], 100) if into else one.recvmsg(9, 100)
    assert len(os.listdir("/proc/self/fd")) == before


class Alarm(Exception):
    """An exception that signal handlers of programs raise to end a call."""


@pytest.fixture
def to_interrupted(add_registration, closing, tmp_path, monkeypatch):
    """Return a function that creates a socket with descriptors to receive.

    The codec raises *exc_type* when it decodes the address of the sender.
    """

    def make(exc_type, count=1):
        class Interrupted(Refuses):
            def decode(self, raw, context):
                raise exc_type("for the program")

        monkeypatch.chdir(tmp_path)
        add_registration("families", (1, None), Interrupted())
        address = sockcore.RawAddress(sockcore.plugin.sockaddr_header(1, 8) + b"name\0\0")
        one, two = (closing.enter_context(sockcore.socket(1, sockcore.SOCK_DGRAM)) for _ in range(2))
        one.bind(address)
        two.connect(address)
        two.bind(sockcore.RawAddress(sockcore.plugin.sockaddr_header(1, 9) + b"other\0\0"))
        reader, writer = os.pipe()
        closing.callback(os.close, reader)
        closing.callback(os.close, writer)
        for _ in range(count):
            two.sendmsg([b"data"], [(SOL_SOCKET, SCM_RIGHTS, array.array("i", [reader, writer]))])
        return one

    return make


INTERRUPTED = {
    "recvmsg": lambda sock: sock.recvmsg(9, 100),
    "recvmsg_into": lambda sock: sock.recvmsg_into([bytearray(9)], 100),
    "recvmmsg": lambda sock: sock.recvmmsg(9, 9, 100),
    "recvmmsg_into": lambda sock: sock.recvmmsg_into([bytearray(9), bytearray(9)], 100),
}


@pytest.mark.usefixtures("rights")
@pytest.mark.parametrize("exc_type", [KeyboardInterrupt, MemoryError, TimeoutError, Alarm])
@pytest.mark.parametrize("operation", INTERRUPTED)
def test_recvmsg_with_interrupted_decode_closes_descriptors(to_interrupted, operation, exc_type):
    sock = to_interrupted(exc_type, 2)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(exc_type, match="for the program"):
        INTERRUPTED[operation](sock)
    if operation.startswith("recvmsg"):
        with pytest.raises(exc_type, match="for the program"):
            INTERRUPTED[operation](sock)
    assert len(os.listdir("/proc/self/fd")) == before


def messages_of(*data):
    return [(SOL_SOCKET, 77, piece) for piece in data]


@pytest.mark.parametrize("exc_type", [KeyboardInterrupt, TimeoutError, Alarm])
def test_discard_after_interruption_continues_and_raises_at_the_end(add_registration, exc_type):
    done = []

    def discard(data):
        done.append(data)
        if data == b"1":
            raise exc_type("from the handler")

    add_registration("ancillaries", (SOL_SOCKET, 77), Ancillary("SCM_SOME", SOL_SOCKET, 77, bytes, discard=discard))
    with pytest.raises(exc_type, match="from the handler"):
        sockcore.ancillary.discard(messages_of(b"0", b"1", b"2"))
    assert done == [b"0", b"1", b"2"]


def test_discard_with_failing_codec_warns_and_continues(add_registration):
    done = []

    def discard(data):
        done.append(data)
        raise OSError(9, "closed already")

    add_registration("ancillaries", (SOL_SOCKET, 77), Ancillary("SCM_SOME", SOL_SOCKET, 77, bytes, discard=discard))
    with pytest.warns(RuntimeWarning, match="codec of SCM_SOME could not discard b'.': .*closed already"):
        sockcore.ancillary.discard(messages_of(b"0", b"1"))
    assert done == [b"0", b"1"]


@pytest.mark.usefixtures("rights")
def test_ancillary_unpack_with_truncation_warning_as_error_closes_descriptors(sent):
    from sockcore import ancillary

    sock = sent(2)
    # As if a system had truncated the second message. The descriptors of the first one must be closed.
    raw = ancillary.pack(sock.recvmsg(9, 100)[1])
    cut = raw + raw[: sockcore.CMSG_LEN(0)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="malformed or improperly-truncated"):
            ancillary.unpack(cut)


@pytest.mark.usefixtures("rights")
def test_recvmsg_without_error_keeps_descriptors_open(sent):
    sock = sent(2)
    ((_, _, data),) = sock.recvmsg(9, 100)[1]
    for fd in descriptors(data):
        os.fstat(fd)
    close_all(data)


@pytest.mark.parametrize("fd", [-1, NEVER_OPEN])
def test_sendmsg_with_invalid_descriptor_raises_ebadf(pair, fd):
    one, _ = pair()
    with pytest.raises(OSError, match="Bad file descriptor"):
        one.sendmsg([b"x"], [(SOL_SOCKET, SCM_RIGHTS, array.array("i", [fd]))])


@pytest.mark.skipif(not hasattr(native, "close_received"), reason="tests the native backend")
@pytest.mark.parametrize("cmsg_type", [SCM_RIGHTS, *([SCM_PIDFD] if sys.platform == "linux" else [])])
def test_close_received_closes_descriptors_and_ignores_other_objects(cmsg_type):
    """Python code passes a list to it, which an audit hook or a signal handler may have changed."""
    one, two = os.pipe()
    data = array.array("i", [one, two, -1]).tobytes()
    others = [5, None, (), (SOL_SOCKET, SCM_RIGHTS), (SOL_SOCKET, SCM_RIGHTS, "text"), [SOL_SOCKET, SCM_RIGHTS, data]]
    others += [(SOL_SOCKET, 99, data), (99, SCM_RIGHTS, data), ("1", SCM_RIGHTS, data), (SOL_SOCKET, 1 << 40, data)]
    native.close_received(others)
    os.fstat(one), os.fstat(two)
    with pytest.raises(TypeError, match="must be a list"):
        native.close_received(((SOL_SOCKET, SCM_RIGHTS, data),))
    native.close_received([5, (SOL_SOCKET, cmsg_type, data + b"x")])
    for fd in (one, two):
        with pytest.raises(OSError):
            os.fstat(fd)
