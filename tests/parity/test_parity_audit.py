"""Audit events: the same calls raise the same events with the same arguments."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from parity.known import WORDS
from parity.system import WINDOWS, only_possible

HERE = Path(__file__).parent

LINES = only_possible((
    "m.socket(m.AF_UNIX)",
    "m.socket(m.AF_INET, m.SOCK_DGRAM, 17)",
    "m.socket()",
    "m.socket(999)",
    "m.socket(fileno=os.dup(sock.fileno()))",
    "m.socketpair()",
    "m.fromfd(sock.fileno(), m.AF_UNIX, m.SOCK_STREAM)",
    "sock.dup()",
    "sock.bind('path')",
    "sock.bind('p' * 500)",
    "sock.bind(5)",
    "udp.bind(('127.0.0.1', 0))",
    "udp.bind(('localhost', 0))",
    "udp.bind(('127.0.0.1', 'x'))",
    "udp.connect(('127.0.0.1', 9))",
    "udp.connect_ex(('', 9))",
    "udp.connect(None)",
    "udp.sendto(b'x', ('127.0.0.1', 9))",
    "udp.sendto(b'x', 0, ('127.0.0.1', 9))",
    "udp.sendto(b'x', 'nowhere')",
    "udp.sendmsg([b'x'], [], 0, ('127.0.0.1', 9))",
    "udp.sendmsg([b'x'])",
    "udp.sendmsg(5)",
    "udp.send(b'x')",
    "udp.recv(0)",
    "udp.getsockname()",
    "udp.setsockopt(m.SOL_SOCKET, m.SO_BROADCAST, 1)",
    "udp.listen()",
    "m.gethostname()",
    "m.gethostbyname('localhost')",
    "m.gethostbyname('')",
    "m.gethostbyname(b'127.0.0.1')",
    "m.gethostbyname(5)",
    "m.gethostbyname_ex('127.0.0.1')",
    "m.gethostbyaddr('127.0.0.1')",
    "m.getfqdn('localhost')",
    "m.getaddrinfo('127.0.0.1', 80)",
    "m.getaddrinfo('127.0.0.1', 'http', m.AF_INET, m.SOCK_STREAM, 6, m.AI_NUMERICHOST)",
    "m.getaddrinfo(None, '80', flags=m.AI_PASSIVE)",
    "m.getaddrinfo(5, 5)",
    "m.getaddrinfo('127.0.0.1', ())",
    "m.getnameinfo(('127.0.0.1', 80), m.NI_NUMERICHOST)",
    "m.getnameinfo(('::1', 80, 0, 0), m.NI_NUMERICHOST | m.NI_NUMERICSERV)",
    "m.getnameinfo(5, 0)",
    "m.getservbyname('http')",
    "m.getservbyname('http', 'tcp')",
    "m.getservbyname('nosuch', 'udp')",
    "m.getservbyport(80)",
    "m.getservbyport(80, 'tcp')",
    "m.getservbyport(70000)",
    "m.getprotobyname('tcp')",
    "m.if_nameindex()",
    "m.inet_aton('127.0.0.1')",
    "m.sethostname('x' * 500)",
    "m.sethostname(b'y' * 500)",
    "m.sethostname(5)",
    "m.create_server(('127.0.0.1', 0))",
    "m.create_connection(('127.0.0.1', 1))",
    "sock.close()",
    "sock.connect('path')",
))  # fmt: skip

#: The standard library tells nobody on Windows of a socket that it makes of a descriptor; sockcore does, as the manual.
OF_DESCRIPTORS = ("m.socketpair()", "sock.dup()")

PROGRAM = """
import json, os, sys
from contextlib import closing
sys.path.insert(0, sys.argv[1])
from parity.sides import MODULES, Side

events = []
listening = [None]

def hook(event, arguments):
    side = listening[0]
    if side is not None and event.startswith("socket."):
        # A socket may be in the making: only its class can be told.
        events.append([event, [tell(side, each) for each in arguments]])

def tell(side, value):
    if isinstance(value, side.module.SocketType):
        return "a socket"
    # An int may be an enum's member, or not, by the version.
    return str(int(value)) if isinstance(value, int) else side.words.value(value)

sys.addaudithook(hook)
told = {}
for name, module in MODULES.items():
    os.makedirs(name)
    os.chdir(name)
    with closing(Side(module)) as side:
        local = "AF_INET" if sys.platform == "win32" else "AF_UNIX"
        side.do(f"sock, udp = m.socket(m.{local}, m.SOCK_DGRAM), m.socket(m.AF_INET, m.SOCK_DGRAM)")
        side.do("udp.setblocking(False)")
        for line in json.loads(sys.argv[2]):
            listening[0] = side
            side.run(line)
            listening[0] = None
            told.setdefault(line, {})[name] = events[:]
            events.clear()
    os.chdir("..")
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[list[object]]]]:
    # In a process of its own: a hook stays for good.
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(HERE), json.dumps(LINES)],
        cwd=tmp_path_factory.mktemp("audit"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, list[list[object]]]] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not WORDS, reason="PyPy's events are not quite those of the manual")
@pytest.mark.parametrize("line", LINES)
def test_events(line: str, told: dict[str, dict[str, list[list[object]]]]) -> None:
    ours, theirs = told[line]["sockcore"], told[line]["standard"]
    if WINDOWS and line in OF_DESCRIPTORS:
        ours, theirs = (
            [event for event, _ in events if event != "socket.__new__"] for events in (ours, theirs)
        )  # and the ports are others
    assert ours == theirs


@pytest.mark.skipif(not WORDS, reason="PyPy's events are not quite those of the manual")
def test_that_there_are_events(told: dict[str, dict[str, list[list[object]]]]) -> None:
    named = {event for sides in told.values() for event, _ in sides["standard"]}
    assert named >= {
        "socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr",
        "socket.gethostbyname", "socket.gethostname", "socket.getnameinfo", "socket.getservbyname",
        "socket.getservbyport", "socket.sendto", *(() if WINDOWS else ("socket.sendmsg", "socket.sethostname")),
    }  # fmt: skip
