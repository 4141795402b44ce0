"""AF_UNIX: streams, packets and datagrams, between paths and abstract names."""

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

names = itertools.count()


class Unix:
    """What the three types have in common."""

    type: int = int(sockcore.SOCK_STREAM)
    wrong = (
        (("a", 1), TypeError),
        (None, TypeError),
        ("x" * 109, OSError),
    )
    option = (int(sockcore.SOL_SOCKET), int(sockcore.SO_PASSCRED), 1)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def name(self) -> str | bytes:
        return f"socket-{next(names)}"

    def one(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(sockcore.AF_UNIX, self.type)
        sock.bind(self.name())
        return sock

    def server(self) -> kit.Sock:
        sock = self.one()
        sock.listen()
        return sock

    def client(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(sockcore.AF_UNIX, self.type)
        return sock

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.one(), self.one()


class TestStream(Unix, ConnectedTests):
    pass


class TestAbstractStream(TestStream):
    def name(self) -> bytes:
        return b"\0lab-%d-%d" % (os.getpid(), next(names))


class TestSeqpacket(Unix, ConnectedTests):
    type = int(sockcore.SOCK_SEQPACKET)


class TestDatagram(Unix, DatagramTests):
    type = int(sockcore.SOCK_DGRAM)


class TestAbstractDatagram(TestDatagram):
    def name(self) -> bytes:
        return TestAbstractStream.name(self)  # type: ignore[arg-type]
