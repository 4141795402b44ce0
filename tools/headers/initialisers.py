"""Addresses and control messages as a C program writes them: the bytes that each target's compiler makes of them.

The compiler lays the system's own struct out by the headers of the target, in the target's byte order; the bytes are
read back from the object file. The codecs must encode the same address to the same bytes (:mod:`.simulated_platform`),
so the expected bytes do not come from our own code. :mod:`.cases` says which structs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import zig
from .cases import CASES, MESSAGES, WINSOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cases import Case, Message
    from .targets import Target

#: Two control messages, as Python has them. The first has data that need padding behind them, the last too.
CONTROL = ((1, 2, b"abcde"), (0x01020304, -5, b"xyz"))

_CONTROL = """
struct __attribute__((packed)) sockcore_control {
  struct cmsghdr first; unsigned char gap1[HEADER - sizeof(struct cmsghdr)], data1[DATA(5)];
  struct cmsghdr last; unsigned char gap2[HEADER - sizeof(struct cmsghdr)], data2[DATA(3)];
};
"""
_CONTROL_FIELDS = (
    '.first = {.cmsg_len = HEADER + 5, .cmsg_level = 1, .cmsg_type = 2}, .data1 = {"abcde"}, '
    '.last = {.cmsg_len = HEADER + 3, .cmsg_level = 0x01020304, .cmsg_type = -5}, .data2 = {"xyz"}'
)
# What the macros come to; NetBSD's ask a function, which says __ALIGNBYTES.
_ALIGNED = {
    "netbsd": """
#define DATA(n) (((n) + __ALIGNBYTES) & ~(size_t)__ALIGNBYTES)
#define HEADER DATA(sizeof(struct cmsghdr))
""",
    "*": """
#define DATA(n) (CMSG_SPACE(n) - CMSG_SPACE(0))
#define HEADER CMSG_LEN(0)
""",
}

_MARK = b"\x01SOCKCOREINIT\x02"
_RECORD = re.compile(re.escape(_MARK) + rb"(..)\x03", re.DOTALL)
_START = r"""
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NET16(x) __builtin_bswap16(x)
#define NET32(x) __builtin_bswap32(x)
#define LE16(x) (x)
#else
#define NET16(x) (x)
#define NET32(x) (x)
#define LE16(x) __builtin_bswap16(x)
#endif
#define SOCKCORE_BYTES(type, size, ...) \
  const struct __attribute__((packed)) { char mark[14]; unsigned char bytes[2]; char start; type value; } \
  sockcore_bytes = {"\001SOCKCOREINIT\002", {(size) >> 8, (size) & 255}, 3, {__VA_ARGS__}};
"""


def compiled(target: Target, headers: str, struct: str, fields: str, size: str = "", before: str = "") -> bytes:
    """Return the bytes of *struct* as initialised, or the first *size* (an expression) of them."""
    included = "".join(f"#include <{header}>\n" for header in ("stddef.h", *headers.split()))
    line = f"SOCKCORE_BYTES({struct}, {size or f'sizeof({struct})'}, {fields})\n"
    data, wrong = zig.compile_object(target, f"{included}{_START}{before}{line}")
    if wrong:
        raise RuntimeError(f"{target.triple}: {struct}: {wrong}")
    (found,) = _RECORD.finditer(data)
    return data[found.end() :][: int.from_bytes(found[1], "big")]


def sockaddr(target: Target, case: Case) -> bytes:
    """Return the sockaddr that *target* has in a case."""
    length = f", .{case.length} = sizeof({case.struct})" if case.length else ""
    return compiled(target, case.headers, case.struct, case.fields + length, case.size)


def message(target: Target, case: Message) -> bytes:
    """Return the data of a control message on *target*."""
    return compiled(target, case.headers, case.struct, case.fields)


def control(target: Target) -> bytes:
    """Return the control buffer of :data:`CONTROL` on *target*."""
    headers = f"{WINSOCK} mswsock.h" if target.system == "windows" else "sys/types.h sys/param.h sys/socket.h"
    before = _ALIGNED.get(target.system, _ALIGNED["*"]) + _CONTROL
    return compiled(target, headers, "struct sockcore_control", _CONTROL_FIELDS, before=before)


def cases(system: str, plugin: str = "") -> list[Case]:
    """Return the addresses of a system, of one *plugin* or of all."""
    return [case for case in CASES if system in case.systems and plugin in ("", case.plugin)]


def messages(system: str, plugin: str = "") -> list[Message]:
    """Return the control messages of a system, of one *plugin* or of all."""
    return [case for case in MESSAGES if system in case.systems and plugin in ("", case.plugin)]


def literals(target: Target, plugin: str = "") -> dict[str, bytes]:
    """Return the bytes of all cases on *target*, by their names, and of the control buffer."""
    found = {case.name: sockaddr(target, case) for case in cases(target.system, plugin)}
    found.update((_data(each), message(target, each)) for each in messages(target.system, plugin))
    return {**found, "control": control(target)}


def _data(case: Message) -> str:
    return f"{case.name} {case.struct}"


def questions(target: Target, raws: Mapping[str, bytes], plugin: str = "") -> list[tuple[tuple[object, ...], object]]:
    """Return requests for :func:`.simulated_platform.ask` about literals, each with the expected answer."""
    found: list[tuple[tuple[object, ...], object]] = []
    for case in cases(target.system, plugin):
        who = (case.plugin, case.family, case.proto)
        found.append((("encode", *who, case.address, case.asked), raws[case.name]))
        found.append((("decode", *who, raws[case.name], case.asked), case.address))
    for each in messages(target.system, plugin):
        found.append((("read", each.plugin, each.name, raws[_data(each)]), each.value))
    found.append((("pack", CONTROL), raws["control"]))
    found.append((("split", raws["control"]), (list(CONTROL), False)))
    return found
