"""TLS_TX, TLS_RX and the other options of SOL_TLS: bytes of each cipher, errors, and connections of this kernel."""

from __future__ import annotations

import errno
import struct
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import options
from sockcore_inet import options as inet
from sockcore_inet.options import TlsCipher, TlsCryptoInfo, TlsVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernels of other systems have other options")

#: Cipher -> its number, and the sizes of iv, key, salt and rec_seq in <linux/tls.h>.
SIZES = {
    TlsCipher.AES_GCM_128: (51, 8, 16, 4, 8),
    TlsCipher.AES_GCM_256: (52, 8, 32, 4, 8),
    TlsCipher.AES_CCM_128: (53, 8, 16, 4, 8),
    TlsCipher.CHACHA20_POLY1305: (54, 12, 32, 0, 8),
    TlsCipher.SM4_GCM: (55, 8, 16, 4, 8),
    TlsCipher.SM4_CCM: (56, 8, 16, 4, 8),
    TlsCipher.ARIA_GCM_128: (57, 8, 16, 4, 8),
    TlsCipher.ARIA_GCM_256: (58, 8, 32, 4, 8),
}


def crypto_info(cipher: TlsCipher, version: TlsVersion = TlsVersion.TLS_1_2) -> TlsCryptoInfo:
    """Return different secrets of the sizes of a cipher. The sequence number is 0."""
    _, *sizes = SIZES[cipher]
    iv, key, salt, rec_seq = (bytes(range(start, start + size)) for start, size in zip((1, 33, 97, 0), sizes))
    return TlsCryptoInfo(version, cipher, iv, key, salt, bytes(len(rec_seq)))


@pytest.mark.parametrize("cipher", SIZES)
def test_crypto_info_is_the_struct_of_its_cipher(cipher: TlsCipher) -> None:
    value = crypto_info(cipher)
    number, *sizes = SIZES[cipher]
    data = struct.pack("=HH", 0x0303, number) + value.iv + value.key + value.salt + value.rec_seq
    assert len(data) == 4 + sum(sizes)
    for option in (inet.TLS_TX, inet.TLS_RX):
        assert option.encode is not None
        assert option.encode(value) == data
        decoded = option.decode(data)
        assert decoded == value
        assert (decoded.version, decoded.cipher_type.name) == (TlsVersion.TLS_1_2, cipher.name)
        assert option.decode(data[:-1]) == value


def test_cipher_without_struct_has_its_bytes() -> None:
    value = inet.TLS_TX.decode(struct.pack("=HH", 0x0304, 999) + b"abc")
    assert value == (TlsVersion.TLS_1_3, 999, b"", b"abc", b"", b"")
    assert value.cipher_type.name == "TlsCipher_999"


@pytest.mark.parametrize(
    ("changes", "exc_type", "message"),
    [
        ({"version": 65536}, OverflowError, r"^TLS_TX version must be 0 to 65535, not 65536$"),
        ({"version": "1.2"}, TypeError, r"^TLS_TX version must be an integer, not str$"),
        ({"cipher_type": 50}, ValueError, r"^TLS_TX cipher_type must be one of 51, 52, .*, 58, not 50$"),
        ({"iv": bytes(7)}, ValueError, r"^TLS_TX iv must be 8 bytes, not 7$"),
        ({"key": bytes(32)}, ValueError, r"^TLS_TX key must be 16 bytes, not 32$"),
        ({"salt": b""}, ValueError, r"^TLS_TX salt must be 4 bytes, not 0$"),
        ({"rec_seq": 0}, TypeError, r"^TLS_TX rec_seq"),
    ],
)
def test_invalid_value_names_field_and_range(changes: Any, exc_type: type[Exception], message: str) -> None:
    value = crypto_info(TlsCipher.AES_GCM_128)._replace(**changes)
    assert inet.TLS_TX.encode is not None
    with pytest.raises(exc_type, match=message) as caught:
        inet.TLS_TX.encode(value)
    assert type(caught.value) is exc_type


def test_error_does_not_contain_the_key() -> None:
    assert inet.TLS_TX.encode is not None
    for value in (crypto_info(TlsCipher.AES_GCM_128)[:-1], b"secret", [b"secret"]):
        with pytest.raises(TypeError, match=r"^TLS_TX must be a tuple \(version, cipher_type, iv, ") as caught:
            inet.TLS_TX.encode(value)
        assert "secret" not in str(caught.value)
        assert "!" not in str(caught.value)


@contextmanager
def connected() -> Iterator[tuple[sockcore.socket, sockcore.socket]]:
    """Yield a client and the accepted socket with the upper protocol tls. Skip the test if the kernel lacks it."""
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(sockcore.create_connection(server.getsockname()))
        peer = stack.enter_context(server.accept()[0])
        peer.settimeout(60)
        try:
            for sock in (client, peer):
                options.set(sock, inet.TCP_ULP, "tls")
        except OSError as exc:
            pytest.skip(f"this kernel has no TLS: {exc}")
        yield client, peer


@pytest.mark.real_kernel
@pytest.mark.parametrize("version", TlsVersion)
@pytest.mark.parametrize("cipher", SIZES)
def test_keys_are_set_and_read(cipher: TlsCipher, version: TlsVersion) -> None:
    value = crypto_info(cipher, version)
    with connected() as (client, peer):
        with pytest.raises(OSError, match="TLS_TX"):
            options.get(client, inet.TLS_TX)
        try:
            options.set(client, inet.TLS_TX, value)
        except OSError as exc:
            # ENOENT: the kernel is built without the cipher. EINVAL: the version of TLS does not have it.
            if exc.errno not in (errno.ENOENT, errno.EINVAL):
                raise
            pytest.skip(f"this kernel has no {cipher.name}: {exc}")
        options.set(peer, inet.TLS_RX, value)
        assert options.get(client, inet.TLS_TX) == value
        assert options.get(peer, inet.TLS_RX) == value
        client.sendall(b"secret")
        assert peer.recv(100) == b"secret"
        # One record was sent and received.
        after = value._replace(rec_seq=bytes(7) + b"\1")
        assert options.get(client, inet.TLS_TX).rec_seq == after.rec_seq
        assert options.get(peer, inet.TLS_RX).rec_seq == after.rec_seq
        assert options.all(client)["TLS_TX"].cipher_type is cipher


@pytest.mark.real_kernel
def test_flags_of_connection_are_set_and_read() -> None:
    value = crypto_info(TlsCipher.AES_GCM_128, TlsVersion.TLS_1_3)
    with connected() as (client, peer):
        options.set(client, inet.TLS_TX, value)
        options.set(peer, inet.TLS_RX, value)
        for sock, option in ((client, inet.TLS_TX_ZEROCOPY_RO), (peer, inet.TLS_RX_EXPECT_NO_PAD)):
            assert options.get(sock, option) is False
            options.set(sock, option, True)
            assert options.get(sock, option) is True
