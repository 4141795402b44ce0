"""Control messages: descriptors, credentials, invalid values, and small buffers."""

from __future__ import annotations

import os
import socket as standard
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.scenes import IPV6, PAIR, UDP, UNIX
from parity.sides import check_parity

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not hasattr(standard.socket, "sendmsg"),
    reason="the standard module does not support control messages on this system",
)

# Descriptors have different numbers on each side. Their files are compared.
_SETUP = (
    "import stat",
    "files = [open(name, 'w+') for name in ('a', 'b', 'c')]",
    "fds = [each.fileno() for each in files]",
    "def opened(fd): return (os.fstat(fd).st_size, os.get_inheritable(fd), os.lseek(fd, 0, os.SEEK_CUR))",
    "def taken(fd): state = opened(fd); os.close(fd); return state",
    "def ints(data): return array('i', data[:len(data) // 4 * 4]).tolist()",
    "def is_rights(level, kind): return (level, kind) == (m.SOL_SOCKET, m.SCM_RIGHTS)",
    "def content(level, kind, data): return [taken(fd) for fd in ints(data)] if is_rights(level, kind) else data",
    "def read(level, kind, data): return level, kind, len(data), content(level, kind, data)",
    "def rights(count): return (m.SOL_SOCKET, m.SCM_RIGHTS, array('i', fds[:count]))",
    "ids = struct.pack('3i', os.getpid(), os.getuid(), os.getgid())",
    "creds = (m.SOL_SOCKET, getattr(m, 'SCM_CREDENTIALS', 2), ids)",
    "def received(message): return (message[0], [read(*each) for each in message[1]], *message[2:])",
    "def fds_received(message): return (message[0], [taken(fd) for fd in message[1]], *message[2:])",
    "for at, file in enumerate(files): file.write('x' * at); file.flush()",
)  # fmt: skip
_MESSAGE = s.one("rights(0)", "rights(1)", "rights(2)", "rights(3)", "creds")
_ROOM = st.one_of(
    st.integers(0, 80).map(str), s.one("m.CMSG_LEN(4)", "m.CMSG_SPACE(4)", "m.CMSG_LEN(8)", "m.CMSG_SPACE(12)", "1000")
)


@pytest.mark.parametrize("scene", UNIX)
def test_recvmsg_with_any_buffer_size_matches(scene: str, folder: Path) -> None:
    @given(
        st.lists(_MESSAGE, max_size=3),
        st.lists(_ROOM, min_size=1, max_size=3),
        s.one("0", "m.MSG_CMSG_CLOEXEC", "m.MSG_PEEK", "m.MSG_DONTWAIT"),
        s.one("recvmsg(4, ", "recvmsg(20, ", "recvmsg_into([bytearray(4)], "),
        s.one("0", "1"),
    )
    def check(messages: list[str], rooms: list[str], flags: str, how: str, credentials: str) -> None:
        setup = [*UNIX[scene], *_SETUP]
        if hasattr(standard, "SO_PASSCRED"):  # missing on PyPy
            setup.append(f"peer.setsockopt(m.SOL_SOCKET, m.SO_PASSCRED, {credentials})")
        lines = [f"sock.sendmsg([b'hello'], [{', '.join(messages)}])"]
        lines += [f"received(peer.{how}{room}, {flags}))" for room in rooms]
        check_parity([*setup, "for each in files: keep(each)"], lines, folder)

    check()


def test_sendmsg_with_any_ancillary_value_matches(folder: Path) -> None:
    @given(s.ANCILLARY)
    def check(messages: str) -> None:
        lines = [f"sock.sendmsg([b'hello'], {messages})", "received(peer.recvmsg(10, 200, m.MSG_DONTWAIT))"]
        check_parity([*PAIR, *_SETUP, "for each in files: keep(each)"], lines, folder)

    check()


def test_send_fds_and_recv_fds_match(folder: Path) -> None:
    # Flags and address are left out, because the standard library ignores them.
    fds = s.one(
        "fds", "fds[:1]", "[]", "tuple(fds)", "iter(fds)", "array('i', fds)", "[-1]", "[1.5]", "[2**31]", "None"
    )

    @given(
        s.call("send", s.READABLES, fds, keywords=("buffers", "fds"), odd=s.one("0")),
        s.call(
            "receive", s.SIZE, s.SIZE, s.one("0"), optional=1, keywords=("bufsize", "maxfds", "flags"), odd=s.one("0")
        ),
    )
    def check(send: str, receive: str) -> None:
        setup = [*PAIR, *_SETUP, "for each in files: keep(each)", "from functools import partial"]
        setup += ["send, receive = partial(m.send_fds, sock), partial(m.recv_fds, peer)"]
        check_parity(
            setup, [send, f"fds_received({receive})", "fds_received(m.recv_fds(peer, 9, 9, m.MSG_DONTWAIT))"], folder
        )

    check()


def _standard(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"m.{name}" for name in names if hasattr(standard, name)])


@given(st.lists(_standard("IP_PKTINFO", "IP_RECVTOS", "IP_RECVTTL", "IP_RECVOPTS", "IP_TOS"), max_size=3), _ROOM)
def test_recvmsg_ip_options_match(options: list[str], room: str) -> None:
    setup = [f"peer.setsockopt(m.IPPROTO_IP, {option}, 1)" for option in options]
    check_parity(UDP["udp"], [*setup, "sock.send(b'hello')", "settle(peer)", f"peer.recvmsg(9, {room})"])


#: IP_RECVERR of <linux/in.h>, which the standard module of older Pythons lacks.
_RECVERR = 11


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this error queue")
@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="qemu converts the messages of this queue")
@given(
    s.one("0", "5", "9"),
    st.one_of(_ROOM, s.one("m.CMSG_SPACE(16)", "m.CMSG_SPACE(32)")),
    s.one("m.MSG_ERRQUEUE", "m.MSG_ERRQUEUE | m.MSG_DONTWAIT", "m.MSG_ERRQUEUE | m.MSG_PEEK"),
    s.one("recvmsg(9, ", "recvmsg_into([bytearray(4)], "),
    s.one("1", "0"),
)
def test_recvmsg_of_error_queue_matches(size: str, room: str, flags: str, how: str, reports: str) -> None:
    lines = [f"sock.setsockopt(m.IPPROTO_IP, {_RECVERR}, {reports})", "peer.close()", f"sock.send(bytes({size}))"]
    lines += [f"sock.{how}{room}, {flags})" for _ in range(2)]
    check_parity(UDP["udp"], [*lines, "sock.send(b'hello')", f"sock.{how}200, m.MSG_ERRQUEUE)"])


@pytest.mark.skipif(not IPV6, reason="this machine has no IPv6 loopback address")
@given(
    st.lists(_standard("IPV6_RECVPKTINFO", "IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS", "IPV6_RECVRTHDR"), max_size=3),
    _ROOM,
)
def test_recvmsg_ipv6_options_match(options: list[str], room: str) -> None:
    setup = [f"peer.setsockopt(m.IPPROTO_IPV6, {option}, 1)" for option in options]
    check_parity(UDP["udp6"], [*setup, "sock.send(b'hello')", "settle(peer)", f"peer.recvmsg(9, {room})"])


@given(s.one("m.CMSG_LEN", "m.CMSG_SPACE"), st.one_of(st.integers(0, 2**33).map(str), s.EDGES, s.ODD))
def test_cmsg_len_and_cmsg_space_match(function: str, length: str) -> None:
    check_parity([], [f"{function}({length})"])
