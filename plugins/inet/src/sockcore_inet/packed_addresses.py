"""IP addresses in text, as the values of options and control messages."""

from __future__ import annotations

from sockcore.plugin import ip_text
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.numeric_addresses import parse_ipv4, parse_ipv6

_VERSIONS = {AF_INET: ("IPv4", parse_ipv4), AF_INET6: ("IPv6", parse_ipv6)}


def pack_address(label: str, family: int, address: object) -> bytes:
    """Convert an IP address, as text or of :mod:`ipaddress`, to bytes.

    Raises TypeError or ValueError, whose message starts with *label*.
    """
    version, parse = _VERSIONS[family]
    text = ip_text(address)
    if not isinstance(text, str):
        raise TypeError(f"{label} must be an {version} address in text, not {type(address).__name__}")
    packed = parse(text)
    if packed is None:
        raise ValueError(f"{label} must be an {version} address in text, not {text!r}")
    return packed
