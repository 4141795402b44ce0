"""A million operations do not leak file descriptors, references, or memory of Python or C."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import address_operations  # noqa: F401 - registers operations
import common_operations  # noqa: F401 - registers operations
import datagram_operations  # noqa: F401 - registers operations
import failing_operations  # noqa: F401 - registers operations
import pytest
import ring_operations  # noqa: F401 - registers operations
import state_operations  # noqa: F401 - registers operations
from operations import OPERATIONS, Scene

from sockcore import _families
from sockcore._system import native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(
    not hasattr(sys, "getallocatedblocks") or sys.platform != "linux", reason="needs sys.getallocatedblocks and /proc"
)

#: Number of rounds of all operations. Under the sanitizers it is smaller, and caches may still grow.
OPERATIONS_TOGETHER = int(os.environ.get("SOCKCORE_OPERATIONS", "1000000"))
#: Fewer rounds show lost file descriptors and wrong accesses only.
COUNTS_OBJECTS = OPERATIONS_TOGETHER >= 1_000_000
ROUNDS = int(OPERATIONS_TOGETHER / sum(part for _, part in OPERATIONS.values())) + 1
#: A leak adds at least one object per round, a cache a few objects in total.
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
    """Numbers that a leak increases."""

    descriptors: int
    references: list[int]
    blocks: int
    heap: int


#: Without a GIL, the interpreter frees some memory later. A leak grows in each measurement.
MEASUREMENTS = 4 if "t" in getattr(sys, "abiflags", "") else 1


def count(watched: list[Any]) -> Count:
    if not COUNTS_OBJECTS:
        gc.collect(1)  # a collection of all objects takes a second under a sanitizer
        return Count(len(os.listdir("/proc/self/fd")), [], 0, 0)
    for _ in range(MEASUREMENTS):
        gc.collect()
    info = _mallinfo2() if _mallinfo2 is not None else _Heap()
    references = [sys.getrefcount(value) for value in watched]
    return Count(len(os.listdir("/proc/self/fd")), references, sys.getallocatedblocks(), info.uordblks + info.hblkhd)


def repeat(run_round: Callable[[], Any], rounds: int) -> None:
    for _ in range(rounds):
        run_round()


def read_limit_in_c() -> None:
    if native:
        native.load_rules()  # it reads MOST_KEPT too


@pytest.fixture
def small_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limit the caches of codecs to a few conversions: a bounded cache must not look like a leak."""
    monkeypatch.setattr(_families, "MOST_KEPT", 8)
    read_limit_in_c()
    yield
    monkeypatch.undo()
    read_limit_in_c()


@pytest.mark.usefixtures("small_caches")
@pytest.mark.parametrize("name", OPERATIONS)
def test_repeated_operation_leaks_nothing(name: str) -> None:
    prepare, part = OPERATIONS[name]
    rounds = int(ROUNDS * part) + 1
    scene = Scene()
    with scene.open, warnings.catch_warnings():
        warnings.simplefilter("error")
        run_round = prepare(scene)
        repeat(run_round, rounds // 4)  # fill caches
        for _ in range(MEASUREMENTS):
            before = count(scene.watched)
            repeat(run_round, rounds)
            after = count(scene.watched)
            if after.blocks - before.blocks < BLOCKS:
                break
    assert after.descriptors == before.descriptors
    if not COUNTS_OBJECTS:
        return
    grown = [now - then for then, now in zip(before.references, after.references)]
    assert max(map(abs, grown)) < BLOCKS, dict(zip(map(repr, scene.watched), grown))
    assert after.blocks - before.blocks < BLOCKS
    assert after.heap - before.heap < BYTES
