"""Helpers for several rows: connected sockets, a peer in another process, compiled modules, and file descriptors.

*plain* is the standard module. The peer, which is not measured, always uses it.
"""

from __future__ import annotations

import os
import signal
import socket as plain
import struct
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.measuring import leave_cpu
from benchmarks.rows.row import Skip

try:
    import resource
except ImportError:  # on Windows
    resource = None  # type: ignore[assignment,unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable

    from benchmarks.rows.row import Net

DATA = bytes(range(64))
BLOCK = 1 << 20
WINDOWS_DESCRIPTORS = 500  # Wine has the limit of the process, Windows none
TIMEOUT = 10.0  # for timeout mode; longer than every wait


@contextmanager
def pair(net: Net, timeout: float | None = TIMEOUT) -> Iterator[tuple[Any, Any]]:
    """Yield a connected pair of AF_UNIX stream sockets."""
    if not hasattr(net, "AF_UNIX"):
        raise Skip("needs AF_UNIX")
    left, right = net.socketpair(net.AF_UNIX, net.SOCK_STREAM)
    with left, right:
        left.settimeout(timeout)
        right.settimeout(timeout)
        yield left, right


@contextmanager
def tcp(net: Net, timeout: float | None = TIMEOUT) -> Iterator[tuple[Any, Any]]:
    """Yield a TCP connection over loopback, with TCP_NODELAY."""
    with listener(net) as server, net.socket(net.AF_INET, net.SOCK_STREAM) as client:
        client.connect(server.getsockname())
        connection, _ = server.accept()
        with connection:
            for sock in (client, connection):
                sock.setsockopt(net.IPPROTO_TCP, net.TCP_NODELAY, 1)
                sock.settimeout(timeout)
            yield client, connection


@contextmanager
def listener(net: Net) -> Iterator[Any]:
    """Yield a TCP server on a free port."""
    with net.socket(net.AF_INET, net.SOCK_STREAM) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(128)
        yield server


def reset(sock: Any) -> None:
    """Make *sock* and the connections that it accepts close with a reset.

    Otherwise thousands of connections in TIME_WAIT would use all ports.
    """
    sock.setsockopt(plain.SOL_SOCKET, plain.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def datagrams(net: Net, family: int, host: str) -> Iterator[Any]:
    """Yield a UDP socket on a free port, in timeout mode."""
    with net.socket(family, net.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.settimeout(TIMEOUT)
        yield sock


@contextmanager
def peer(sock: Any, job: Callable[[int], object], leaves_cpu: bool = True) -> Iterator[None]:
    """Repeat *job* with the file descriptor of *sock* in another process.

    With *leaves_cpu*, the process runs on another processor if there is one. It ends when *job* returns 0, or with the
    context. The socket is closed here, so that only the peer has it.
    """
    if not hasattr(os, "fork"):
        raise Skip("needs fork(2)")
    fd = sock.fileno()
    child = os.fork()
    if child == 0:
        try:
            # With copies of the other ends, the child would not notice that they are closed.
            os.closerange(0, 2)
            os.closerange(3, fd)
            os.closerange(fd + 1, fd + 1000)
            os.set_blocking(fd, True)
            if leaves_cpu:
                leave_cpu()
            while job(fd):
                pass
        finally:
            os._exit(0)
    sock.close()
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def drain(fd: int) -> int:
    """Read available data into a buffer; return 0 at the end."""
    return os.readv(fd, [_SPACE]) if hasattr(os, "readv") else len(os.read(fd, BLOCK))


def feed(fd: int) -> int:
    """Write a block."""
    return os.write(fd, _SPACE)


def echo(fd: int) -> int:
    """Read a small request and write it back; return 0 at the end."""
    request = os.read(fd, len(DATA))
    return os.write(fd, request) if request else 0


_SPACE = bytearray(BLOCK)


@contextmanager
def compiled_modules() -> Iterator[dict[str, str]]:
    """Yield the environment variables of processes that read compiled modules.

    The first process with these variables writes the modules to a temporary folder. The caller must not count it.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environment


def descriptors(wanted: int, least: int = 0) -> int:
    """Raise the limit of open descriptors, and return it.

    Raises Skip if the limit is less than *least*.
    """
    if resource is None:
        return min(wanted, WINDOWS_DESCRIPTORS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
        except (OSError, ValueError):  # only root can raise the hard limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < least:
        raise Skip(f"needs {least} descriptors, and {soft} are allowed")
    return min(soft, wanted)
