"""How this family was proved: see ``python -m sockcore families``."""

from __future__ import annotations

SUPPORT = {"AF_HYPERV": {"windows": "headers"}}
