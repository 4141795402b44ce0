"""``python -m sockcore demo``.

A scenario starts a process, exchanges data with it over sockcore, and checks the data. It has a title, a constructor
that starts its process, and ``run()``, which returns a sentence about the exchanged data or raises an exception. The
demo constructs all scenarios first: starting processes takes the most time.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from functools import partial
from threading import Timer
from time import perf_counter

import sockcore
from sockcore._cli import families
from sockcore._cli.kernel_support import kernel_support
from sockcore._plugins import discovery
from sockcore._plugins.hints import distribution_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self, TypeAlias

    Scenario: TypeAlias = "StreamEcho | DatagramExchange | WebFetch"

LOOPBACK = "127.0.0.1"
#: Timeout of an operation on a socket, in seconds.
TIMEOUT = 30.0
#: Seconds for a process to start, or to end. A machine with other work may need ten times as long as an idle one.
PROCESS_TIMEOUT = 60.0
FETCH = """
import sys, socket, urllib.request
assert socket.__name__ == "sockcore", socket
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(sys.argv[1], timeout=float(sys.argv[2])) as reply:
    sys.stdout.buffer.write(reply.read())
"""
#: Options of this Python that its processes get too: flag -> option.
OPTIONS = {"isolated": "-I", "ignore_environment": "-E", "no_user_site": "-s", "no_site": "-S", "safe_path": "-P"}
#: Arguments: the folders for sys.path, the separator between them, and a module with its arguments.
LAUNCH = """
import sys
path, separator, module = sys.argv[1:4]
sys.path[:] = path.split(separator)
del sys.argv[1:4]
from runpy import run_module
run_module(module, run_name="__main__", alter_sys=True)
"""


def main(arguments: list[str]) -> int:
    """Run the scenarios, then list the families; return 1 if a scenario failed."""
    parser = ArgumentParser(
        "python -m sockcore demo",
        description="Exchange data between processes over TCP, UDP, UNIX sockets and HTTP, print the result of each "
        "scenario, and list the installed address families. A scenario is skipped if its family is not installed, or "
        "if this kernel does not have it. The exit status is 1 if a scenario failed.",
    )
    parser.parse_args(arguments)
    print(
        f"sockcore {sockcore.__version__}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}\n\n"
        "Exchanging data with other processes over sockcore:",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as directory:
        outcomes = run_scenarios(directory)
    counts = [f"{outcomes.count(outcome)} {outcome}" for outcome in ("ok", "failed", "skipped") if outcome in outcomes]
    print(f"Result: {', '.join(counts)}\n\nAddress families (python -m sockcore families --help explains the columns):")
    found = [*families.rows()]
    print(families.listing(found) if found else families.NO_FAMILIES)
    return 1 if "failed" in outcomes else 0


def run_scenarios(directory: str) -> list[str]:
    """Run all scenarios, print a line for each, and return the outcomes.

    *directory* is for their files.
    """
    path = os.path.join(directory, "echo")
    scenarios: list[tuple[str, str, Callable[[str], Scenario]]] = [
        ("TCP echo", "AF_INET", lambda title: StreamEcho(title, "AF_INET", "tcp", LOOPBACK, directory)),
        ("UDP exchange", "AF_INET", partial(DatagramExchange, directory=directory)),
        ("UNIX echo", "AF_UNIX", lambda title: StreamEcho(title, "AF_UNIX", "unix", path, directory)),
        ("HTTP fetch", "AF_INET", partial(WebFetch, directory=directory)),
    ]
    outcomes = []
    with ExitStack() as processes:
        started: list[tuple[str, str, Scenario | None]] = []
        for title, family, start in scenarios:
            problem = why_unusable(family)
            scenario = None if problem else start(title)
            if scenario:
                processes.enter_context(scenario.process)
            started.append((title, problem, scenario))
        for title, problem, scenario in started:
            outcome, text = run_scenario(scenario) if scenario else ("skipped", problem)
            outcomes.append(outcome)
            print(f"{outcome:7}  {title:12}  {text}", flush=True)
    return outcomes


def why_unusable(name: str) -> str:
    """Return why sockets of the family *name* cannot be opened, or an empty string."""
    if not hasattr(sockcore, name):
        distribution = distribution_of(name)
        return f"{name} is not installed" + (f": pip install {distribution}" if distribution else "")
    support = kernel_support(discovery.registry().family(int(getattr(sockcore, name)), 0))
    return "" if support.opens else f"this kernel cannot open an {name} socket: {support.reason}"


def run_scenario(scenario: Scenario) -> tuple[str, str]:
    """Return a scenario's outcome, ``'ok'`` or ``'failed'``, and a sentence about it.

    Its process is stopped.
    """
    try:
        with scenario.process:
            text = scenario.run()
        return "ok", text
    except Exception as exc:
        return "failed", f"{type(exc).__name__}: {exc}"


def command(directory: str, module: str, *arguments: str) -> list[str]:
    """Return the command line of a process that runs a module, as ``python -m`` does.

    It finds the same modules as this process, but none in the current folder: *directory*, which contains no module,
    takes the place of that folder.
    """
    options = [option for flag, option in OPTIONS.items() if getattr(sys.flags, flag, False)]
    here = os.getcwd()
    path = [folder for folder in sys.path if folder and os.path.abspath(folder) != here]
    # Last, so that it cannot hide a module of the standard library, if it is the current folder.
    path.append(os.path.dirname(sockcore.__path__[0]))
    # `sockcore run` replaces the first entry, unless Python has none for the program.
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        path.insert(0, directory)
    path = [os.path.abspath(folder) for folder in path]
    return [sys.executable, *options, "-u", "-c", LAUNCH, os.pathsep.join(path), os.pathsep, module, *arguments]


def last_line(stderr: str) -> str:
    """Return the last line of the error output of a process."""
    return (stderr.strip().splitlines() or ["no error output"])[-1]


class Process:
    """A Python process that prints a line when it is ready.

    It is stopped when the ``with`` block ends. Blocks may be nested. Its current folder is *directory*.
    """

    def __init__(self, directory: str, module: str, *arguments: str) -> None:
        self._running = subprocess.Popen(
            command(directory, module, *arguments),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._running.pid
        self._is_late = False

    def read_line(self) -> str:
        """Return the line with the address of the process.

        Raises RuntimeError if it does not print the line within PROCESS_TIMEOUT, and with the last line of its error
        output if it has ended.
        """
        assert self._running.stdout
        # readline() returns when the process ends. It does not have a timeout: select() rejects pipes on Windows.
        limit = Timer(PROCESS_TIMEOUT, self._kill_late)
        limit.start()
        try:
            line = self._running.stdout.readline()
        finally:
            limit.cancel()
        if line:
            return line.strip()
        stderr = self._wait()
        if self._is_late:
            raise RuntimeError(f"process {self.pid} did not start within {PROCESS_TIMEOUT:g} seconds")
        raise RuntimeError(f"process {self.pid} ended with status {self._running.returncode}: {last_line(stderr)}")

    def _kill_late(self) -> None:
        self._is_late = True
        self._running.kill()

    def _wait(self) -> str:
        """Return the error output of the process when it has ended.

        Raises RuntimeError after PROCESS_TIMEOUT, when it has killed the process.
        """
        try:
            return self._running.communicate(timeout=PROCESS_TIMEOUT)[1]
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.communicate()
            raise RuntimeError(f"process {self.pid} did not end within {PROCESS_TIMEOUT:g} seconds") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._running.terminate()
        try:
            self._wait()
        except RuntimeError:
            if exc is None:
                raise


class StreamEcho:
    """Send bytes to another process over TCP or a UNIX socket, and receive them back."""

    def __init__(self, title: str, family: str, transport: str, host_or_path: str, directory: str) -> None:
        self.title = title
        self._family = family
        self._host = host_or_path
        self.process = Process(directory, "sockcore._cli.demo_peer", transport, host_or_path)

    def run(self) -> str:
        """Send 256 KiB, shut down writing, and compare the reply."""
        port_or_path = self.process.read_line()
        address = (self._host, int(port_or_path)) if port_or_path.isdigit() else port_or_path
        data = os.urandom(256 * 1024)
        begin = perf_counter()
        with sockcore.socket(getattr(sockcore, self._family), sockcore.SOCK_STREAM) as sock:
            sock.settimeout(TIMEOUT)
            sock.connect(address)
            sock.sendall(data)
            sock.shutdown(sockcore.SHUT_WR)
            with sock.makefile("rb") as reply:
                same = reply.read() == data
        if not same:
            raise RuntimeError("the received data differ from the sent data")
        milliseconds = (perf_counter() - begin) * 1000
        return f"{len(data)} bytes to process {self.process.pid} at {address} and back in {milliseconds:.1f} ms"


class DatagramExchange:
    """Send datagrams to another process, and receive each of them back."""

    def __init__(self, title: str, directory: str) -> None:
        self.title = title
        self.process = Process(directory, "sockcore._cli.demo_peer", "udp", LOOPBACK)

    def run(self) -> str:
        """Send 100 datagrams, each after the reply to the one before."""
        address = (LOOPBACK, int(self.process.read_line()))
        with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT)
            for number in range(100):
                data = b"datagram %d" % number
                sock.sendto(data, address)
                reply, sender = sock.recvfrom(2048)
                if (reply, sender) != (data, address):
                    raise RuntimeError(f"the reply to {data!r} is {reply!r}, from {sender}")
            sock.sendto(b"", address)
        return f"100 datagrams to process {self.process.pid} at {address}, each answered"


class WebFetch:
    """Fetch a page from http.server with urllib, both unchanged.

    They run in two processes that use sockcore.
    """

    def __init__(self, title: str, directory: str) -> None:
        self.title = title
        self._page = b"<h1>served over sockcore</h1>\n" * 1000
        with open(os.path.join(directory, "page.html"), "wb") as file:
            file.write(self._page)
        options = ("--bind", LOOPBACK, "--directory", directory, "0")
        self._directory = directory
        self.process = Process(directory, "sockcore", "run", "-m", "http.server", *options)

    def run(self) -> str:
        """Fetch a page and compare it with the file."""
        # "Serving HTTP on 127.0.0.1 port 40321 (http://127.0.0.1:40321/) ..."
        port = self.process.read_line().split(" port ")[1].split()[0]
        url = f"http://{LOOPBACK}:{port}/page.html"
        client = command(self._directory, "sockcore", "run", "-c", FETCH, url, str(TIMEOUT))
        try:
            done = subprocess.run(
                client, cwd=self._directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROCESS_TIMEOUT
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the process of urllib did not end within {PROCESS_TIMEOUT:g} seconds") from None
        if done.returncode:
            raise RuntimeError(f"urllib failed: {last_line(done.stderr.decode(errors='replace'))}")
        if done.stdout != self._page:
            raise RuntimeError("the page that urllib received differs from the file")
        return f"http.server (process {self.process.pid}) served {len(self._page)} bytes to urllib at {url}"
