"""How these families were proved on each system: see ``python -m sockcore families``."""

from __future__ import annotations

SUPPORT = {
    "AF_SYSTEM SYSPROTO_CONTROL": {"darwin": "headers"},
    "AF_LINK": dict.fromkeys(("darwin", "freebsd", "netbsd", "openbsd"), "headers"),
    "AF_DIVERT": {"freebsd": "headers"},
}
