"""The tests of the kit for each protocol of AF_CAN: CAN_RAW with classic, FD and XL frames, BCM, ISOTP, J1939."""

from __future__ import annotations

import itertools
import os
import socket as stdlib
from typing import Any

import kit
import pytest
from kit import BUFFER_SIZE, DatagramTests

import sockcore
from sockcore import AF_CAN, CAN_BCM, CAN_ISOTP, SOCK_DGRAM, SOL_CAN_RAW
from sockcore_can import bcm, canxl, frames

EFF = sockcore.CAN_EFF_FLAG
NAMES = (("vcan0\0", ValueError), ("nosuch0", OSError), ("x" * 16, OSError), (5, TypeError), (None, TypeError))
TYPES = (("vcan0", TypeError), (None, TypeError), (5, TypeError), (["vcan0"], TypeError), ((), TypeError))


class CanTests(DatagramTests):
    """Tests of all protocols."""

    unsupported: Any = {"detection": "the kernel reports protocol 0 for most descriptors of AF_CAN"}
    #: Name of the protocol.
    protocol: str
    #: Bytes of control messages that a message has.
    control = 0

    def test_socket_from_fd_with_protocol_receives_data(self) -> None:
        a, b = self.open_pair()
        arguments = (b.family, b.type, b.proto)
        duplicate = self.close_at_end(sockcore.socket(*arguments, fileno=os.dup(b.fileno())))
        assert (duplicate.family, duplicate.type, duplicate.proto) == arguments
        assert kit.outcome(duplicate.getsockname) == kit.outcome(b.getsockname)
        self.send(a, b, self.payload(0))
        assert self.receive(duplicate, len(self.payload(0))) == self.payload(0)

    def test_addresses_match_standard_library(self) -> None:
        if not hasattr(stdlib, self.protocol):
            pytest.skip(f"the socket module of this Python does not define {self.protocol}")
        a, b = self.open_pair()
        with stdlib.socket(b.family, b.type, b.proto, fileno=os.dup(b.fileno())) as stdlib_sock:
            stdlib_sock.settimeout(kit.LIMIT)
            for method in ("getsockname", "getpeername"):
                assert kit.outcome(getattr(b, method)) == kit.outcome(getattr(stdlib_sock, method))
            for call in ("recvfrom", "recvmsg"):
                room = (BUFFER_SIZE,) if call == "recvfrom" else (BUFFER_SIZE, self.control)
                self.send(a, b, self.payload(0))
                expected = getattr(b, call)(*room)
                self.send(a, b, self.payload(0))
                assert expected == getattr(stdlib_sock, call)(*room)


class TestRaw(CanTests):
    """All sockets share the bus. A receiver filters frames by identifier."""

    protocol = "CAN_RAW"
    family, type, proto = "AF_CAN", "SOCK_RAW", "CAN_RAW"
    local_address = ("vcan0",)
    unsupported = {**CanTests.unsupported, "connect": "the kernel has no connect for CAN_RAW (EOPNOTSUPP)"}
    invalid_addresses = (*TYPES, *(((name,), error) for name, error in NAMES), (("vcan0", 1), TypeError))
    option = (SOL_CAN_RAW, sockcore.CAN_RAW_LOOPBACK, 0)

    def payload(self, number: int) -> bytes:
        return frames.pack(0x100 + number, b"%d" % number)

    def open_pairs(self, count: int) -> list[tuple[kit.Sock, kit.Sock]]:
        pairs = super().open_pairs(count)
        for number, (_, b) in enumerate(pairs):
            self.filter_frames(b, number)
        return pairs

    def filter_frames(self, sock: kit.Sock, number: int) -> None:
        sockcore.options.write(sock, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, [(0x100 + number, sockcore.CAN_SFF_MASK)])


class TestRawFd(TestRaw):
    option = (SOL_CAN_RAW, sockcore.CAN_RAW_FD_FRAMES, 1)

    def payload(self, number: int) -> bytes:
        return frames.pack(EFF | 0x18DA0000 + number, b"%02d" % number * 32, sockcore.CANFD_FDF | sockcore.CANFD_BRS)

    def prepare(self, sock: kit.Sock) -> None:
        sock.setsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_FD_FRAMES, 1)

    def filter_frames(self, sock: kit.Sock, number: int) -> None:
        own_filter = [(EFF | 0x18DA0000 + number, EFF | sockcore.CAN_EFF_MASK)]
        sockcore.options.write(sock, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, own_filter)


@pytest.mark.usefixtures("vcan_xl")
class TestRawXl(TestRaw):
    """CAN XL frames (Linux 6.1), whose priority the filters select."""

    local_address = ("vcanxl",)
    option = (SOL_CAN_RAW, sockcore.CAN_RAW_XL_FRAMES, 1)

    def payload(self, number: int) -> bytes:
        return canxl.pack(0x100 + number, b"%02d" % number * 500, sdt=3, af=number)

    def prepare(self, sock: kit.Sock) -> None:
        sock.setsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_XL_FRAMES, 1)


class TestBcm(CanTests):
    """The receiver gets a message about a frame of the sender's broadcast manager."""

    protocol = "CAN_BCM"
    unsupported = {
        **CanTests.unsupported,
        "addresses": "the received message differs from the sent command",
        "connect": "the received message differs from the sent command",
        "both ways": "a subscribed socket also receives its own frames",
    }
    invalid_addresses = TestRaw.invalid_addresses

    def payload(self, number: int) -> bytes:
        frame = frames.pack(0x200 + number, b"%d" % number)
        return bcm.pack(sockcore.CAN_BCM_RX_CHANGED, 0x200 + number, [frame], sockcore.CAN_BCM_RX_FILTER_ID)

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.open_subscribed(range(10))

    def open_pairs(self, count: int) -> list[tuple[kit.Sock, kit.Sock]]:
        return [self.open_subscribed([number]) for number in range(count)]

    def open_subscribed(self, numbers: Any) -> tuple[kit.Sock, kit.Sock]:
        a, b = (self.open(AF_CAN, SOCK_DGRAM, CAN_BCM) for _ in "ab")
        for sock in (a, b):
            sock.connect(("vcan0",))
        for number in numbers:
            b.send(bcm.pack(sockcore.CAN_BCM_RX_SETUP, 0x200 + number, flags=sockcore.CAN_BCM_RX_FILTER_ID))
        return a, b

    def address_of(self, sock: kit.Sock) -> tuple[str]:
        return ("vcan0",)

    def test_repr_contains_fd_protocol_and_address(self) -> None:
        _, b = self.open_pair()
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
    unsupported = {**CanTests.unsupported, "connect": "the kernel has no connect for CAN_ISOTP (EOPNOTSUPP)"}
    invalid_addresses = (
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

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        id_a, id_b = next(self.identifiers), next(self.identifiers)
        a, b = (self.open(AF_CAN, SOCK_DGRAM, CAN_ISOTP) for _ in "ab")
        a.bind(("vcan0", id_a, id_b))
        b.bind(("vcan0", id_b, id_a))
        return a, b

    def expected_sender(self, sender: kit.Sock) -> tuple[str, int, int]:
        return ("vcan0", 0, 0)  # the kernel reports the interface only


class TestIsotpExtended(TestIsotp):
    """Identifiers of 29 bits, as in vehicle diagnosis."""

    identifiers = itertools.cycle(range(EFF | 0x18DA0000, EFF | 0x18DAFFFF))


class TestJ1939(CanTests):
    protocol = "CAN_J1939"
    family, type, proto = "AF_CAN", "SOCK_DGRAM", "CAN_J1939"
    unsupported = {"peek": "the kernel refuses MSG_PEEK (EINVAL)"}  # the kernel reports this protocol: no "detection"
    control = 100
    invalid_addresses = (
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
    pgn = 0xEF00  # proprietary, with a destination address

    def payload(self, number: int) -> bytes:
        return b"%d" % number  # fits into one frame

    def free_address(self) -> tuple[str, int, int, int]:
        return ("vcan0", sockcore.J1939_NO_NAME, sockcore.J1939_NO_PGN, next(self.addresses))

    def address_of(self, sock: kit.Sock) -> tuple[str, int, int, int]:
        return ("vcan0", sockcore.J1939_NO_NAME, self.pgn, sock.getsockname()[3])

    def receive_by(self, method: str, sock: kit.Sock) -> tuple[bytes, kit.Address]:
        if method != "recvmsg":
            return super().receive_by(method, sock)
        # A message has control messages with its destination and its priority.
        data, messages, flags, address = sock.recvmsg(BUFFER_SIZE, self.control)
        assert not flags & (sockcore.MSG_TRUNC | sockcore.MSG_CTRUNC)
        values = {"SCM_J1939_DEST_ADDR": sock.getsockname()[3], "SCM_J1939_PRIO": 6}
        assert dict(sockcore.ancillary.decode(messages)) == values
        return data, address


class TestJ1939Long(TestJ1939):
    """Messages that the transport protocol sends in segments."""

    pair_count = 10  # the transport protocol sends a segment every 50 ms

    def payload(self, number: int) -> bytes:
        return b"message %d in several frames" % number

    def expected_sender(self, sender: kit.Sock) -> tuple[str, int, int, int]:
        return ("", *self.address_of(sender)[1:])  # the kernel does not report the interface
