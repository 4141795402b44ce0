"""Control messages of AF_ALG, AF_NETLINK, AF_RDS and AF_VSOCK as values, to and from the kernel of the guest."""

from __future__ import annotations

import errno
import itertools
import select
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from kit import LIMIT

import sockcore
from sockcore import ancillary, errors, options
from sockcore_linux_misc import options as linux

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

ports = itertools.count(4100)


@pytest.fixture
def rds_pair() -> Iterator[tuple[kit.Sock, kit.Sock]]:
    """Yield two RDS sockets of this machine, which use the loopback transport."""
    with ExitStack() as stack:
        socks = []
        for _ in range(2):
            sock = stack.enter_context(sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET))
            sock.settimeout(LIMIT)
            sock.bind(("127.0.0.1", next(ports)))
            socks.append(sock)
        yield socks[0], socks[1]


def decoded(sock: kit.Sock) -> tuple[bytes, dict[str, Any]]:
    """Receive a message. Return its data, and its control messages by name."""
    data, received, flags, _ = sock.recvmsg(1 << 20, 1000)
    assert not flags & sockcore.MSG_CTRUNC
    return data, dict(ancillary.decode(received, sock))  # type: ignore[arg-type]


def test_rds_latencies_of_message_are_received(rds_pair: tuple[kit.Sock, kit.Sock]) -> None:
    receiver, sender = rds_pair
    stages = (sockcore.RDS_MSG_RX_HDR_TO_DGRAM_START, sockcore.RDS_MSG_RX_DGRAM_DELIVERED)
    options.set(receiver, linux.SO_RDS_MSG_RXPATH_LATENCY, stages)
    sender.sendto(b"hello", receiver.getsockname())
    data, values = decoded(receiver)
    assert data == b"hello"
    latencies = values["RDS_CMSG_RXPATH_LATENCY"]
    assert tuple(latencies) == stages
    assert 0 <= latencies[sockcore.RDS_MSG_RX_DGRAM_DELIVERED] < LIMIT * 10**9


def send_until_congested(sender: kit.Sock, address: kit.Address) -> int:
    """Return the number of messages that were sent before the receiver had no room."""
    for sent in range(1000):
        try:
            sender.sendto(bytes(4000), sockcore.MSG_DONTWAIT, address)
        except OSError as exc:
            if exc.errno != errno.ENOBUFS:
                raise
            return sent
    pytest.fail("the receiver is never congested")


def test_rds_end_of_congestion_is_received(rds_pair: tuple[kit.Sock, kit.Sock]) -> None:
    _, sender = rds_pair
    port = next(ports)
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as receiver:
        receiver.settimeout(LIMIT)
        # A socket of the loopback transport does not report congestion: rds_recv_rcvbuf_delta().
        options.set(receiver, linux.SO_RDS_TRANSPORT, sockcore.RDS_TRANS_TCP)
        receiver.bind(("127.0.0.1", port))
        options.set(receiver, options.SO_RCVBUF, 4096)
        options.set(sender, linux.RDS_CONG_MONITOR, True)
        sent = send_until_congested(sender, receiver.getsockname())
        for _ in range(sent):
            receiver.recv(4096)
        data, values = decoded(sender)
    assert data == b""
    assert values["RDS_CMSG_CONG_UPDATE"].has_port(port)
    assert not values["RDS_CMSG_CONG_UPDATE"].has_port(port + 1)


def test_netlink_message_of_other_namespace_has_its_number() -> None:
    commands = ("ip netns add numbered", "ip netns set numbered 77", "ip -n numbered link add other0 type dummy")
    with sockcore.socket(sockcore.AF_NETLINK, sockcore.SOCK_RAW, sockcore.NETLINK_ROUTE) as sock:
        sock.settimeout(LIMIT)
        sock.bind((0, 0))
        options.set(sock, linux.NETLINK_LISTEN_ALL_NSID, True)
        options.set(sock, linux.NETLINK_ADD_MEMBERSHIP, sockcore.RTNLGRP_LINK)
        try:
            for command in commands[:2]:
                subprocess.run(command.split(), check=True, timeout=LIMIT)
            # The name of the interface is in the message.
            subprocess.run(["ip", "-n", "numbered", "link", "set", "lo", "up"], check=True, timeout=LIMIT)
            while True:
                data, values = decoded(sock)
                if values:
                    break
            assert values == {"NETLINK_LISTEN_ALL_NSID": 77}
            assert b"lo\0" in data
        finally:
            subprocess.run(["ip", "netns", "delete", "numbered"], check=True, timeout=LIMIT)


def test_vsock_zerocopy_completion_is_in_error_queue() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.socket(sockcore.AF_VSOCK, sockcore.SOCK_STREAM))
        server.bind((sockcore.VMADDR_CID_ANY, next(ports)))
        server.listen()
        client = stack.enter_context(sockcore.socket(sockcore.AF_VSOCK, sockcore.SOCK_STREAM))
        client.settimeout(LIMIT)
        client.connect((sockcore.VMADDR_CID_LOCAL, server.getsockname()[1]))
        options.set(client, options.SO_ZEROCOPY, True)
        peer = stack.enter_context(server.accept()[0])
        peer.settimeout(LIMIT)
        data = b"x" * 20_000
        for _ in range(2):
            assert client.send(data, sockcore.MSG_ZEROCOPY) == len(data)
            received = b""
            while len(received) < len(data):
                received += peer.recv(1 << 16)
            assert received == data
        poller = select.poll()
        poller.register(client, 0)
        assert poller.poll(LIMIT * 1000)
        reports = list(errors.errors(client))
        assert all(type(report) is errors.ZeroCopyCompletion for report in reports)
        assert all("VSOCK_RECVERR" in report.values for report in reports)
        assert reports[0].first == 0


def open_alg(stack: ExitStack, kind: str, name: str, key: bytes, tag_size: int = 0) -> kit.Sock:
    algorithm = stack.enter_context(sockcore.socket(sockcore.AF_ALG, sockcore.SOCK_SEQPACKET))
    algorithm.bind((kind, name))
    options.set(algorithm, linux.ALG_SET_KEY, key)
    if tag_size:
        options.set(algorithm, linux.ALG_SET_AEAD_AUTHSIZE, tag_size)
    operation, _ = algorithm.accept()
    operation.settimeout(LIMIT)
    return stack.enter_context(operation)


def test_alg_operation_and_vector_are_sent() -> None:
    """The first block of the test vector of RFC 3602, 4."""
    key = bytes.fromhex("06a9214036b8a15b512e03d534120006")
    vector = bytes.fromhex("3dafba429d9eb430b422da802c9fac41")
    encrypted = bytes.fromhex("e353779c1079aeb82708942dbe77181a")
    with ExitStack() as stack:
        operation = open_alg(stack, "skcipher", "cbc(aes)", key)
        for number, data, expected in (
            (sockcore.ALG_OP_ENCRYPT, b"Single block msg", encrypted),
            (sockcore.ALG_OP_DECRYPT, encrypted, b"Single block msg"),
        ):
            messages = [ancillary.encode("ALG_SET_OP", number), ancillary.encode("ALG_SET_IV", vector)]
            operation.sendmsg([data], messages)
            assert operation.recv(100) == expected


def test_alg_length_of_associated_data_is_sent() -> None:
    key, vector, tag_size = bytes(range(16)), bytes(12), 16
    associated, text = b"associated data!", b"a secret text"
    with ExitStack() as stack:
        operation = open_alg(stack, "aead", "gcm(aes)", key, tag_size)

        def run(number: int, data: bytes, size: int) -> bytes:
            messages = [
                ancillary.encode("ALG_SET_OP", number),
                ancillary.encode("ALG_SET_IV", vector),
                ancillary.encode("ALG_SET_AEAD_ASSOCLEN", len(associated)),
            ]
            operation.sendmsg([associated + data], messages)
            return bytes(operation.recv(len(associated) + size)[len(associated) :])

        sealed = run(sockcore.ALG_OP_ENCRYPT, text, len(text) + tag_size)
        assert sealed[: len(text)] != text
        assert run(sockcore.ALG_OP_DECRYPT, sealed, len(text)) == text


def test_alg_entropy_of_test_generator_is_set() -> None:
    """A DRBG for tests: with the same entropy, it returns the same numbers."""
    outputs = []
    for _ in range(2):
        with ExitStack() as stack:
            algorithm = stack.enter_context(sockcore.socket(sockcore.AF_ALG, sockcore.SOCK_SEQPACKET))
            algorithm.bind(("rng", "drbg_nopr_sha256"))
            try:
                options.set(algorithm, linux.ALG_SET_DRBG_ENTROPY, bytes(range(48)))
            except OSError as exc:
                if exc.errno != errno.ENOPROTOOPT:
                    raise
                pytest.skip(f"a stock kernel has no generators for tests: {exc}")
            options.set(algorithm, linux.ALG_SET_KEY, b"")
            operation = stack.enter_context(algorithm.accept()[0])
            outputs.append(operation.recv(32))
    assert outputs[0] == outputs[1] != bytes(32)


def test_alg_key_of_keyring_is_set() -> None:
    import ctypes
    import platform

    # add_key(2) has no function in the C library.
    number = {"x86_64": 248, "aarch64": 217, "riscv64": 217}.get(platform.machine())
    if number is None:
        pytest.skip("the number of add_key(2) on this machine is not known")
    key = bytes(range(16))
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    serial = syscall(number, b"user", b"sockcore test", key, len(key), -2)  # KEY_SPEC_PROCESS_KEYRING
    assert serial > 0, ctypes.get_errno()
    block = b"Single block msg"
    with ExitStack() as stack:
        operation = open_alg(stack, "skcipher", "ecb(aes)", key)
        operation.sendmsg([block], [ancillary.encode("ALG_SET_OP", sockcore.ALG_OP_ENCRYPT)])
        expected = operation.recv(16)
        algorithm = stack.enter_context(sockcore.socket(sockcore.AF_ALG, sockcore.SOCK_SEQPACKET))
        algorithm.bind(("skcipher", "ecb(aes)"))
        options.set(algorithm, linux.ALG_SET_KEY_BY_KEY_SERIAL, serial)
        operation = stack.enter_context(algorithm.accept()[0])
        operation.settimeout(LIMIT)
        operation.sendmsg([block], [ancillary.encode("ALG_SET_OP", sockcore.ALG_OP_ENCRYPT)])
        assert operation.recv(16) == expected != block
