"""The headers of the messages of AF_KEY.

`python -m sockcore check-layout sockcore_key` compares them with the header.
"""

from __future__ import annotations

from sockcore.plugin import U8, U16, U32, Struct, padding

SADB_MSG: Struct = Struct(
    "struct sadb_msg",
    "<linux/pfkeyv2.h>",
    ("sadb_msg_version", U8),
    ("sadb_msg_type", U8),
    ("sadb_msg_errno", U8),
    ("sadb_msg_satype", U8),
    ("sadb_msg_len", U16),
    ("sadb_msg_reserved", padding(2)),
    ("sadb_msg_seq", U32),
    ("sadb_msg_pid", U32),
)
SADB_EXT: Struct = Struct("struct sadb_ext", "<linux/pfkeyv2.h>", ("sadb_ext_len", U16), ("sadb_ext_type", U16))
