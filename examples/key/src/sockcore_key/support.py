"""How the family was tested on each system: ``python -m sockcore families --tested`` prints it.

``"run"`` stands for tests on a kernel, ``"headers"`` for a comparison with headers.
"""

from __future__ import annotations

SUPPORT: dict[str, dict[str, str]] = {"AF_KEY": {"linux": "run"}}
