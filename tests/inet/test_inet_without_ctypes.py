"""The native backend on Linux without ctypes, which some builds of Python and isolated interpreters of 3.12 lack."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sockcore._system import backend
from sockcore_inet import backend as inet_backend

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="tests the native backend on Linux"),
    pytest.mark.skipif(backend.NAME != "native" or not inet_backend.native, reason="tests the native functions"),
]

HIDE_CTYPES = """
import sys

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("_ctypes", "ctypes"):
            raise ModuleNotFoundError("No module named '_ctypes'", name="_ctypes")

sys.meta_path.insert(0, Finder)
for name in [name for name in sys.modules if name.partition(".")[0] in ("_ctypes", "ctypes")]:
    del sys.modules[name]
"""

FUNCTIONS = """
import sockcore as s
assert s.inet_aton("127.1") == bytes((127, 0, 0, 1)) and s.inet_ntoa(b"abcd") == "97.98.99.100"
assert s.inet_ntop(s.AF_INET6, s.inet_pton(s.AF_INET6, "::1")) == "::1"
assert s.ntohs(s.htons(80)) == 80 == s.ntohl(s.htonl(80))
assert s.getaddrinfo("127.0.0.1", 80, 0, s.SOCK_STREAM)[0][4] == ("127.0.0.1", 80)
assert s.getaddrinfo(None, "80", s.AF_INET, s.SOCK_STREAM, 0, s.AI_PASSIVE)[0][4] == ("0.0.0.0", 80)
assert s.getnameinfo(("127.0.0.1", 80), s.NI_NUMERICHOST | s.NI_NUMERICSERV) == ("127.0.0.1", "80")
assert s.getnameinfo(("::1", 80), s.NI_NUMERICHOST | s.NI_NUMERICSERV) == ("::1", "80")
for call, *arguments in (
    (s.gethostbyname, "localhost"), (s.gethostbyname_ex, "localhost"), (s.gethostbyaddr, "127.0.0.1"), (s.getfqdn,),
    (s.getservbyname, "http"), (s.getservbyport, 80), (s.getprotobyname, "tcp"), (s.gethostname,), (s.getfqdn, "::1"),
    (s.gethostbyname, "name.invalid"), (s.gethostbyname_ex, "name.invalid"), (s.gethostbyaddr, "192.0.2.1"),
    (s.if_nametoindex, "no such"), (s.if_nametoindex, "lo"), (s.if_indextoname, 1), (s.if_nameindex,),
    (s.sethostname, "x" * 1000), (s.getprotobyname, "no such"), (s.has_dualstack_ipv6,),
):
    try:
        call(*arguments)
    except OSError:
        pass
"""

ECHO = """
import sockcore as s

def echo(one, two):
    with one, two:
        one.settimeout(60)
        two.settimeout(60)
        one.sendall(b"data")
        assert two.recv(100) == b"data"
        two.sendmsg([b"more"])
        assert one.recvmsg(100, 100)[0] == b"more"

with s.create_server(("localhost", 0)) as listener:
    client = s.create_connection(listener.getsockname(), timeout=60)
    echo(client, listener.accept()[0])
udp = [s.socket(s.AF_INET, s.SOCK_DGRAM) for _ in range(2)]
for sock in udp:
    sock.bind(("127.0.0.1", 0))
for one, other in (udp, udp[::-1]):
    one.connect(other.getsockname())
echo(*udp)
if hasattr(s, "AF_UNIX"):
    echo(*s.socketpair())
if hasattr(s, "AF_NETLINK"):
    with s.socket(s.AF_NETLINK, s.SOCK_RAW) as sock:
        sock.bind((0, 0))
        pid, _ = sock.getsockname()
        sock.sendto(b"\\x10\\0\\0\\0\\2\\0\\5\\0" + bytes(8), (0, 0))  # NLMSG_NOOP, with a request for an answer
        sock.settimeout(60)
        assert sock.recvfrom(1000)[1] == (0, 0)
"""

OPTION_VALUES = """
import sockcore as s
from sockcore._plugins.discovery import registry
from sockcore import ancillary, options
with s.socket(s.AF_INET, s.SOCK_DGRAM) as sock:
    assert options.known()
    for option in registry().options.values():
        if option.reader is not None:
            continue  # getsockopt(2) reads the buffer, which the native backend does not pass: ctypes does
        try:
            options.read(sock, option.level, option.number)
        except (OSError, LookupError, ValueError):
            pass  # an option of another family, or a write-only one
    options.write(sock, s.IPPROTO_IP, s.IP_ADD_MEMBERSHIP, ("224.0.0.251", "127.0.0.1"))
with s.socket(s.AF_INET, s.SOCK_DGRAM) as receiver, s.socket(s.AF_INET, s.SOCK_DGRAM) as sender:
    receiver.bind(("127.0.0.1", 0))
    receiver.setsockopt(s.IPPROTO_IP, s.IP_PKTINFO, 1)
    receiver.settimeout(60)
    sender.sendmsg([b"data"], [ancillary.encode("IP_PKTINFO", (1, "127.0.0.1", "0.0.0.0"))], 0, receiver.getsockname())
    [(name, value)] = ancillary.decode(receiver.recvmsg(100, 100)[1])
    assert (name, value[1:]) == ("IP_PKTINFO", ("127.0.0.1", "127.0.0.1")), (name, value)
"""

PRELOAD = """
import sockcore as s
s.preload()
assert [name for name in s.__all__ if not hasattr(s, name)] == []
assert s.backends.current() == "native"
"""

ADDRESSES = """
import sockcore as s
from sockcore._plugins.discovery import registry
from sockcore.plugin import context
from sockcore_inet import Inet4, Inet6
assert Inet4().encode(("localhost", 1), context(s.AF_INET, operation="bind"))
assert Inet6().decode(Inet6().encode(("::1", 1), context(s.AF_INET6)), context(s.AF_INET6)) == ("::1", 1, 0, 0)
for (number, proto), codec in list(registry().families.items()):
    if codec.name == "AF_RDS":
        for address in (("127.0.0.1", 1), ("::1", 1, 0, 0)):
            kept = context(number)
            assert codec.decode(codec.encode(address, kept), kept)[:2] == address[:2]
"""


@pytest.mark.parametrize(
    "code",
    [FUNCTIONS, ECHO, OPTION_VALUES, PRELOAD, ADDRESSES],
    ids=["functions", "echo", "option values", "preload", "addresses"],
)
def test_native_backend_works_without_ctypes(code: str) -> None:
    check = "\nassert not [name for name in sys.modules if name in ('ctypes', '_ctypes')]\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HIDE_CTYPES + code + check],
        env={**os.environ, "SOCKCORE_BACKEND": "native"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
