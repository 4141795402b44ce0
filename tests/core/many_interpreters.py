"""A program that creates and destroys many interpreters, two at a time, and uses their sockets.

    python many_interpreters.py legacy|isolated sockcore|asyncio ROUNDS

Sockets of ``_socket`` are used beside those of sockcore. The program prints the open descriptors and the resident
memory in KiB, after a third of the rounds and at the end, as JSON. CPython itself keeps memory of interpreters that
have ended. Interpreters that only import asyncio show how much.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading

try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _xxinterpreters as interpreters

USE = """
import _socket, os, sys, threading
import sockcore as s
from sockcore import _native
from sockcore_inet import _native as inet_native

assert s.socket.__base__ is _native.BaseSocket
assert s.htons is inet_native.htons
MESSAGE = b"data" * 10
LIMIT = 30


def theirs(sock):
    # The same socket as one of the standard module.
    made = _socket.socket(int(sock.family), int(sock.type), sock.proto, sock.detach())
    made.settimeout(LIMIT)
    return made


def echo(one, two, size=len(MESSAGE)):
    # *two* answers in a thread; *one* waits for the answers.
    def answer():
        for _ in range(3):
            two.send(two.recv(size))

    for sock in (one, two):
        sock.settimeout(LIMIT)
    thread = threading.Thread(target=answer)
    thread.start()
    one.sendall(MESSAGE)
    assert one.recv(size) == MESSAGE
    one.sendmsg([MESSAGE])
    assert one.recvmsg(size, 100)[0] == MESSAGE
    one.send(MESSAGE)
    buffer = bytearray(size)
    assert one.recv_into(buffer) == len(MESSAGE)
    thread.join()
    one.close()
    two.close()


def connected(family, kind, name):
    # A connected pair of sockets with addresses.
    first = s.socket(family, kind)
    first.bind(name(1))
    if kind == s.SOCK_STREAM:
        first.listen()
        client = s.socket(family, kind)
        client.connect(first.getsockname())
        accepted, _ = first.accept()
        first.close()
        return client, accepted
    second = s.socket(family, kind)
    second.bind(name(2))
    first.connect(second.getsockname())
    second.connect(first.getsockname())
    return first, second


def names(family):
    # A function of a number that returns an address to bind to.
    if family == s.AF_INET:
        return lambda number: ("127.0.0.1", 0)
    if family == s.AF_INET6:
        return lambda number: ("::1", 0)
    return lambda number: chr(0) + f"sockcore-{os.getpid()}-{threading.get_ident()}-{number}-{next(counter)}"


def use():
    global counter
    counter = iter(range(100))
    families = [s.AF_INET]
    with s.socket(s.AF_INET6, s.SOCK_DGRAM) as sock:
        try:
            sock.bind(("::1", 0))
            families.append(s.AF_INET6)
        except OSError:
            pass  # there is no IPv6 here
    if sys.platform == "linux":
        families.append(s.AF_UNIX)
    for family in families:
        for kind in (s.SOCK_STREAM, s.SOCK_DGRAM):
            echo(*connected(family, kind, names(family)))
            one, two = connected(family, kind, names(family))
            echo(one, theirs(two))
    for kind in (s.SOCK_STREAM, s.SOCK_DGRAM):
        echo(*s.socketpair(s.AF_UNIX, kind))
        one, two = s.socketpair(s.AF_UNIX, kind)
        echo(theirs(one), two)
    one, two = s.socketpair()
    two.settimeout(0.001)
    try:
        two.recv(1)
    except TimeoutError if sys.version_info >= (3, 10) else s.timeout:
        pass
    kept.extend((one, two))  # open until the interpreter ends


kept = []
use()
"""


def create(interpreter_type: str) -> object:
    """Create an interpreter of a type.

    A legacy one shares the GIL, an isolated one has a GIL from Python 3.12 on.
    """
    try:
        return interpreters.create(interpreter_type)
    except (TypeError, ValueError):  # before Python 3.13
        return interpreters.create(isolated=interpreter_type == "isolated")


def run(interpreter: object, code: str, exceptions: list[str]) -> None:
    """Run code in an interpreter."""
    call = getattr(interpreters, "exec", None) or interpreters.run_string
    try:
        exc = call(interpreter, code)
    except BaseException as error:
        exc = error
    if exc is not None:
        exceptions.append(str(getattr(exc, "errdisplay", None) or getattr(exc, "formatted", None) or exc))


def resources() -> tuple[int, int]:
    """Return the number of open descriptors, and the resident memory in KiB."""
    with open("/proc/self/status") as file:
        [line] = [line for line in file if line.startswith("VmRSS:")]
    return len(os.listdir("/proc/self/fd")), int(line.split()[1])


def main() -> None:
    """Run the rounds."""
    interpreter_type, subject, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    code = USE if subject == "sockcore" else "import asyncio"
    faulthandler.enable()
    exec(code, {})
    exceptions: list[str] = []
    measured = []
    for number in range(rounds):
        if number == rounds // 3:
            measured.append(resources())
        others = [create(interpreter_type) for _ in range(2)]
        for other in others:  # before Python 3.12, the end waits for the first thread that imported it
            run(other, "import threading", exceptions)
        threads = [threading.Thread(target=run, args=(other, code, exceptions)) for other in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for other in others:
            interpreters.destroy(other)
        if exceptions:
            sys.exit("\n".join(exceptions))
    measured.append(resources())
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
