"""The constants of AF_KCM, with types for type checkers.

AF_KCM and SOL_KCM are from <sys/socket.h>, the rest from <linux/kcm.h>. SIOCPROTOPRIVATE is from <linux/sockios.h>.
"""

from __future__ import annotations

AF_KCM: int = 41
SOL_KCM: int = 281
KCMPROTO_CONNECTED: int = 0
KCM_RECV_DISABLE: int = 1

_SIOCPROTOPRIVATE = 0x89E0
SIOCKCMATTACH: int = _SIOCPROTOPRIVATE
SIOCKCMUNATTACH: int = _SIOCPROTOPRIVATE + 1
SIOCKCMCLONE: int = _SIOCPROTOPRIVATE + 2

#: The constants that the plugin registers besides the name of the family.
CONSTANTS: dict[str, int] = {
    "SOL_KCM": SOL_KCM,
    "KCMPROTO_CONNECTED": KCMPROTO_CONNECTED,
    "KCM_RECV_DISABLE": KCM_RECV_DISABLE,
    "SIOCKCMATTACH": SIOCKCMATTACH,
    "SIOCKCMUNATTACH": SIOCKCMUNATTACH,
    "SIOCKCMCLONE": SIOCKCMCLONE,
}
