"""Typed options of IP and TCP beside independent programs: ss(8), ip(8), /proc and a C program."""

from __future__ import annotations

import errno
import json
import re
import shutil
import struct
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import sockcore
from sockcore import options
from sockcore.testing import NetworkNamespaces
from sockcore_inet import options as inet
from sockcore_inet.option_tcp_info import info_decoder, split_bits
from sockcore_inet.tcp_structs import TCP_INFO

pytestmark = [
    pytest.mark.real_kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="the programs and options of Linux"),
]


@pytest.fixture
def connection() -> Any:
    """Yield two connected TCP sockets."""
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        with sockcore.create_connection(server.getsockname()) as client:
            peer, _ = server.accept()
            with peer:
                client.sendall(b"x" * 5000)
                received = 0
                while received < 5000:
                    received += len(peer.recv(5000))
                yield client, peer


def run(*command: str) -> str:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([program, *command[1:]], check=True, capture_output=True, text=True, timeout=60).stdout


def test_tcp_info_equals_output_of_ss(connection: Any) -> None:
    client, _ = connection
    port = client.getsockname()[1]
    text = run("ss", "-tinH", f"sport = :{port}")
    info = options.get(client, inet.TCP_INFO)
    words: dict[str, str] = dict(re.findall(r"(\w+):(\S+)", text))
    assert info.state == inet.TcpState.ESTABLISHED
    assert int(words["mss"]) == info.snd_mss
    assert int(words["pmtu"]) == info.pmtu
    assert int(words["advmss"]) == info.advmss
    assert int(words["cwnd"]) == info.snd_cwnd
    assert int(words["segs_out"]) == info.segs_out
    assert int(words["data_segs_out"]) == info.data_segs_out
    assert int(words["bytes_sent"]) == info.bytes_sent == 5000
    assert float(words["rto"]) == info.rto / 1000
    rtt, _, rttvar = words["rtt"].partition("/")
    assert (float(rtt), float(rttvar)) == (pytest.approx(info.rtt / 1000), pytest.approx(info.rttvar / 1000))
    assert words["wscale"].split(",") == [str(info.snd_wscale), str(info.rcv_wscale)]
    assert text.split()[0] == "ESTAB"


PROGRAM = r"""
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(void) {
    struct tcp_info info;
    memset(&info, 0, sizeof info);
    info.tcpi_state = 1;
    info.tcpi_options = 7;
    info.tcpi_snd_wscale = 10;
    info.tcpi_rcv_wscale = 3;
    info.tcpi_delivery_rate_app_limited = 1;
    info.tcpi_rto = 204000;
    info.tcpi_total_retrans = 77;
    info.tcpi_pacing_rate = 1ULL << 40;
    info.tcpi_bytes_acked = 123456789012345ULL;
    fwrite(&info, __builtin_offsetof(struct tcp_info, tcpi_bytes_received), 1, stdout);
    return 0;
}
"""


def test_tcp_info_of_c_program_is_decoded(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is installed")
    source, program = tmp_path / "info.c", tmp_path / "info"
    source.write_text(PROGRAM, encoding="ascii")
    done = subprocess.run([compiler, "-o", program, source], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the program cannot be compiled here: {done.stderr[:200]}")
    data = subprocess.run([program], check=True, capture_output=True).stdout
    info = inet.TCP_INFO.decode(data)
    assert (info.state, info.options, info.snd_wscale, info.rcv_wscale) == (1, 7, 10, 3)
    assert info.delivery_rate_app_limited is True
    assert (info.rto, info.total_retrans, info.pacing_rate, info.bytes_acked) == (204000, 77, 1 << 40, 123456789012345)
    # The kernel of the C program did not write the rest.
    assert info.bytes_received is None
    assert info.delivery_rate is info.ecn_mode is info.options2 is None


@pytest.mark.parametrize("length", range(0, TCP_INFO.size + 1, 4))
def test_tcp_info_fields_that_are_not_written_are_none(length: int) -> None:
    info = inet.TCP_INFO.decode(b"\xff" * length)
    ends = {name: offset + size for name, (offset, size) in TCP_INFO.offsets().items() if name}
    for name, end in ends.items():
        assert (getattr(info, name.partition("_")[2]) is None) == (end > length), name


def test_bit_fields_follow_byte_order() -> None:
    bits = (("low", 2), ("high", 4), ("rest", 2))
    assert split_bits(0b01_1010_11, 8, bits, "little") == {"low": 0b11, "high": 0b1010, "rest": 0b01}
    assert split_bits(0b01_1010_11, 8, bits, "big") == {"low": 0b01, "high": 0b1010, "rest": 0b11}
    assert info_decoder(inet.TcpInfo, TCP_INFO, "tcpi_", (), {})(bytes(TCP_INFO.size)).snd_wscale is None


def test_filter_of_tcpdump_is_attached_and_read() -> None:
    text = run("tcpdump", "-y", "EN10MB", "-dd", "udp port 53")
    rows = re.findall(r"\{ (\w+), (\d+), (\d+), (\w+) \},", text)
    program = [options.FilterInstruction(int(code, 16), int(jt), int(jf), int(k, 16)) for code, jt, jf, k in rows]
    assert len(program) > 5
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
        options.set(sock, options.SO_ATTACH_FILTER, program)
        assert options.get(sock, options.SO_ATTACH_FILTER) == program


def test_ipv4_memberships_equal_output_of_ip() -> None:
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
        options.set(sock, inet.IP_ADD_MEMBERSHIP, inet.Membership("239.77.1.1", "lo"))
        options.set(sock, inet.MCAST_JOIN_GROUP, inet.GroupRequest("lo", "239.77.1.2"))
        options.set(sock, inet.IP_ADD_SOURCE_MEMBERSHIP, inet.SourceMembership("232.77.1.3", "10.9.8.7", "127.0.0.1"))
        options.set(sock, inet.MCAST_JOIN_SOURCE_GROUP, ("lo", "232.77.1.4", "10.9.8.6"))
        groups = memberships()
        assert {"239.77.1.1", "239.77.1.2", "232.77.1.3", "232.77.1.4"} <= groups
        assert {("232.77.1.3", "10.9.8.7"), ("232.77.1.4", "10.9.8.6")} <= sources()
        new = inet.SourceFilter("127.0.0.1", "232.77.1.3", inet.FilterMode.INCLUDE, ["10.9.8.7", "10.9.8.5"])
        options.set(sock, inet.IP_MSFILTER, new)
        options.set(sock, inet.MCAST_MSFILTER, ("lo", "232.77.1.4", inet.FilterMode.INCLUDE, ["10.9.8.4"]))
        assert {("232.77.1.3", "10.9.8.5"), ("232.77.1.4", "10.9.8.4")} <= sources()
        assert ("232.77.1.4", "10.9.8.6") not in sources()
        # The kernel returns the filters that were set.
        assert inet.get_source_filter(sock, "232.77.1.4", "lo") == (
            1,
            "232.77.1.4",
            inet.FilterMode.INCLUDE,
            ["10.9.8.4"],
        )
        many = [f"10.9.{i}.1" for i in range(10)]
        options.set(sock, inet.MCAST_MSFILTER, ("lo", "239.77.1.2", inet.FilterMode.EXCLUDE, many))
        value = inet.get_source_filter(sock, "239.77.1.2", 1)
        assert (value.mode, sorted(value.sources)) == (inet.FilterMode.EXCLUDE, sorted(many))
        assert inet.get_source_filter(sock, "239.77.1.1", 1)[2:] == (inet.FilterMode.EXCLUDE, [])
        with pytest.raises(OSError) as caught:
            inet.get_source_filter(sock, "239.77.1.9", "lo")
        assert caught.value.errno == errno.EADDRNOTAVAIL
        with pytest.raises(ValueError, match="group must be an IPv4 or IPv6 address"):
            inet.get_source_filter(sock, "nohost")
        options.set(sock, inet.IP_DROP_MEMBERSHIP, ("239.77.1.1", 1))
        options.set(sock, inet.MCAST_LEAVE_GROUP, (1, "239.77.1.2"))
        assert not {"239.77.1.1", "239.77.1.2"} & memberships()


@pytest.mark.usefixtures("ipv6")
def test_ipv6_memberships_equal_output_of_ip() -> None:
    with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_DGRAM) as sock:
        options.set(sock, inet.IPV6_JOIN_GROUP, ("ff02::77:1", "lo"))
        options.set(sock, inet.MCAST_JOIN_GROUP6, ("lo", "ff02::77:2"))
        assert {"ff02::77:1", "ff02::77:2"} <= memberships()
        options.set(sock, inet.MCAST_MSFILTER6, ("lo", "ff02::77:2", inet.FilterMode.EXCLUDE, ["fe80::1"]))
        assert inet.get_source_filter(sock, "ff02::77:2", "lo").sources == ["fe80::1"]
        options.set(sock, "MCAST_LEAVE_GROUP6", (1, "ff02::77:2"))
        assert "ff02::77:2" not in memberships()


def memberships() -> set[str]:
    """Return the groups of the loopback interface as ip(8) lists them."""
    [loopback] = json.loads(run("ip", "-j", "maddr", "show", "dev", "lo"))
    return {entry["address"] for entry in loopback["maddr"] if "address" in entry}


def sources() -> set[tuple[str, str]]:
    """Return pairs of group and source of the loopback interface."""
    lines = Path("/proc/net/mcfilter").read_text(encoding="ascii").splitlines()[1:]
    rows = [line.split() for line in lines]
    return {(address(row[2]), address(row[3])) for row in rows if row[1] == "lo"}


def address(text: str) -> str:
    return ".".join(map(str, struct.pack(">I", int(text, 16))))


def test_congestion_information_depends_on_algorithm(connection: Any) -> None:
    client, _ = connection
    name = options.get(client, inet.TCP_CONGESTION)
    value = options.get(client, inet.TCP_CC_INFO)
    if name == "bbr":
        assert isinstance(value, inet.BbrInfo)
        assert value.min_rtt > 0
    elif name in ("cubic", "reno"):
        assert value is None
    options.set(client, inet.TCP_CONGESTION, "reno")
    assert options.get(client, inet.TCP_CC_INFO) is None


def test_congestion_information_is_decoded_by_name() -> None:
    decode = inet.TCP_CC_INFO.decode
    vegas, bbr = struct.pack("=4I", 1, 2, 3, 4), struct.pack("=5I", 1, 2, 3, 4, 5)
    assert decode(b"vegas".ljust(16, b"\0") + vegas) == inet.VegasInfo(1, 2, 3, 4)
    assert decode(b"dctcp".ljust(16, b"\0") + struct.pack("=HHIII", 1, 0, 5, 6, 7)) == inet.DctcpInfo(1, 0, 5, 6, 7)
    assert decode(b"bbr".ljust(16, b"\0") + bbr) == inet.BbrInfo(1, 2, 3, 4, 5)
    assert decode(b"cubic".ljust(16, b"\0")) is decode(b"") is None


def test_times_and_enums_of_tcp_round_trip(connection: Any) -> None:
    client, _ = connection
    options.set(client, inet.TCP_USER_TIMEOUT, 12.5)
    assert options.get(client, inet.TCP_USER_TIMEOUT) == 12.5
    assert client.getsockopt(sockcore.IPPROTO_TCP, sockcore.TCP_USER_TIMEOUT) == 12500
    options.set(client, inet.TCP_KEEPIDLE, 77)
    assert client.getsockopt(sockcore.IPPROTO_TCP, inet.TCP_KEEPIDLE) == 77
    options.set(client, inet.IP_MTU_DISCOVER, inet.PathMtuDiscovery.PROBE)
    assert options.get(client, inet.IP_MTU_DISCOVER) is inet.PathMtuDiscovery.PROBE
    options.set(client, inet.IP_LOCAL_PORT_RANGE, inet.PortRange(40000, 40010))
    assert options.get(client, "IP_LOCAL_PORT_RANGE") == (40000, 40010)
    with pytest.raises(OverflowError, match="IP_TOS must be 0 to 255, not 256"):
        options.set(client, inet.IP_TOS, 256)


def test_md5_key_is_accepted_and_invalid_one_is_named() -> None:
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM) as sock:
        try:
            options.set(sock, inet.TCP_MD5SIG, inet.TcpMd5Sig("127.0.0.1", b"key"))
        except OSError as exc:
            pytest.skip(f"this kernel has no keys: {exc}")
        for value, expected, message in (
            (("127.0.0.1", bytes(81)), ValueError, "TCP_MD5SIG key must be 0 to 80 bytes, not 81"),
            (("nohost", b""), ValueError, "TCP_MD5SIG address must be an IPv4 or IPv6 address in text, not 'nohost'"),
            (("127.0.0.1", b"", 8), ValueError, "TCP_MD5SIG_EXT uses them"),
            (("127.0.0.1",), TypeError, r"TCP_MD5SIG must be a tuple \(address, key"),
        ):
            with pytest.raises(expected, match=message):
                options.set(sock, inet.TCP_MD5SIG, value)


def test_zerocopy_receive_reports_queue(connection: Any) -> None:
    client, peer = connection
    client.sendall(b"abc")
    peer.recv(1, sockcore.MSG_PEEK)
    value = options.get(peer, inet.TCP_ZEROCOPY_RECEIVE)
    assert (value.length, value.recv_skip_hint) == (0, 3)


def test_mptcp_info_of_mptcp_socket() -> None:
    try:
        server = sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_MPTCP)
    except OSError as exc:
        pytest.skip(f"this kernel lacks MPTCP: {exc}")
    with server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_STREAM, sockcore.IPPROTO_MPTCP) as client:
            client.connect(server.getsockname())
            peer, _ = server.accept()
            with peer:
                client.sendall(b"x" * 100)
                peer.recv(100)
                info = options.get(client, inet.MPTCP_INFO)
                assert info.subflows == 0
                assert info.token != 0
                assert info.bytes_sent in (None, 100)
                assert info.csum_enabled in (None, False)
                addresses = options.get(client, inet.MPTCP_SUBFLOW_ADDRS)
                assert addresses == [(client.getsockname(), peer.getsockname())]
                assert addresses[0].remote == server.getsockname()
                subflows = options.get(client, inet.MPTCP_TCPINFO)
                assert [(subflow.state, subflow.bytes_sent) for subflow in subflows] == [(1, 100)]
                assert subflows[0].snd_mss > 0
                full = read_full_info(client)
                assert (full.info.token, full.info.subflows) == (info.token, 0)
                [subflow] = full.subflows
                assert (subflow.local, subflow.remote) == addresses[0]
                assert (subflow.tcp_info.state, subflow.tcp_info.bytes_sent) == (1, 100)


def read_full_info(sock: sockcore.socket) -> Any:
    try:
        return options.get(sock, inet.MPTCP_FULL_INFO)
    except OSError as exc:
        if exc.errno != errno.EOPNOTSUPP:
            raise
        pytest.skip("Linux before 6.5 lacks MPTCP_FULL_INFO")


def test_number_of_subflows_is_limited_by_arrays() -> None:
    decode = inet.MPTCP_FULL_INFO.decode
    assert decode(b"").subflows == []
    assert len(decode(b"\xff" * 20000).subflows) == 16


def test_truncated_subflows_are_omitted() -> None:
    decode = inet.MPTCP_TCPINFO.decode
    header = struct.pack("=4I", 16, 3, 280, 8)
    assert [info.state for info in decode(header + bytes([1, *bytes(7), 2, *bytes(7), 3]))] == [1, 2]
    assert decode(header) == decode(b"") == decode(struct.pack("=4I", 16, 2**32 - 1, 0, 0)) == []


@pytest.mark.usefixtures("ipv6")
def test_flow_information_of_ipv6_is_flag() -> None:
    """The option requests the control message; it has no other value: ipv6(7), do_ipv6_setsockopt()."""
    with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_DGRAM) as sock:
        options.set(sock, inet.IPV6_FLOWINFO, True)
        assert options.get(sock, inet.IPV6_FLOWINFO) is True
        with pytest.raises(OverflowError, match="IPV6_FLOWINFO must be True or False, not 7"):
            options.set(sock, inet.IPV6_FLOWINFO, 7)


@pytest.mark.parametrize(
    ("address", "prefixlen", "last"), [("192.0.2.0", 33, 32), ("2001:db8::", 129, 128), ("192.0.2.0", -1, 32)]
)
def test_prefix_of_key_is_limited_by_address(address: str, prefixlen: int, last: int) -> None:
    with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_STREAM) as sock:
        with pytest.raises(OverflowError, match=f"TCP_MD5SIG_EXT prefixlen must be 0 to {last}, not {prefixlen}"):
            options.set(sock, inet.TCP_MD5SIG_EXT, (address, b"key", prefixlen))


@pytest.mark.usefixtures("ipv6")
def test_family_of_connected_ipv6_socket_is_read() -> None:
    with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_DGRAM) as sock:
        with pytest.raises(OSError, match="IPV6_ADDRFORM") as caught:
            options.get(sock, inet.IPV6_ADDRFORM)
        assert caught.value.errno == errno.ENOTCONN
        sock.connect(("::ffff:127.0.0.1", 9))
        assert options.get(sock, inet.IPV6_ADDRFORM) is sockcore.AF_INET6
        options.set(sock, inet.IPV6_ADDRFORM, sockcore.AF_INET)
        assert options.get(sock, options.SO_DOMAIN) is sockcore.AF_INET


def test_clock_of_transmission_times_is_signed() -> None:
    """A clock of a device has a negative number: clock_gettime(2)."""
    value = (-5, options.TxTimeFlags.DEADLINE_MODE)
    encode = options.SO_TXTIME.encode
    assert encode is not None
    assert options.SO_TXTIME.decode(encode(value)) == value


def redirect(port: int, target: int) -> None:
    """Redirect connections of this network namespace by nft(8), and skip the test if the kernel has no nf_tables."""
    chain = f"type nat hook output priority -100; tcp dport {port} redirect to :{target};"
    rules = f"table ip nat {{\n chain output {{\n {chain}\n }}\n}}"
    program = shutil.which("nft")
    if program is None:
        pytest.skip("nft is not installed")
    done = subprocess.run([program, rules], check=False, capture_output=True, text=True, timeout=60)
    if done.returncode and re.search("Could not process rule|cache initialization|Netlink", done.stderr):
        pytest.skip(f"this kernel cannot redirect connections: {done.stderr[:200]}")
    assert done.returncode == 0, done.stderr


def test_destination_before_redirection_is_read() -> None:
    with ExitStack() as stack:
        try:
            namespaces = stack.enter_context(NetworkNamespaces())
        except OSError as exc:
            pytest.skip(str(exc))
        server = stack.enter_context(namespaces.run(0, sockcore.create_server, ("127.0.0.1", 0)))
        namespaces.run(0, redirect, 7777, server.getsockname()[1])
        stack.enter_context(namespaces.run(0, sockcore.create_connection, ("127.0.0.1", 7777)))
        peer = stack.enter_context(server.accept()[0])
        assert options.get(peer, inet.SO_ORIGINAL_DST) == ("127.0.0.1", 7777)
