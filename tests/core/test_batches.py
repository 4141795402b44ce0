"""sendmmsg, recvmmsg and recvmmsg_into, with and without system batch calls."""

from __future__ import annotations

import array
import errno
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import types
import warnings
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import implementations
import pytest
from systems import DONTWAIT, LIMIT, WINDOWS, system_error

import sockcore
from sockcore._arguments import MOST_MESSAGES
from sockcore._sockets import base
from sockcore._sockets.batches import IOV_MAX
from sockcore._system import buffers

DGRAM, SEQPACKET = sockcore.SOCK_DGRAM, sockcore.SOCK_SEQPACKET
#: Socket types with message boundaries. Windows lacks SOCK_SEQPACKET.
KINDS = [DGRAM] if WINDOWS else [DGRAM, SEQPACKET]
SOL_SOCKET, SCM_RIGHTS = sockcore.SOL_SOCKET, 1
of_descriptors = pytest.mark.skipif(WINDOWS, reason="Windows cannot pass descriptors over sockets")
never_full = pytest.mark.skipif(WINDOWS, reason="UDP pairs on Windows drop datagrams that do not fit")


IN_PYTHON = implementations.closing_class(base.BaseSocket)


@pytest.fixture(params=["public", "one call", "a call each"])
def way(request, monkeypatch):
    """Return the socket class: public, or in Python with or without batch calls."""
    if request.param == "one call" and base._sendmmsg is None:
        pytest.skip("this system has no sendmmsg")
    if request.param == "a call each":
        monkeypatch.setattr(base, "_sendmmsg", None)
        monkeypatch.setattr(base, "_recvmmsg", None)
    return sockcore.socket if request.param == "public" else IN_PYTHON


def to_variant(sock, way, closing):
    """Move the descriptor and the timeout of a socket to one of the class *way*."""
    new_sock = closing.enter_context(way(sock.family, sock.type, sock.proto, sock.fileno()))
    new_sock.settimeout(sock.gettimeout())
    sock.detach()
    return new_sock


@pytest.fixture
def pair(pair, way, closing):
    """Return a function that creates two connected sockets of the class *way*."""

    def make(*arguments):
        both = pair(*arguments)
        return both if way is sockcore.socket else tuple(to_variant(sock, way, closing) for sock in both)

    return make


def numbered(count, size=4):
    return [str(number).zfill(size).encode() for number in range(count)]


def data_of(received):
    return [data for data, *_ in received]


# ---------------------------------------------------------------------- transfer


@pytest.mark.parametrize("sock_type", KINDS)
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
def test_sendmmsg_accepts_all_message_forms(pair, sock_type, timeout):
    one, two = pair(sock_type, timeout)
    messages = [
        b"bytes", bytearray(b"array"), memoryview(b"a view of bytes")[:6], array.array("H", [0x4141]),
        [b"one", bytearray(b"two")], (b"alone",), (b"nowhere", None), ([b"a", b"b"], None, []), (b"last", None, ()),
    ]  # fmt: skip
    assert one.sendmmsg(messages) == len(messages)
    expected = [b"bytes", b"array", b"a view", b"AA", b"onetwo", b"alone", b"nowhere", b"ab", b"last"]
    received = two.recvmmsg(100, 30)
    assert data_of(received) == expected
    sender = one.getsockname() if WINDOWS else None
    assert [(messages, address) for _, messages, _, address in received] == [([], sender)] * len(messages)


def test_sendmmsg_accepts_any_iterable(pair):
    one, two = pair(DGRAM)
    assert one.sendmmsg(item for item in numbered(3)) == 3
    assert one.sendmmsg(tuple(numbered(2))) == 2
    buffers = [bytearray(4) for _ in range(7)]
    assert [count for count, *_ in two.recvmmsg_into(iter(buffers))] == [4] * 5
    assert buffers == [*map(bytearray, numbered(3) + numbered(2)), bytearray(4), bytearray(4)]


def test_sendmmsg_and_recvmmsg_of_nothing_return_at_once(pair):
    one, two = pair(DGRAM)
    assert one.sendmmsg([]) == 0
    assert two.recvmmsg(0, 10) == []
    assert two.recvmmsg_into([]) == []


def test_recvmmsg_returns_at_most_count_messages(pair):
    one, two = pair(DGRAM)
    messages = numbered(9)
    assert one.sendmmsg(messages) == 9
    assert data_of(two.recvmmsg(4, 10)) == messages[:4]
    assert data_of(two.recvmmsg(4, 10)) == messages[4:8]
    assert data_of(two.recvmmsg(4, 10)) == messages[8:]


@pytest.mark.parametrize("sock_type", KINDS)
def test_recvmmsg_of_longer_message_truncates_it(pair, sock_type):
    one, two = pair(sock_type)
    assert one.sendmmsg([b"much too long", b"fits", b""]) == 3
    (cut, _, flags, _), (whole, _, other, _) = two.recvmmsg(2, 4)
    assert (cut, whole) == (b"much", b"fits")
    assert flags & sockcore.MSG_TRUNC
    assert not other & sockcore.MSG_TRUNC
    if WINDOWS:
        return  # MSG_TRUNC is only a result there
    one.sendmmsg([b"much too long"])
    two.recv(1)
    assert data_of(two.recvmmsg(1, 4, 0, sockcore.MSG_TRUNC)) == [b"much"]


def test_recvmmsg_into_accepts_all_buffer_forms(pair):
    one, two = pair(DGRAM)
    numbers, parts, space = array.array("H", [0, 0]), [bytearray(2), bytearray(3)], bytearray(9)
    one.sendmmsg([b"AAAA", b"partly", b"middle"])
    received = two.recvmmsg_into([numbers, parts, memoryview(space)[2:5]])
    assert [count for count, *_ in received] == [4, 5, 3]
    assert (numbers.tolist(), parts, space) == ([0x4141] * 2, [b"pa", b"rtl"], b"\0\0mid\0\0\0\0")


def test_recvmmsg_with_peek_keeps_the_messages(pair):
    one, two = pair(DGRAM)
    assert one.sendmmsg([b"data"], DONTWAIT) == 1
    assert data_of(two.recvmmsg(1, 9, 0, sockcore.MSG_PEEK)) == [b"data"]
    assert two.recvmmsg_into([bytearray(9)], 0, sockcore.MSG_PEEK)[0][0] == 4
    assert two.recv(9) == b"data"


@never_full
def test_sendmmsg_of_more_than_1024_messages_sends_all(pair, background):
    one, two = pair(SEQPACKET)
    messages = numbered(2 * MOST_MESSAGES + 100)
    got = []

    def read():
        while len(got) < len(messages):
            got.extend(data_of(two.recvmmsg(5 * MOST_MESSAGES, 10)))

    thread = background(read)
    left = messages
    while left:
        left = left[one.sendmmsg(left) :]
    thread.join(LIMIT)
    assert got == messages


def test_recvmmsg_at_end_of_stream_returns_empty_data(pair):
    one, two = pair()
    one.sendall(b"data")
    one.close()
    assert data_of(two.recvmmsg(1, 10)) == [b"data"]
    assert data_of(two.recvmmsg(1, 10)) == [b""]


def test_recvmmsg_returns_sender_addresses(way, loopback, name_of, closing):
    one, two, three = (closing.enter_context(way(2, DGRAM)) for _ in range(3))
    for sock in (one, two, three):
        sock.bind(loopback())
        sock.settimeout(LIMIT)
    names = [name_of(two), name_of(three), name_of(two)]
    assert one.sendmmsg([*zip(numbered(3), names)]) == 3
    assert (two.recv(9), two.recv(9), three.recv(9)) == (b"0000", b"0002", b"0001")
    # Echo the received messages.
    two.sendto(b"ping", name_of(one))
    three.sendto(b"pong", name_of(one))
    answers = [(data, address) for data, _, _, address in one.recvmmsg(2, 9)]
    assert sorted(answers) == sorted([(b"ping", two.getsockname()), (b"pong", three.getsockname())])
    assert one.sendmmsg(answers) == 2
    assert (two.recv(9), three.recv(9)) == (b"ping", b"pong")


# ---------------------------------------------------------------------- waiting


@pytest.mark.parametrize("timeout", [None, LIMIT])
@pytest.mark.parametrize("into", [False, True])
def test_recvmmsg_waits_for_the_first_message_only(pair, background, timeout, into):
    one, two = pair(DGRAM, timeout)
    background(lambda: (time.sleep(0.1), one.send(b"data")))
    buffers = [bytearray(4) for _ in range(5)]
    received = two.recvmmsg_into(buffers) if into else two.recvmmsg(5, 4)
    assert len(received) == 1
    assert (bytes(buffers[0]) if into else received[0][0]) == b"data"


def test_recvmmsg_in_non_blocking_mode_raises_blocking_io_error(pair):
    _, two = pair(DGRAM, 0)
    for call in (lambda: two.recvmmsg(5, 10), lambda: two.recvmmsg_into([bytearray(10)])):
        with pytest.raises(BlockingIOError):
            call()


@pytest.mark.parametrize("size", [9, 0x2000, 0x20000])
def test_recvmmsg_in_many_batches_keeps_earlier_results(pair, size):
    one, two = pair(DGRAM)
    results = []
    for number in range(4):
        one.sendmmsg([b"%d" % number * 8, b"%d" % number])
        while len(results) < 2 * number + 2:
            results += two.recvmmsg(9, size)
    expected = [data for number in range(4) for data in (b"%d" % number * 8, b"%d" % number)]
    assert [data for data, *_ in results] == expected


def test_block_of_a_batch_is_kept_after_success_and_failure(pair):
    two = pair(DGRAM, 0)[1]
    if not isinstance(two, IN_PYTHON):
        pytest.skip("the public class may be the one in C, which has a block of its own")
    buffers._blocks.clear()
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            two.recvmmsg(9, 0x10000)
        assert [len(block) for block in buffers._blocks] == [9 * 0x10000]
    with pytest.raises(BlockingIOError):
        two.recvmmsg(9, 0x80000)
    assert [len(block) for block in buffers._blocks] == [9 * 0x10000]  # a block of 4.5 MiB is not kept


@never_full
def test_sendmmsg_to_full_socket_sends_a_part(pair):
    one, two = pair(DGRAM, 0)
    messages, got, sent = numbered(5000), [], 0
    with pytest.raises(BlockingIOError):  # noqa: PT012 - some calls send a part
        while True:
            sent += one.sendmmsg(messages[sent:])
    assert 0 < sent < 5000
    while len(got) < sent:
        got += data_of(two.recvmmsg(1000, 10))
    assert got == messages[:sent]


def test_sendmmsg_with_timeout_sends_at_least_one_message_per_call(pair, background):
    one, two = pair(DGRAM, LIMIT)
    messages, got = numbered(100 if WINDOWS else 2000), []

    def read():
        while len(got) < len(messages):
            got.extend(data_of(two.recvmmsg(3, 10)))

    thread = background(read)
    left, counts = messages, []
    while left:
        counts.append(one.sendmmsg(left))
        left = left[counts[-1] :]
    thread.join(LIMIT)
    assert got == messages
    assert all(counts)


# ---------------------------------------------------------------------- errors


@pytest.fixture
def too_large(pair):
    """Return a connected pair, and a message that is too large for it."""
    one, two = pair(DGRAM, LIMIT)
    return one, two, bytes(max(one.getsockopt(SOL_SOCKET, sockcore.SO_SNDBUF), 1 << 16) + 1000)


@pytest.mark.parametrize("at", [0, 1, 2, 5])
def test_sendmmsg_error_after_first_message_is_raised_by_next_call(too_large, at):
    one, two, message = too_large
    messages = numbered(6)
    messages[at] = message
    if at:
        assert one.sendmmsg(messages) == at
    with pytest.raises(OSError) as refusal:
        one.sendmmsg(messages[at:])
    assert refusal.value.errno == errno.EMSGSIZE
    assert one.sendmmsg(messages[at + 1 :]) == 5 - at
    expected = messages[:at] + messages[at + 1 :]
    assert data_of(two.recvmmsg(10, 10)) == expected


@pytest.mark.parametrize("number", [errno.EMSGSIZE, 10013 if WINDOWS else errno.EACCES])
@pytest.mark.parametrize("way", [IN_PYTHON])
def test_sendmmsg_pending_error_keeps_its_number(way, pair, monkeypatch, number):
    """On Windows, which has only the class in Python, winerror and errno differ."""
    one, _ = pair(DGRAM)
    exc, calls = system_error(number).with_traceback(None), []

    def second_fails(fd, batch, flags):
        calls.append(batch)
        if len(calls) == 2:
            raise exc
        return 1

    # The function must belong to this package. Exceptions from others count as those of signal handlers.
    scope = {"__name__": "sockcore._system.test", "__builtins__": __builtins__}
    one_by_one = types.FunctionType(second_fails.__code__, scope, closure=second_fails.__closure__)
    monkeypatch.setattr(base, "send_one", one_by_one)
    monkeypatch.setattr(base, "_sendmmsg", None)
    assert one.sendmmsg(numbered(3)) == 1
    with pytest.raises(OSError) as refusal:
        one.sendmmsg([b"c"])
    assert (type(refusal.value), refusal.value.args, str(refusal.value)) == (type(exc), exc.args, str(exc))


def test_sendmmsg_pending_error_is_raised_once(too_large):
    one, two, message = too_large
    assert one.sendmmsg([b"a", message, b"b"]) == 1
    with pytest.raises(OSError, match=str(errno.EMSGSIZE)):
        one.sendmmsg([b"c"])
    assert one.sendmmsg([b"c"]) == 1
    assert data_of(two.recvmmsg(10, 10)) == [b"a", b"c"]


RECEIVES = {
    "recv": lambda sock: sock.recv(9),
    "recvmmsg": lambda sock: data_of(sock.recvmmsg(1, 9))[0],
    "recvmmsg of 0": lambda sock: sock.recvmmsg(0, 9) or sock.recv(9),
    "recvmmsg_into": lambda sock: sock.recvmmsg_into([bytearray(9)]) and b"data",
    "recvmmsg_into of 0": lambda sock: sock.recvmmsg_into([]) or sock.recv(9),
}


@pytest.mark.parametrize("method", RECEIVES)
def test_error_of_sendmmsg_is_raised_by_next_sendmmsg_and_not_by_a_receive(too_large, method):
    one, two, message = too_large
    two.send(b"data")
    assert one.sendmmsg([b"a", message]) == 1
    assert RECEIVES[method](one) == b"data"
    with pytest.raises(OSError, match=str(errno.EMSGSIZE)):
        one.sendmmsg([])
    assert one.sendmmsg([b"b"]) == 1
    assert data_of(two.recvmmsg(10, 10)) == [b"a", b"b"]


#: batches.c, as it is compiled on macOS.
WITHOUT_BATCH_CALLS = """
#include <sys/socket.h>
#undef MSG_WAITFORONE
#define mmsghdr own_mmsghdr
#include "{}"
"""


@pytest.fixture(scope="module")
def native_without_batch_calls(tmp_path_factory):
    """Return a subclass of BaseSocket in C, compiled for a system without sendmmsg(2) and recvmmsg(2)."""
    compiler, include = shutil.which("gcc") or shutil.which("cc"), Path(sysconfig.get_paths()["include"])
    sources = sorted(Path(__file__).parents[2].glob("sockcore/src/native/*.c"))
    is_foreign = "EMULATED_ARCHITECTURE" in os.environ
    if is_foreign or compiler is None or not (implementations.IN_C and sources and (include / "Python.h").exists()):
        pytest.skip("needs a C compiler for this machine, the headers of Python and the sources")
    folder = tmp_path_factory.mktemp("native")
    (folder / "own.c").write_text(WITHOUT_BATCH_CALLS.format(*(path for path in sources if path.name == "batches.c")))
    others = [str(path) for path in sources if path.name != "batches.c"]
    flags = ["-std=c11", "-D_GNU_SOURCE", "-shared", "-fPIC", f"-I{include}", f"-I{sources[0].parent}"]
    library = str(folder / "_native.so")
    subprocess.run([compiler, *flags, str(folder / "own.c"), *others, "-o", library], check=True)
    loader = ExtensionFileLoader("own._native", library)
    try:
        module = module_from_spec(spec_from_loader("own._native", loader))
    except ImportError as exc:  # another machine
        pytest.skip(f"the compiler is not for this interpreter: {exc}")
    loader.exec_module(module)
    module.load_rules()
    return implementations.closing_class(module.BaseSocket)


@pytest.mark.skipif(WINDOWS, reason="Windows has no limit of buffers")
@pytest.mark.parametrize("kind", ["c", "py"])
@pytest.mark.parametrize("way", [IN_PYTHON])
def test_error_behind_the_messages_of_a_batch_is_raised_by_the_next_receive(way, kind, pair, closing, request):
    """A system with recvmmsg(2) keeps the error itself, and may raise it in a call that sends."""
    one, two = pair(DGRAM, LIMIT)
    if kind == "c":
        one = to_variant(one, request.getfixturevalue("native_without_batch_calls"), closing)
    else:
        request.getfixturevalue("monkeypatch").setattr(base, "_recvmmsg", None)
    for data in (b"one", b"two"):
        two.send(data)
    too_many = [bytearray(1)] * (IOV_MAX + 1)
    assert [length for length, *_ in one.recvmmsg_into([bytearray(9), too_many])] == [3]
    assert one.sendmmsg([b"sent"]) == 1
    with pytest.raises(OSError) as refusal:
        one.recv(9)
    assert refusal.value.errno == errno.EMSGSIZE
    assert one.recv(9) == b"two"


@pytest.mark.skipif(WINDOWS, reason="Windows reports a missing listener when receiving, Wine never does")
def test_sendmmsg_error_that_occurs_once_is_not_lost(way, loopback, name_of, closing):
    """No socket listens. The system reports this error once, to a later datagram."""
    one, other = (closing.enter_context(way(2, DGRAM)) for _ in range(2))
    other.bind(loopback())
    one.connect(name_of(other))
    other.close()
    sent = 0
    with pytest.raises(ConnectionRefusedError):  # noqa: PT012 - which call fails depends on the system
        for _ in range(5):
            sent += one.sendmmsg([b"x"] * 20)
    assert 0 < sent < 20


@pytest.mark.skipif(WINDOWS, reason="Wine does not report a missing listener")
def test_recvmmsg_of_nothing_leaves_the_error_of_the_socket(way, loopback, name_of, closing):
    one, other = (closing.enter_context(way(2, DGRAM)) for _ in range(2))
    other.bind(loopback())
    one.connect(name_of(other))
    other.close()
    one.settimeout(LIMIT)
    one.send(b"nobody hears it")
    assert one.recvmmsg(0, 9) == one.recvmmsg_into([]) == []
    with pytest.raises(ConnectionRefusedError):
        one.recvmmsg(1, 9)


@pytest.mark.skipif(WINDOWS, reason="Wine does not report a missing listener")
def test_recvmmsg_error_after_first_message_is_raised_by_next_call(way, loopback, name_of, closing):
    one, other = (closing.enter_context(way(2, DGRAM)) for _ in range(2))
    other.bind(loopback())
    one.bind(loopback())
    one.connect(name_of(other))
    for data in numbered(3):
        other.sendto(data, name_of(one))
    other.close()
    one.send(b"nobody hears it")
    got, errors = [], []
    one.settimeout(0)
    for _ in range(6):
        try:
            got += data_of(one.recvmmsg(2, 10))
        except OSError as exc:
            errors.append(exc.errno)
    assert got == numbered(3)
    assert errors[0] == errno.ECONNREFUSED
    assert errno.EAGAIN in errors


WRONG = {
    "no iterable": (5, TypeError, "sendmmsg() argument 1 must be an iterable"),
    "a number": ([b"x", 5], TypeError, "bytes-like object is required, not 'int'"),
    "text": (["text"], TypeError, "bytes-like object is required, not 'str'"),
    "an empty message": ([()], TypeError, "message 0 must be (data[, address[, ancdata]])"),
    "too much": ([b"x", (b"x", None, (), 0)], TypeError, "message 1 must be (data[, address[, ancdata]])"),
    "no ancillary data": ([(b"x", None, 5)], TypeError, "iterable"),
}


@pytest.mark.parametrize("case", WRONG)
def test_sendmmsg_of_invalid_messages_raises_and_sends_nothing(pair, case):
    one, two = pair(DGRAM, 0)
    batch, exception, words = WRONG[case]
    with pytest.raises(exception) as refusal:
        one.sendmmsg(batch)
    assert words in str(refusal.value)
    with pytest.raises(BlockingIOError):
        two.recv(1)


def test_recvmmsg_and_recvmmsg_into_with_invalid_arguments_raise(pair):
    one, two = pair(DGRAM, 0)
    one.send(b"data")
    for call, exception, words in (
        (lambda: two.recvmmsg(-1, 5), ValueError, "must not be negative, not -1"),
        (lambda: two.recvmmsg(1, -5), ValueError, "negative buffersize in recvmmsg"),
        (lambda: two.recvmmsg(1, 5, -1), ValueError, "invalid ancillary data buffer length"),
        (lambda: two.recvmmsg(1, 5, 1 << 30), ValueError, "invalid ancillary data buffer length"),
        (lambda: two.recvmmsg(1.5, 5), TypeError, "float"),
        (lambda: two.recvmmsg(1, "5"), TypeError, "str"),
        (lambda: two.recvmmsg_into([b"bytes"]), TypeError, "recvmmsg_into() argument 1 must be an iterable of"),
        (lambda: two.recvmmsg_into([bytearray(5), 5]), TypeError, "recvmmsg_into() argument 1"),
        (lambda: two.recvmmsg_into(5), TypeError, "recvmmsg_into() argument 1 must be an iterable"),
    ):
        with pytest.raises(exception) as refusal:
            call()
        assert words in str(refusal.value)
    assert two.recv(9) == b"data"


# ---------------------------------------------------------------------- control messages


@pytest.fixture
def pipe_end():
    ends = os.pipe()
    yield ends[0]
    for end in ends:
        os.close(end)


def rights(*fds):
    return [(SOL_SOCKET, SCM_RIGHTS, array.array("i", fds))]


def close_all(received):
    """Close the descriptors of a batch. Return their number for each message."""
    counts = []
    for _, messages, _, _ in received:
        fds = [fd for _, _, data in messages for fd in array.array("i", data[: len(data) // 4 * 4])]
        for fd in fds:
            os.fstat(fd)
            os.close(fd)
        counts.append(len(fds))
    return counts


@of_descriptors
@pytest.mark.parametrize("room", [100, 2000])
@pytest.mark.parametrize("into", [False, True])
@pytest.mark.usefixtures("no_leak")
def test_recvmmsg_returns_descriptors_with_their_messages(pair, pipe_end, room, into):
    one, two = pair(DGRAM)
    batch = [(b"a", None, rights(pipe_end)), b"b", (b"c", None, rights(pipe_end, pipe_end)), ([b"d"], None, ())]
    assert one.sendmmsg(batch) == 4
    buffers = [bytearray(1) for _ in range(4)]
    received = two.recvmmsg_into(buffers, room) if into else two.recvmmsg(9, 9, room)
    assert close_all(received) == [1, 0, 2, 0]
    assert (buffers if into else data_of(received)) == [b"a", b"b", b"c", b"d"]


@of_descriptors
@pytest.mark.usefixtures("no_leak")
def test_recvmmsg_without_room_for_descriptors_closes_them(pair, pipe_end):
    one, two = pair(DGRAM)
    one.sendmmsg([(b"a", None, rights(pipe_end)), (b"b", None, rights(pipe_end))])
    received = two.recvmmsg(9, 9)
    assert [(data, messages) for data, messages, *_ in received] == [(b"a", []), (b"b", [])]
    assert all(flags & sockcore.MSG_CTRUNC for _, _, flags, _ in received)
    one.sendmmsg([(b"a", None, rights(pipe_end, pipe_end))])
    assert close_all(two.recvmmsg(9, 9, sockcore.CMSG_LEN(4))) == [1]


class Refuses(sockcore.plugin.Family):
    """A family that encodes no address, and cannot decode names in b"bad..."."""

    number, name, size = 1, "AF_UNIX", 110

    def encode(self, address, context):
        raise TypeError(f"{context.operation}(): an address must be raw")

    def decode(self, raw, context):
        if raw[2:].startswith(b"bad"):
            raise ValueError("a bad name")
        return raw


@of_descriptors
@pytest.mark.parametrize("bad", [0, 1, 2])
@pytest.mark.usefixtures("no_leak")
def test_recvmmsg_with_failing_codec_closes_all_descriptors(
    way, add_registration, closing, tmp_path, monkeypatch, pipe_end, bad
):
    def discard(data):
        for fd in array.array("i", data):
            os.close(fd)

    monkeypatch.chdir(tmp_path)
    add_registration("ancillaries", (SOL_SOCKET, SCM_RIGHTS), sockcore.plugin.Ancillary(
        "SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS, bytes, discard=discard
    ))  # fmt: skip
    add_registration("families", (1, None), Refuses())

    def named(text):
        return sockcore.RawAddress(sockcore.plugin.sockaddr_header(1, 2 + len(text)) + text)

    server = closing.enter_context(way(1, DGRAM))
    server.bind(named(b"server\0"))
    for number in range(3):
        with sockcore.socket(1, DGRAM) as client:
            client.bind(named(b"bad\0" if number == bad else b"good%d\0" % number))
            client.sendmmsg([(b"x", named(b"server\0"), rights(pipe_end))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="could not decode"):
            server.recvmmsg(9, 9, 100)


# ---------------------------------------------------------------------- events


@pytest.fixture
def events():
    """Yield the socket.sendmsg audit events, and the hook.

    The hook calls its attribute *does* at each event.
    """
    seen: list = []
    active = [True]

    def hook(event, arguments):
        if active[0] and event == "socket.sendmsg":
            seen.append(arguments[1])
            if hook.does is not None:
                hook.does()

    hook.does = None
    sys.addaudithook(hook)
    yield seen, hook
    active[0] = False


def test_sendmmsg_raises_an_audit_event_for_each_message(pair, events):
    one, _ = pair(DGRAM)
    seen, _ = events
    one.sendmmsg([b"a", (b"b", None), (b"c",)])
    assert seen == [None, None, None]


def test_sendmmsg_with_audit_hook_that_raises_sends_nothing(pair, events):
    one, two = pair(DGRAM, 0)
    seen, hook = events

    def refuse():
        if len(seen) == 2:
            raise PermissionError("not the second")

    hook.does = refuse
    with pytest.raises(PermissionError, match="not the second"):
        one.sendmmsg(numbered(3))
    with pytest.raises(BlockingIOError):
        two.recv(1)


def test_sendmmsg_with_audit_hook_that_changes_the_list_sends_the_original(pair, events):
    one, two = pair(DGRAM, 0)
    _, hook = events
    batch = [bytearray(b"first"), bytearray(b"second")]
    hook.does = batch.clear
    assert one.sendmmsg(batch) in (1, 2)
    assert two.recv(9) == b"first"
