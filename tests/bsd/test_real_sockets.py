"""Real sockets on macOS and the BSDs. The tests are skipped on other systems.

On such a machine, ``tox -e py3-bsd`` or ``tox`` tests the plugin and the POSIX backend.
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
MACOS = pytest.mark.skipif(SYSTEM != "darwin", reason="only macOS has kernel controls")
FREEBSD = pytest.mark.skipif(SYSTEM != "freebsd", reason="only for FreeBSD")
NETBSD = pytest.mark.skipif(SYSTEM != "netbsd", reason="only for NetBSD")
BSD = pytest.mark.skipif(SYSTEM not in ("darwin", "freebsd", "netbsd", "openbsd"), reason="only for macOS and the BSDs")
ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")

AF_UNIX, AF_INET, SOL_LOCAL, SCM_RIGHTS = 1, 2, 0, 1
UTUN = "com.apple.net.utun_control"

#: A function that opens a socket. The fixture closes the socket.
Opener = Callable[..., Any]


@pytest.fixture
def opened() -> Iterator[Opener]:
    with ExitStack() as stack:

        def open_socket(*numbers: int) -> Any:
            sock = stack.enter_context(sockcore.socket(*numbers))
            sock.settimeout(60)
            return sock

        yield open_socket


@pytest.fixture
def pair() -> Iterator[Callable[[int], tuple[Any, Any]]]:
    with ExitStack() as stack:

        def open_pair(sock_type: int) -> tuple[Any, Any]:
            sockets = sockcore.socketpair(AF_UNIX, sock_type)
            for sock in sockets:
                stack.enter_context(sock)
                sock.settimeout(60)
            return sockets

        yield open_pair


def own_ids() -> tuple[int, int, int, int]:
    return os.getuid(), os.geteuid(), os.getgid(), os.getegid()


# ---------------------------------------------------------------------- AF_SYSTEM


def control_arguments() -> tuple[int, int, int]:
    return sockcore.PF_SYSTEM, int(sockcore.SOCK_DGRAM), sockcore.SYSPROTO_CONTROL


@MACOS
@ROOT
def test_connect_to_utun_creates_tunnel(opened: Opener) -> None:
    sock = opened(*control_arguments())
    sock.connect(UTUN)
    identifier, unit = sock.getpeername()
    assert identifier > 0
    assert unit > 0
    name = sock.getsockopt(sockcore.SYSPROTO_CONTROL, sockcore.UTUN_OPT_IFNAME, 20)
    assert name.rstrip(b"\0") == b"utun%d" % (unit - 1)
    again = opened(*control_arguments())
    again.connect((identifier, 0))
    assert again.getpeername()[0] == identifier


@MACOS
@pytest.mark.parametrize(
    "address", [UTUN, "no.such.control", "n" * 97, (0, 0), (1 << 31, 1), (1,), "a\0", 5, b"x", None]
)
def test_connect_to_kernel_control_equals_standard_library(opened: Opener, address: Any) -> None:
    outcomes = []
    with stdlib.socket(*control_arguments()) as standard:
        for sock in (standard, opened(*control_arguments())):
            try:
                outcomes.append(sock.connect(address))
            except Exception as exc:
                outcomes.append((type(exc), getattr(exc, "errno", None), str(exc)))
    assert outcomes[0] == outcomes[1]


# ---------------------------------------------------------------------- credentials


@FREEBSD
@pytest.mark.parametrize("sock_type", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_local_creds_persistent_adds_scm_creds2_to_each_message(pair: Any, sock_type: str) -> None:
    left, right = pair(int(getattr(sockcore, sock_type)))
    options.write(right, SOL_LOCAL, sockcore.LOCAL_CREDS_PERSISTENT, True)
    assert options.read(right, SOL_LOCAL, sockcore.LOCAL_CREDS_PERSISTENT) is True
    for data in (b"one", b"two"):
        left.send(data)
        received, messages, flags, _ = right.recvmsg(10, 1024)
        assert (received, flags & sockcore.MSG_CTRUNC) == (data, 0)
        [(name, (pid, *ids, groups))] = ancillary.decode(messages, AF_UNIX)  # type: ignore[misc]
        assert (name, pid, tuple(ids)) == ("SCM_CREDS2", os.getpid(), own_ids())
        assert set(groups) <= {*os.getgroups(), os.getegid()}


@FREEBSD
def test_sent_scm_creds_is_filled_in_by_kernel(pair: Any) -> None:
    left, right = pair(int(sockcore.SOCK_DGRAM))
    left.sendmsg([b"x"], [ancillary.encode("SCM_CREDS", None)])
    _, messages, _, _ = right.recvmsg(10, 1024)
    [(name, (pid, uid, euid, gid, egid, _))] = ancillary.decode(messages, AF_UNIX)  # type: ignore[misc]
    assert (name, pid, uid, euid, gid, egid) == ("SCM_CREDS", os.getpid(), *own_ids())


@NETBSD
def test_local_creds_on_netbsd_adds_scm_creds(pair: Any) -> None:
    left, right = pair(int(sockcore.SOCK_DGRAM))
    options.write(right, SOL_LOCAL, sockcore.LOCAL_CREDS, True)
    left.send(b"x")
    _, messages, _, _ = right.recvmsg(10, 1024)
    [(name, (pid, uid, euid, gid, egid, _))] = ancillary.decode(messages, AF_UNIX)  # type: ignore[misc]
    assert (name, pid, uid, euid, gid, egid) == ("SCM_CREDS", os.getpid(), *own_ids())


@BSD
@pytest.mark.skipif(SYSTEM not in ("darwin", "freebsd"), reason="only macOS and FreeBSD have LOCAL_PEERCRED")
def test_options_read_local_peercred_returns_own_ids(pair: Any) -> None:
    left, _ = pair(int(sockcore.SOCK_STREAM))
    pid, uid, gid, groups = options.read(left, SOL_LOCAL, 1)  # type: ignore[misc]
    assert (uid, gid) == (os.geteuid(), os.getegid())
    assert groups[0] == gid
    assert pid in (None, 0, os.getpid())


# ---------------------------------------------------------------------- AF_LINK


@BSD
@pytest.mark.skipif(SYSTEM == "darwin", reason="macOS has another control message for the interface")
def test_ip_recvif_returns_interface_of_datagram(opened: Opener) -> None:
    from sockcore_bsd.constants import TABLE

    loopback = RawAddress(sockaddr_header(AF_INET, 16) + b"\0\0\x7f\0\0\1" + bytes(8))
    sock = opened(AF_INET, int(sockcore.SOCK_DGRAM))
    sock.bind(loopback)
    sock.setsockopt(TABLE["ipproto_ip"], TABLE["ip_recvif"], 1)
    from sockcore._system import system as backend

    sock.sendto(b"x", RawAddress(backend.getsockname(sock.fileno(), 16)))
    _, messages, _, _ = sock.recvmsg(10, 1024)
    [(name, (index, _, interface, _))] = ancillary.decode(messages, AF_INET)  # type: ignore[misc]
    assert name == "IP_RECVIF"
    assert stdlib.if_indextoname(index) == "lo0"
    assert interface in ("lo0", "")


@NETBSD
def test_socket_of_af_link_opens(opened: Opener) -> None:
    sock = opened(int(sockcore.AF_LINK), int(sockcore.SOCK_DGRAM))
    assert sock.family == sockcore.AF_LINK


# ---------------------------------------------------------------------- AF_DIVERT


@FREEBSD
@ROOT
def test_divert_socket_binds_to_port(opened: Opener) -> None:
    try:
        sock = opened(int(sockcore.AF_DIVERT), int(sockcore.SOCK_RAW))
    except OSError as exc:
        if exc.errno not in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT):
            raise
        pytest.skip("this kernel does not support AF_DIVERT: kldload ipdivert")
    sock.bind(("0.0.0.0", 8668))
    assert sock.getsockname() == ("0.0.0.0", 8668)


# ---------------------------------------------------------------------- the backend


@BSD
def test_accepted_socket_does_not_inherit_non_blocking_mode(
    opened: Opener, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check that an accepted socket with the timeout None is blocking.

    On macOS, accepted sockets inherit O_NONBLOCK.
    """
    monkeypatch.chdir(tmp_path)
    address = RawAddress(sockaddr_header(AF_UNIX, 4) + b"s\0")
    server, client = opened(AF_UNIX, int(sockcore.SOCK_STREAM)), opened(AF_UNIX, int(sockcore.SOCK_STREAM))
    server.bind(address)
    server.listen()
    client.connect(address)
    accepted, _ = server.accept()
    with accepted:
        assert accepted.gettimeout() is None
        assert os.get_blocking(accepted.fileno())
        assert not os.get_inheritable(accepted.fileno())


@BSD
def test_socketpair_is_not_inheritable(pair: Any) -> None:
    for sock in pair(int(sockcore.SOCK_STREAM)):
        assert not os.get_inheritable(sock.fileno())


@BSD
def test_sendall_to_closed_peer_raises_without_sigpipe(pair: Any) -> None:
    """The interpreter ignores SIGPIPE. Sockets do not need the option SO_NOSIGPIPE."""
    left, right = pair(int(sockcore.SOCK_STREAM))
    right.close()
    with pytest.raises(OSError) as exc_info:
        left.sendall(b"x")
    assert exc_info.value.errno in (errno.EPIPE, errno.ECONNRESET)


@BSD
def test_scm_rights_transfers_descriptors(pair: Any) -> None:
    """This tests the layout of control messages on this kernel."""
    left, right = pair(int(sockcore.SOCK_STREAM))
    with open(__file__, "rb") as file:
        fds = array.array("i", [file.fileno()] * 3)
        left.sendmsg([b"x"], [(sockcore.SOL_SOCKET, SCM_RIGHTS, fds)])
    _, messages, _, _ = right.recvmsg(1, 1024)
    [(level, cmsg_type, data)] = messages
    assert (level, cmsg_type, len(data)) == (sockcore.SOL_SOCKET, SCM_RIGHTS, 12)
    for fd in array.array("i", data):
        os.close(fd)


@BSD
def test_sendmmsg_and_recvmmsg_transfer_all_messages(pair: Any) -> None:
    left, right = pair(int(sockcore.SOCK_DGRAM))
    assert left.sendmmsg([b"one", b"two", b"three"]) == 3
    received = []
    while len(received) < 3:
        received += [data for data, *_ in right.recvmmsg(3, 10)]
    assert received == [b"one", b"two", b"three"]
