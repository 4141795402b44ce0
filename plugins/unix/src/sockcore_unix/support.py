"""How this family was tested on each system: see ``python -m sockcore families``."""

from __future__ import annotations

_HEADERS = dict.fromkeys(("darwin", "freebsd", "netbsd", "openbsd", "windows"), "headers")

SUPPORT = {"AF_UNIX": {"linux": "run", **_HEADERS}}
