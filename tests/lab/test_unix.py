"""AF_UNIX: streams, sequenced packets and datagrams, with paths and abstract names."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest
from kit import ConnectedTests, DatagramTests

if TYPE_CHECKING:
    from pathlib import Path

socket_numbers = itertools.count()


class Unix:
    """The description of all types."""

    family = "AF_UNIX"
    invalid_addresses = ((("a", 1), TypeError), (None, TypeError), ("x" * 109, OSError))
    option = ("SOL_SOCKET", "SO_PASSCRED", 1)
    control_message = (("SOL_SOCKET", "SO_PASSCRED", 1), ("SOL_SOCKET", "SCM_CREDENTIALS"))

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def free_address(self) -> str | bytes:
        return f"socket-{next(socket_numbers)}"


class Abstract(Unix):
    """Names that are not paths."""

    def free_address(self) -> bytes:
        return b"\0lab-%d-%d" % (os.getpid(), next(socket_numbers))


class TestStream(Unix, ConnectedTests):
    type = "SOCK_STREAM"


class TestAbstractStream(Abstract, ConnectedTests):
    type = "SOCK_STREAM"


class TestSeqpacket(Unix, ConnectedTests):
    type = "SOCK_SEQPACKET"


class TestDatagram(Unix, DatagramTests):
    type = "SOCK_DGRAM"


class TestAbstractDatagram(Abstract, DatagramTests):
    type = "SOCK_DGRAM"
