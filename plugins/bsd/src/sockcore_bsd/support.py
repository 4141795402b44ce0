"""The systems on which each family was tested, for ``python -m sockcore families``."""

from __future__ import annotations

SUPPORT: dict[str, dict[str, str]] = {
    "AF_SYSTEM SYSPROTO_CONTROL": {"darwin": "headers"},
    "AF_LINK": dict.fromkeys(("darwin", "freebsd", "netbsd", "openbsd"), "headers"),
    "AF_DIVERT": {"freebsd": "headers"},
}
