"""Sockets of macOS and the BSDs, on the systems themselves: skipped everywhere else.

A machine of one of them proves the plugin, and the POSIX backend below it, by ``tox -e py3-bsd`` or ``tox``.
"""

from __future__ import annotations

import array
import errno
import os
import socket as stdlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import sockcore
from sockcore import ancillary, options
from sockcore.plugin import RawAddress, sockaddr_header, system_name

SYSTEM = system_name()
MACOS = pytest.mark.skipif(SYSTEM != "darwin", reason="kernel controls are macOS'")
FREEBSD = pytest.mark.skipif(SYSTEM != "freebsd", reason="it is FreeBSD's")
NETBSD = pytest.mark.skipif(SYSTEM != "netbsd", reason="it is NetBSD's")
BSD = pytest.mark.skipif(SYSTEM not in ("darwin", "freebsd", "netbsd", "openbsd"), reason="it is of macOS and the BSDs")
ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="it takes root")

AF_UNIX, AF_INET, SOL_LOCAL, SCM_RIGHTS = 1, 2, 0, 1
UTUN = "com.apple.net.utun_control"

#: Opens a socket that is closed when the test ends.
Opener = Callable[..., Any]


@pytest.fixture
def opened() -> Iterator[Opener]:
    with ExitStack() as stack:

        def open_socket(*numbers: int) -> Any:
            sock = stack.enter_context(sockcore.socket(*numbers))
            sock.settimeout(10)
            return sock

        yield open_socket


@pytest.fixture
def pair() -> Iterator[Callable[[int], tuple[Any, Any]]]:
    with ExitStack() as stack:

        def open_pair(kind: int) -> tuple[Any, Any]:
            found = sockcore.socketpair(AF_UNIX, kind)
            for sock in found:
                stack.enter_context(sock)
                sock.settimeout(10)
            return found

        yield open_pair


def mine() -> tuple[int, int, int, int]:
    return os.getuid(), os.geteuid(), os.getgid(), os.getegid()


# ---------------------------------------------------------------------- AF_SYSTEM


def control() -> tuple[int, int, int]:
    return sockcore.PF_SYSTEM, int(sockcore.SOCK_DGRAM), sockcore.SYSPROTO_CONTROL


@MACOS
@ROOT
def test_a_tunnel(opened: Opener) -> None:
    sock = opened(*control())
    sock.connect(UTUN)
    identifier, unit = sock.getpeername()
    assert identifier > 0
    assert unit > 0
    name = sock.getsockopt(sockcore.SYSPROTO_CONTROL, sockcore.UTUN_OPT_IFNAME, 20)
    assert name.rstrip(b"\0") == b"utun%d" % (unit - 1)
    again = opened(*control())
    again.connect((identifier, 0))
    assert again.getpeername()[0] == identifier


@MACOS
@pytest.mark.parametrize(
    "address", [UTUN, "no.such.control", "n" * 97, (0, 0), (1 << 31, 1), (1,), "a\0", 5, b"x", None]
)
def test_outcomes_are_those_of_the_standard_library(opened: Opener, address: Any) -> None:
    outcomes = []
    with stdlib.socket(*control()) as theirs:
        for sock in (theirs, opened(*control())):
            try:
                outcomes.append(sock.connect(address))
            except Exception as problem:
                outcomes.append((type(problem), getattr(problem, "errno", None), str(problem)))
    assert outcomes[0] == outcomes[1]


# ---------------------------------------------------------------------- credentials


@FREEBSD
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_credentials_with_each_message(pair: Any, kind: str) -> None:
    left, right = pair(int(getattr(sockcore, kind)))
    options.write(right, SOL_LOCAL, sockcore.LOCAL_CREDS_PERSISTENT, True)
    assert options.read(right, SOL_LOCAL, sockcore.LOCAL_CREDS_PERSISTENT) is True
    for data in (b"one", b"two"):
        left.send(data)
        received, messages, flags, _ = right.recvmsg(10, 1024)
        assert (received, flags & sockcore.MSG_CTRUNC) == (data, 0)
        [(name, (pid, *ids, groups))] = ancillary.decode(messages, AF_UNIX)  # type: ignore[misc]
        assert (name, pid, tuple(ids)) == ("SCM_CREDS2", os.getpid(), mine())
        assert set(groups) <= {*os.getgroups(), os.getegid()}


@FREEBSD
def test_credentials_that_a_sender_asked_for(pair: Any) -> None:
    left, right = pair(int(sockcore.SOCK_DGRAM))
    left.sendmsg([b"x"], [ancillary.encode("SCM_CREDS", None)])
    _, messages, _, _ = right.recvmsg(10, 1024)
    [(name, (pid, uid, euid, gid, egid, _))] = ancillary.decode(messages, AF_UNIX)  # type: ignore[misc]
    assert (name, pid, uid, euid, gid, egid) == ("SCM_CREDS", os.getpid(), *mine())


@NETBSD
def test_credentials_of_netbsd(pair: Any) -> None:
    left, right = pair(int(sockcore.SOCK_DGRAM))
    options.write(right, SOL_LOCAL, sockcore.LOCAL_CREDS, True)
    left.send(b"x")
    _, messages, _, _ = right.recvmsg(10, 1024)
    [(name, (pid, uid, euid, gid, egid, _))] = ancillary.decode(messages, AF_UNIX)  # type: ignore[misc]
    assert (name, pid, uid, euid, gid, egid) == ("SCM_CREDS", os.getpid(), *mine())


@BSD
@pytest.mark.skipif(SYSTEM not in ("darwin", "freebsd"), reason="LOCAL_PEERCRED is macOS' and FreeBSD's")
def test_who_is_at_the_other_end(pair: Any) -> None:
    left, _ = pair(int(sockcore.SOCK_STREAM))
    pid, uid, gid, groups = options.read(left, SOL_LOCAL, 1)  # type: ignore[misc]
    assert (uid, gid) == (os.geteuid(), os.getegid())
    assert groups[0] == gid
    assert pid in (None, 0, os.getpid())


# ---------------------------------------------------------------------- AF_LINK


@BSD
@pytest.mark.skipif(SYSTEM == "darwin", reason="macOS' is tested with IPv6's message")
def test_the_interface_of_a_datagram(opened: Opener) -> None:
    from sockcore_bsd.constants import TABLE

    loopback = RawAddress(sockaddr_header(AF_INET, 16) + b"\0\0\x7f\0\0\1" + bytes(8))
    sock = opened(AF_INET, int(sockcore.SOCK_DGRAM))
    sock.bind(loopback)
    sock.setsockopt(TABLE["ipproto_ip"], TABLE["ip_recvif"], 1)
    from sockcore._system.selection import system as backend

    sock.sendto(b"x", RawAddress(backend.getsockname(sock.fileno(), 16)))
    _, messages, _, _ = sock.recvmsg(10, 1024)
    [(name, (index, _, interface, _))] = ancillary.decode(messages, AF_INET)  # type: ignore[misc]
    assert name == "IP_RECVIF"
    assert stdlib.if_indextoname(index) == "lo0"
    assert interface in ("lo0", "")


@NETBSD
def test_a_socket_of_the_link_layer(opened: Opener) -> None:
    sock = opened(int(sockcore.AF_LINK), int(sockcore.SOCK_DGRAM))
    assert sock.family == sockcore.AF_LINK


# ---------------------------------------------------------------------- AF_DIVERT


@FREEBSD
@ROOT
def test_a_divert_socket(opened: Opener) -> None:
    try:
        sock = opened(int(sockcore.AF_DIVERT), int(sockcore.SOCK_RAW))
    except OSError as problem:
        if problem.errno not in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT):
            raise
        pytest.skip("this kernel lacks it: kldload ipdivert")
    sock.bind(("0.0.0.0", 8668))
    assert sock.getsockname() == ("0.0.0.0", 8668)


# ---------------------------------------------------------------------- the backend


@BSD
def test_an_accepted_socket_does_not_inherit_the_mode_of_a_listener_with_a_timeout(
    opened: Opener, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS hands on O_NONBLOCK; a socket whose timeout is None is a blocking one all the same."""
    monkeypatch.chdir(tmp_path)
    raw = RawAddress(sockaddr_header(AF_UNIX, 4) + b"s\0")
    server, client = opened(AF_UNIX, int(sockcore.SOCK_STREAM)), opened(AF_UNIX, int(sockcore.SOCK_STREAM))
    server.bind(raw)
    server.listen()
    client.connect(raw)
    accepted, _ = server.accept()
    with accepted:
        assert accepted.gettimeout() is None
        assert os.get_blocking(accepted.fileno())
        assert not os.get_inheritable(accepted.fileno())


@BSD
def test_sockets_are_not_inherited(pair: Any) -> None:
    for sock in pair(int(sockcore.SOCK_STREAM)):
        assert not os.get_inheritable(sock.fileno())


@BSD
def test_a_peer_that_is_gone_raises_and_does_not_kill(pair: Any) -> None:
    """SIGPIPE is ignored by the interpreter, as ever: no option of the socket is needed for it."""
    left, right = pair(int(sockcore.SOCK_STREAM))
    right.close()
    with pytest.raises(OSError) as raised:
        left.sendall(b"x")
    assert raised.value.errno in (errno.EPIPE, errno.ECONNRESET)


@BSD
def test_descriptors_pass(pair: Any) -> None:
    """Control messages as this kernel lays them out."""
    left, right = pair(int(sockcore.SOCK_STREAM))
    with open(__file__, "rb") as file:
        fds = array.array("i", [file.fileno()] * 3)
        left.sendmsg([b"x"], [(sockcore.SOL_SOCKET, SCM_RIGHTS, fds)])
    _, messages, _, _ = right.recvmsg(1, 1024)
    [(level, kind, data)] = messages
    assert (level, kind, len(data)) == (sockcore.SOL_SOCKET, SCM_RIGHTS, 12)
    for fd in array.array("i", data):
        os.close(fd)


@BSD
def test_many_messages_by_one_call(pair: Any) -> None:
    left, right = pair(int(sockcore.SOCK_DGRAM))
    assert left.sendmmsg([b"one", b"two", b"three"]) == 3
    received = []
    while len(received) < 3:
        received += [data for data, *_ in right.recvmmsg(3, 10)]
    assert received == [b"one", b"two", b"three"]
