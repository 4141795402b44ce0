"""AF_UNIX: streams, sequenced packets and datagrams, with paths and abstract names."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any

import pytest
from kit import ConnectedTests, DatagramTests

import sockcore

if TYPE_CHECKING:
    from pathlib import Path

    import kit

socket_numbers = itertools.count()


class Unix:
    """Sockets and addresses of all types."""

    type: int = int(sockcore.SOCK_STREAM)
    invalid_addresses = (
        (("a", 1), TypeError),
        (None, TypeError),
        ("x" * 109, OSError),
    )
    option = (int(sockcore.SOL_SOCKET), int(sockcore.SO_PASSCRED), 1)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def name(self) -> str | bytes:
        return f"socket-{next(socket_numbers)}"

    def open_bound(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(sockcore.AF_UNIX, self.type)
        sock.bind(self.name())
        return sock

    def open_server(self) -> kit.Sock:
        sock = self.open_bound()
        sock.listen()
        return sock

    def open_client(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(sockcore.AF_UNIX, self.type)
        return sock

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.open_bound(), self.open_bound()


class TestStream(Unix, ConnectedTests):
    pass


class TestAbstractStream(TestStream):
    def name(self) -> bytes:
        return b"\0lab-%d-%d" % (os.getpid(), next(socket_numbers))


class TestSeqpacket(Unix, ConnectedTests):
    type = int(sockcore.SOCK_SEQPACKET)


class TestDatagram(Unix, DatagramTests):
    type = int(sockcore.SOCK_DGRAM)


class TestAbstractDatagram(TestDatagram):
    def name(self) -> bytes:
        return TestAbstractStream.name(self)  # type: ignore[arg-type]
