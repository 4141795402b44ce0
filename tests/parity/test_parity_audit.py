"""Audit events: equal calls raise equal events with equal arguments."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from parity.known import IS_CPYTHON
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

#: On Windows, the standard library raises no event for a socket from a descriptor. sockcore does, as documented.
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
        # The socket may not be initialised yet: compare only its class.
        events.append([event, [describe(side, argument) for argument in arguments]])

def describe(side, value):
    if isinstance(value, side.module.SocketType):
        return "a socket"
    # Whether an int is an enum member depends on the version.
    return str(int(value)) if isinstance(value, int) else side.formatter.value(value)

sys.addaudithook(hook)
by_line = {}
for name, module in MODULES.items():
    os.makedirs(name)
    os.chdir(name)
    with closing(Side(module)) as side:
        local = "AF_INET" if sys.platform == "win32" else "AF_UNIX"
        side.execute(f"sock, udp = m.socket(m.{local}, m.SOCK_DGRAM), m.socket(m.AF_INET, m.SOCK_DGRAM)")
        side.execute("udp.setblocking(False)")
        for line in json.loads(sys.argv[2]):
            listening[0] = side
            side.run(line)
            listening[0] = None
            by_line.setdefault(line, {})[name] = events[:]
            events.clear()
    os.chdir("..")
print(json.dumps(by_line))
"""


@pytest.fixture(scope="module")
def recorded_events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[list[object]]]]:
    # In another process, because an audit hook cannot be removed.
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(HERE), json.dumps(LINES)],
        cwd=tmp_path_factory.mktemp("audit"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    events: dict[str, dict[str, list[list[object]]]] = json.loads(done.stdout)
    return events


@pytest.mark.skipif(not IS_CPYTHON, reason="the events of PyPy differ from the manual")
@pytest.mark.parametrize("line", LINES)
def test_audit_events_match(line: str, recorded_events: dict[str, dict[str, list[list[object]]]]) -> None:
    sockcore_events, standard_events = recorded_events[line]["sockcore"], recorded_events[line]["standard"]
    if WINDOWS and line in OF_DESCRIPTORS:
        sockcore_events, standard_events = (
            [event for event, _ in events if event != "socket.__new__"] for events in (sockcore_events, standard_events)
        )  # the ports differ too
    assert sockcore_events == standard_events


@pytest.mark.skipif(not IS_CPYTHON, reason="the events of PyPy differ from the manual")
def test_audited_lines_raise_events(recorded_events: dict[str, dict[str, list[list[object]]]]) -> None:
    names = {event for sides in recorded_events.values() for event, _ in sides["standard"]}
    assert names >= {
        "socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr",
        "socket.gethostbyname", "socket.gethostname", "socket.getnameinfo", "socket.getservbyname",
        "socket.getservbyport", "socket.sendto", *(() if WINDOWS else ("socket.sendmsg", "socket.sethostname")),
    }  # fmt: skip
