"""UDP segmentation offload: the kernel splits one buffer into datagrams, and joins received datagrams to one buffer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import sockcore
from sockcore import AF_INET, SOCK_DGRAM, ancillary

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "udp_offload.py"

pytestmark = [
    pytest.mark.real_kernel,
    pytest.mark.skipif(not hasattr(sockcore, "UDP_SEGMENT"), reason="this system does not support UDP_SEGMENT"),
]


@pytest.fixture
def server_and_client():
    with sockcore.socket(AF_INET, SOCK_DGRAM) as server, sockcore.socket(AF_INET, SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)
        client.connect(server.getsockname())
        yield server, client


def test_udp_segment_message_is_sent_as_several_datagrams(server_and_client):
    server, client = server_and_client
    segment = ancillary.encode("UDP_SEGMENT", 100)
    assert client.sendmsg([bytes(150), b"x" * 100], [segment]) == 250
    assert [len(server.recv(1000)) for _ in range(3)] == [100, 100, 50]


def test_udp_segment_option_applies_to_all_messages(server_and_client):
    server, client = server_and_client
    client.setsockopt(sockcore.SOL_UDP, sockcore.UDP_SEGMENT, 100)
    assert client.sendmmsg([bytes(200), bytes(150)]) == 2
    assert [len(data) for data, *_ in server.recvmmsg(9, 1000)] == [100, 100, 100, 50]


def test_udp_gro_returns_several_datagrams_in_one_buffer(server_and_client):
    server, client = server_and_client
    server.setsockopt(sockcore.SOL_UDP, sockcore.UDP_GRO, 1)
    client.sendmsg([bytes(250)], [ancillary.encode("UDP_SEGMENT", 100)])
    data, messages, _, address = server.recvmsg(1000, 100)
    assert (len(data), ancillary.decode(messages)) == (250, [("UDP_GRO", 100)])
    assert address == client.getsockname()


def test_udp_segment_and_gro_work_in_batches(server_and_client):
    server, client = server_and_client
    server.setsockopt(sockcore.SOL_UDP, sockcore.UDP_GRO, 1)
    segment = [ancillary.encode("UDP_SEGMENT", 100)]
    assert client.sendmmsg([(bytes(200), None, segment), b"alone", (bytes(300), None, segment)]) == 3
    received = server.recvmmsg(9, 1000, 100)
    assert [len(data) for data, *_ in received] == [200, 5, 300]
    assert [ancillary.decode(messages) for _, messages, *_ in received] == [[("UDP_GRO", 100)], [], [("UDP_GRO", 100)]]


@pytest.mark.parametrize("size", [-1, 65536])
def test_udp_segment_size_out_of_range_raises_overflow_error(size):
    with pytest.raises(OverflowError, match=f"UDP_SEGMENT, the size of a segment, must be 0-65535, not {size}"):
        ancillary.encode("UDP_SEGMENT", size)


def test_udp_offload_example_prints_few_calls():
    done = subprocess.run([sys.executable, EXAMPLE, "2"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    size, datagrams, calls = (
        int(number.replace(",", "")) for number in re.findall(r"[\d,]+(?= (?:bytes|datagrams|calls))", done.stdout)
    )
    assert (size, datagrams) == (2 * 999_936, 2 * 834)
    assert calls * 10 < datagrams
