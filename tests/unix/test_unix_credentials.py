"""Credentials of AF_UNIX peers, from socket options and control messages, as bytes and as values."""

from __future__ import annotations

import errno
import os
import struct
import sys
from typing import Any

import pytest

import sockcore
from sockcore import ancillary, options
from sockcore_unix import messages as unix_messages
from sockcore_unix import options as unix_options

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has struct ucred")

UCRED = struct.Struct("=iII")


def own_credentials() -> tuple[int, int, int]:
    return os.getpid(), os.getuid(), os.getgid()


def test_peercred_of_pair_is_own_process(pair: Any) -> None:
    left, _ = pair()
    raw = left.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_PEERCRED, UCRED.size)
    assert UCRED.unpack(raw) == own_credentials()
    assert unix_options.decode_credentials(raw) == own_credentials()


def test_peercred_of_child_is_child(unix: Any) -> None:
    server = unix()
    server.bind("server")
    server.listen()
    child = os.fork()
    if not child:
        status = 1
        try:
            with sockcore.socket(sockcore.AF_UNIX) as client:
                client.connect("server")
                client.recv(1)  # stay alive until the parent has read the credentials, which connect() recorded
            status = 0
        finally:
            os._exit(status)
    peer, _ = server.accept()
    with peer:
        raw = peer.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_PEERCRED, UCRED.size)
    assert os.waitpid(child, 0)[1] == 0
    assert unix_options.decode_credentials(raw) == (child, *own_credentials()[1:])


@pytest.mark.parametrize("sock_type", [sockcore.SOCK_STREAM, sockcore.SOCK_DGRAM, sockcore.SOCK_SEQPACKET], ids=str)
def test_passcred_adds_credentials_to_messages(pair: Any, sock_type: int) -> None:
    left, right = pair(sock_type)
    assert right.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED) == 0
    right.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED, 1)
    assert right.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED) == 1
    left.send(b"who?")
    data, [(level, number, raw)], _, _ = right.recvmsg(100, sockcore.CMSG_SPACE(UCRED.size))
    assert (data, level, number) == (b"who?", sockcore.SOL_SOCKET, sockcore.SCM_CREDENTIALS)
    assert unix_options.decode_credentials(raw) == own_credentials()


def test_sendmsg_of_own_credentials_succeeds_and_of_others_fails(pair: Any) -> None:
    left, right = pair()
    right.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED, 1)
    raw = unix_messages.encode_credentials(own_credentials())
    left.sendmsg([b"x"], [(sockcore.SOL_SOCKET, sockcore.SCM_CREDENTIALS, raw)])
    [(_, _, received)] = right.recvmsg(1, sockcore.CMSG_SPACE(len(raw)))[1]
    assert received == raw
    false_credentials = unix_messages.encode_credentials((2**31 - 1, 0, 0))
    # Only root may send credentials of another process, and this process does not exist.
    with pytest.raises((PermissionError, ProcessLookupError)):
        left.sendmsg([b"x"], [(sockcore.SOL_SOCKET, sockcore.SCM_CREDENTIALS, false_credentials)])


def test_recvmsg_returns_credentials_and_descriptors_together(pair: Any) -> None:
    left, right = pair()
    right.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED, 1)
    with open(os.devnull, "rb") as file:
        sockcore.send_fds(left, [b"x"], [file.fileno()])
        room = sockcore.CMSG_SPACE(4) + sockcore.CMSG_SPACE(UCRED.size)
        messages = {number: raw for _, number, raw in right.recvmsg(1, room)[1]}
        assert set(messages) == {sockcore.SCM_RIGHTS, sockcore.SCM_CREDENTIALS}
        [fd] = struct.unpack("=i", messages[sockcore.SCM_RIGHTS])
        assert os.path.samestat(os.fstat(fd), os.fstat(file.fileno()))
        os.close(fd)


def test_options_read_peergroups_returns_groups_of_peer(pair: Any) -> None:
    groups = options.read(pair()[0], sockcore.SOL_SOCKET, sockcore.SO_PEERGROUPS)
    assert isinstance(groups, tuple)
    assert sorted(groups) == sorted(os.getgroups())


def test_options_read_and_write_peercred(pair: Any) -> None:
    sock = pair()[0]
    assert options.read(sock, sockcore.SOL_SOCKET, sockcore.SO_PEERCRED) == own_credentials()
    assert {"SO_PEERCRED", "SO_PEERGROUPS"} <= set(options.known())
    with pytest.raises(ValueError, match="read-only"):
        options.write(sock, sockcore.SOL_SOCKET, sockcore.SO_PEERCRED, own_credentials())
    with pytest.raises(OSError, match="Protocol not available"):  # unless a security module labels sockets
        options.read(sock, sockcore.SOL_SOCKET, sockcore.SO_PEERSEC)


def test_ancillary_encode_and_decode_round_trip(pair: Any) -> None:
    left, right = pair()
    right.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED, 1)
    message = [ancillary.encode("SCM_CREDENTIALS", own_credentials()), ancillary.encode("SCM_RIGHTS", [left.fileno()])]
    left.sendmsg([b"x"], message)
    values: dict[str, Any] = dict(ancillary.decode(right.recvmsg(1, 200)[1]))  # type: ignore[arg-type]
    assert values["SCM_CREDENTIALS"] == own_credentials()
    [fd] = values["SCM_RIGHTS"]
    assert os.path.samestat(os.fstat(fd), os.fstat(left.fileno()))
    os.close(fd)


def test_ancillary_decode_pidfd_of_sender(pair: Any) -> None:
    left, right = pair()
    try:
        right.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSPIDFD, 1)
    except OSError as exc:
        pytest.skip(f"this kernel does not support SO_PASSPIDFD: {exc}")
    left.send(b"x")
    [(name, pidfd)] = ancillary.decode(right.recvmsg(1, 100)[1])  # type: ignore[misc]
    assert name == "SCM_PIDFD"
    assert isinstance(pidfd, int)
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        assert f"Pid:\t{os.getpid()}\n" in info.read()
    os.close(pidfd)


class LargeOptionSocket:
    """An AF_UNIX socket with an option whose value has *needed* bytes."""

    family = sockcore.AF_UNIX

    def __init__(self, needed: int, number: int) -> None:
        self.needed = needed
        self.number = number
        self.sizes: list[int] = []

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        self.sizes.append(size)
        if size < self.needed:
            raise OSError(self.number, os.strerror(self.number))
        return bytes(self.needed)


@pytest.mark.parametrize("number", [errno.ERANGE, errno.ENOSPC])
@pytest.mark.parametrize("groups", [1, 256, 257, 400, 65536])
def test_options_read_larger_value_retries_with_larger_buffer(groups: int, number: int) -> None:
    sock: Any = LargeOptionSocket(4 * groups, number)
    assert options.read(sock, sockcore.SOL_SOCKET, sockcore.SO_PEERGROUPS) == (0,) * groups
    assert sock.sizes == [1024 * 4**times for times in range(len(sock.sizes))]
    assert sock.sizes[-1] < 16 * max(groups, 256)


@pytest.mark.parametrize(("number", "tries"), [(errno.ERANGE, 8), (errno.EINVAL, 1), (errno.EMFILE, 1)])
def test_options_read_other_error_or_unbounded_value_raises(number: int, tries: int) -> None:
    sock: Any = LargeOptionSocket(2**40, number)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        options.read(sock, sockcore.SOL_SOCKET, sockcore.SO_PEERGROUPS)
    assert caught.value.errno == number
    assert len(sock.sizes) == tries


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can set its groups")
@pytest.mark.skipif(
    hasattr(os, "sysconf") and os.sysconf("SC_NGROUPS_MAX") < 400,
    reason="musl limits a process to 32 supplementary groups",
)
def test_options_read_peergroups_of_400_groups() -> None:
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setgroups(range(1000, 1400))
            left, right = sockcore.socketpair()
            with left, right:
                groups = options.read(left, sockcore.SOL_SOCKET, sockcore.SO_PEERGROUPS)
            status = 0 if sorted(groups) == [*range(1000, 1400)] else 2  # type: ignore[call-overload]
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
