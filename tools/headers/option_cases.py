"""Socket options for :mod:`.initialisers`, as initialisers of C structs and as Python values.

They are structs with bit-fields, unions or nested structs, whose order the check of offsets does not cover.
"""

from __future__ import annotations

from typing import NamedTuple

from .cases import LINUX


class OptionCase(NamedTuple):
    """The value of a socket option in C and in Python."""

    name: str
    systems: tuple[str, ...]
    headers: str
    struct: str
    fields: str
    plugin: str
    #: The decoded value.
    value: object
    #: True if the value is encoded to the same bytes.
    is_set: bool = True


_TCP = "stddef.h netinet/in.h linux/tcp.h"
_IP = "sockcore_inet"

OPTIONS: tuple[OptionCase, ...] = (
    OptionCase(
        "TCP_AO_INFO",
        LINUX,
        _TCP,
        "struct tcp_ao_info_opt",
        ".set_current = 1, .ao_required = 1, .accept_icmps = 1, .current_key = 7, .pkt_good = 258,"
        " .pkt_dropped_icmp = 5",
        _IP,
        (7, None, True, True, 258, 0, 0, 0, 5, False),
    ),
    OptionCase(
        "TCP_AO_INFO",
        LINUX,
        f"{_TCP} stdint.h",
        "struct { struct tcp_ao_info_opt ao; }",
        ".ao = {.set_rnext = 1, .set_counters = 1, .rnext = 9, .pkt_bad = 1ULL << 40}",
        _IP,
        (None, 9, False, False, 0, 1 << 40, 0, 0, 0, True),
    ),
    OptionCase(
        "TCP_AO_ADD_KEY",
        LINUX,
        _TCP,
        "struct tcp_ao_add",
        '.alg_name = "cmac(aes128)", .ifindex = 258, .set_rnext = 1, .prefix = 24, .sndid = 1, .rcvid = 2,'
        ' .maclen = 12, .keyflags = TCP_AO_KEYF_IFINDEX, .keylen = 3, .key = "abc"',
        _IP,
        ("", "cmac(aes128)", b"abc", 1, 2, 24, 12, 1, 258, False, True),
        is_set=False,
    ),
    OptionCase(
        "TCP_AO_DEL_KEY",
        LINUX,
        _TCP,
        "struct tcp_ao_del",
        ".set_current = 1, .del_async = 1, .prefix = 24, .sndid = 1, .rcvid = 2, .current_key = 3",
        _IP,
        ("", 1, 2, 24, 0, 0, 3, None, True),
        is_set=False,
    ),
    OptionCase(
        "TCP_AO_GET_KEYS",
        LINUX,
        _TCP,
        "struct tcp_ao_getsockopt",
        '.alg_name = "hmac(sha1)", .key = "abc", .nkeys = 1, .is_rnext = 1, .sndid = 1, .rcvid = 2, .prefix = 24,'
        " .maclen = 12, .keylen = 3, .ifindex = 258, .pkt_good = 5, .pkt_bad = 6",
        _IP,
        [("", "hmac(sha1)", b"abc", 1, 2, 24, 12, 0, 258, False, True, 5, 6)],
        is_set=False,
    ),
    OptionCase(
        "TCP_AO_REPAIR",
        LINUX,
        _TCP,
        "struct tcp_ao_repair",
        ".snt_isn = NET32(0x01020304), .rcv_isn = NET32(5), .snd_sne = 258, .rcv_sne = 7",
        _IP,
        (0x01020304, 5, 258, 7),
    ),
)
