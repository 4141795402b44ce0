"""Numeric IP addresses between text and packed form, with caches.

inet_pton(3) and inet_ntop(3) are attributes of the module ``plugin``, which imports them at their first use.
"""

from __future__ import annotations

from sockcore import plugin
from sockcore.plugin import keep
from sockcore_inet.constants import AF_INET, AF_INET6

ADDRESS_SIZES = {AF_INET: 4, AF_INET6: 16}
#: Characters of the longest address, INET6_ADDRSTRLEN without the NUL. Longer text is not an address, and not cached.
MAX_LENGTH = 45

# Most programs send repeatedly to a few addresses. keep() limits the size of a cache. lru_cache is not used, because
# the import of functools would take a tenth of the start-up time of a process.
_ipv4: dict[str, bytes | None] = {}
_ipv6: dict[str, bytes | None] = {}
_ipv6_text: dict[bytes, str] = {}


def clear_caches() -> None:
    """Discard all cached conversions."""
    for cache in (_ipv4, _ipv6, _ipv6_text):
        cache.clear()


def parse_ipv4(host: str) -> bytes | None:
    """Return the 4 bytes of a dotted quad, or None for other text.

    Other text includes host names and the shorter forms.
    """
    packed = _ipv4.get(host, b"")
    if packed != b"" or len(host) > MAX_LENGTH:
        return packed or None
    return keep(_ipv4, host, _parse(AF_INET, host))


def parse_ipv6(host: str) -> bytes | None:
    """Return the 16 bytes of an IPv6 address without a zone, or None for other text."""
    packed = _ipv6.get(host, b"")
    if packed != b"" or len(host) > MAX_LENGTH:
        return packed or None
    return keep(_ipv6, host, _parse(AF_INET6, host))


def _parse(family: int, host: str) -> bytes | None:
    if not host.isascii() or "\0" in host:
        return None
    packed: bytes | None = plugin.inet_pton(family, host.encode("ascii"), ADDRESS_SIZES[family])
    return packed


def format_ipv4(packed: bytes) -> str:
    """Return 4 bytes as a dotted quad."""
    return f"{packed[0]}.{packed[1]}.{packed[2]}.{packed[3]}"


def format_ipv6(packed: bytes) -> str:
    """Return the text of an IPv6 address of 16 bytes, as inet_ntop(3) writes it."""
    return _ipv6_text.get(packed) or keep(_ipv6_text, packed, plugin.inet_ntop(AF_INET6, packed))
