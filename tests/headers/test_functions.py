"""The functions of the C library that are called by their names: that a system has them, and calls them so.

A header may give a function another name than a program writes: NetBSD's ``socket`` is ``__socket30``, and the function
of the name itself an older one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.headers import zig
from tools.headers.targets import TARGETS, target

from sockcore._system.libc import SYMBOLS

pytest.importorskip("ziglang", reason="the tox environment 'headers' has the headers and their compiler")

ROOT = Path(__file__).parents[2]
HEADERS = ("sys/types.h", "sys/socket.h", "net/if.h", "netdb.h", "netinet/in.h", "arpa/inet.h", "unistd.h")

#: By system, what its headers do not declare: it is not asked for there, or its absence is provided for.
ABSENT = {
    "darwin": {"accept4", "recvmmsg", "sendmmsg", "gethostbyaddr_r", "gethostbyname_r"},
    "netbsd": {"gethostbyaddr_r", "gethostbyname_r"},
    "openbsd": {"gethostbyaddr_r", "gethostbyname_r"},
}
#: FreeBSD's macros; the library has the same functions by their own names too, for programs without the header.
ALIASES = {"freebsd": {name: f"__{name}" for name in ("inet_addr", "inet_aton", "inet_ntop", "inet_pton")}}
#: With 64 bits of time on a machine of 32; the timeout, which alone has another layout there, is not used.
TIME64 = {"recvmmsg": "__recvmmsg_time64"}


def called() -> list[str]:
    """The names of all functions that are called through ctypes."""
    found = {"gethostbyaddr", "gethostbyname", "gethostbyaddr_r", "gethostbyname_r"}
    for file in [*ROOT.glob("sockcore/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]:
        if "win" not in file.name and file.parent.name != "sockcore_windows":
            source = file.read_text(encoding="utf-8")
            found.update(re.findall(r'\b(?:quick_|libc_|named_)?function\(\s*"([a-z]\w+)"', source))
    return sorted(found)


def symbols(where, names):
    """What *where* calls each of *names*, of those that its headers declare."""
    included = "".join(f"#include <{header}>\n" for header in HEADERS)
    lines = [f"const void *const sockcore_at_{name} = (const void *){name};" for name in names]
    _, wrong = zig.compile_object(where, included + "\n".join(lines))
    there = [line for number, line in enumerate(lines, len(HEADERS) + 1) if number not in wrong]
    text = zig.assembly(where, included + "\n".join(there))
    found = re.findall(r"^_?sockcore_at_(\w+):\n\s+\.\w+\s+([\w$.]+)$", text, re.MULTILINE)
    assert len(found) == len(there)
    mark = "_" if where.system == "darwin" else ""
    return {name: symbol[len(mark) :] for name, symbol in found if symbol.startswith(mark)}


def test_the_functions_are_found():
    assert {"socket", "bind", "sendmmsg", "getaddrinfo", "if_nameindex", "inet_pton"} < set(called())
    assert "GetComputerNameExW" not in called()  # Windows' begin with a capital letter


@pytest.mark.parametrize(
    "where", [where for where in TARGETS if where.system != "windows"], ids=lambda where: where.triple
)
def test_a_function_has_the_name_that_it_is_asked_for_by(where):
    names = called()
    found = symbols(where, names)
    assert set(names) - set(found) == ABSENT.get(where.system, set())
    expected = {name: SYMBOLS.get(where.system, {}).get(name, name) for name in found}
    expected.update(ALIASES.get(where.system, {}))
    if where.libc == "musl" and where.pointer == 4:
        expected.update(TIME64)
    assert found == expected


def test_none_takes_a_variable_number_of_arguments():
    """Apple's arm64 passes those otherwise, and ctypes would have to be told: ioctl and fcntl are Python's own."""
    text = zig.preprocess(target("aarch64-macos"), "".join(f"#include <{header}>\n" for header in HEADERS))
    variadic = set(re.findall(r"\b(\w+)\s*\([^(){};]*,\s*\.\.\.\s*\)", text))
    assert "fcntl" not in called()
    assert "ioctl" not in called()
    assert not variadic & set(called())
    assert "syscall" in variadic
