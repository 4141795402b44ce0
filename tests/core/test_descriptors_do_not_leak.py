"""Whatever fails on the way, as many descriptors are open afterwards as before."""

from __future__ import annotations

import errno
import gc
import os
import resource
import warnings

import pytest

import sockcore
from sockcore.plugin import Family

AF_UNIX, AF_INET = 1, 2
pytestmark = pytest.mark.usefixtures("no_leak")


class CannotDecode(Family):
    number, name = AF_INET, "AF_BAD"

    def encode(self, address, context):
        raise NotImplementedError

    def decode(self, raw, context):
        raise ValueError("not this")


@pytest.fixture
def waiting(listener, closing):
    """A listener with a connection that waits to be accepted."""
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.connect(address)
    return server


def count():
    return len(os.listdir("/proc/self/fd"))


def test_accept_whose_warning_is_an_error(brings, waiting):
    brings("families", (AF_INET, None), CannotDecode())
    with sockcore.socket(fileno=os.dup(waiting.fileno())) as server:
        before = count()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(RuntimeWarning, match="could not decode"):
                server.accept()
        assert count() == before


class Stop(Exception):
    pass


AUDITED = """
    import os, sys, sockcore
    stop = False
    def hook(event, arguments):
        if stop and event == "socket.__new__":
            raise RuntimeError("stopped")
    sys.addaudithook(hook)
    from sockcore.plugin import Struct, BE16, octets, padding
    layout = Struct("s", "<s.h>", ("p", BE16), ("a", octets(4)), ("z", padding(8)), sockaddr=True)
    from sockcore._backend.chosen import backend
    count = lambda: len(os.listdir("/proc/self/fd"))
    with sockcore.socket(2, sockcore.SOCK_STREAM) as server, sockcore.socket(2, sockcore.SOCK_STREAM) as client:
        server.bind(sockcore.RawAddress(layout.pack(2, 0, b"\\x7f\\0\\0\\1")))
        server.listen()
        client.connect(sockcore.RawAddress(backend.getsockname(server.fileno(), 128)))
        stop, before = True, count()
        for call in (server.accept, client.dup, lambda: sockcore.socket(1, 1), lambda: sockcore.socketpair(1),
                     lambda: sockcore.fromfd(client.fileno(), 2, 1)):
            try:
                call()
            except RuntimeError as error:
                print(error, count() - before)
        stop = False
"""


def test_a_constructor_that_an_audit_hook_stops(python):
    assert python(AUDITED) == "stopped 0\n" * 5


def test_subclasses_whose_constructor_fails(pair):
    class Fails(sockcore.socket):
        fails = False

        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, **keywords)
            if Fails.fails:
                raise Stop

    with Fails(AF_UNIX, sockcore.SOCK_STREAM) as sock:
        before = count()
        Fails.fails = True
        with pytest.raises(Stop):
            sock.dup()
        assert count() == before
        with os.fdopen(os.dup(0), "rb"):  # has the number that was closed
            gc.collect()
            assert count() == before + 1


@pytest.fixture
def no_descriptor_left():
    """Return a function that uses up all descriptors that the process may have; they are given back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    kept: list[int] = []

    def use_up():
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 500), hard))
        while True:
            kept.append(os.dup(0))

    def start():
        with pytest.raises(OSError, match="Too many open files"):
            use_up()
        return kept

    yield start
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for fd in kept:
        os.close(fd)


@pytest.mark.parametrize("free", [0, 1])
@pytest.mark.parametrize("call", ["dup", "fromfd", "socket", "socketpair", "accept"])
def test_when_no_descriptor_is_left(pair, waiting, no_descriptor_left, call, free):
    one, _ = pair()
    calls = {
        "dup": one.dup,
        "fromfd": lambda: sockcore.fromfd(one.fileno(), AF_UNIX, sockcore.SOCK_STREAM),
        "socket": lambda: sockcore.socket(AF_UNIX, sockcore.SOCK_STREAM),
        "socketpair": lambda: sockcore.socketpair(AF_UNIX),
        "accept": lambda: waiting.accept()[0],
    }
    kept = no_descriptor_left()
    if free:
        os.close(kept.pop())
    if free and call != "socketpair":
        calls[call]().close()
    else:
        with pytest.raises(OSError) as refusal:
            calls[call]()
        assert refusal.value.errno == errno.EMFILE
    if free:
        kept.append(os.dup(0))  # it was given back


def test_exceptions_keep_no_buffer(pair):
    # A buffer that the traceback kept would refuse to be resized.
    one, _ = pair(timeout=0)
    buffer = bytearray(10)
    for call in (lambda: one.recv_into(buffer), lambda: one.recvfrom_into(buffer), lambda: one.recvmsg_into([buffer])):
        with pytest.raises(BlockingIOError):
            call()
        buffer.append(1)


def test_waits_keep_no_buffer(pair, background):
    one, two = pair(timeout=20)
    buffer = bytearray(10)
    for call in (lambda: one.recv_into(buffer), lambda: one.recvfrom_into(buffer), lambda: one.recvmsg_into([buffer])):
        thread = background(lambda: two.send(b"x"))
        call()
        thread.join(10)
        buffer.append(1)


@pytest.mark.parametrize("times", [200])
def test_the_errors_of_a_long_life(pair, times):
    one, _ = pair(timeout=0)
    before = count()
    for _ in range(times):
        for call in (
            lambda: one.recv(1),
            lambda: sockcore.socket(250, 1),
            lambda: sockcore.socketpair(250),
            lambda: sockcore.socket(fileno=before + 1000),
            lambda: one.accept(),
            lambda: one.recvmsg(1, 100),
        ):
            with pytest.raises(OSError):
                call()
    assert count() == before
