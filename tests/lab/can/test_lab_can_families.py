"""The kit's tests for each protocol of AF_CAN: CAN_RAW with classic and FD frames, BCM, ISOTP, J1939."""

from __future__ import annotations

import itertools
import os
import socket as stdlib
from typing import Any

import kit
import pytest
from kit import RECEIVERS, ROOM, DatagramTests

import sockcore
from sockcore import AF_CAN, CAN_BCM, CAN_ISOTP, CAN_J1939, CAN_RAW, SOCK_DGRAM, SOCK_RAW, SOL_CAN_RAW
from sockcore_can import bcm, frames

EFF = sockcore.CAN_EFF_FLAG
NAMES = (("vcan0\0", ValueError), ("nosuch0", OSError), ("x" * 16, OSError), (5, TypeError), (None, TypeError))
TYPES = (("vcan0", TypeError), (None, TypeError), (5, TypeError), (["vcan0"], TypeError), ((), TypeError))


class CanTests(DatagramTests):
    """What all protocols have in common."""

    lacks: Any = {"detection": "the kernel says of most of CAN's descriptors that their protocol is 0"}
    #: Its name.
    protocol: str
    #: A message comes with so many bytes of control messages.
    control = 0

    def test_a_descriptor_with_its_protocol(self) -> None:
        a, b = self.two()
        kind = (b.family, b.type, b.proto)
        found = self.keep(sockcore.socket(*kind, fileno=os.dup(b.fileno())))
        assert (found.family, found.type, found.proto) == kind
        assert kit.outcome(found.getsockname) == kit.outcome(b.getsockname)
        self.send(a, b, self.payload(0))
        assert self.receive(found, len(self.payload(0))) == self.payload(0)

    def test_the_standard_library_has_the_same_addresses(self) -> None:
        if not hasattr(stdlib, self.protocol):
            pytest.skip(f"this Python's socket module has no {self.protocol}")
        a, b = self.two()
        with stdlib.socket(b.family, b.type, b.proto, fileno=os.dup(b.fileno())) as same:
            same.settimeout(kit.LIMIT)
            for method in ("getsockname", "getpeername"):
                assert kit.outcome(getattr(b, method)) == kit.outcome(getattr(same, method))
            for call in ("recvfrom", "recvmsg"):
                room = (ROOM,) if call == "recvfrom" else (ROOM, self.control)
                self.send(a, b, self.payload(0))
                ours = getattr(b, call)(*room)
                self.send(a, b, self.payload(0))
                assert ours == getattr(same, call)(*room)


class TestRaw(CanTests):
    """All sockets share the bus: who is to receive a frame filters by its identifier."""

    protocol = "CAN_RAW"
    lacks = {**CanTests.lacks, "connect": "the kernel has no connect for CAN_RAW (EOPNOTSUPP)"}
    wrong = (*TYPES, *(((name,), error) for name, error in NAMES), (("vcan0", 1), TypeError))
    option = (SOL_CAN_RAW, sockcore.CAN_RAW_LOOPBACK, 0)

    def payload(self, number: int) -> bytes:
        return frames.pack(0x100 + number, b"%d" % number)

    def one(self) -> kit.Sock:
        sock = self.open(AF_CAN, SOCK_RAW, CAN_RAW)
        sock.bind(("vcan0",))
        return sock

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.one(), self.one()

    def several(self, count: int) -> list[tuple[kit.Sock, kit.Sock]]:
        pairs = super().several(count)
        for number, (_, b) in enumerate(pairs):
            self.only(b, number)
        return pairs

    def only(self, sock: kit.Sock, number: int) -> None:
        sockcore.options.write(sock, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, [(0x100 + number, sockcore.CAN_SFF_MASK)])


class TestRawFd(TestRaw):
    option = (SOL_CAN_RAW, sockcore.CAN_RAW_FD_FRAMES, 1)

    def payload(self, number: int) -> bytes:
        return frames.pack(EFF | 0x18DA0000 + number, b"%02d" % number * 32, sockcore.CANFD_FDF | sockcore.CANFD_BRS)

    def one(self) -> kit.Sock:
        sock = super().one()
        sock.setsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_FD_FRAMES, 1)
        return sock

    def only(self, sock: kit.Sock, number: int) -> None:
        one = [(EFF | 0x18DA0000 + number, EFF | sockcore.CAN_EFF_MASK)]
        sockcore.options.write(sock, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, one)


class TestBcm(CanTests):
    """What arrives is a message about a frame that the manager of the sender was told to send."""

    protocol = "CAN_BCM"
    lacks = {
        **CanTests.lacks,
        "addresses": "what is sent is an instruction, and what arrives another message",
        "connect": "what is sent is an instruction, and what arrives another message",
        "both ways": "a socket that listens hears its own frames, too",
    }
    wrong = TestRaw.wrong

    def payload(self, number: int) -> bytes:
        frame = frames.pack(0x200 + number, b"%d" % number)
        return bcm.pack(sockcore.CAN_BCM_RX_CHANGED, 0x200 + number, [frame], sockcore.CAN_BCM_RX_FILTER_ID)

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.hearing(range(10))

    def several(self, count: int) -> list[tuple[kit.Sock, kit.Sock]]:
        return [self.hearing([number]) for number in range(count)]

    def hearing(self, numbers: Any) -> tuple[kit.Sock, kit.Sock]:
        a, b = (self.open(AF_CAN, SOCK_DGRAM, CAN_BCM) for _ in "ab")
        for sock in (a, b):
            sock.connect(("vcan0",))
        for number in numbers:
            b.send(bcm.pack(sockcore.CAN_BCM_RX_SETUP, 0x200 + number, flags=sockcore.CAN_BCM_RX_FILTER_ID))
        return a, b

    def address_of(self, sock: kit.Sock) -> tuple[str]:
        return ("vcan0",)

    def test_what_it_looks_like(self) -> None:
        _, b = self.two()
        with pytest.raises(OSError, match="not supported"):
            b.getsockname()
        assert "laddr" not in repr(b)
        assert f"proto={b.proto}" in repr(b)

    def send(self, a: kit.Sock, b: kit.Sock, data: bytes) -> None:
        _, can_id, packed, *_ = bcm.unpack(data)
        message = bcm.pack(sockcore.CAN_BCM_TX_SEND, can_id, packed)
        assert a.send(message) == len(message)


class TestIsotp(CanTests):
    protocol = "CAN_ISOTP"
    lacks = {**CanTests.lacks, "connect": "the kernel has no connect for CAN_ISOTP (EOPNOTSUPP)"}
    wrong = (
        *TYPES,
        *(((name, 1, 2), error) for name, error in NAMES),
        (("vcan0",), TypeError),
        (("vcan0", 1, 2, 3), TypeError),
        (("vcan0", "1", 2), TypeError),
        (("vcan0", -1, 2), OverflowError),
        (("vcan0", 1, 2**32), OverflowError),
    )
    option = (sockcore.SOL_CAN_ISOTP, sockcore.CAN_ISOTP_RECV_FC, b"\x08\x00\x00")
    identifiers = itertools.cycle(range(0x300, 0x700))

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        here, there = next(self.identifiers), next(self.identifiers)
        a, b = (self.open(AF_CAN, SOCK_DGRAM, CAN_ISOTP) for _ in "ab")
        a.bind(("vcan0", here, there))
        b.bind(("vcan0", there, here))
        return a, b

    def expected_sender(self, sender: kit.Sock) -> tuple[str, int, int]:
        return ("vcan0", 0, 0)  # the kernel says no more than the interface


class TestIsotpExtended(TestIsotp):
    """Identifiers of 29 bits, as those of diagnosis in a car."""

    identifiers = itertools.cycle(range(EFF | 0x18DA0000, EFF | 0x18DAFFFF))


class TestJ1939(CanTests):
    protocol = "CAN_J1939"
    lacks = {"peek": "the kernel refuses MSG_PEEK (EINVAL)"}  # and tells the protocol
    control = 100
    wrong = (
        *TYPES,
        *(((name, 0, 0, 1), error) for name, error in NAMES),
        (("vcan0", 0, 0), TypeError),
        (("vcan0", 0, 0, 1, 1), TypeError),
        (("vcan0", None, 0, 1), TypeError),
        (("vcan0", 0, "0", 1), TypeError),
        (("vcan0", 2**64, 0, 1), OverflowError),
        (("vcan0", 0, -1, 1), OverflowError),
        (("vcan0", 0, 0, 256), OverflowError),
    )
    option = (sockcore.SOL_CAN_J1939, sockcore.SO_J1939_SEND_PRIO, 3)
    addresses = itertools.cycle(range(1, 0xF0))
    pgn = 0xEF00  # proprietary, to a destination

    def payload(self, number: int) -> bytes:
        return b"%d" % number  # in one frame

    def one(self) -> kit.Sock:
        sock = self.open(AF_CAN, SOCK_DGRAM, CAN_J1939)
        sock.bind(("vcan0", sockcore.J1939_NO_NAME, sockcore.J1939_NO_PGN, next(self.addresses)))
        return sock

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.one(), self.one()

    def address_of(self, sock: kit.Sock) -> tuple[str, int, int, int]:
        return ("vcan0", sockcore.J1939_NO_NAME, self.pgn, sock.getsockname()[3])

    @pytest.mark.parametrize("method", RECEIVERS)
    def test_receiving(self, method: str) -> None:
        # A message comes with control messages that say where it was sent to, and how urgent it is.
        if method != "recvmsg":
            super().test_receiving(method)
            return
        a, b = self.two()
        for number in range(2):
            self.send(a, b, self.payload(number))
            data, messages, flags, address = b.recvmsg(ROOM, self.control)
            assert not flags & (sockcore.MSG_TRUNC | sockcore.MSG_CTRUNC)
            assert (data, address) == (self.payload(number), self.expected_sender(a))
            values = {"SCM_J1939_DEST_ADDR": b.getsockname()[3], "SCM_J1939_PRIO": 6}
            assert dict(sockcore.ancillary.decode(messages)) == values


class TestJ1939Long(TestJ1939):
    """Messages that the transport protocol takes apart."""

    many = 10  # in rounds of 50 ms

    def payload(self, number: int) -> bytes:
        return b"message %d in several frames" % number

    def expected_sender(self, sender: kit.Sock) -> tuple[str, int, int, int]:
        return ("", *self.address_of(sender)[1:])  # the kernel leaves the interface out
