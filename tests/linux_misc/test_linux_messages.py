"""Control messages of the families of Linux: literals, invalid data, and messages of this kernel."""

from __future__ import annotations

import os
import select
import struct
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore import ancillary, errors
from sockcore.plugin import Ancillary
from sockcore.testing import NetworkNamespaces

if sys.platform != "linux":
    pytest.skip("only Linux has these messages", allow_module_level=True)

from sockcore_linux_misc import messages as linux
from sockcore_linux_misc.messages import AuxData, RdsCongestion, VlanTag

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL: dict[str, Ancillary[Any]] = {name: value for name, value in vars(linux).items() if isinstance(value, Ancillary)}

REAL_KERNEL = pytest.mark.skipif(
    "EMULATED_ARCHITECTURE" in os.environ, reason="the emulator does not pass these messages"
)


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.binary(max_size=80))
def test_decode_any_bytes_returns_value_or_raises_value_error(name: str, data: bytes) -> None:
    try:
        ALL[name].decode(data)
    except ValueError:
        pass


@pytest.mark.parametrize("name", sorted(name for name, codec in ALL.items() if codec.encode is not None))
@given(value=st.one_of(st.none(), st.integers(), st.binary(max_size=9), st.text(max_size=9),
                       st.lists(st.integers(-1, 1 << 65), min_size=4, max_size=7).map(tuple)))  # fmt: skip
def test_encode_any_value_returns_bytes_or_raises_documented_exception(name: str, value: object) -> None:
    encode = ALL[name].encode
    assert encode is not None
    try:
        data = encode(value)
    except (TypeError, ValueError, OverflowError):
        return
    assert isinstance(data, bytes)
    assert ALL[name].decode(data) == value


def test_vlan_tag_of_auxdata() -> None:
    valid, with_tpid = sockcore.TP_STATUS_VLAN_VALID, sockcore.TP_STATUS_VLAN_TPID_VALID
    assert AuxData(1, 60, 60, 0, 14, 0x3064, 0).vlan is None
    assert AuxData(valid, 60, 60, 0, 14, 0x3064, 0).vlan == VlanTag(0x064, 1, True, 0x8100)
    assert AuxData(valid | with_tpid, 60, 60, 0, 14, 0xE001, 0x88A8).vlan == VlanTag(1, 7, False, 0x88A8)


def test_congestion_mask_has_ports() -> None:
    value = linux.RDS_CMSG_CONG_UPDATE.decode(struct.pack("=Q", 1 << 5))
    assert value == 1 << 5
    assert (value.has_port(5), value.has_port(69), value.has_port(6)) == (True, True, False)
    assert RdsCongestion(0).has_port(5) is False


@pytest.fixture(scope="module")
def namespaces() -> Iterator[NetworkNamespaces]:
    try:
        with NetworkNamespaces() as both:
            yield both
    except OSError as exc:
        pytest.skip(str(exc))


def open_packet(interface: str, protocol: int = 0x88B5) -> sockcore.socket:
    sock = sockcore.socket(sockcore.AF_PACKET, sockcore.SOCK_RAW, 0)
    sock.bind((interface, protocol))  # by default an EtherType for experiments: IEEE 802
    sock.settimeout(60)
    return sock


@REAL_KERNEL
def test_removed_vlan_tag_is_received(namespaces: NetworkNamespaces) -> None:
    # The tag is visible for sockets of all protocols. For others, the kernel has removed it.
    every = sockcore.ETH_P_ALL
    with namespaces.run(0, open_packet, "veth0") as sender, namespaces.run(1, open_packet, "veth1", every) as receiver:
        receiver.setsockopt(sockcore.SOL_PACKET, sockcore.PACKET_AUXDATA, 1)
        tagged = b"\xff" * 12 + struct.pack("!HHH", 0x8100, 0x6007, 0x88B5) + bytes(50)
        receiver.settimeout(0.2)
        data, received = b"", []
        for _ in range(100):  # the interface drops frames until it is ready; the kernel sends packets of IPv6 too
            sender.send(tagged)
            try:
                data, received, _, _ = receiver.recvmsg(200, 200)
            except TimeoutError:
                continue
            if data.startswith(b"\xff" * 12 + b"\x88\xb5"):
                break
        value = ancillary.get(received, linux.PACKET_AUXDATA)
    assert value is not None
    assert value.vlan == VlanTag(7, 3, False, 0x8100)
    assert value.length == len(data) == len(tagged) - 4


@REAL_KERNEL
def test_errors_returns_transmit_timestamp_of_frame(namespaces: NetworkNamespaces) -> None:
    with namespaces.run(0, open_packet, "veth0") as sender:
        flags = sockcore.SOF_TIMESTAMPING_TX_SCHED | sockcore.SOF_TIMESTAMPING_SOFTWARE
        sender.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_TIMESTAMPING, flags | sockcore.SOF_TIMESTAMPING_OPT_ID)
        frame = b"\xff" * 12 + struct.pack("!H", 0x88B5) + bytes(50)
        sender.send(frame)
        poller = select.poll()
        poller.register(sender, 0)
        assert poller.poll(60_000)
        (report,) = errors.errors(sender)
    assert isinstance(report, errors.TransmitTimestamp)
    assert "PACKET_TX_TIMESTAMP" in report.values
    assert (report.stage, report.id, report.data) == ("scheduled", 0, frame)
    assert report.times.software is not None
    assert abs(report.times.software.time_ns - time.time_ns()) < 60 * 10**9


@REAL_KERNEL
def test_netlink_message_has_group() -> None:
    with sockcore.socket(sockcore.AF_NETLINK, sockcore.SOCK_RAW, sockcore.NETLINK_ROUTE) as sock:
        sock.bind((0, 0))
        sock.setsockopt(sockcore.SOL_NETLINK, sockcore.NETLINK_PKTINFO, 1)
        request = struct.pack("=IHHIIBxxxi", 20, 18, 0x301, 1, 0, 0, 0)  # RTM_GETLINK, a dump
        sock.send(request)
        sock.settimeout(60)
        received = sock.recvmsg(8192, 100)[1]
    assert ancillary.get(received, linux.NETLINK_PKTINFO) == 0


@REAL_KERNEL
@pytest.mark.skipif(not hasattr(sockcore, "SCM_PIDFD"), reason="this system has no SCM_PIDFD")
def test_pidfd_and_credentials_of_sender() -> None:
    from sockcore_unix.messages import SCM_CREDENTIALS, SCM_PIDFD

    one, two = sockcore.socketpair(sockcore.AF_UNIX, sockcore.SOCK_DGRAM)
    with one, two:
        try:
            two.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSPIDFD, 1)
        except OSError:
            pytest.skip("the kernel lacks SO_PASSPIDFD (Linux 6.5)")
        two.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_PASSCRED, 1)
        one.send(b"x")
        received = two.recvmsg(10, 200)[1]
        credentials = ancillary.get(received, SCM_CREDENTIALS)
        pidfd = ancillary.get(received, SCM_PIDFD)
        assert credentials == (os.getpid(), os.getuid(), os.getgid())
        assert credentials is not None
        assert credentials.pid == os.getpid()
        assert pidfd is not None
        with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file:
            assert f"Pid:\t{os.getpid()}\n" in file.read()
        os.close(pidfd)
