"""Systems without a feature, drivers that reject buffers of several datagrams, and full send buffers.

A library for LD_PRELOAD simulates them.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
if sys.platform != "linux":
    pytest.skip("the library is written for Linux", allow_module_level=True)
if "libasan" in os.environ.get("LD_PRELOAD", ""):
    pytest.skip("the sanitizer replaces these functions itself", allow_module_level=True)
COMPILER = shutil.which("gcc") or shutil.which("cc")
FEATURES = ("packet_info", "ecn", "ttl", "timestamps", "gro", "gso", "dont_fragment")

pytestmark = pytest.mark.real_kernel

PREPARE = """
import ctypes
import sockcore as s
from sockcore_inet import datagrams
from sockcore_inet import {module} as functions
from sockcore_inet.datagrams import Datagrams, Send

datagrams._implementation = lambda: functions
kernel = ctypes.CDLL(None)
FEATURES = {features!r}


class Pair:
    def __init__(self, host, refused, timeout=60):
        kernel.refuse(refused.encode())
        family = s.AF_INET6 if ":" in host else s.AF_INET
        self.sockets = server, client = s.socket(family, s.SOCK_DGRAM), s.socket(family, s.SOCK_DGRAM)
        for sock in self.sockets:
            sock.bind((host, 0))
            sock.settimeout(timeout)
        server.settimeout(60)
        self.receiver, self.sender, self.address = Datagrams(server), Datagrams(client), server.getsockname()

    def received(self, count):
        found = []
        while len(found) < count:
            found += self.receiver.receive()
        for sock in self.sockets:
            sock.close()
        return found


def data_of(found):
    return [bytes(item.data) for item in found]


def test(host):
{code}

for host in {hosts!r}:
    test(host)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library for LD_PRELOAD."""
    if COMPILER is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("refusing") / "kernel.so"
    source = HERE / "refusing_kernel.c"
    compiled = subprocess.run(
        [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=False
    )
    try:
        assert compiled.returncode == 0
        ctypes.CDLL(str(library))
    except (AssertionError, OSError) as exc:  # old headers, wrong ELF class, or another machine
        pytest.skip(f"the compiler is not for this interpreter: {exc}")
    return library


@pytest.fixture
def run(library: Path, functions: Any) -> Callable[[str], None]:
    """Return a function that runs the body of a function in a process with the library, for IPv4 and IPv6."""
    hosts = ["127.0.0.1", "::1"] if Path("/proc/net/if_inet6").exists() else ["127.0.0.1"]
    module = functions.__name__.rpartition(".")[2]

    def run_code(code: str) -> None:
        body = textwrap.indent(textwrap.dedent(code), "    ")
        done = subprocess.run(
            [sys.executable, "-c", PREPARE.format(module=module, features=FEATURES, code=body, hosts=hosts)],
            env={**os.environ, "LD_PRELOAD": str(library)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    return run_code


def test_missing_feature_is_off_and_datagrams_pass(run):
    run("""
    fields = {"packet_info": {"destination", "interface"}, "ecn": {"ecn"}, "ttl": {"ttl"}, "timestamps": {"time_ns"}}
    for feature in FEATURES:
        pair = Pair(host, refused=feature)
        supported = {name for name, is_on in zip(pair.sender.features._fields, pair.sender.features) if is_on}
        assert supported == set(FEATURES) - {feature}, supported
        sent = pair.sender.send([Send(b"data", pair.address)] * 3 + [Send(b"end", pair.address)])
        assert sent == (4, [], []), sent
        found = pair.received(4)
        assert data_of(found) == [b"data"] * 3 + [b"end"]
        missing = {name for name, value in zip(found[0]._fields, found[0]) if value is None}
        assert missing == fields.get(feature, set()), missing
    """)


def test_all_features_missing(run):
    run("""
    pair = Pair(host, refused=" ".join(FEATURES))
    assert not any(pair.sender.features) and not any(pair.receiver.features)
    assert pair.sender.send_block(b"12345", 2, pair.address) == 3
    found = pair.received(3)
    assert data_of(found) == [b"12", b"34", b"5"]
    assert [tuple(item)[2:] for item in found] == [(None,) * 5] * 3
    """)


def test_eio_turns_offload_off_and_sends_all_datagrams(run):
    run("""
    pair = Pair(host, refused="eio")
    sender = pair.sender
    assert sender.features.gso
    items = [Send(b"%02d" % number, pair.address) for number in range(30)]
    assert sender.send(items) == (30, [], [])
    assert not sender.features.gso
    assert sender.send_block(b"abcdef", 2, pair.address) == 3
    assert kernel.count_eio() == 1  # it is remembered
    assert data_of(pair.received(33)) == [item.data for item in items] + [b"ab", b"cd", b"ef"]
    """)


def test_eio_of_block_sends_all_datagrams(run):
    run("""
    pair = Pair(host, refused="eio")
    assert pair.sender.send_block(b"abcde", 2, pair.address) == 3
    assert not pair.sender.features.gso
    assert data_of(pair.received(3)) == [b"ab", b"cd", b"e"]
    """)


@pytest.mark.parametrize("timeout", [0.0, 0.02])
def test_full_buffer_returns_unsent_datagrams_in_order(run, timeout):
    run(f"""
    pair = Pair(host, "gso full", timeout={timeout})
    sender = pair.sender
    items = left = [Send(b"%03d" % number, pair.address) for number in range(30)]
    sent = 0
    while left:
        result = sender.send(left)
        assert 1 <= result.accepted <= 7 and not result.failures, result
        assert result.unsent == left[result.accepted:]
        sent, left = sent + result.accepted, result.unsent
        if left:
            try:
                sender.send(left)
            except OSError as exc:
                assert isinstance(exc, BlockingIOError if {timeout} == 0 else s.timeout)
            else:
                raise AssertionError("nothing should be sent")
        kernel.refuse(b"gso full")
    assert sent == 30
    assert sender.send_block(b"x" * 20, 2, pair.address) == 7
    assert data_of(pair.received(37)) == [item.data for item in items] + [b"xx"] * 7
    """)


def test_closed_socket_returns_unsent_datagrams(run):
    run("""
    import asyncio
    from sockcore_inet.datagrams import AsyncDatagrams

    pair = Pair(host, "gso full", timeout=0)
    server, client = pair.sockets
    items = [Send(b"%03d" % number, pair.address) for number in range(10)]
    large = Send(bytes(70000), pair.address)

    async def send(end):
        sender = AsyncDatagrams(client)
        task = asyncio.ensure_future(sender.send([large, *items]))
        await asyncio.sleep(0.01)
        assert not task.done()
        end(task)
        try:
            await task
        except (OSError, asyncio.CancelledError) as exc:
            return exc, sender.unsent
        raise AssertionError("the call should fail")

    exc, unsent = asyncio.run(send(lambda task: task.cancel()))
    assert isinstance(exc, asyncio.CancelledError), exc
    assert unsent == [large, *items], len(unsent)  # the refused one, and those behind it

    kernel.refuse(b"gso full")
    # The loop selects the socket as writable, and then closes it before the task runs.
    exc, unsent = asyncio.run(send(lambda task: task.get_loop().call_soon(client.close)))
    assert isinstance(exc, OSError) and exc.errno == 9, exc
    assert unsent == [large, *items], len(unsent)  # the refused one, and those behind it
    server.close()
    """)
