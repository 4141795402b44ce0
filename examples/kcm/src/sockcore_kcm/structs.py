"""The arguments of the ioctls of AF_KCM.

`python -m sockcore check-layout sockcore_kcm` compares them with the header.
"""

from __future__ import annotations

from sockcore.plugin import I32, Struct

KCM_ATTACH: Struct = Struct("struct kcm_attach", "<linux/kcm.h>", ("fd", I32), ("bpf_fd", I32))
KCM_UNATTACH: Struct = Struct("struct kcm_unattach", "<linux/kcm.h>", ("fd", I32))
KCM_CLONE: Struct = Struct("struct kcm_clone", "<linux/kcm.h>", ("fd", I32))
