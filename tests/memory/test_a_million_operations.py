"""A million operations leave nothing behind: no descriptor, no reference, no memory, of Python's or of C's."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import failing  # noqa: F401 - its operations
import pytest
import usual  # noqa: F401
from operations import OPERATIONS, Scene

from sockcore._families import family

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(
    not hasattr(sys, "getallocatedblocks") or sys.platform != "linux", reason="counts blocks of CPython, and in /proc"
)

#: All operations together; 800 of the rarest. The sanitizers make fewer, after which caches may still grow.
OPERATIONS_TOGETHER = int(os.environ.get("SOCKCORE_OPERATIONS", "1000000"))
ROUNDS = int(OPERATIONS_TOGETHER / sum(part for _, part in OPERATIONS.values())) + 1
#: A leak adds one object a round, a cache a few objects in all.
BLOCKS, BYTES = 200, 20_000


class _Heap(ctypes.Structure):
    """struct mallinfo2, see mallinfo(3): uordblks and hblkhd are the bytes in use."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]  # fmt: skip


_mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
if _mallinfo2 is not None:
    _mallinfo2.restype = _Heap


class Count(NamedTuple):
    """What there is of what could be left behind."""

    descriptors: int
    references: list[int]
    blocks: int
    heap: int


def count(watched: list[Any]) -> Count:
    gc.collect()
    info = _mallinfo2() if _mallinfo2 is not None else _Heap()
    references = [sys.getrefcount(thing) for thing in watched]
    return Count(len(os.listdir("/proc/self/fd")), references, sys.getallocatedblocks(), info.uordblks + info.hblkhd)


def repeat(once: Callable[[], Any], rounds: int) -> None:
    for _ in range(rounds):
        once()


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_is_left_behind(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family, "MOST_KEPT", 8)  # what is kept up to a limit must not look like a leak
    ready, part = OPERATIONS[name]
    rounds = int(ROUNDS * part) + 1
    scene = Scene()
    with scene.open, warnings.catch_warnings():
        warnings.simplefilter("error")
        once = ready(scene)
        repeat(once, rounds // 4)  # caches fill
        before = count(scene.watched)
        repeat(once, rounds)
        after = count(scene.watched)
    assert after.descriptors == before.descriptors
    if OPERATIONS_TOGETHER < 1_000_000:
        return
    grown = [now - then for then, now in zip(before.references, after.references)]
    assert max(map(abs, grown)) < BLOCKS, dict(zip(map(repr, scene.watched), grown))
    assert after.blocks - before.blocks < BLOCKS
    assert after.heap - before.heap < BYTES
