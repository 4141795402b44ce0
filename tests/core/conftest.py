"""Fixtures for the tests of the core: sockets without a plugin, processes, and installed plugins."""

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
from systems import AF_INET, LIMIT, LOCAL, WINDOWS

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
        faulthandler.dump_traceback_later(660, exit=True)  # later than the limits of pytest-timeout
    yield
    if hasattr(faulthandler, "dump_traceback_later"):
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pair(closing: ExitStack) -> Callable[..., Any]:
    """Return a function that creates two connected sockets, closed after the test."""

    def make(sock_type: int = sockcore.SOCK_STREAM, timeout: float | None = None) -> tuple[Any, Any]:
        both = systems.socketpair(sock_type)
        for sock in both:
            closing.enter_context(sock)
            sock.settimeout(timeout)
        return both

    return make


@pytest.fixture
def loopback() -> Callable[..., RawAddress]:
    """Return a function that creates the sockaddr of a port of 127.0.0.1."""
    return systems.loopback


@pytest.fixture
def listener(closing: ExitStack, loopback: Callable[..., RawAddress]) -> Callable[..., Any]:
    """Return a function that creates a listening TCP socket.

    It returns the socket with its address.
    """

    def make(backlog: int = 5) -> tuple[Any, RawAddress]:
        sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
        sock.bind(loopback())
        sock.listen(backlog)
        return sock, systems.name_of(sock)

    return make


@pytest.fixture
def name_of() -> Callable[[Any], RawAddress]:
    """Return a function that returns the local address of a socket as a RawAddress."""
    return systems.name_of


@pytest.fixture
def add_registration(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that adds an entry to a dictionary of the registry.

    The entry lasts for the duration of the test.
    """

    def put(attribute: str, key: object, value: object) -> None:
        monkeypatch.setitem(getattr(registry(), attribute), key, value)
        notify_change()  # cached properties of families may be outdated

    yield put
    notify_change()


@pytest.fixture
def background(closing: ExitStack) -> Callable[..., threading.Thread]:
    """Return a function that runs its argument in a thread.

    An exception there fails the test.
    """
    exceptions: list[BaseException] = []

    def raise_first() -> None:
        if exceptions:
            raise exceptions[0]

    closing.callback(raise_first)

    def end(thread: threading.Thread) -> None:
        thread.join(LIMIT)
        assert not thread.is_alive(), "a thread of the test is still running"

    def start(function: Callable[..., object], *arguments: object) -> threading.Thread:
        def run() -> None:
            if not WINDOWS:
                # Signals must reach the main thread, where their handlers run.
                signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGALRM, signal.SIGUSR1))
            try:
                function(*arguments)
            except BaseException as exc:
                exceptions.append(exc)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        closing.callback(end, thread)
        return thread

    return start


@pytest.fixture
def no_leak() -> Iterator[None]:
    """Check that the test leaves no additional file descriptor open."""
    # Close sockets of earlier tests. PyPy closes unreferenced sockets at any time, CPython those in cycles. On CPython
    # the young generations are enough. A collection of all objects takes a second under a sanitizer.
    gc.collect(*([1] if sys.implementation.name == "cpython" else []))
    before = systems.open_descriptors()
    if before is None:
        pytest.skip("needs /proc to count descriptors")
    yield
    assert systems.open_descriptors() == before


def fill_up(send: Callable[[bytes], int], sizes: tuple[int, ...] = (1 << 16, 1024, 1)) -> int:
    """Send until the buffers are full; return the number of bytes.

    The pieces get smaller and smaller.
    """
    sent, unchanged = 0, 0
    # A background transfer may make room once more, and later on a machine with other work.
    while unchanged <= 1 + systems.accepts_all_data():
        before = sent
        for size in sizes:
            try:
                while True:
                    sent += send(bytes(size))
            except BlockingIOError:
                pass
        if not WINDOWS:
            break
        unchanged = unchanged + 1 if sent == before else 0
        time.sleep(0.3)  # TCP still moves data to the receiving end, and its timers are slow
    return sent


@pytest.fixture
def fill() -> Callable[..., int]:
    """Return a function that fills a socket in any mode and returns the byte count."""

    def fill_socket(sock: Any) -> int:
        before = sock.gettimeout()
        sock.setblocking(False)
        sent = fill_up(sock.send)
        sock.settimeout(before)
        return sent

    return fill_socket


@pytest.fixture
def full_datagrams(closing: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return two datagram sockets of AF_UNIX, an address, and a number of datagrams.

    The sockets are not connected. The first one sends. The second one is bound to the address, and is full: the number
    is that of the datagrams in its queue.
    """
    if WINDOWS:
        pytest.skip("UDP never blocks: it drops datagrams that do not fit")
    monkeypatch.chdir(tmp_path)
    address = RawAddress(sockaddr_header(LOCAL, 8) + b"name\0\0")
    one, two = (closing.enter_context(sockcore.socket(LOCAL, sockcore.SOCK_DGRAM)) for _ in range(2))
    two.bind(address)
    one.setblocking(False)
    return one, two, address, fill_up(lambda data: one.sendto(data, address), (1,))


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that runs Python in a separate process, returning its output.

    The process can import the distributions that the test installed, and the module ``systems``. It must not write to
    stderr. With *fails*, it may, and the completed process is returned. *options* are those of the interpreter, and
    keywords environment variables.
    """

    def run(
        code: str,
        *arguments: str,
        fails: bool = False,
        warnings: str = "error",
        options: tuple[str, ...] = (),
        **variables: str,
    ) -> Any:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SOCKCORE_")}
        paths = [str(tmp_path / "installed"), HERE]
        code = textwrap.dedent(code)
        if sys.flags.ignore_environment:
            # The embeddable Python for Windows ignores PYTHONPATH, unless its path file is removed.
            code = f"import sys; sys.path[:0] = {paths}\n{code}"
        paths += filter(None, [os.environ.get("PYTHONPATH")])
        environment.update(variables, PYTHONPATH=os.pathsep.join(paths), PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, *options, "-W", warnings, "-c", code, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
        except OSError as exc:
            if exc.errno != errno.ENOEXEC:
                raise
            pytest.skip("this Python is emulated and cannot start itself")
        if fails:
            return done
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., None]:
    """Return a function that installs a distribution: a module and wheel metadata."""

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
