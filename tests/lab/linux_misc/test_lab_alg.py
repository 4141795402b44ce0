"""AF_ALG: hashes, ciphers and random numbers of the kernel, compared with test vectors and hashlib."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import socket as stdlib
import tempfile
import time
from typing import TYPE_CHECKING, Any

import pytest
from kit import LIMIT, RequestTests

import sockcore

if TYPE_CHECKING:
    from collections.abc import Iterator

ALG, SOL_ALG = sockcore.AF_ALG, sockcore.SOL_ALG
ENCRYPT, DECRYPT, MORE = sockcore.ALG_OP_ENCRYPT, sockcore.ALG_OP_DECRYPT, sockcore.MSG_MORE


class AlgTests(RequestTests):
    """The sockets of an operation, which compute a response to each message."""

    family, type = "AF_ALG", "SOCK_SEQPACKET"
    unsupported: Any = {
        "peek": "the kernel ignores MSG_PEEK",
        "getsockname": "the kernel has no getsockname for AF_ALG (EOPNOTSUPP)",
        "several requests": "a response has the data of all requests before it",
    }
    invalid_addresses = (
        (("x" * 14, "sha256"), ValueError),
        (("hash", "x" * 64), ValueError),
        (("hash", "sha\0"), ValueError),
        (("hash",), TypeError),
        (("hash", "sha256", -1), OverflowError),
    )
    algorithm: tuple[str, str]
    key = b""

    def open_requester(self) -> Any:
        sock = self.open_unbound()
        sock.bind(self.algorithm)
        if self.key:
            sock.setsockopt(SOL_ALG, sockcore.ALG_SET_KEY, self.key)
        operation, address = sock.accept()
        assert address is None
        return self.close_at_end(operation)


class TestHash(AlgTests):
    algorithm = ("hash", "sha256")
    unsupported = {
        **AlgTests.unsupported,
        "waiting": "recv without data returns the hash of nothing",
        "wakeup": "the kernel has no poll for hashes",
        "standard library": "it waits by poll before it receives",
    }

    def request(self, number: int) -> bytes:
        return b"message %d" % number

    def response(self, number: int) -> bytes:
        return hashlib.sha256(self.request(number)).digest()


class TestHmac(TestHash):
    algorithm = ("hash", "hmac(sha512)")
    key = b"Jefe"

    def response(self, number: int) -> bytes:
        return hmac.new(self.key, self.request(number), "sha512").digest()


class TestCipher(AlgTests):
    """A cipher without an initialization vector, which encrypts each block alone."""

    algorithm = ("skcipher", "ecb(aes)")
    # af_alg_data_wakeup() of Linux 6.12 reports EPOLLOUT to those that wait for EPOLLIN.
    unsupported = {**AlgTests.unsupported, "wakeup": "the kernel does not wake a waiting receiver"}
    # FIPS 197, appendix B
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    send_flags = "MSG_MORE"

    def open_requester(self) -> Any:
        operation = super().open_requester()
        operation.sendmsg_afalg(op=DECRYPT, flags=MORE)
        return operation

    def request(self, number: int) -> bytes:
        return self.encrypted(self.response(number))

    def response(self, number: int) -> bytes:
        return b"%016d" % number if number else bytes.fromhex("3243f6a8885a308d313198a2e0370734")

    def encrypted(self, block: bytes) -> bytes:
        if block == self.response(0):
            return bytes.fromhex("3925841d02dc09fbdc118597196a0b32")
        with sockcore.socket(ALG, sockcore.SOCK_SEQPACKET) as sock:
            sock.bind(self.algorithm)
            sock.setsockopt(SOL_ALG, sockcore.ALG_SET_KEY, self.key)
            operation, _ = sock.accept()
            with operation:
                operation.sendmsg_afalg([block], op=ENCRYPT)
                data: bytes = operation.recv(16)
                return data


@pytest.fixture
def algorithm() -> Iterator[Any]:
    """Return a function that opens the socket of an operation.

    *timeout* applies to both sockets.
    """
    socks = []

    def open_operation(
        type: str, name: str, key: bytes | None = None, tag: int = 0, timeout: float | None = LIMIT
    ) -> Any:
        sock = sockcore.socket(ALG, sockcore.SOCK_SEQPACKET)
        socks.append(sock)
        sock.settimeout(timeout)
        sock.bind((type, name))
        if key is not None:
            sock.setsockopt(SOL_ALG, sockcore.ALG_SET_KEY, key)
        if tag:
            sock.setsockopt(SOL_ALG, sockcore.ALG_SET_AEAD_AUTHSIZE, None, tag)
        operation, address = sock.accept()
        socks.append(operation)
        operation.settimeout(timeout)
        assert address is None
        return operation

    yield open_operation
    for sock in socks:
        sock.close()


@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512", "md5"])
def test_alg_hash_matches_hashlib(algorithm: Any, name: str, timeout: float | None) -> None:
    operation = algorithm("hash", name, timeout=timeout)
    for text in (b"abc", b"", bytes(10000)):
        operation.sendall(text)
        assert operation.recv(512) == hashlib.new(name, text).digest()


def test_alg_hash_in_parts_matches_hashlib(algorithm: Any) -> None:
    operation = algorithm("hash", "sha256")
    for part in (b"one ", b"two ", b"three"):
        assert operation.send(part, MORE) == len(part)
    assert operation.sendmsg([b" and", b" more"]) == 9
    assert operation.recv(512) == hashlib.sha256(b"one two three and more").digest()
    data, control, _, address = operation.recvmsg(512)
    assert (data, control, address) == (hashlib.sha256().digest(), [], None)


def test_alg_accept_copies_hash_state(algorithm: Any) -> None:
    operation = algorithm("hash", "sha256")
    operation.send(b"common ", MORE)
    copy, address = operation.accept()
    with copy:
        assert address is None
        copy.settimeout(LIMIT)
        operation.send(b"one")
        copy.send(b"two")
        assert operation.recv(512) == hashlib.sha256(b"common one").digest()
        assert copy.recv(512) == hashlib.sha256(b"common two").digest()


def test_alg_hmac_matches_test_vector(algorithm: Any) -> None:
    key = b"Jefe"
    operation = algorithm("hash", "hmac(sha256)", key)
    operation.sendall(b"what do ya want for nothing?")  # RFC 4231, test case 2
    digest = operation.recv(512)
    assert digest == hmac.new(key, b"what do ya want for nothing?", "sha256").digest()
    assert digest.hex().startswith("5bdcc146bf60754e6a042426089575c7")


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_alg_cipher_matches_test_vector(algorithm: Any, timeout: float | None) -> None:
    # RFC 3602, cases 1 and 2.
    key, iv = bytes.fromhex("06a9214036b8a15b512e03d534120006"), bytes.fromhex("3dafba429d9eb430b422da802c9fac41")
    secret = bytes.fromhex("e353779c1079aeb82708942dbe77181a")
    operation = algorithm("skcipher", "cbc(aes)", key, timeout=timeout)
    assert operation.sendmsg_afalg(op=ENCRYPT, iv=iv, flags=MORE) == 0
    operation.sendall(b"Single block msg")
    assert operation.recv(16) == secret
    assert operation.sendmsg_afalg([secret], op=DECRYPT, iv=iv) == 16
    assert operation.recv(16) == b"Single block msg"
    key, iv = bytes.fromhex("c286696d887c9aa0611bbb3e2025a45a"), bytes.fromhex("562e17996d093d28ddb3ba695a2e6f58")
    operation = algorithm("skcipher", "cbc(aes)", key, timeout=timeout)
    operation.sendmsg_afalg([bytes(range(16)), bytearray(range(16, 32))], op=ENCRYPT, iv=memoryview(iv))
    assert operation.recv(32).hex() == "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"


def test_alg_cipher_in_parts_decrypts_to_plaintext(algorithm: Any) -> None:
    key, iv, text = bytes(range(16)), bytes(16), os.urandom(4096)
    operation = algorithm("skcipher", "cbc(aes)", key)
    operation.sendmsg_afalg([text[:16]], op=ENCRYPT, iv=iv, flags=MORE)
    for at in range(16, len(text), 1020):
        operation.send(text[at : at + 1020], MORE if at + 1020 < len(text) else 0)
    secret = bytearray(len(text))
    view = memoryview(secret)
    while view:
        view = view[operation.recv_into(view, min(len(view), 512)) :]
    operation.sendmsg_afalg([secret], op=DECRYPT, iv=iv)
    assert operation.recv(len(text)) == text


def test_alg_recv_without_data_raises(algorithm: Any) -> None:
    operation = algorithm("skcipher", "cbc(aes)", bytes(16), timeout=0)
    operation.sendmsg_afalg([bytes(8)], op=ENCRYPT, iv=bytes(16), flags=MORE)
    with pytest.raises(BlockingIOError):
        operation.recv(16)
    operation.settimeout(0.05)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        operation.recv(16)
    assert time.monotonic() - began >= 0.05
    operation.send(bytes(8))
    assert len(operation.recv(16)) == 16


def test_alg_send_to_full_buffer_times_out(algorithm: Any) -> None:
    operation = algorithm("skcipher", "cbc(aes)", bytes(16), timeout=0.05)
    sent = 0

    def fill() -> None:
        nonlocal sent
        while True:
            sent += operation.sendmsg_afalg([bytes(65536)], op=ENCRYPT, iv=bytes(16), flags=MORE)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        fill()
    assert time.monotonic() - began >= 0.05
    assert sent > 0
    assert len(operation.recv(65536)) > 0


@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_alg_aead_matches_test_vector(algorithm: Any, timeout: float | None) -> None:
    # Test case 4 of the GCM specification.
    key, iv = bytes.fromhex("feffe9928665731c6d6a8f9467308308"), bytes.fromhex("cafebabefacedbaddecaf888")
    text = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
        "ba637b39"
    )
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    secret = bytes.fromhex(
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
        "3d58e091"
    )
    tag = bytes.fromhex("5bc94fbc3221a5db94fae95ae7121a47")
    operation = algorithm("aead", "gcm(aes)", key, 16, timeout)
    operation.sendmsg_afalg([associated, text], op=ENCRYPT, iv=iv, assoclen=len(associated))
    assert operation.recv(len(associated) + len(text) + 16)[len(associated) :] == secret + tag
    operation.sendmsg_afalg([associated, secret + tag], op=DECRYPT, iv=iv, assoclen=len(associated))
    assert operation.recv(len(associated) + len(text))[len(associated) :] == text
    operation.sendmsg_afalg([associated, secret + bytes(16)], op=DECRYPT, iv=iv, assoclen=len(associated))
    with pytest.raises(OSError) as caught:
        operation.recv(len(associated) + len(text))
    assert caught.value.errno == errno.EBADMSG


@pytest.mark.parametrize("name", ["stdrng", "drbg_nopr_sha256", "drbg_nopr_ctr_aes256"])
def test_alg_rng_returns_random_bytes(algorithm: Any, name: str) -> None:
    operation = algorithm("rng", name, os.urandom(48))  # the seed
    one, two = operation.recv(16), operation.recv(100)
    assert (len(one), len(two)) == (16, 100)
    assert one != two[:16]


@pytest.mark.parametrize("size", [1, 4096, 50_000])
@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_sendfile_to_alg_hash_matches_hashlib(algorithm: Any, timeout: float | None, size: int) -> None:
    data = os.urandom(size)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        operation = algorithm("hash", "sha256", timeout=timeout)
        assert operation.sendfile(file) == size
        assert operation.recv(512) == hashlib.sha256(data).digest()


def test_alg_bind_unsupported_algorithm_raises_os_error() -> None:
    for address, number in (
        (("hash", "no such algorithm"), errno.ENOENT),
        (("no such", "sha256"), errno.ENOENT),
        (("hash", "sha256", 0x10000), errno.EINVAL),  # the standard library passes only 16 bits
        (("hash", "sha256", 0, 0x80000000), errno.EINVAL),
    ):
        with sockcore.socket(ALG, sockcore.SOCK_SEQPACKET) as sock:
            with pytest.raises(OSError) as caught:
                sock.bind(address)
            assert caught.value.errno == number


def test_alg_getsockname_raises_eopnotsupp() -> None:
    outcomes = []
    for module in (sockcore, stdlib):
        with module.socket(ALG, sockcore.SOCK_SEQPACKET) as sock:
            assert "laddr" not in repr(sock)
            sock.bind(("hash", "sha256"))
            assert "laddr" not in repr(sock)
            for call in (sock.getsockname, sock.getpeername, lambda: sock.connect(("hash", "sha256"))):
                with pytest.raises(OSError) as caught:
                    call()
                outcomes.append(caught.value.errno)
            with sock.dup() as copy:
                accepted, address = copy.accept()
                with accepted:
                    assert address is None
                    assert (accepted.family, accepted.type, accepted.proto) == (ALG, sockcore.SOCK_SEQPACKET, 0)
                    accepted.sendall(b"abc")
                    assert accepted.recvfrom(100) == (hashlib.sha256(b"abc").digest(), None)
    assert outcomes == [errno.EOPNOTSUPP] * 6


@pytest.mark.parametrize("family", [(), (ALG,)])
def test_socket_from_fd_of_alg_detects_family(family: tuple[int, ...]) -> None:
    with sockcore.socket(ALG, sockcore.SOCK_SEQPACKET) as sock:
        with sockcore.socket(*family, fileno=os.dup(sock.fileno())) as duplicate:  # SO_DOMAIN returns the family
            assert (duplicate.family, duplicate.type) == (ALG, sockcore.SOCK_SEQPACKET)


def test_setdefaulttimeout_applies_to_alg_operations() -> None:
    sockcore.setdefaulttimeout(LIMIT)
    try:
        with sockcore.socket(ALG, sockcore.SOCK_SEQPACKET) as sock:
            sock.bind(("hash", "sha256"))
            operation, _ = sock.accept()
            with operation:
                assert operation.gettimeout() == LIMIT
                operation.sendall(b"abc")
                assert operation.recv(100) == hashlib.sha256(b"abc").digest()
    finally:
        sockcore.setdefaulttimeout(None)
