"""docs/messages.md: each call in its tables has the documented outcome, on sockcore and on CPython's module."""

from __future__ import annotations

import re
import socket as standard
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from parity.known import EMULATED, IS_CPYTHON

import sockcore

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or EMULATED or not IS_CPYTHON, reason="the page has the texts of Linux and CPython"
)
CALL = re.compile(r"(socket|udp|unix|unknown|packet|netlink|vsock)\..*\)|socket\.[A-Z_]+")
SOCKETS = {
    "udp": ("AF_INET", "SOCK_DGRAM"),
    "unix": ("AF_UNIX", "SOCK_STREAM"),
    "netlink": ("AF_NETLINK", "SOCK_RAW"),
    "packet": ("AF_PACKET", "SOCK_DGRAM"),
    "vsock": ("AF_VSOCK", "SOCK_STREAM"),
}


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder: the standard module binds the part of a path before the NUL."""
    monkeypatch.chdir(tmp_path)


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield the cells of each row with a call.

    A cell is its first code, or its text if it has no code.
    """
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3:
            call, sockcore_text, standard_text = (re.match(r"`([^`]+)`", cell) for cell in cells)
            if call and CALL.fullmatch(call[1]):
                yield (
                    call[1],
                    sockcore_text[1] if sockcore_text else cells[1],
                    standard_text[1] if standard_text else cells[2],
                )


def outcome(module: Any, call: str) -> str:
    """Return the class and the text of the exception that a call raises, or ``none``."""
    names = {"socket": module}
    name = call.partition(".")[0]
    try:
        if name == "unknown":
            names[name] = module.socket(44, 3)
        elif name != "socket":
            family, sock_type = SOCKETS[name]
            names[name] = module.socket(getattr(module, family), getattr(module, sock_type))
    except OSError as exc:
        pytest.skip(f"{exc}")
    try:
        exec(call, names)
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    finally:
        if name != "socket":
            names[name].close()
    return "none"


def matches(text: str, documented: str) -> bool:
    """Return True if a documented outcome is that of a call.

    The documented outcome may be without the class or with an ellipsis.
    """
    pattern = ".*".join(map(re.escape, documented.split("…")))
    return re.fullmatch(rf"(\w+: )?{pattern}", text) is not None


CASES = list(rows())


def test_messages_page_contains_calls() -> None:
    assert len(CASES) >= 20


@pytest.mark.parametrize(("call", "documented", "_"), CASES, ids=[case[0] for case in CASES])
def test_sockcore_call_has_documented_message(call: str, documented: str, _: str) -> None:
    text = outcome(sockcore, call)
    if documented.startswith("none"):
        assert text == "none" or text.startswith(("OSError: [Errno", "PermissionError: [Errno"))
    elif "this kernel lacks it" in documented and text == "none":
        pytest.skip("this kernel has the family")
    else:
        assert matches(text, documented)


@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="the page has the texts of CPython 3.13")
@pytest.mark.parametrize(("call", "_", "documented"), CASES, ids=[case[0] for case in CASES])
def test_standard_module_call_has_documented_message(call: str, documented: str, _: str) -> None:
    text = outcome(standard, call)
    if documented.startswith(("none", "the ")):
        assert text == "none" or text.startswith("OSError: [Errno")
    elif "not supported by protocol" in documented and text == "none":
        pytest.skip("this kernel has the family")
    else:
        assert matches(text, documented)
