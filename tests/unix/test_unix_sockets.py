"""The test kit on sockets of AF_UNIX of this kernel."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sockcore.testing import ConnectedTests, DatagramTests

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    pytest.skip("no AF_UNIX on Windows", allow_module_level=True)

LINUX = sys.platform == "linux"
socket_numbers = itertools.count()


class Unix:
    """The description of all types."""

    family = "AF_UNIX"
    invalid_addresses = ((("a", 1), TypeError), (None, TypeError), ("x" * 109, OSError))
    option = ("SOL_SOCKET", "SO_PASSCRED" if LINUX else "SO_KEEPALIVE", 1)
    control_message = (("SOL_SOCKET", "SO_PASSCRED", 1), ("SOL_SOCKET", "SCM_CREDENTIALS")) if LINUX else None
    unsupported = {} if LINUX else {"detection": "this system does not report the protocol"}

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def free_address(self) -> str | bytes:
        return f"socket-{next(socket_numbers)}"


class TestStream(Unix, ConnectedTests):
    type = "SOCK_STREAM"
    unsupported = Unix.unsupported if LINUX else {**Unix.unsupported, "accepted address": "the client has no name"}


class TestSeqpacket(Unix, ConnectedTests):
    type = "SOCK_SEQPACKET"
    unsupported = TestStream.unsupported


class TestDatagram(Unix, DatagramTests):
    type = "SOCK_DGRAM"


@pytest.mark.skipif(not LINUX, reason="only Linux has abstract names")
class TestAbstractStream(TestStream):
    def free_address(self) -> bytes:
        return b"\0lab-%d-%d" % (os.getpid(), next(socket_numbers))


@pytest.mark.skipif(not LINUX, reason="only Linux has abstract names")
class TestAbstractDatagram(TestDatagram):
    free_address = TestAbstractStream.free_address


@pytest.mark.skipif(not LINUX, reason="abstract names exist on Linux only")
@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="an emulated Python cannot start itself")
def test_repr_with_abstract_name_issues_no_bytes_warning() -> None:
    """The address is bytes. Matches CPython without -b: the representation of bytes and str is that of str()."""
    code = """if True:
        import sockcore
        with sockcore.socket(sockcore.AF_UNIX, sockcore.SOCK_DGRAM) as sock:
            sock.bind("")
            print(f"laddr={sock.getsockname()!r}>" in repr(sock))
    """
    done = subprocess.run([sys.executable, "-bb", "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="an emulated Python cannot start itself")
@pytest.mark.parametrize("name", ["path", "\0name"])
def test_address_as_str_and_bytes_issues_no_bytes_warning(name: str, tmp_path: Path) -> None:
    """Equal str and bytes have equal hashes, and the interpreter's option -b warns if they are compared."""
    if name[0] == "\0" and not LINUX:
        pytest.skip("abstract names exist on Linux only")
    code = """if True:
        import sys, sockcore
        name = sys.argv[1].replace("@", chr(0))
        for address in (name, name.encode(), name):
            with sockcore.socket(sockcore.AF_UNIX, sockcore.SOCK_STREAM) as sock:
                number = [sock.connect_ex(address) for _ in range(2)][1]
        print(number)
    """
    done = subprocess.run(
        [sys.executable, "-bb", "-c", code, name.replace("\0", "@")], capture_output=True, text=True, cwd=tmp_path
    )
    missing = errno.ENOENT if name == "path" else errno.ECONNREFUSED
    assert (done.stdout, done.stderr) == (f"{missing}\n", "")
