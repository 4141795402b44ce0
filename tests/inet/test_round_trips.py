"""An inventory: each registered option makes a round trip against a kernel, or stands here with its test or a reason.

1. An option makes a round trip if its value can be read on a socket of this kernel and, if it can be set, set to the
   value that was read. :data:`EXAMPLES` has other values, for options that cannot be read.
2. Options of families that this kernel lacks are not checked. The guest kernel of ``tests/lab`` has most of them.
3. A new option without a round trip fails. Its test, or the reason, is then added to :data:`ELSEWHERE`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import struct
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import options
from sockcore._plugins.discovery import with_codecs
from sockcore.plugin import Option, system_name
from sockcore_inet import options as inet

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("sockcore_linux_misc", reason="the inventory is that of all plugins")

pytestmark = [
    pytest.mark.real_kernel,
    pytest.mark.skipif(system_name() != "linux", reason="the inventory is that of Linux"),
]

ROOT = Path(__file__).parents[2]
#: The distributions of this repository. The laboratory loads those of examples too.
OURS = {"sockcore", *(f"sockcore-{path.name.replace('_', '-')}" for path in (ROOT / "plugins").iterdir())}

#: Level of options -> sockets that have them: names of family, type and protocol.
SOCKETS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "SOL_SOCKET": (),
    "IPPROTO_IP": (("AF_INET", "SOCK_RAW", "IPPROTO_ICMP"),),
    "IPPROTO_IPV6": (("AF_INET6", "SOCK_RAW", "IPPROTO_ICMPV6"),),
    "IPPROTO_TCP": (("AF_INET", "SOCK_STREAM", ""), ("AF_INET6", "SOCK_STREAM", "")),
    "IPPROTO_UDP": (("AF_INET", "SOCK_DGRAM", ""), ("AF_INET6", "SOCK_DGRAM", "")),
    "IPPROTO_UDPLITE": (("AF_INET", "SOCK_DGRAM", "IPPROTO_UDPLITE"),),
    "SOL_MPTCP": (("AF_INET", "SOCK_STREAM", "IPPROTO_MPTCP"),),
    "IPPROTO_SCTP": (("AF_INET", "SOCK_STREAM", "IPPROTO_SCTP"), ("AF_INET", "SOCK_SEQPACKET", "IPPROTO_SCTP")),
    "SOL_NETLINK": (("AF_NETLINK", "SOCK_RAW", ""),),
    "SOL_PACKET": (("AF_PACKET", "SOCK_RAW", ""),),
    "SOL_TIPC": (("AF_TIPC", "SOCK_RDM", ""), ("AF_TIPC", "SOCK_STREAM", "")),
    "SOL_RDS": (("AF_RDS", "SOCK_SEQPACKET", ""),),
    "SOL_TLS": (("AF_INET", "SOCK_STREAM", ""),),
    "AF_VSOCK": (("AF_VSOCK", "SOCK_STREAM", ""),),
    "SOL_ALG": (("AF_ALG", "SOCK_SEQPACKET", ""),),
    "SOL_CAN_RAW": (("AF_CAN", "SOCK_RAW", "CAN_RAW"),),
    "SOL_CAN_ISOTP": (("AF_CAN", "SOCK_DGRAM", "CAN_ISOTP"),),
    "SOL_CAN_J1939": (("AF_CAN", "SOCK_DGRAM", "CAN_J1939"),),
    "SOL_BLUETOOTH": (("AF_BLUETOOTH", "SOCK_SEQPACKET", "BTPROTO_L2CAP"),),
    "SOL_L2CAP": (("AF_BLUETOOTH", "SOCK_SEQPACKET", "BTPROTO_L2CAP"),),
    "SOL_RFCOMM": (("AF_BLUETOOTH", "SOCK_STREAM", "BTPROTO_RFCOMM"),),
    "SOL_SCO": (("AF_BLUETOOTH", "SOCK_SEQPACKET", "BTPROTO_SCO"),),
    "SOL_HCI": (("AF_BLUETOOTH", "SOCK_RAW", "BTPROTO_HCI"),),
}

#: Pattern of options -> the test module that sets or reads them on a real socket. The module has the names.
ELSEWHERE: dict[str, str] = {
    r"IP_(ADD|DROP)_MEMBERSHIP|IP_ADD_SOURCE_MEMBERSHIP|IPV6_JOIN_GROUP": "inet/test_option_witnesses.py",
    r"(IP|MCAST)_MSFILTER6?|MCAST_(JOIN|LEAVE)_GROUP6?|MCAST_JOIN_SOURCE_GROUP6?": "inet/test_option_witnesses.py",
    r"TCP_MD5SIG|SO_ORIGINAL_DST": "inet/test_option_witnesses.py",
    r"TCP_AO_(ADD_KEY|DEL_KEY|GET_KEYS|INFO|REPAIR)": "inet/test_tcp_ao.py",
    r"SO_(ATTACH|DETACH)_FILTER|SO_PEERPIDFD": "inet/test_options_and_kernel.py",
    r"SO_ATTACH_(BPF|REUSEPORT_EBPF)|SO_DETACH_REUSEPORT_BPF": "inet/test_round_trips.py",
    r"SO_PEERSEC": "unix/test_unix_parity.py",
    r"PACKET_(ROLLOVER_STATS|FANOUT_DATA)": "inet/test_round_trips.py",
    r"NETLINK_(ADD|DROP)_MEMBERSHIP|TCP_TIMESTAMP|TCP_QUEUE_SEQ|TCP_REPAIR_\w+": "inet/test_round_trips.py",
    r"IPV6_(ADDRFORM|ROUTER_ALERT|PATHMTU)|IP_ROUTER_ALERT": "inet/test_round_trips.py",
    r"IPV6_FLOWLABEL_MGR|IPV6_(HOPOPTS|DSTOPTS|RTHDRDSTOPTS|RTHDR)": "inet/test_ip_header_options.py",
    r"TLS_(RX|TX)(_EXPECT_NO_PAD|_ZEROCOPY_RO)?": "inet/test_kernel_tls.py",
    r"(IP|MCAST)_(BLOCK|UNBLOCK)_SOURCE6?|IPV6_LEAVE_GROUP": "inet/test_round_trips.py",
    r"IP_DROP_SOURCE_MEMBERSHIP|MCAST_LEAVE_SOURCE_GROUP6?": "inet/test_round_trips.py",
    r"PACKET_ADD_MEMBERSHIP|PACKET_FANOUT": "linux_misc/test_packet_options.py",
    r"ALG_SET_(AEAD_AUTHSIZE|DRBG_ENTROPY|KEY|KEY_BY_KEY_SERIAL)": "lab/linux_misc/test_lab_messages.py",
    r"BT_(DEFER_SETUP|VOICE)|SCO_(CONNINFO|OPTIONS)": "lab/bluetooth/test_lab_sco.py",
    r"BT_ISO_(BASE|QOS)": "lab/bluetooth/test_lab_iso.py",
    r"BT_RCVMTU|L2CAP_CONNINFO": "lab/bluetooth/test_lab_l2cap.py",
    r"RFCOMM_CONNINFO": "lab/bluetooth/test_lab_rfcomm.py",
    r"SO_J1939_FILTER": "lab/can/test_lab_can_j1939.py",
    r"RDS_CONG_MONITOR|SO_RDS_(MSG_RXPATH_LATENCY|TRANSPORT)": "lab/linux_misc/test_lab_messages.py",
    r"TIPC_GROUP_(JOIN|LEAVE)": "lab/linux_misc/test_lab_tipc.py",
    r"SCTP_(AUTH_(ACTIVE_KEY|CHUNK|(DEACTIVATE|DELETE)_KEY|KEY)|HMAC_IDENT|EVENT)": "inet/test_sctp_options.py",
    r"SCTP_(ADD_STREAMS|RESET_(ASSOC|STREAMS)|SET_PEER_PRIMARY_ADDR|LOCAL_AUTH_CHUNKS)": "inet/test_sctp_options.py",
    r"SCTP_(INTERLEAVING_SUPPORTED|STREAM_SCHEDULER_VALUE)": "inet/test_sctp_options.py",
    r"SCTP_PEER_AUTH_CHUNKS": "inet/test_message_round_trips.py",
    r"SCTP_(GET_(ASSOC_STATS|PEER_ADDRS|PEER_ADDR_INFO)|PRIMARY_ADDR|STATUS)": "inet/test_sctp_options.py",
    r"SCTP_(PEER_ADDR_PARAMS|PR_(ASSOC|STREAM)_STATUS)": "inet/test_sctp_options.py",
}

#: Pattern of options -> why there is no round trip.
REASONS: dict[str, str] = {
    r"SO_DEVMEM_DONTNEED": "a network device with its own memory is needed",
    r"SO_VM_SOCKETS_(NONBLOCK_TXRX|PEER_HOST_VM_ID|TRUSTED)": "only VMCI of VMware has them",
    r"BT_(CHANNEL_POLICY|CODEC|FLUSHABLE|MODE|PHY)": "a controller with these features is needed",
    r"RDS6?_INFO_IB_CONNECTIONS|RDS_FREE_MR|RDS_CANCEL_SENT_TO": "RDMA or a queue of messages is needed",
    r"TIPC_MCAST_(BROADCAST|REPLICAST)|TIPC_NODELAY": "set only, and without an effect here",
    r"TLS_TX_MAX_PAYLOAD_LEN": "newer than the kernel of the guest",
    r"IPV6_NEXTHOP": "Linux has its number, but does not implement it",
    r"IPV6_(JOIN|LEAVE)_ANYCAST": "a router, or an address with a prefix, is needed",
}

UDP, UDP6, TCP, PACKET = (
    ("AF_INET", "SOCK_DGRAM"),
    ("AF_INET6", "SOCK_DGRAM"),
    ("AF_INET", "SOCK_STREAM"),
    (
        "AF_PACKET",
        "SOCK_RAW",
    ),
)
REJECT_ALL = [options.FilterInstruction(6, 0, 0, 0)]
#: The oldest kernel for which the inventory is complete, and the version that has a newer option.
OLDEST = (6, 12)
NEWER = {"SO_RCVPRIORITY": (6, 14), "SO_PASSRIGHTS": (6, 16), "SO_INQ": (6, 18)}

#: IFF_PROMISC of <net/if.h>.
PROMISCUOUS = 0x100
RING = (4096, 2, 2048, 4)

#: An option that cannot be read, or not be set to the value that was read -> socket, value to set, value to read.
EXAMPLES: dict[str, tuple[tuple[str, str], Any, Any]] = {
    "SO_ATTACH_REUSEPORT_CBPF": (UDP, REJECT_ALL, None),
    "SO_BSDCOMPAT": (UDP, True, None),
    "SO_BUSY_POLL_BUDGET": (UDP, 8, None),
    "SO_CNX_ADVICE": (UDP, 1, None),
    "SO_INQ": (("AF_UNIX", "SOCK_STREAM"), True, None),
    "SO_RCVBUFFORCE": (UDP, 70_000, ("SO_RCVBUF", 140_000)),
    "SO_SNDBUFFORCE": (UDP, 70_000, ("SO_SNDBUF", 140_000)),
    "SO_RESERVE_MEM": (TCP, 0, None),
    "SO_SNDLOWAT": (UDP, 1, None),
    "TCP_FASTOPEN_KEY": (TCP, bytes(range(16)), ("TCP_FASTOPEN_KEY", bytes(range(16)))),
    "TCP_ULP": (TCP, "tls", None),
    "TCP_MD5SIG_EXT": (TCP, ("127.0.0.0", b"key", 8), None),
    "IPV6_CHECKSUM": (("AF_INET6", "SOCK_RAW"), 2, ("IPV6_CHECKSUM", 2)),
    "IPV6_MTU": (UDP6, 1300, None),
    "IPV6_PKTINFO": (UDP6, ("::1", 1), None),
    "PACKET_RX_RING": (PACKET, RING, None),
    "PACKET_TX_RING": (PACKET, RING, None),
    "PACKET_DROP_MEMBERSHIP": (PACKET, None, None),
}


@pytest.fixture(scope="module")
def sockets() -> Iterator[dict[str, list[sockcore.socket]]]:
    yield from open_sockets()


def open_sockets() -> Iterator[dict[str, list[sockcore.socket]]]:
    """Yield the sockets that this kernel and user can open, by level, and those of all levels with the key ""."""
    by_level: dict[str, list[sockcore.socket]] = {}
    with ExitStack() as stack:
        for level, rows in SOCKETS.items():
            for names in rows:
                numbers = [getattr(sockcore, name, None) if name else 0 for name in names]
                if None in numbers:
                    continue
                with suppress(OSError):
                    sock = stack.enter_context(sockcore.socket(*numbers))
                    by_level.setdefault(level, []).append(sock)
        server = stack.enter_context(sockcore.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(sockcore.create_connection(server.getsockname()))
        peer = stack.enter_context(server.accept()[0])
        udp = stack.enter_context(sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM))
        udp.connect(("127.0.0.1", 9))
        left, right = sockcore.socketpair()
        stack.enter_context(left)
        stack.enter_context(right)
        by_level[""] = [*(sock for group in by_level.values() for sock in group), server, client, peer, udp, left]
        yield by_level


def release() -> tuple[int, ...]:
    """Return the version of the kernel."""
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


def exercised(option: Option[Any], sockets: list[sockcore.socket]) -> bool:
    """Return True if the option makes a round trip on one of the sockets."""
    for sock in sockets:
        if option.family not in (None, sock.family):
            continue
        try:
            value = options.get(sock, option)
        except (OSError, ValueError):
            continue
        if option.encode is None:
            return True
        try:
            options.set(sock, option, value)
        except PermissionError:
            return True
        except (OSError, TypeError, ValueError, OverflowError):
            continue
        return True
    return False


def registered() -> list[Option[Any]]:
    """Return the options of the core and of the plugins in this repository, not of examples."""
    registry = with_codecs()
    owners = registry.owners["option"]
    # Options are equal if their numbers are.
    by_key = {option.key: option for key, option in registry.options.items() if owners[key].replace("_", "-") in OURS}
    return sorted(by_key.values(), key=lambda option: option.name)


@pytest.mark.skipif(release() < OLDEST, reason="this kernel lacks newer options")
def test_registered_options_make_round_trips(sockets: dict[str, list[sockcore.socket]]) -> None:
    missing = []
    for option in registered():
        if option.level_name in SOCKETS and option.level_name not in sockets and SOCKETS[option.level_name]:
            continue  # this kernel or user lacks the family
        if any(re.fullmatch(pattern, option.name) for pattern in (*ELSEWHERE, *REASONS, *EXAMPLES)):
            continue
        if NEWER.get(option.name, OLDEST) > release():
            continue
        if not exercised(option, sockets[""]):
            missing.append(option.name)
    assert not missing, " ".join(missing)


def test_modules_have_the_names() -> None:
    """A name that is listed with a test module is in that module."""
    pytest.importorskip("sockcore_bluetooth", reason="the list is that of all plugins")
    for pattern, path in ELSEWHERE.items():
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        names = [option.name for option in registered() if re.fullmatch(pattern, option.name)]
        assert names, pattern
        for name in names:
            # An option of IPv6 groups has the name of that of IPv4, with a 6.
            assert name.rstrip("6") in text or name in EXAMPLES, (name, path)


def test_reasons_are_needed(sockets: dict[str, list[sockcore.socket]]) -> None:
    """A reason is for a registered option that does not make a round trip, and has no test."""
    pytest.importorskip("sockcore_bluetooth", reason="the list is that of all plugins")
    for pattern in REASONS:
        assert any(re.fullmatch(pattern, option.name) for option in registered()), pattern
    with_reason = [option for option in registered() if any(re.fullmatch(p, option.name) for p in REASONS)]
    assert [option.name for option in with_reason if exercised(option, sockets[""])] == []
    assert [o.name for o in with_reason if any(re.fullmatch(p, o.name) for p in (*ELSEWHERE, *EXAMPLES))] == []


def open_socket(family: str, sock_type: str, proto: int = 0) -> sockcore.socket:
    try:
        return sockcore.socket(getattr(sockcore, family), getattr(sockcore, sock_type), proto)
    except OSError as exc:
        pytest.skip(f"this kernel or user cannot open {family}: {exc}")


def set_or_skip(sock: sockcore.socket, name: str, value: Any) -> None:
    """Set an option, and skip the test if the kernel lacks it or the user has no privilege."""
    try:
        options.set(sock, name, value)
    except OSError as exc:
        if exc.errno not in (errno.ENOPROTOOPT, errno.EPERM, errno.EOPNOTSUPP, errno.EACCES):
            raise
        pytest.skip(f"this kernel or user cannot set it: {exc}")


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"PACKET_DROP_MEMBERSHIP", "TCP_ULP"}))
def test_example_is_set(name: str) -> None:
    (family, sock_type), value, expected = EXAMPLES[name]
    with open_socket(family, sock_type, 58 if sock_type == "SOCK_RAW" and family == "AF_INET6" else 0) as sock:
        if name == "SO_ATTACH_REUSEPORT_CBPF":
            options.set(sock, "SO_REUSEPORT", True)
            sock.bind(("127.0.0.1", 0))
        elif name == "IPV6_CHECKSUM":
            sock.close()
            sock = open_socket(family, sock_type, 253)
        with sock:
            if name == "SO_SNDLOWAT":
                with pytest.raises(OSError, match="SO_SNDLOWAT"):
                    options.set(sock, name, value)
                assert options.get(sock, name) == 1
                return
            set_or_skip(sock, name, value)
            if expected is not None:
                read_name, read_value = expected
                assert options.get(sock, read_name) == read_value


def test_netlink_group_is_joined_and_left() -> None:
    with open_socket("AF_NETLINK", "SOCK_RAW") as sock:
        options.set(sock, "NETLINK_ADD_MEMBERSHIP", 1)
        assert options.get(sock, "NETLINK_LIST_MEMBERSHIPS") == (1,)
        options.set(sock, "NETLINK_DROP_MEMBERSHIP", 1)
        assert options.get(sock, "NETLINK_LIST_MEMBERSHIPS") == ()


def test_packet_membership_is_dropped() -> None:
    with open_socket(*PACKET) as sock:
        value = ("lo", sockcore.PACKET_MR_PROMISC, b"")
        before = flags_of_loopback()
        options.set(sock, "PACKET_ADD_MEMBERSHIP", value)
        assert flags_of_loopback() & PROMISCUOUS
        options.set(sock, "PACKET_DROP_MEMBERSHIP", value)
        assert flags_of_loopback() == before


def test_fanout_groups_have_programs_and_statistics() -> None:
    # Another process that runs this test has other groups.
    number = os.getpid() * 2 & 0xFFFF
    for group, kind in ((number, sockcore.PACKET_FANOUT_CBPF), (number + 1, sockcore.PACKET_FANOUT_ROLLOVER)):
        with open_socket(*PACKET) as sock:
            sock.bind(("lo", 0x88B5))  # an EtherType for experiments: IEEE 802
            if kind == sockcore.PACKET_FANOUT_ROLLOVER:
                options.set(sock, "PACKET_FANOUT", (group, kind))
                assert options.get(sock, "PACKET_ROLLOVER_STATS") == (0, 0, 0)
                continue
            with pytest.raises(OSError, match="PACKET_FANOUT_DATA"):
                options.set(sock, "PACKET_FANOUT_DATA", REJECT_ALL)
            options.set(sock, "PACKET_FANOUT", (group, kind))
            options.set(sock, "PACKET_FANOUT_DATA", REJECT_ALL)


def flags_of_loopback() -> int:
    return int(Path("/sys/class/net/lo/flags").read_text(encoding="ascii"), 16)


def test_upper_protocol_is_set_on_connection() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        with sockcore.create_connection(server.getsockname()) as client:
            try:
                options.set(client, "TCP_ULP", "tls")
            except OSError as exc:
                pytest.skip(f"this kernel has no TLS: {exc}")
            assert options.get(client, "TCP_ULP") == "tls"


def test_sources_are_blocked_and_unblocked() -> None:
    group, source = "239.77.2.1", "10.9.8.7"
    with open_socket(*UDP) as sock:
        options.set(sock, inet.MCAST_JOIN_GROUP, ("lo", group))
        for block, unblock, value in (
            (inet.IP_BLOCK_SOURCE, inet.IP_UNBLOCK_SOURCE, (group, source, "127.0.0.1")),
            (inet.MCAST_BLOCK_SOURCE, inet.MCAST_UNBLOCK_SOURCE, ("lo", group, source)),
        ):
            options.set(sock, block, value)
            assert inet.get_source_filter(sock, group, "lo").sources == [source]
            options.set(sock, unblock, value)
            assert inet.get_source_filter(sock, group, "lo").sources == []


def test_groups_with_sources_are_left() -> None:
    group, source = "232.77.2.1", "10.9.8.7"
    with open_socket(*UDP) as sock:
        for join, leave, value in (
            (inet.IP_ADD_SOURCE_MEMBERSHIP, inet.IP_DROP_SOURCE_MEMBERSHIP, (group, source, "127.0.0.1")),
            (inet.MCAST_JOIN_SOURCE_GROUP, inet.MCAST_LEAVE_SOURCE_GROUP, ("lo", group, source)),
        ):
            options.set(sock, join, value)
            assert inet.get_source_filter(sock, group, "lo").sources == [source]
            options.set(sock, leave, value)
            with pytest.raises(OSError, match=os.strerror(errno.EADDRNOTAVAIL)):
                inet.get_source_filter(sock, group, "lo")


@pytest.mark.usefixtures("ipv6")
def test_groups_of_ipv6_are_left() -> None:
    with open_socket(*UDP6) as sock:
        for join, leave, value in (
            (inet.IPV6_JOIN_GROUP, inet.IPV6_LEAVE_GROUP, ("ff02::77:4", "lo")),
            (inet.MCAST_JOIN_SOURCE_GROUP6, inet.MCAST_LEAVE_SOURCE_GROUP6, ("lo", "ff02::77:4", "fe80::1")),
        ):
            options.set(sock, join, value)
            assert inet.get_source_filter(sock, "ff02::77:4", "lo").group == "ff02::77:4"
            options.set(sock, leave, value)
            with pytest.raises(OSError, match=os.strerror(errno.EADDRNOTAVAIL)):
                inet.get_source_filter(sock, "ff02::77:4", "lo")


@pytest.mark.usefixtures("ipv6")
def test_sources_of_ipv6_are_blocked_and_unblocked() -> None:
    with open_socket(*UDP6) as sock:
        options.set(sock, inet.MCAST_JOIN_GROUP6, ("lo", "ff02::77:3"))
        options.set(sock, inet.MCAST_BLOCK_SOURCE6, ("lo", "ff02::77:3", "fe80::1"))
        assert inet.get_source_filter(sock, "ff02::77:3", "lo").sources == ["fe80::1"]
        options.set(sock, inet.MCAST_UNBLOCK_SOURCE6, ("lo", "ff02::77:3", "fe80::1"))
        assert inet.get_source_filter(sock, "ff02::77:3", "lo").sources == []


@pytest.mark.usefixtures("ipv6")
def test_ipv6_options_of_connections_and_raw_sockets() -> None:
    with open_socket(*UDP6) as sock:
        sock.connect(("::1", 9))
        assert options.get(sock, inet.IPV6_PATHMTU).mtu >= 1280
        request = inet.FlowLabelRequest("::1", 0, 0, 255, 1, 0, 6)  # get a new label, shared with anybody
        set_or_skip(sock, "IPV6_FLOWLABEL_MGR", request)
    with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_STREAM) as server:
        options.set(server, inet.IPV6_V6ONLY, False)
        server.bind(("::", 0))
        server.listen()
        with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_STREAM) as client:
            client.connect(("::ffff:127.0.0.1", server.getsockname()[1]))
            options.set(client, inet.IPV6_ADDRFORM, sockcore.AF_INET)
            assert options.get(client, options.SO_DOMAIN) == sockcore.AF_INET


#: The number of bpf(2), which has no function in the C library, by the name of the machine.
BPF_NUMBERS = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361}


def load_program(result: int) -> int:
    """Return the file descriptor of a program of bpf(2) that returns a number. Skip the test if it is not allowed."""
    number = BPF_NUMBERS.get(platform.machine())
    if number is None or sys.maxsize < 2**32:
        pytest.skip("the number of bpf(2) on this machine is not known")
    # r0 = result; exit. Source: <linux/bpf.h>.
    code = ctypes.create_string_buffer(struct.pack("=BBhiBBhi", 0xB7, 0, 0, result, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"MIT")
    # BPF_PROG_TYPE_SOCKET_FILTER, two instructions.
    attributes = struct.pack("=IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(licence)).ljust(128, b"\0")
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    fd: int = syscall(number, 5, attributes, len(attributes))  # BPF_PROG_LOAD
    if fd < 0:
        pytest.skip(f"this kernel or user cannot load a program: {os.strerror(ctypes.get_errno())}")
    return fd


def test_program_drops_datagrams_until_it_is_detached() -> None:
    with open_socket(*UDP) as receiver, open_socket(*UDP) as sender:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        program = load_program(0)
        options.set(receiver, options.SO_ATTACH_BPF, program)
        os.close(program)
        sender.sendto(b"dropped", receiver.getsockname())
        options.set(receiver, options.SO_DETACH_FILTER, 0)
        sender.sendto(b"received", receiver.getsockname())
        assert receiver.recv(100) == b"received"


def test_program_selects_socket_of_group() -> None:
    with open_socket(*UDP) as first, open_socket(*UDP) as second, open_socket(*UDP) as sender:
        for sock in (first, second):
            options.set(sock, options.SO_REUSEPORT, True)
            sock.settimeout(60)
            sock.bind(first.getsockname() if sock is second else ("127.0.0.1", 0))
        program = load_program(1)
        options.set(first, options.SO_ATTACH_REUSEPORT_EBPF, program)
        os.close(program)
        for number in range(20):
            sender.sendto(b"%d" % number, first.getsockname())
        assert [second.recv(9) for _ in range(20)] == [b"%d" % number for number in range(20)]
        options.set(first, options.SO_DETACH_REUSEPORT_BPF, 0)
        with pytest.raises(OSError, match="SO_DETACH_REUSEPORT_BPF"):
            options.set(first, options.SO_DETACH_REUSEPORT_BPF, 0)


def test_router_alert_is_set_on_raw_socket() -> None:
    with open_socket("AF_INET", "SOCK_RAW", 253) as sock:
        options.set(sock, inet.IP_ROUTER_ALERT, True)
    with open_socket("AF_INET6", "SOCK_RAW", 255) as sock:
        options.set(sock, inet.IPV6_ROUTER_ALERT, 0)


def test_state_of_connection_in_repair_mode_is_read_and_set() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        with sockcore.create_connection(server.getsockname()) as client:
            peer, _ = server.accept()
            with peer:
                client.sendall(b"x" * 10)
                assert peer.recv(10) == b"x" * 10
                set_or_skip(client, "TCP_REPAIR", sockcore.TCP_REPAIR_ON)
                options.set(client, inet.TCP_REPAIR_QUEUE, sockcore.TCP_SEND_QUEUE)
                assert options.get(client, inet.TCP_REPAIR_QUEUE) == sockcore.TCP_SEND_QUEUE
                sequence = options.get(client, inet.TCP_QUEUE_SEQ)
                stamp = options.get(client, inet.TCP_TIMESTAMP)
                window = options.get(client, inet.TCP_REPAIR_WINDOW)
                assert window.rcv_wnd > 0
                options.set(client, inet.TCP_REPAIR_WINDOW, window)
                options.set(client, inet.TCP_TIMESTAMP, stamp)
                with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM) as restored:
                    options.set(restored, inet.TCP_REPAIR, sockcore.TCP_REPAIR_ON)
                    options.set(restored, inet.TCP_REPAIR_QUEUE, sockcore.TCP_SEND_QUEUE)
                    options.set(restored, inet.TCP_QUEUE_SEQ, sequence)
                    assert options.get(restored, inet.TCP_QUEUE_SEQ) == sequence
                    options.set(restored, inet.TCP_REPAIR, sockcore.TCP_REPAIR_ON)
                    restored.bind(("127.0.0.1", 0))
                    restored.connect(("127.0.0.1", 9))
                    # The codes of RFC 9293: the largest segment (2), and the window scale (3).
                    options.set(restored, inet.TCP_REPAIR_OPTIONS, [(2, 1000), (3, 7 | 7 << 16)])
                    assert options.get(restored, inet.TCP_INFO).snd_wscale == 7
