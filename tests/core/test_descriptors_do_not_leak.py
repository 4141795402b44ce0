"""Failures at different points leave no file descriptor open."""

from __future__ import annotations

import errno
import gc
import os
import warnings

import pytest
import systems
from systems import AF_INET, LIMIT, LOCAL, NEVER_OPEN

import sockcore
from sockcore.plugin import Family

pytestmark = pytest.mark.usefixtures("no_leak")


class CannotDecode(Family):
    number, name = AF_INET, "AF_BAD"

    def encode(self, address, context):
        raise NotImplementedError

    def decode(self, raw, context):
        raise ValueError("not this")


@pytest.fixture
def waiting(listener, closing):
    """Return a listener with a pending connection."""
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.connect(address)
    return server


def count():
    return len(systems.open_descriptors())


def test_accept_with_warning_as_error_closes_descriptor(add_registration, waiting):
    add_registration("families", (AF_INET, None), CannotDecode())
    with sockcore.socket(fileno=sockcore.dup(waiting.fileno())) as server:
        before = count()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(RuntimeWarning, match="could not decode"):
                server.accept()
        assert count() == before


class Stop(Exception):
    pass


AUDITED = """
    import sys, sockcore
    from systems import AF_INET, LOCAL, WINDOWS, loopback, name_of, open_descriptors
    stop = False
    def hook(event, arguments):
        if stop and event == "socket.__new__":
            raise RuntimeError("stopped")
    sys.addaudithook(hook)
    count = lambda: len(open_descriptors())
    stream = sockcore.SOCK_STREAM
    with sockcore.socket(AF_INET, stream) as server, sockcore.socket(AF_INET, stream) as client:
        server.bind(loopback())
        server.listen()
        client.connect(name_of(server))
        calls = [server.accept, client.dup, lambda: sockcore.socket(AF_INET, stream),
                 lambda: sockcore.fromfd(client.fileno(), AF_INET, stream)]
        calls += [] if WINDOWS else [lambda: sockcore.socketpair(LOCAL)]  # no socketpair(2) there
        stop, before = True, count()
        for call in calls:
            try:
                call()
            except RuntimeError as error:
                print(error, count() - before)
        stop = False
    print(len(calls))
"""


def test_constructor_stopped_by_audit_hook_leaves_no_descriptor_open(python):
    *outcomes, number = python(AUDITED).splitlines()
    assert outcomes == ["stopped 0"] * int(number)


def test_subclass_with_failing_constructor_closes_descriptor(pair):
    class Fails(sockcore.socket):
        fails = False

        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, **keywords)
            if Fails.fails:
                raise Stop

    with Fails(LOCAL, sockcore.SOCK_STREAM) as sock:
        before = count()
        Fails.fails = True
        with pytest.raises(Stop):
            sock.dup()
        assert count() == before
        Fails.fails = False
        with sock.dup():  # has the number of the closed one
            gc.collect()
            assert count() == before + 1


@pytest.fixture
def no_descriptor_left():
    """Return a function that opens all descriptors that the process may have.

    They are closed at the end of the test.
    """
    resource = pytest.importorskip("resource", reason="Windows has no limit of descriptors that a process can lower")
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
def test_socket_with_too_few_free_descriptors_raises_emfile(pair, waiting, no_descriptor_left, call, free):
    one, _ = pair()
    calls = {
        "dup": one.dup,
        "fromfd": lambda: sockcore.fromfd(one.fileno(), LOCAL, sockcore.SOCK_STREAM),
        "socket": lambda: sockcore.socket(LOCAL, sockcore.SOCK_STREAM),
        "socketpair": lambda: sockcore.socketpair(LOCAL),
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
        kept.append(os.dup(0))  # fails if the call leaked the free descriptor


def test_exception_traceback_keeps_no_buffer(pair):
    # A buffer cannot be resized while a traceback refers to a view of it.
    one, _ = pair(timeout=0)
    buffer = bytearray(10)
    for call in (lambda: one.recv_into(buffer), lambda: one.recvfrom_into(buffer), lambda: one.recvmsg_into([buffer])):
        with pytest.raises(BlockingIOError):
            call()
        buffer.append(1)


def test_waiting_call_keeps_no_buffer(pair, background):
    one, two = pair(timeout=LIMIT)
    buffer = bytearray(10)
    for call in (lambda: one.recv_into(buffer), lambda: one.recvfrom_into(buffer), lambda: one.recvmsg_into([buffer])):
        thread = background(lambda: two.send(b"x"))
        call()
        thread.join(LIMIT)
        buffer.append(1)


@pytest.mark.parametrize("times", [200])
def test_repeated_errors_leak_no_descriptor(pair, times):
    one, _ = pair(timeout=0)
    before = count()
    for _ in range(times):
        for call in (
            lambda: one.recv(1),
            lambda: sockcore.socket(250, 1),
            lambda: sockcore.socketpair(250),
            lambda: sockcore.socket(fileno=NEVER_OPEN),
            lambda: one.accept(),
            lambda: one.recvmsg(1, 100),
            lambda: sockcore.dup(NEVER_OPEN),
            lambda: one.bind(systems.loopback()),
        ):
            with pytest.raises((OSError, ValueError)):
                call()
    assert count() == before
