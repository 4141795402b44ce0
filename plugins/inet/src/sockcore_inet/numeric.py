"""Addresses in numbers, between text and packed form: what codecs need, each done once.

The function of the C library is imported with its first use.
"""

from __future__ import annotations

from functools import lru_cache

from sockcore.plugin import Any, import_module
from sockcore_inet.constants import AF_INET, AF_INET6

SIZES = {AF_INET: 4, AF_INET6: 16}


# A program sends to the same few addresses again and again.
@lru_cache(maxsize=1024)
def packed4(host: str) -> bytes | None:
    """Return the 4 bytes of a dotted quad, or None if *host* is none: a host name, or one of the shorter forms."""
    return _packed(AF_INET, host)


@lru_cache(maxsize=1024)
def packed6(host: str) -> bytes | None:
    """Return the 16 bytes of an IPv6 address in text, without a zone, or None if *host* is none."""
    return _packed(AF_INET6, host)


def _plugin() -> Any:
    return import_module("sockcore.plugin")  # an import of the name would import the function at once


def _packed(family: int, host: str) -> bytes | None:
    if not host.isascii() or "\0" in host:
        return None
    packed: bytes | None = _plugin().inet_pton(family, host.encode("ascii"), SIZES[family])
    return packed


def text4(packed: bytes) -> str:
    """Return the dotted quad of 4 bytes."""
    return f"{packed[0]}.{packed[1]}.{packed[2]}.{packed[3]}"


@lru_cache(maxsize=1024)
def text6(packed: bytes) -> str:
    """Return the text of the 16 bytes of an IPv6 address, as inet_ntop(3) writes it."""
    text: str = _plugin().inet_ntop(AF_INET6, packed)
    return text
