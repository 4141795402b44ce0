"""The systems on which the family was tested, for ``python -m sockcore families``."""

from __future__ import annotations

SUPPORT = {"AF_HYPERV": {"windows": "headers"}}
