"""How these families were tested on each system: see ``python -m sockcore families``."""

from __future__ import annotations

_HEADERS = dict.fromkeys(("darwin", "freebsd", "netbsd", "openbsd"), "headers")

SUPPORT = {
    "AF_INET": {"linux": "run", "windows": "run", **_HEADERS},
    "AF_INET6": {"linux": "run", "windows": "run", **_HEADERS},
}
