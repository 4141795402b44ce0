"""Rows about options."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work


def get(net: Net) -> Iterator[Work]:
    with net.socket(net.AF_INET, net.SOCK_DGRAM) as sock:
        getsockopt, level, name = sock.getsockopt, net.SOL_SOCKET, net.SO_RCVBUF

        def work(count: int) -> None:
            for _ in repeat(None, count):
                getsockopt(level, name)

        yield work


def set(net: Net) -> Iterator[Work]:
    with net.socket(net.AF_INET, net.SOCK_DGRAM) as sock:
        setsockopt, level, name = sock.setsockopt, net.SOL_SOCKET, net.SO_REUSEADDR

        def work(count: int) -> None:
            for _ in repeat(None, count):
                setsockopt(level, name, 1)

        yield work
