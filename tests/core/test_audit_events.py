"""Audit events of the socket, with their arguments, in the order of the calls; a hook that raises stops the call."""

from __future__ import annotations

import pytest

START = """
    import os, sys, tempfile
    os.chdir(tempfile.mkdtemp())
    import sockcore
    from sockcore.plugin import sockaddr_header
    address = sockcore.RawAddress(sockaddr_header(1, 8) + b"name\\0\\0")
    dgram = int(sockcore.SOCK_DGRAM)
    events, stop = [], []
    def hook(event, arguments):
        if event.startswith("socket."):
            events.append((event, arguments))
            if stop:
                raise RuntimeError("stopped")
    sockcore.socket
    sys.addaudithook(hook)
    def seen():
        found = [(e, *a) for e, a in events]
        events.clear()
        return found
"""


def test_events(python):
    code = (
        START
        + """
    sock = sockcore.socket(1, dgram)
    assert seen() == [("socket.__new__", sock, 1, dgram, 0)], "new"
    sock.bind(address)
    assert seen() == [("socket.bind", sock, address)], "bind"
    sock.connect(address)
    assert seen() == [("socket.connect", sock, address)], "connect"
    sock.connect_ex(address)
    assert seen() == [("socket.connect", sock, address)], "connect_ex"
    sock.sendto(b"x", address)
    assert seen() == [("socket.sendto", sock, address)], "sendto"
    sock.sendto(b"x", 0, address)
    assert seen() == [("socket.sendto", sock, address)], "sendto with flags"
    sock.sendmsg([b"x"], [], 0, address)
    assert seen() == [("socket.sendmsg", sock, address)], "sendmsg"
    sock.sendmsg([b"x"])
    assert seen() == [("socket.sendmsg", sock, None)], "sendmsg without"
    sock.send(b"x"); sock.recv(1); sock.getsockname(); sock.settimeout(1); sock.detach()
    assert seen() == [], "the rest"
    print("all seen")
    """
    )
    assert python(code) == "all seen\n"


def test_events_of_what_makes_sockets(python):
    code = (
        START
        + """
    sock = sockcore.socket(1, sockcore.SOCK_STREAM)
    stream = int(sockcore.SOCK_STREAM)
    sock.bind(address)
    sock.listen()
    client = sockcore.socket(1, sockcore.SOCK_STREAM)
    client.connect(address)
    seen()
    for new in (sock.accept()[0], client.dup(), *sockcore.socketpair(1),
                sockcore.fromfd(client.fileno(), 1, sockcore.SOCK_STREAM)):
        events_of_it = [e for e in events if e[1][0] is new]
        print([(e, a[1:]) for e, a in events_of_it] == [("socket.__new__", (1, stream, 0))])
        new.close()
    sock.close(); client.close()
    """
    )
    assert python(code) == "True\n" * 5


@pytest.mark.parametrize(
    "call",
    [
        "sockcore.socket(1, dgram)", "sock.bind(address)", "sock.connect(address)", "sock.connect_ex(address)",
        "sock.sendto(b'x', address)", "sock.sendmsg([b'x'], [], 0, address)",
    ],
)  # fmt: skip
def test_a_hook_that_raises_stops_the_call_before_the_system_is_asked(python, call):
    code = (
        START
        + f"""
    sock = sockcore.socket(1, dgram)
    other = sockcore.socket(1, dgram)
    if {call!r} != "sock.bind(address)":
        other.bind(address)
    other.setblocking(False)
    before = len(os.listdir("/proc/self/fd"))
    stop.append(1)
    try:
        {call}
    except RuntimeError as error:
        print(error)
    stop.clear()
    assert len(os.listdir("/proc/self/fd")) == before
    assert os.path.exists("name") is ({call!r} != "sock.bind(address)")
    try:
        other.recv(5)
    except OSError as error:
        print(type(error).__name__)
    try:
        sock.getpeername()
    except OSError as error:
        print(type(error).__name__)
    other.close(); sock.close()
    """
    )
    lines = python(code).splitlines()
    assert lines[0] == "stopped"
    assert lines[2] == "OSError"
    assert lines[1] in ("BlockingIOError", "OSError")


def test_a_wrong_address_is_refused_before_the_event(python):
    code = (
        START
        + """
    sock = sockcore.socket(1, dgram)
    seen()
    for call in (sock.bind, sock.connect, sock.connect_ex, lambda a: sock.sendto(b"x", a)):
        try:
            call(sockcore.RawAddress(b"x"))
        except ValueError:
            pass
    print(seen())
    sock.close()
    """
    )
    assert python(code) == "[]\n"
