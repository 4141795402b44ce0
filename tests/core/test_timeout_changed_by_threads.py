"""Changes of the timeout by a thread while another one is in a system call."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import implementations
import pytest
import systems

import sockcore

HERE = Path(__file__).parent
COMPILER = shutil.which("cc")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD"),
    pytest.mark.skipif(COMPILER is None, reason="no C compiler here"),
]

CODE = """
import ctypes, os, sys, threading
sys.path.insert(0, {here!r})
import implementations

kind = implementations.{kind}
library = ctypes.CDLL({library!r})
entered, in_call = os.pipe()
leave, may_leave = os.pipe()
sock = kind(1, 2)
sock.{before}
library.stop_at(sock.fileno(), in_call, leave)
raised = []

def call():
    try:
        sock.{call}
    except Exception as problem:
        raised.append(type(problem).__name__)

thread = threading.Thread(target=call, daemon=True)
thread.start()
os.read(entered, 1)
sock.settimeout(0.1)
os.write(may_leave, b"x")
thread.join(60)
print(raised)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("changing") / "changing.so"
    command = [str(COMPILER), "-shared", "-fPIC", "-U_FORTIFY_SOURCE", "-o", str(library), str(HERE / "changing.c")]
    subprocess.run(command, check=True)
    return library


@pytest.mark.parametrize("kind", ["IN_C", "IN_PYTHON"])
@pytest.mark.parametrize("call", ["recv(1, 0x40)", "sendall(b'x', 0x40)", "send(b'x', 0x40)"])
@pytest.mark.parametrize("before", ["setblocking(False)", "settimeout(None)"])
def test_call_without_timeout_after_change_by_thread_does_not_wait_forever(
    library: Path, kind: str, call: str, before: str
) -> None:
    if getattr(implementations, kind) is None:
        pytest.skip("the native backend was not built")
    code = CODE.format(here=str(HERE), kind=kind, library=str(library), before=before, call=call)
    preloaded = " ".join(filter(None, [os.environ.get("LD_PRELOAD", ""), str(library)]))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LD_PRELOAD": preloaded},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    # In Python, a call without a deadline first tries without reading the timeout.
    timed_out = [] if kind == "IN_C" else ["['TimeoutError']\n", "['timeout']\n"]
    assert done.stdout in ["['BlockingIOError']\n", *timed_out]


@pytest.mark.parametrize("kind", ["IN_C", "IN_PYTHON"])
@pytest.mark.parametrize("mode", [None, 0])
@pytest.mark.parametrize("has_waited", [False, True])
def test_call_that_timed_out_does_not_wait_longer_after_change_by_thread(
    closing: ExitStack, kind: str, mode: int | None, has_waited: bool
) -> None:
    """The timeout of the call is that of its start, also if the descriptor blocks at its end."""
    if getattr(implementations, kind) is None:
        pytest.skip("the native backend was not built")
    connected, peer = systems.socketpair()
    cls = implementations.closing_class(getattr(implementations, kind))
    with peer, cls(fileno=connected.detach()) as sock:
        if has_waited:  # the next receive polls first
            sock.settimeout(0.01)
            with pytest.raises(sockcore.timeout):
                sock.recv(1)
        sock.settimeout(1)
        sender = threading.Timer(30, peer.send, [b"late"])  # ends a receive that waits longer
        changer = threading.Timer(0.3, sock.settimeout, [mode])
        closing.callback(sender.cancel)
        sender.start()
        changer.start()
        with pytest.raises(sockcore.timeout):
            sock.recv(1)
        changer.join()
