"""The socket options of macOS and the BSDs, for sockcore.options.

An addition to the standard library, which returns bytes.
"""

from __future__ import annotations

import sys

from sockcore.plugin import (
    Callable,
    Iterator,
    Mapping,
    Option,
    Optional,
    struct_value,
    system_name,
)
from sockcore_bsd import credentials
from sockcore_bsd.constants import TABLE
from sockcore_bsd.structs import UNPCBID, XUCRED, XUCRED_PID

Decode = Callable[[bytes], object]
Encode = Optional[Callable[[object], bytes]]

_INT_SIZE = 4


def _encode_flag(value: object) -> bytes:
    return int(bool(value)).to_bytes(_INT_SIZE, sys.byteorder)


#: A boolean option: size, decoder, encoder. A C int is true if any of its bytes is not 0.
_FLAG = (_INT_SIZE, any, _encode_flag)

#: System -> option of AF_UNIX -> size, decoder, encoder.
_OPTIONS: dict[str, dict[str, tuple[int, Decode, Encode]]] = {
    "darwin": {"LOCAL_PEERCRED": (XUCRED.size, credentials.decode_peercred, None)},
    "freebsd": {
        "LOCAL_CREDS": _FLAG,
        "LOCAL_CREDS_PERSISTENT": _FLAG,
        "LOCAL_PEERCRED": (XUCRED_PID.packer().size, credentials.decode_peercred_with_pid, None),
    },
    "netbsd": {"LOCAL_CREDS": _FLAG, "LOCAL_PEEREID": (UNPCBID.size, struct_value(UNPCBID), None)},
}


def number_of(table: Mapping[str, int], name: str) -> int:
    """Return the number of a constant.

    Constants of other distributions have lower-case names.
    """
    return table[name] if name in table else table[name.lower()]


def options(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Option]:
    """Yield the codecs of the socket options of *system*. *table* has its constants."""
    for name, (size, decode, encode) in _OPTIONS.get(system, {}).items():
        yield Option(name, table["sol_local"], number_of(table, name), size, decode, encode, table["af_unix"])
