"""What Windows' standard module lacks: lines and scenes that need it are left out there. Elsewhere all is there."""

from __future__ import annotations

import re
import socket as standard
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOWS = sys.platform == "win32"

_OF_MODULE = re.compile(r"\bm\.(\w+)")
_OF_SOCKET = re.compile(r"\.(sendmsg|recvmsg|recvmsg_into)\b")
#: These take descriptors of the C library, which Windows' sockets are not.
_OF_DESCRIPTORS = re.compile(r"\bos\.(dup|get_blocking|getuid)\b|\bm\.(send|recv)_fds\b")


def possible(source: str) -> bool:
    """Return whether the standard module has what a line names."""
    if not WINDOWS:
        return True
    named = all(hasattr(standard, name) for name in _OF_MODULE.findall(source) if name != "nosuch")
    has = all(hasattr(standard.socket, name) for name in _OF_SOCKET.findall(source))
    return named and has and not _OF_DESCRIPTORS.search(source)


def only_possible(lines: Iterable[str]) -> tuple[str, ...]:
    """Return those of *lines* that are possible."""
    return tuple(line for line in lines if possible(line))


def possible_scenes(scenes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return those of *scenes* all of whose statements are possible."""
    return {name: statements for name, statements in scenes.items() if all(map(possible, statements))}


def left(sock: str, size: int = 100) -> str:
    """Return the line that reads what is left, and does not wait for more."""
    if WINDOWS:
        return f"({sock}.setblocking(False), {sock}.recv({size}))"
    return f"{sock}.recv({size}, m.MSG_DONTWAIT)"
