"""Lengths that the kernel reports for datagrams are limited to the buffers.

The library of tests/core/lying_kernel.c increases them.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("the library is written for Linux", allow_module_level=True)
if "libasan" in os.environ.get("LD_PRELOAD", ""):
    pytest.skip("the sanitizer replaces these functions itself", allow_module_level=True)
COMPILER = shutil.which("gcc") or shutil.which("cc")
SOURCE = Path(__file__).parents[2] / "core" / "lying_kernel.c"

pytestmark = pytest.mark.real_kernel

#: The lengths that can be falsified: the numbers in lying_kernel.c.
LENGTHS = {"addresses": 1, "controls": 4, "cmsgs": 8, "bytes": 16, "messages": 32, "all": 63}
#: The amounts that are added to the lengths.
MORE = (1, 200, 70_000, 0x7FFF_0000)
#: They make cmsg_len smaller than its header, 0 or negative: the first control message, a time, has 20 to 32 bytes.
LESS = tuple(-size for size in (1, 4, 8, 12, 16, 17, 20, 24, 28, 32, 36, 40, 48))

CODE = """
import ctypes
import sockcore as s
from sockcore_inet import datagrams, datagrams_native, {module} as functions
from sockcore_inet.datagrams import Datagrams, Send

datagrams._implementation = lambda: functions
lie = ctypes.CDLL(None).lie
DATA = b"12345678"
for extra in {amounts}:
    lie(0, 0)
    sockets = server, client = [s.socket(s.AF_INET, s.SOCK_DGRAM) for _ in range(2)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(60)
    receiver, sender = Datagrams(server), Datagrams(client)
    items = [Send(DATA, server.getsockname(), ttl=ttl) for ttl in (1, 2, 2, 3)]
    for receive in (receiver.receive, receiver.receive_blocks):
        assert sender.send(items).accepted == 4
        lie(extra, {about})
        for item in receive():
            assert len(item.data) <= 65536 * 4, len(item.data)
            if not {about} & (16 | 32):
                assert bytes(item.data[:8]) == DATA, bytes(item.data[:20])
            if not {about} & (1 | 32):
                assert item.source == client.getsockname(), item.source
            if {about} == 8 and functions is datagrams_native and (extra <= -12 or extra >= 200):
                # The first control message, a time, is not complete. The pure functions cut a message that is too long.
                assert item.time_ns is item.ttl is None, item
            repr(item)
        lie(0, 0)
        server.settimeout(0)
        try:
            while True:
                receiver.receive()
        except BlockingIOError:
            server.settimeout(60)
    lie(extra, {about})
    sent = sender.send(items)
    assert sent.accepted + len(sent.unsent) + len(sent.failures) == 4, sent
    for sock in sockets:
        sock.close()
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library for LD_PRELOAD."""
    if COMPILER is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("lying") / "kernel.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    try:
        ctypes.CDLL(str(library))
    except OSError as exc:  # wrong ELF class, or another machine
        pytest.skip(f"the compiler is not for this interpreter: {exc}")
    return library


@pytest.mark.parametrize("name", LENGTHS)
def test_datagrams_with_wrong_lengths_stay_in_their_buffers(library: Path, functions: Any, name: str) -> None:
    module = functions.__name__.rpartition(".")[2]
    about = LENGTHS[name]
    code = CODE.format(module=module, about=about, amounts=MORE + LESS if name in ("controls", "cmsgs") else MORE)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-X", "faulthandler", "-c", code],
        env={**os.environ, "LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
