"""The POSIX backend in processes that simulate macOS, FreeBSD and NetBSD on this kernel.

The tests check the symbols that the backend looks up in the C library, its fallbacks for missing functions, and the
blocking mode of accepted sockets. The addresses are RawAddress, because they must be valid for this kernel. The tests
do not use socket options, because their numbers are those of the other system.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sockcore.plugin import system_name

pytestmark = pytest.mark.skipif(system_name() != "linux", reason="it needs abstract AF_UNIX addresses")

ROOT = Path(__file__).parents[2]

START = """
import ctypes, os, sys
sys.platform = {platform!r}
looked_up, missing, real = [], {missing!r}, ctypes.CDLL.__getitem__

def look_up(library, name):
    looked_up.append(name)
    if name in missing:
        raise AttributeError(name)
    return real(library, {{"__socket30": "socket"}}.get(name, name))

ctypes.CDLL.__getitem__ = look_up
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


def test_descriptors_without_sock_cloexec_are_not_inheritable() -> None:
    code = """
assert not posix._CLOEXEC
left, right = posix.socketpair(1, 1, 0)
server, client = posix.socket(1, 1, 0), posix.socket(1, 1, 0)
posix.bind(server, NAME)
posix.listen(server, 1)
assert posix.connect(client, NAME) == 0
accepted, address = posix.accept(server, 110)
print([os.get_inheritable(fd) for fd in (left, right, server, client, accepted)], "accept" in looked_up)
"""
    assert run(code, "darwin", MACOS) == "[False, False, False, False, False] True"


ACCEPTING = """
plain = posix._accept

def inheriting(fd, address, length):
    new = plain(fd, address, length)
    if new >= 0 and not os.get_blocking(fd):
        os.set_blocking(new, False)  # like macOS
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
        (0, None, "None False"),  # not changed, as in the standard library
        (5, 7, "7.0 False"),
        (None, 7, "7.0 False"),
    ],
)
def test_accepted_socket_has_blocking_mode_of_default_timeout(
    timeout: float | None, default: float | None, mode: str
) -> None:
    assert run(ACCEPTING.format(timeout=timeout, default=default), "darwin", MACOS) == mode


def test_sendmmsg_without_library_function_falls_back() -> None:
    code = """
left, right = sockcore.socketpair(1, 2)
print(posix.sendmmsg, posix.recvmmsg, left.sendmmsg([b"one", b"two"]), right.recv(9), right.recv(9))
left.close(), right.close()
"""
    assert run(code, "darwin", MACOS) == "None None 2 b'one' b'two'"


def test_sendmmsg_on_freebsd_has_its_argument_types() -> None:
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


def test_socket_on_netbsd_is_looked_up_as_socket30() -> None:
    code = """
print("__socket30" in looked_up, "socket" in looked_up, "socketpair" in looked_up)
"""
    assert run(code, "netbsd10") == "True False True"
