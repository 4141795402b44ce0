"""Names of the C functions that are called through ctypes, compared with the headers of each system.

A header may rename a function: on NetBSD, ``socket`` in a C program calls ``__socket30``. The symbol ``socket`` is an
older version there.
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
HEADERS = ("sched.h", "sys/types.h", "sys/socket.h", "net/if.h", "netdb.h", "netinet/in.h", "arpa/inet.h", "unistd.h")

#: System -> functions that its headers do not declare. sockcore does not call them there, or has a fallback.
ABSENT = {
    "darwin": {"accept4", "recvmmsg", "sendmmsg", "gethostbyaddr_r", "gethostbyname_r", "unshare"},
    "freebsd": {"unshare"},
    "netbsd": {"gethostbyaddr_r", "gethostbyname_r", "unshare"},
    "openbsd": {"gethostbyaddr_r", "gethostbyname_r", "unshare"},
}
#: Functions that are macros on FreeBSD. The library also exports them by their own names.
ALIASES = {"freebsd": {name: f"__{name}" for name in ("inet_addr", "inet_aton", "inet_ntop", "inet_pton")}}
#: Symbols for a time_t of 64 bits on 32-bit machines. Only the layout of the timeout differs, which is not used.
TIME64 = {"recvmmsg": "__recvmmsg_time64"}


def called_functions() -> list[str]:
    """Return the names of all functions that are called through ctypes."""
    matches = {"gethostbyaddr", "gethostbyname", "gethostbyaddr_r", "gethostbyname_r"}
    for file in [*ROOT.glob("sockcore/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]:
        if "win" not in file.name and file.parent.name != "sockcore_windows":
            source = file.read_text(encoding="utf-8")
            matches.update(re.findall(r'\b(?:c_|quick_|libc_|named_)?function\(\s*"([a-z]\w+)"', source))
    return sorted(matches)


def symbols(target, names):
    """Return the symbols on *target* for those of *names* that its headers declare."""
    included = "".join(f"#include <{header}>\n" for header in HEADERS)
    lines = [f"const void *const sockcore_at_{name} = (const void *){name};" for name in names]
    _, errors = zig.compile_object(target, included + "\n".join(lines))
    valid = [line for number, line in enumerate(lines, len(HEADERS) + 1) if number not in errors]
    text = zig.assembly(target, included + "\n".join(valid))
    matches = re.findall(r"^_?sockcore_at_(\w+):\n\s+\.\w+\s+([\w$.]+)$", text, re.MULTILINE)
    assert len(matches) == len(valid)
    prefix = "_" if target.system == "darwin" else ""
    return {name: symbol[len(prefix) :] for name, symbol in matches if symbol.startswith(prefix)}


def test_called_functions_contains_known_functions():
    assert {"socket", "bind", "sendmmsg", "getaddrinfo", "if_nameindex", "inet_pton"} < set(called_functions())
    assert "GetComputerNameExW" not in called_functions()  # functions of Windows start with a capital letter


@pytest.mark.parametrize(
    "target", [target for target in TARGETS if target.system != "windows"], ids=lambda target: target.triple
)
def test_called_function_has_expected_symbol(target):
    names = called_functions()
    matches = symbols(target, names)
    assert set(names) - set(matches) == ABSENT.get(target.system, set())
    expected = {name: SYMBOLS.get(target.system, {}).get(name, name) for name in matches}
    expected.update(ALIASES.get(target.system, {}))
    if target.libc == "musl" and target.pointer == 4:
        expected.update(TIME64)
    assert matches == expected


def test_called_functions_are_not_variadic():
    """Check that no called function is variadic.

    ctypes cannot call variadic functions on arm64 macOS. ioctl and fcntl are called through Python modules.
    """
    text = zig.preprocess(target("aarch64-macos"), "".join(f"#include <{header}>\n" for header in HEADERS))
    variadic = set(re.findall(r"\b(\w+)\s*\([^(){};]*,\s*\.\.\.\s*\)", text))
    assert "fcntl" not in called_functions()
    assert "ioctl" not in called_functions()
    assert not variadic & set(called_functions())
    assert "syscall" in variadic
