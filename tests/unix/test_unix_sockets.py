"""The test kit on sockets of AF_UNIX of this kernel."""

from __future__ import annotations

import itertools
import os
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
