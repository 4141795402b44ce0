"""The systems on which AF_CAN was tested, for ``python -m sockcore families``."""

from __future__ import annotations

SUPPORT = {"AF_CAN": {"linux": "run", "netbsd": "headers"}}
