"""How this family was proved on each system: see ``python -m sockcore families``."""

from __future__ import annotations

SUPPORT = {"AF_CAN": {"linux": "run", "netbsd": "headers"}}
