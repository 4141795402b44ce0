"""TLS in the kernel of Linux: TLS_TX, TLS_RX and other options of SOL_TLS.

A connection has them after ``options.set(sock, TCP_ULP, "tls")``. Sources: Documentation/networking/tls.rst in the
kernel, <linux/tls.h>.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    NUMBER16,
    Any,
    Iterator,
    Kind,
    OpenEnum,
    Option,
    OptionTable,
    Struct,
    check_range,
    getsockopt_with_input,
    number_kind,
    to_bytes,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.tcp_structs import TLS_CRYPTO_INFO, TLS_CRYPTO_INFOS

__all__ = [
    "TLS_RX",
    "TLS_RX_EXPECT_NO_PAD",
    "TLS_TX",
    "TLS_TX_MAX_PAYLOAD_LEN",
    "TLS_TX_ZEROCOPY_RO",
    "TlsCipher",
    "TlsCryptoInfo",
    "TlsVersion",
]


class TlsVersion(OpenEnum):
    """The version of TLS: TLS_*_VERSION."""

    TLS_1_2 = TABLE.get("TLS_1_2_VERSION", -101)
    TLS_1_3 = TABLE.get("TLS_1_3_VERSION", -102)


class TlsCipher(OpenEnum):
    """The cipher of a direction: TLS_CIPHER_* without the prefix."""

    AES_GCM_128 = TABLE.get("TLS_CIPHER_AES_GCM_128", -101)
    AES_GCM_256 = TABLE.get("TLS_CIPHER_AES_GCM_256", -102)
    AES_CCM_128 = TABLE.get("TLS_CIPHER_AES_CCM_128", -103)
    CHACHA20_POLY1305 = TABLE.get("TLS_CIPHER_CHACHA20_POLY1305", -104)
    SM4_GCM = TABLE.get("TLS_CIPHER_SM4_GCM", -105)
    SM4_CCM = TABLE.get("TLS_CIPHER_SM4_CCM", -106)
    ARIA_GCM_128 = TABLE.get("TLS_CIPHER_ARIA_GCM_128", -107)
    ARIA_GCM_256 = TABLE.get("TLS_CIPHER_ARIA_GCM_256", -108)


class TlsCryptoInfo(NamedTuple):
    """The value of TLS_TX and TLS_RX: version and cipher, and the secrets of one direction.

    *iv* is the initialization vector, *rec_seq* the sequence number of the next record. *salt* is empty for
    CHACHA20_POLY1305. The sizes depend on the cipher.
    """

    version: TlsVersion
    cipher_type: TlsCipher
    iv: bytes
    key: bytes
    salt: bytes
    rec_seq: bytes


#: Cipher -> its struct.
_STRUCTS: dict[int, Struct] = {
    cipher: TLS_CRYPTO_INFOS[cipher.name] for cipher in TlsCipher if cipher.name in TLS_CRYPTO_INFOS
}
_LARGEST = max(struct.size for struct in TLS_CRYPTO_INFOS.values())


def _secrets(struct: Struct) -> tuple[tuple[str, int], ...]:
    """Return the names and sizes of the fields behind version and cipher."""
    sizes = {name: size for name, (_, size) in struct.offsets().items()}
    return tuple((name, sizes.get(name, 0)) for name in ("iv", "key", "salt", "rec_seq"))


def _decode(data: bytes) -> TlsCryptoInfo:
    version, cipher = (int(number) for number in TLS_CRYPTO_INFO.unpack(data))
    struct = _STRUCTS.get(cipher)
    secrets = []
    offset = TLS_CRYPTO_INFO.size
    data = data if struct is None else data.ljust(struct.size, b"\0")
    for _, size in _secrets(struct) if struct is not None else ():
        secrets.append(bytes(data[offset : offset + size]))
        offset += size
    if struct is None:
        # A cipher of a newer kernel: the division of the secrets is not known.
        secrets = [b"", bytes(data[offset:]), b"", b""]
    return TlsCryptoInfo(TlsVersion(version), TlsCipher(cipher), *secrets)


def _encode(label: str, value: Any) -> bytes:
    names = TlsCryptoInfo._fields
    if not isinstance(value, tuple) or len(value) != len(names):
        # The message must not contain the key.
        raise TypeError(f"{label} must be a tuple ({', '.join(names)}), not {type(value).__name__}")
    version = check_range(f"{label} version", value[0], 0, 0xFFFF)
    cipher = check_range(f"{label} cipher_type", value[1], 0, 0xFFFF)
    struct = _STRUCTS.get(cipher)
    if struct is None:
        numbers = ", ".join(str(int(number)) for number in sorted(_STRUCTS))
        raise ValueError(f"{label} cipher_type must be one of {numbers}, not {cipher}")
    data = TLS_CRYPTO_INFO.pack(version, cipher)
    for (name, size), secret in zip(_secrets(struct), value[2:]):
        packed = to_bytes(secret, f"{label} {name}", contiguous=False)
        if len(packed) != size:
            raise ValueError(f"{label} {name} must be {size} bytes, not {len(packed)}")
        data += packed
    return data


def _read(fd: int, level: int, optname: int) -> bytes:
    # The kernel requires the exact size of the struct of the cipher, which it returns for the size of the header.
    header = getsockopt_with_input(fd, level, optname, bytes(TLS_CRYPTO_INFO.size))
    struct = _STRUCTS.get(NUMBER16.decode(header[2:]))
    return header if struct is None else getsockopt_with_input(fd, level, optname, bytes(struct.size))


_CRYPTO_INFO: Kind[TlsCryptoInfo] = Kind("TlsCryptoInfo", _LARGEST, _decode, _encode, reader=_read)
_table = OptionTable(TABLE)


def _row(name: str, kind: Kind[Any]) -> Any:
    return _table(name, "SOL_TLS", kind)


#: The keys of sent data. They are set once, or again after a KeyUpdate of TLS 1.3.
TLS_TX: Option[TlsCryptoInfo] = _row("TLS_TX", _CRYPTO_INFO)
#: The keys of received data.
TLS_RX: Option[TlsCryptoInfo] = _row("TLS_RX", _CRYPTO_INFO)
#: True if the data of sendfile() do not change before they are sent, so that the kernel need not copy them.
TLS_TX_ZEROCOPY_RO: Option[bool] = _row("TLS_TX_ZEROCOPY_RO", FLAG)
#: True if records of TLS 1.3 are expected without padding, so that the kernel can decrypt them in place.
TLS_RX_EXPECT_NO_PAD: Option[bool] = _row("TLS_RX_EXPECT_NO_PAD", FLAG)
#: The largest size of the data in a sent record, in bytes.
TLS_TX_MAX_PAYLOAD_LEN: Option[int] = _row("TLS_TX_MAX_PAYLOAD_LEN", number_kind("=H"))


def options() -> Iterator[Option[Any]]:
    """Yield the options on this system."""
    return _table.options()
