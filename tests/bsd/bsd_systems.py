"""Shared functions of these tests: the families of macOS and the BSDs on this machine, and sockaddrs."""

from __future__ import annotations

import struct
from importlib import import_module
from typing import Any

import sockcore_bsd
from sockcore._platform import select
from sockcore.plugin import HAS_SA_LEN

SYSTEMS = ("darwin", "freebsd", "netbsd", "openbsd")


def table(system: str) -> dict[str, int]:
    """Return the constants of the plugin on *system*."""
    module = import_module(f"sockcore_bsd.tables.{system}")
    return select(module.NAMES, module.VALUES, module.VARIANTS, frozenset((system, "64bit")))


def families(system: str) -> dict[str, Any]:
    """Return name -> family for *system*."""
    numbers = {"SOCK_DGRAM": 2, "SOCK_RAW": 3, **table(system)}
    return {family.name: family for family in sockcore_bsd.families(system, numbers)}


def to_sockaddr(family: int, body: bytes) -> bytes:
    """Return a whole sockaddr: length (if this system has it), family and *body*."""
    size = 2 + len(body)
    return (bytes((size, family)) if HAS_SA_LEN else struct.pack("=H", family)) + body
