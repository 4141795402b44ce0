"""AF_KEY: messages to and from the kernel, with the command ip as the other program. examples/key is the plugin."""

from __future__ import annotations

import errno
import os
import socket as stdlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, RequestTests

import sockcore
from sockcore import testing

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "examples/key/src"))

import sockcore_key
from sockcore_key import KeyMessage, pack_message, unpack_message

if TYPE_CHECKING:
    from collections.abc import Iterator

SPI = 0x12345678
STATE = ("src", "192.0.2.1", "dst", "192.0.2.2", "proto", "ah", "spi", hex(SPI))


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", "xfrm", "state", *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module", autouse=True)
def plugin() -> Iterator[None]:
    """Load the plugin for the tests of this module."""
    try:
        stdlib.socket(sockcore_key.AF_KEY, stdlib.SOCK_RAW, sockcore_key.PF_KEY_V2).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_KEY: {exc}")
    with testing.IsolatedRegistry() as registry:
        registry.load(sockcore_key)
        yield


@pytest.fixture
def sock() -> Iterator[Any]:
    """Return a socket. The kernel has no security associations afterwards."""
    with sockcore.socket(sockcore.AF_KEY, sockcore.SOCK_RAW, sockcore.PF_KEY_V2) as sock:
        sock.settimeout(LIMIT)
        yield sock
    ip("flush")


class TestKey(RequestTests):
    """Requests for associations without their extensions, which the kernel answers with an error."""

    family, proto = "AF_KEY", "PF_KEY_V2"
    has_addresses = False
    invalid_addresses = ((("192.0.2.1", 1), TypeError), (b"", TypeError), (None, TypeError))
    unsupported = {
        "detection": "the kernel reports protocol 0",
        "standard library": "it has no codec for AF_KEY",
    }

    def request(self, number: int) -> bytes:
        return pack_message(KeyMessage(sockcore.SADB_GET, sockcore.SADB_SATYPE_AH, number, os.getpid()))

    def response(self, number: int) -> bytes:
        message = KeyMessage(sockcore.SADB_GET, sockcore.SADB_SATYPE_AH, number, os.getpid(), errno.EINVAL)
        return pack_message(message)


def receive(sock: Any) -> KeyMessage:
    return unpack_message(sock.recv(BUFFER_SIZE))


def test_key_association_of_ip_is_reported_and_dumped(sock: Any) -> None:
    ip("add", *STATE, "auth", "hmac(sha1)", "0x" + "ab" * 20)
    added = receive(sock)
    assert (added.type, added.satype, added.errno) == (sockcore.SADB_ADD, sockcore.SADB_SATYPE_AH, 0)
    extensions = dict(added.extensions)
    assert extensions[sockcore.SADB_EXT_SA][:4] == SPI.to_bytes(4, "big")
    assert stdlib.inet_aton("192.0.2.1") in extensions[sockcore.SADB_EXT_ADDRESS_SRC]
    assert stdlib.inet_aton("192.0.2.2") in extensions[sockcore.SADB_EXT_ADDRESS_DST]
    sock.send(pack_message(KeyMessage(sockcore.SADB_DUMP, seq=5, pid=os.getpid())))
    dumped = receive(sock)
    assert (dumped.type, dumped.seq, dumped.pid) == (sockcore.SADB_DUMP, 0, os.getpid())
    assert dict(dumped.extensions)[sockcore.SADB_EXT_KEY_AUTH][4:24] == b"\xab" * 20


def test_key_flush_removes_association_of_ip(sock: Any) -> None:
    ip("add", *STATE, "auth", "hmac(sha1)", "0x" + "ab" * 20)
    assert hex(SPI) in ip()
    assert receive(sock).type == sockcore.SADB_ADD
    sock.send(pack_message(KeyMessage(sockcore.SADB_FLUSH, seq=7, pid=os.getpid())))
    flushed = receive(sock)
    assert (flushed.type, flushed.seq, flushed.pid) == (sockcore.SADB_FLUSH, 7, os.getpid())
    assert ip() == ""


def test_key_invalid_request_is_answered_with_errno(sock: Any) -> None:
    sock.send(pack_message(KeyMessage(sockcore.SADB_GET, sockcore.SADB_SATYPE_AH, 9, os.getpid())))
    answer = receive(sock)
    assert (answer.type, answer.seq, answer.errno) == (sockcore.SADB_GET, 9, errno.EINVAL)


def test_key_getsockname_is_not_supported(sock: Any) -> None:
    with pytest.raises(OSError) as caught:
        sock.getsockname()
    assert caught.value.errno == errno.EOPNOTSUPP
