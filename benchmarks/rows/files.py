"""Rows about files: a socket as a file, and a file sent by a socket."""

from __future__ import annotations

import os
import tempfile
from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.measuring import clock
from benchmarks.rows import kit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work

LINE = kit.DATA[:10].hex().encode().ljust(63) + b"\n"
LINES = 128  # fill the buffer of the file object


def readline(net: Net) -> Iterator[Work]:
    with kit.pair(net) as (left, right), right.makefile("rb") as file:
        lines = LINE * LINES

        def work(count: int) -> float:
            spent = 0.0
            for _ in repeat(None, count // LINES):
                os.write(left.fileno(), lines)
                began = clock()
                for _ in repeat(None, LINES):
                    file.readline()
                spent += clock() - began
            return spent

        yield work


def sendfile(net: Net) -> Iterator[Work]:
    with kit.pair(net, None) as (left, right), kit.peer(right, kit.drain), tempfile.TemporaryFile() as file:
        file.write(bytes(kit.BLOCK))
        file.flush()

        def work(count: int) -> None:
            for _ in repeat(None, count):
                left.sendfile(file, 0)

        yield work
