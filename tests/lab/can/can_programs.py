"""Programs in other languages, as peers of the tests of AF_CAN."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program during the block.

    The block starts when the program waits on a socket.
    """
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            wait_for_sockets(process.pid)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)


def wait_for_sockets(pid: int) -> None:
    """Wait until the process has a socket and sleeps.

    Then it has bound the socket, and waits for data.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            with open(f"/proc/{pid}/stat") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except OSError:  # the process has just started or ended
            links, state = [], ""
        if state == "S" and any(link.startswith("socket:") for link in links):
            return
        time.sleep(0.01)
    raise AssertionError("the program does not listen")


def run(*command: str, data: bytes = b"") -> bytes:
    done = subprocess.run(
        command, input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
