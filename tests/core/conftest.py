"""What the tests of the core share: sockets without a plugin, processes, and plugins that are really installed."""

from __future__ import annotations

import errno
import faulthandler
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import systems
from systems import AF_INET, LOCAL, WINDOWS

import sockcore
from sockcore._plugins.discovery import registry
from sockcore._plugins.registry import notify_change
from sockcore.plugin import RawAddress, sockaddr_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def _no_test_hangs() -> Iterator[None]:
    if hasattr(faulthandler, "dump_traceback_later"):
        faulthandler.dump_traceback_later(180, exit=True)
    yield
    if hasattr(faulthandler, "dump_traceback_later"):
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pair(closing: ExitStack) -> Callable[..., Any]:
    """Return a function that makes two connected sockets, closed when the test ends."""

    def make(kind: int = sockcore.SOCK_STREAM, timeout: float | None = None) -> tuple[Any, Any]:
        both = systems.socketpair(kind)
        for sock in both:
            closing.enter_context(sock)
            sock.settimeout(timeout)
        return both

    return make


@pytest.fixture
def loopback() -> Callable[..., RawAddress]:
    """Return a function that makes the sockaddr of a port of 127.0.0.1."""
    return systems.loopback


@pytest.fixture
def listener(closing: ExitStack, loopback: Callable[..., RawAddress]) -> Callable[..., Any]:
    """Return a function that makes a TCP socket that listens, and its address."""

    def make(backlog: int = 5) -> tuple[Any, RawAddress]:
        sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        sock.bind(loopback())
        sock.listen(backlog)
        return sock, systems.name_of(sock)

    return make


@pytest.fixture
def name_of() -> Callable[[Any], RawAddress]:
    """Return the function that gives a socket's own address, raw."""
    return systems.name_of


@pytest.fixture
def brings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that puts something into one of the registry's dictionaries while the test runs."""

    def put(kind: str, key: object, value: object) -> None:
        monkeypatch.setitem(getattr(registry(), kind), key, value)
        notify_change()  # what is kept was found out without it

    yield put
    notify_change()


@pytest.fixture
def background(closing: ExitStack) -> Callable[..., threading.Thread]:
    """Return a function that runs another in a thread; what it raises fails the test."""
    problems: list[BaseException] = []

    def complain() -> None:
        if problems:
            raise problems[0]

    closing.callback(complain)

    def end(thread: threading.Thread) -> None:
        thread.join(30)
        assert not thread.is_alive(), "a thread of the test did not end"

    def start(function: Callable[..., object], *arguments: object) -> threading.Thread:
        def run() -> None:
            if not WINDOWS:
                # Signals are for the main thread, where their handlers run.
                signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGALRM, signal.SIGUSR1))
            try:
                function(*arguments)
            except BaseException as problem:
                problems.append(problem)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        closing.callback(end, thread)
        return thread

    return start


@pytest.fixture
def no_leak() -> Iterator[None]:
    """As many descriptors are open after the test as before it."""
    # Close sockets of earlier tests: PyPy closes unreferenced ones at any time, CPython those in cycles. On CPython the
    # young generations are enough, and a collection of all objects takes a second under a sanitizer.
    gc.collect(*([1] if sys.implementation.name == "cpython" else []))
    before = systems.open_descriptors()
    if before is None:
        pytest.skip("no /proc to count descriptors in")
    yield
    assert systems.open_descriptors() == before


def fill_up(send: Callable[[bytes], int], sizes: tuple[int, ...] = (1 << 16, 1024, 1)) -> int:
    """Send until there is no room, by ever smaller pieces; return how many bytes it took."""
    sent, before = 0, -1
    while sent > before:
        before = sent
        for size in sizes:
            try:
                while True:
                    sent += send(bytes(size))
            except BlockingIOError:
                pass
        if not WINDOWS:
            break
        time.sleep(0.3)  # TCP still moves what it took to where the peer reads, and its timers take their time
    return sent


@pytest.fixture
def fill() -> Callable[..., int]:
    """Return a function that fills a socket, whatever its mode, and returns how many bytes it took."""

    def fill_socket(sock: Any) -> int:
        before = sock.gettimeout()
        sock.setblocking(False)
        sent = fill_up(sock.send)
        sock.settimeout(before)
        return sent

    return fill_socket


@pytest.fixture
def full_datagrams(closing: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two datagram sockets of AF_UNIX that are not connected: one to send, one full, its address and fill."""
    if WINDOWS:
        pytest.skip("UDP has room for datagrams to another socket all the time: it drops what that has none for")
    monkeypatch.chdir(tmp_path)
    address = RawAddress(sockaddr_header(LOCAL, 8) + b"name\0\0")
    one, two = (closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_DGRAM)) for _ in range(2))
    two.bind(address)
    one.setblocking(False)
    return one, two, address, fill_up(lambda data: one.sendto(data, address), (1,))


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that runs Python code in a process of its own and returns what it printed.

    Distributions that the test installed are there, and the module ``systems``. The process must complain of nothing,
    unless *fails*: then the completed process is returned. Keywords are environment variables.
    """

    def run(code: str, *arguments: str, fails: bool = False, warnings: str = "error", **variables: str) -> Any:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SOCKCORE_")}
        paths = [str(tmp_path / "installed"), HERE]
        code = textwrap.dedent(code)
        if sys.flags.ignore_environment:
            # As the embeddable Python of Windows does, unless its file of paths is taken away.
            code = f"import sys; sys.path[:0] = {paths}\n{code}"
        paths += filter(None, [os.environ.get("PYTHONPATH")])
        environment.update(variables, PYTHONPATH=os.pathsep.join(paths), PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, "-W", warnings, "-c", code, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
        except OSError as problem:
            if problem.errno != errno.ENOEXEC:
                raise
            pytest.skip("this Python is emulated and cannot start itself")
        if fails:
            return done
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., None]:
    """Return a function that installs a distribution: a module and the metadata that a wheel would leave."""

    def write(name: str, source: str, version: str = "1.0", distribution: str = "") -> None:
        distribution = distribution or f"sockcore-{name}"
        place = tmp_path / "installed"
        info = place / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        module = f"{distribution.replace('-', '_')}_module"
        (place / f"{module}.py").write_text(textwrap.dedent(source))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[sockcore]\n{name} = {module}\n")

    return write
