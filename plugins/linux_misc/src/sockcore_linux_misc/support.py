"""The systems on which each family was tested, for ``python -m sockcore families``."""

from __future__ import annotations

_FAMILIES = ("AF_NETLINK", "AF_PACKET", "AF_ALG", "AF_TIPC", "AF_VSOCK", "AF_RDS", "AF_QIPCRTR")

SUPPORT = {family: {"linux": "run"} for family in _FAMILIES}
