"""The POSIX backend as it is on macOS, FreeBSD and NetBSD, on this kernel: what it asks the C library for, what it does
where a call is missing, and the mode of a socket that was accepted.

A process takes itself for one of the other system. Addresses are this kernel's, raw; options, whose numbers are the
other system's, are left alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sockcore.plugin import system_name

pytestmark = pytest.mark.skipif(system_name() != "linux", reason="it takes Linux's abstract names")

ROOT = Path(__file__).parents[2]

START = """
import ctypes, os, sys
sys.platform = {platform!r}
asked, missing, real = [], {missing!r}, ctypes.CDLL.__getitem__

def found(library, name):
    asked.append(name)
    if name in missing:
        raise AttributeError(name)
    return real(library, {{"__socket30": "socket"}}.get(name, name))

ctypes.CDLL.__getitem__ = found
NAME = b"\\1\\0\\0sockcore-%d" % os.getpid()
import sockcore
from sockcore._system import posix
"""
MACOS = ("accept4", "sendmmsg", "recvmmsg")


def run(code: str, platform: str, missing: tuple[str, ...] = ()) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", START.format(platform=platform, missing=missing) + code],
        cwd=ROOT,
        env={"SOCKCORE_BACKEND": "pure", "SOCKCORE_PLUGINS": "", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_descriptors_are_not_inherited_where_they_cannot_be_born_so() -> None:
    code = """
assert not posix._CLOEXEC
left, right = posix.socketpair(1, 1, 0)
server, client = posix.socket(1, 1, 0), posix.socket(1, 1, 0)
posix.bind(server, NAME)
posix.listen(server, 1)
assert posix.connect(client, NAME) == 0
accepted, address = posix.accept(server, 110)
print([os.get_inheritable(fd) for fd in (left, right, server, client, accepted)], "accept" in asked)
"""
    assert run(code, "darwin", MACOS) == "[False, False, False, False, False] True"


ACCEPTING = """
plain = posix._accept

def inheriting(fd, address, length):
    new = plain(fd, address, length)
    if new >= 0 and not os.get_blocking(fd):
        os.set_blocking(new, False)  # as macOS does
    return new

posix._accept = inheriting
server, client = sockcore.socket(1, 1, 0), sockcore.socket(1, 1, 0)
server.bind(sockcore.RawAddress(NAME))
server.listen()
client.connect(sockcore.RawAddress(NAME))
server.settimeout({timeout})
sockcore.setdefaulttimeout({default})
accepted, _ = server.accept()
print(accepted.gettimeout(), os.get_blocking(accepted.fileno()))
for sock in (server, client, accepted):
    sock.close()
"""


@pytest.mark.parametrize(
    ("timeout", "default", "mode"),
    [
        (None, None, "None True"),
        (5, None, "None True"),
        (0, None, "None False"),  # the system's choice, as in the standard library
        (5, 7, "7.0 False"),
        (None, 7, "7.0 False"),
    ],
)
def test_the_mode_of_a_socket_that_was_accepted(timeout: float | None, default: float | None, mode: str) -> None:
    assert run(ACCEPTING.format(timeout=timeout, default=default), "darwin", MACOS) == mode


def test_batches_where_the_library_has_none() -> None:
    code = """
left, right = sockcore.socketpair(1, 2)
print(posix.sendmmsg, posix.recvmmsg, left.sendmmsg([b"one", b"two"]), right.recv(9), right.recv(9))
left.close(), right.close()
"""
    assert run(code, "darwin", MACOS) == "None None 2 b'one' b'two'"


def test_a_batch_has_the_types_of_freebsd() -> None:
    code = """
from sockcore._system import messages
print(messages._sendmmsg.restype.__name__, messages._sendmmsg.argtypes[2].__name__, messages._mmsghdr.size)
"""
    signed, unsigned, size = run(code, "freebsd14").split()
    assert (signed, unsigned) == (
        "c_long" if sys.maxsize > 2**32 else "c_int",
        "c_ulong" if sys.maxsize > 2**32 else "c_uint",
    )
    assert int(size) == (56 if sys.maxsize > 2**32 else 32)


def test_netbsd_has_another_name_for_socket() -> None:
    code = """
print("__socket30" in asked, "socket" in asked, "socketpair" in asked)
"""
    assert run(code, "netbsd10") == "True False True"
