"""Features that the standard module lacks on Windows, where lines and scenes that need them are left out."""

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
#: These need file descriptors of the C library. Sockets of Windows are handles.
_OF_DESCRIPTORS = re.compile(r"\bos\.(dup|get_blocking|getuid)\b|\bm\.(send|recv)_fds\b")


def possible(source: str) -> bool:
    """Return whether the standard module has all names of a line."""
    if not WINDOWS:
        return True
    has_names = all(hasattr(standard, name) for name in _OF_MODULE.findall(source) if name != "nosuch")
    has_methods = all(hasattr(standard.socket, name) for name in _OF_SOCKET.findall(source))
    return has_names and has_methods and not _OF_DESCRIPTORS.search(source)


def only_possible(lines: Iterable[str]) -> tuple[str, ...]:
    """Return those of *lines* that are possible on this system."""
    return tuple(line for line in lines if possible(line))


def possible_scenes(scenes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return those of *scenes* that consist of possible statements."""
    return {name: statements for name, statements in scenes.items() if all(map(possible, statements))}


def read_rest(sock: str, size: int = 100) -> str:
    """Return a line that reads the remaining data without waiting."""
    if WINDOWS:
        return f"({sock}.setblocking(False), {sock}.recv({size}))"
    return f"{sock}.recv({size}, m.MSG_DONTWAIT)"
