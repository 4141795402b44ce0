"""Audit events of sockets: their arguments, their order, and hooks that raise."""

from __future__ import annotations

import pytest

START = """
    import sys, sockcore
    from systems import AF_INET, LOCAL, WINDOWS, loopback, name_of, open_descriptors
    dgram, stream = int(sockcore.SOCK_DGRAM), int(sockcore.SOCK_STREAM)
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


def test_audit_events_have_the_standard_arguments(python):
    code = (
        START
        + """
    sock = sockcore.socket(AF_INET, dgram)
    assert seen() == [("socket.__new__", sock, AF_INET, dgram, 0)], "new"
    address = loopback()
    sock.bind(address)
    assert seen() == [("socket.bind", sock, address)], "bind"
    address = name_of(sock)
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


def test_audit_events_of_new_sockets_have_the_standard_arguments(python):
    code = (
        START
        + """
    sock = sockcore.socket(AF_INET, stream)
    sock.bind(loopback())
    sock.listen()
    client = sockcore.socket(AF_INET, stream)
    client.connect(name_of(sock))
    seen()
    pairs = () if WINDOWS else sockcore.socketpair(LOCAL)  # pairs on Windows are AF_INET sockets
    for new in (sock.accept()[0], client.dup(), sockcore.fromfd(client.fileno(), AF_INET, stream), *pairs):
        events_of_it = [e for e in events if e[1][0] is new]
        print([(e, a[1:]) for e, a in events_of_it] == [("socket.__new__", (int(new.family), stream, 0))])
        new.close()
    sock.close(); client.close()
    """
    )
    assert set(python(code).splitlines()) == {"True"}


@pytest.mark.parametrize(
    "call",
    [
        "sockcore.socket(AF_INET, dgram)", "sock.bind(address)", "sock.connect(address)", "sock.connect_ex(address)",
        "sock.sendto(b'x', address)", "sock.sendmsg([b'x'], [], 0, address)",
    ],
)  # fmt: skip
def test_audit_hook_that_raises_prevents_the_system_call(python, call):
    code = (
        START
        + f"""
    sock, other = sockcore.socket(AF_INET, dgram), sockcore.socket(AF_INET, dgram)
    other.bind(loopback())
    other.setblocking(False)
    address = loopback() if {call!r} == "sock.bind(address)" else name_of(other)
    before = open_descriptors()
    stop.append(1)
    try:
        {call}
    except RuntimeError as error:
        print(error)
    stop.clear()
    assert open_descriptors() == before
    for wrong in (lambda: other.recv(5), sock.getpeername):
        try:
            wrong()
        except OSError as error:
            print(type(error).__name__)
    sock.bind(loopback())  # fails if the call has bound the socket
    other.close(); sock.close()
    """
    )
    assert python(code).splitlines() == ["stopped", "BlockingIOError", "OSError"]


def test_invalid_address_raises_before_the_audit_event(python):
    code = (
        START
        + """
    sock = sockcore.socket(AF_INET, dgram)
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
