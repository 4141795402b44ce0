"""What the demonstration does: each act starts a process, works with it over sockcore, and says what came of it.

An act is an object with ``needs``, the name of a family, a constructor that starts its process (all at once, since
that takes the most time), and ``play``, which returns a sentence or raises what went wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

import sockcore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

LOOPBACK = "127.0.0.1"
#: Seconds that anything may take.
PATIENCE = 10.0
FETCH = """
import sys, socket, urllib.request
assert socket.__name__ == "sockcore", socket
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(sys.argv[1], timeout=10) as reply:
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


def command(directory: str, module: str, *arguments: str) -> list[str]:
    """Return the command line of a process that runs a module, as ``python -m`` does.

    It finds the same modules as this process, but none in the current folder: *directory*, which has no module, is in
    the place of that folder.
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


class Process:
    """A Python process that prints a line when it is ready; stopped when the ``with`` block ends.

    Its current folder is *directory*.
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

    def line(self) -> str:
        """Return the line that says where the process is to be found; RuntimeError with its last words if it died."""
        assert self._running.stdout
        line = self._running.stdout.readline()
        if not line:
            _, complaint = self._running.communicate(timeout=PATIENCE)
            last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
            raise RuntimeError(f"process {self.pid} ended with status {self._running.returncode}: {last}")
        return line.strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.terminate()
        self._running.communicate(timeout=PATIENCE)


class StreamEcho:
    """Bytes to another process and back, over TCP or a UNIX socket."""

    def __init__(self, title: str, needs: str, kind: str, place: str, directory: str) -> None:
        self.title = title
        self.needs = needs
        self._place = place
        self.process = Process(directory, "sockcore._cli.peer", kind, place)

    def play(self) -> str:
        """Send 256 KiB, shut down, and compare what comes back."""
        where = self.process.line()
        address = (self._place, int(where)) if where.isdigit() else where
        data = os.urandom(256 * 1024)
        begin = perf_counter()
        with sockcore.socket(getattr(sockcore, self.needs), sockcore.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(address)
            sock.sendall(data)
            sock.shutdown(sockcore.SHUT_WR)
            with sock.makefile("rb") as reply:
                same = reply.read() == data
        if not same:
            raise RuntimeError("what came back is not what was sent")
        took = (perf_counter() - begin) * 1000
        return f"{len(data)} bytes to process {self.process.pid} at {address} and back in {took:.1f} ms"


class DatagramExchange:
    """Datagrams to another process, each of which comes back."""

    def __init__(self, title: str, directory: str) -> None:
        self.title = title
        self.needs = "AF_INET"
        self.process = Process(directory, "sockcore._cli.peer", "udp", LOOPBACK)

    def play(self) -> str:
        """Send 100 datagrams, one after the other's reply."""
        address = (LOOPBACK, int(self.process.line()))
        with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
            sock.settimeout(PATIENCE)
            for number in range(100):
                data = b"datagram %d" % number
                sock.sendto(data, address)
                reply, sender = sock.recvfrom(2048)
                if (reply, sender) != (data, address):
                    raise RuntimeError(f"{data!r} was answered with {reply!r} from {sender}")
            sock.sendto(b"", address)
        return f"100 datagrams to process {self.process.pid} at {address}, each answered"


class WebFetch:
    """The standard library's web server and its client, unchanged, in two processes, both run on sockcore."""

    def __init__(self, title: str, directory: str) -> None:
        self.title = title
        self.needs = "AF_INET"
        self._page = b"<h1>served over sockcore</h1>\n" * 1000
        with open(os.path.join(directory, "page.html"), "wb") as file:
            file.write(self._page)
        where = ("--bind", LOOPBACK, "--directory", directory, "0")
        self._directory = directory
        self.process = Process(directory, "sockcore", "run", "-m", "http.server", *where)

    def play(self) -> str:
        """Fetch a page and compare it with the file."""
        # "Serving HTTP on 127.0.0.1 port 40321 (http://127.0.0.1:40321/) ..."
        port = self.process.line().split(" port ")[1].split()[0]
        url = f"http://{LOOPBACK}:{port}/page.html"
        client = command(self._directory, "sockcore", "run", "-c", FETCH, url)
        done = subprocess.run(
            client, cwd=self._directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
        )
        if done.returncode:
            raise RuntimeError(f"urllib failed: {done.stderr.decode(errors='replace').strip().splitlines()[-1]}")
        if done.stdout != self._page:
            raise RuntimeError("what urllib got is not the page")
        return f"http.server (process {self.process.pid}) served {len(self._page)} bytes to urllib at {url}"
