"""What the tests of macOS and the BSDs share: their families, made on this machine, and sockaddrs by hand."""

from __future__ import annotations

import struct
from importlib import import_module
from typing import Any

import sockcore_bsd
from sockcore._platform import select
from sockcore.plugin import HAS_SA_LEN

SYSTEMS = ("darwin", "freebsd", "netbsd", "openbsd")


def table(system: str) -> dict[str, int]:
    """The constants of a system, as the plugin has them there."""
    everywhere, own = (import_module(f"sockcore_bsd.tables.{name}") for name in ("everywhere", system))
    return select(everywhere.NAMES, own.NAMES, own.VARIANTS, frozenset((system, "64bit")))


def families(system: str) -> dict[str, Any]:
    """The families of a system, by name."""
    numbers = {"SOCK_DGRAM": 2, "SOCK_RAW": 3, **table(system)}
    return {family.name: family for family in sockcore_bsd.families(system, numbers)}


def raw(family: int, body: bytes) -> bytes:
    """A whole sockaddr: the family, after the length where this machine has one, and *body*."""
    size = 2 + len(body)
    return (bytes((size, family)) if HAS_SA_LEN else struct.pack("=H", family)) + body
