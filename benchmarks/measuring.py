"""How a sample is taken, where, and what many of them say."""

from __future__ import annotations

import gc
import os
import statistics
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.rows.row import Work

COARSE = 0.001  # seconds: a hundredth of a sample


class Spread(NamedTuple):
    """The median of several values, and the quartiles below and above it."""

    median: float
    low: float
    high: float


def spread(values: list[float]) -> Spread:
    """The median and the quartiles of *values*."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def steps(clock: Callable[[], float]) -> float:
    """By how many seconds *clock* goes on at a time."""
    began = clock()
    while (now := clock()) == began:
        pass
    return now - began


# The processor time of the calling thread, in the kernel too. Work that never waits takes as long as that, and this
# clock stands still while the processor works for others. A kernel that counts it by ticks (User-Mode Linux, 10 ms)
# would make a guess of a sample: there it is the clock on the wall.
clock = thread_time if steps(thread_time) < COARSE else perf_counter


def sample(work: Work, count: int, wall: bool = False) -> float:
    """What one repetition of *work* took, of *count* in a row; by the clock on the *wall* if others take part."""
    now = perf_counter if wall else clock
    # The collector stays on, as in any program; each sample begins with nothing to collect.
    gc.collect()
    began = now()
    own = work(count)
    elapsed = now() - began
    return (elapsed if own is None else own) / count


def enough(work: Work, seconds: float, cycle: int = 1, wall: bool = False) -> int:
    """How often *work* has to be repeated, in multiples of *cycle*, to take *seconds*. It is warm afterwards."""
    count = cycle
    while True:
        took = sample(work, count, wall) * count
        if took >= seconds / 4:
            return max(1, round(count * seconds / took / cycle)) * cycle
        # Not at once to what the first repetition promises, which is the slowest.
        count = cycle * max(2 * count // cycle, min(10 * count, int(count * seconds / 3 / max(took, 1e-9))) // cycle)


def stay_on_cpu() -> bool:
    """Keep this process, and those that it starts, on one processor; whether the system does that."""
    try:
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(allowed)})  # the first one has more to do for the system
    except (AttributeError, OSError):
        return False
    return True


def leave_cpu() -> None:
    """Let this process run on any processor but the one that it was kept on, if there is another."""
    try:
        (kept,) = os.sched_getaffinity(0)
        others = set(range(os.cpu_count() or 1)) - {kept}
        if others:
            os.sched_setaffinity(0, others)
    except (AttributeError, OSError, ValueError):
        pass  # not kept anywhere, or this system has no such thing
