"""The address codec of AF_ALG, tested with literals. The tests do not open sockets."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore.testing import FakeContext, FamilyTests
from sockcore_linux_misc import alg
from sockcore_linux_misc.constants import TABLE

AF_ALG, ALL = TABLE["AF_ALG"], 0xFFFFFFFF
FAMILY = alg.Alg()
FORMAT = "AF_ALG address must be a tuple (type, name[, feat[, mask]])"


def to_sockaddr(type_name: bytes, name: bytes, feat: int = 0, mask: int = 0) -> bytes:
    return struct.pack("=H14sII64s", AF_ALG, type_name, feat, mask, name)


class TestAlgFamily(FamilyTests):
    family = FAMILY
    pairs = (
        (("hash", "sha256", 0, 0), to_sockaddr(b"hash", b"sha256")),
        (("skcipher", "cbc(aes)", 0x1000, 0x1000), to_sockaddr(b"skcipher", b"cbc(aes)", 0x1000, 0x1000)),
        (("aead", "gcm(aes)", ALL, ALL), to_sockaddr(b"aead", b"gcm(aes)", ALL, ALL)),
        # 32 bits, as documented. The standard library passes 16 bits.
        (
            ("rng", "drbg_nopr_ctr_aes256", 0x10000, 0x80000000),
            to_sockaddr(b"rng", b"drbg_nopr_ctr_aes256", 1 << 16, 1 << 31),
        ),
        (("x" * 13, "y" * 63, 0, 0), to_sockaddr(b"x" * 13, b"y" * 63)),
        (("", "", 0, 0), to_sockaddr(b"", b"")),
        (("é" * 6, "ü" * 31, 0, 0), to_sockaddr("é".encode() * 6, "ü".encode() * 31)),
    )
    encoded = (
        (("hash", "sha256"), to_sockaddr(b"hash", b"sha256")),
        (("hash", "sha256", 5), to_sockaddr(b"hash", b"sha256", 5)),
        (("hash", "sha256", True, False), to_sockaddr(b"hash", b"sha256", 1)),
    )
    decoded = (
        (to_sockaddr(b"hash", b"sha1")[:30], ("hash", "sha1"[:30], 0, 0)),
        (to_sockaddr(b"\xff", b"\xfe\0rest"), ("\udcff", "\udcfe", 0, 0)),
        (struct.pack("=H", AF_ALG), ("", "", 0, 0)),
    )
    wrong = (
        (("hash",), TypeError, FORMAT),
        ((), TypeError, FORMAT),
        (("hash", "sha256", 0, 0, 0), TypeError, FORMAT),
        ((b"hash", "sha256"), TypeError, FORMAT),
        (("hash", b"sha256"), TypeError, FORMAT),
        (("hash", None), TypeError, FORMAT),
        ((1, 2), TypeError, FORMAT),
        ("hash", TypeError, "connect(): AF_ALG address must be tuple, not str"),
        (["hash", "sha256"], TypeError, "connect(): AF_ALG address must be tuple, not list"),
        (None, TypeError, "connect(): AF_ALG address must be tuple, not NoneType"),
        (("hash", "sha256", "x"), TypeError, "integer"),
        (("hash", "sha256", 1.5), TypeError, "integer"),
        (("hash", "sha256", 0, None), TypeError, "integer"),
        (("x" * 14, "y"), ValueError, "AF_ALG type too long."),
        (("x" * 1000, "y"), ValueError, "AF_ALG type too long."),
        (("é" * 7, "y"), ValueError, "AF_ALG type too long."),
        (("hash", "y" * 64), ValueError, "AF_ALG name too long."),
        (("hash", "y" * 1000), ValueError, "AF_ALG name too long."),
        (("hash", "ü" * 32), ValueError, "AF_ALG name too long."),
        (("x" * 14, "y" * 64), ValueError, "AF_ALG type too long."),
        (("ha\0sh", "sha256"), ValueError, "embedded null character"),
        (("hash", "sha256\0"), ValueError, "embedded null character"),
        (("hash", "\udcff"), UnicodeEncodeError, "surrogates not allowed"),
        (("hash", "sha256", -1), OverflowError, "connect(): feat must be 0-4294967295."),
        (("hash", "sha256", 2**32), OverflowError, "connect(): feat must be 0-4294967295."),
        (("hash", "sha256", 0, -1), OverflowError, "connect(): mask must be 0-4294967295."),
        (("hash", "sha256", 0, 2**70), OverflowError, "connect(): mask must be 0-4294967295."),
    )


def test_accept_does_not_request_address() -> None:
    assert FAMILY.accept_gives_address is False


ascii_text = st.text(st.characters(min_codepoint=1, max_codepoint=126))
numbers = st.integers(0, ALL)


@given(st.text(max_size=13), st.text(max_size=63), numbers, numbers)
def test_encode_text_round_trips_or_raises(type_name: str, name: str, feat: int, mask: int) -> None:
    address, context = (type_name, name, feat, mask), FakeContext(AF_ALG)
    if "\0" in type_name + name:
        expected = "embedded null character"
    elif len(type_name.encode()) > 13:
        expected = r"AF_ALG type too long\."
    elif len(name.encode()) > 63:
        expected = r"AF_ALG name too long\."
    else:
        encoded = FAMILY.encode(address, context)
        assert encoded == to_sockaddr(type_name.encode(), name.encode(), feat, mask)
        assert FAMILY.decode(encoded, context) == address
        return
    with pytest.raises(ValueError, match=expected):
        FAMILY.encode(address, context)


@given(st.integers(min_value=ALL + 1) | st.integers(max_value=-1), st.booleans())
def test_encode_number_out_of_range_raises_overflow_error(number: int, first: bool) -> None:
    address = ("hash", "sha256", number, 0) if first else ("hash", "sha256", 0, number)
    with pytest.raises(OverflowError, match=r"^bind\(\): (feat|mask) must be 0-4294967295\.$"):
        FAMILY.encode(address, FakeContext(AF_ALG))


@given(st.binary(min_size=2, max_size=128))
def test_decode_accepts_any_bytes(data: bytes) -> None:
    type_name, name, feat, mask = FAMILY.decode(data, FakeContext(AF_ALG))
    assert len(type_name) <= 14
    assert len(name) <= 64
    assert 0 <= feat <= ALL
    assert 0 <= mask <= ALL


@pytest.mark.parametrize("operation", ["bind", "connect"])
@pytest.mark.parametrize(
    "address",
    [
        ("hash",), (), ("hash", "sha256", 0, 0, 0), (b"hash", "sha256"), ("hash", b"sha256"), ("hash", None), (1, 2),
        "hash", ["hash", "sha256"], None, ("hash", "sha256", "x"), ("hash", "sha256", 1.5), ("hash", "sha256", 0, None),
        ("x" * 14, "y"), ("é" * 7, "y"), ("hash", "y" * 64), ("hash", "ü" * 32), ("x" * 14, "y" * 64),
        ("x" * 14, "y", "q"), ("ha\0sh", "sha256"), ("hash", "sha256\0"), ("hash", "\udcff"),
    ],
)  # fmt: skip
def test_encode_invalid_address_raises_error_of_standard_library(
    both_errors: Any, operation: str, address: object
) -> None:
    actual, expected = both_errors("AF_ALG", lambda sock: getattr(sock, operation)(address))
    assert actual == expected
