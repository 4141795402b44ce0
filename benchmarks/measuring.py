"""Samples: the clock, the processor, the number of repetitions, and statistics."""

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
    """Return the median and the quartiles of *values*."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def resolution(clock: Callable[[], float]) -> float:
    """Return the resolution of *clock* in seconds."""
    began = clock()
    while (now := clock()) == began:
        pass
    return now - began


# The processor time of the calling thread, including its time in the kernel. It excludes other work of the processor,
# and for work that never waits it is the full time. If the kernel counts it in ticks (User-Mode Linux, 10 ms), it is
# too coarse for a sample, and wall-clock time is used.
clock = thread_time if resolution(thread_time) < COARSE else perf_counter


def sample(work: Work, count: int, wall: bool = False) -> float:
    """Repeat *work* *count* times, and return the time of one repetition.

    Returns wall-clock time if *wall* is true.
    """
    now = perf_counter if wall else clock
    # The garbage collector is enabled, as in most programs. Each sample begins after a collection.
    gc.collect()
    began = now()
    own = work(count)
    elapsed = now() - began
    return (elapsed if own is None else own) / count


def enough(work: Work, seconds: float, cycle: int = 1, wall: bool = False) -> int:
    """Return the number of repetitions of *work* that take *seconds*.

    The number is a multiple of *cycle*. Afterwards *work* is warm.
    """
    count = cycle
    while True:
        took = sample(work, count, wall) * count
        if took >= seconds / 4:
            return max(1, round(count * seconds / took / cycle)) * cycle
        # The first repetition is the slowest: approach the number in several steps.
        count = cycle * max(2 * count // cycle, min(10 * count, int(count * seconds / 3 / max(took, 1e-9))) // cycle)


def stay_on_cpu() -> bool:
    """Keep this process and its children on one processor.

    Returns False if the system does not support that.
    """
    try:
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(allowed)})  # the system itself uses the first processor most
    except (AttributeError, OSError):
        return False
    return True


def leave_cpu() -> None:
    """Let this process run on all other processors than stay_on_cpu()'s, if any."""
    try:
        (kept,) = os.sched_getaffinity(0)
        others = set(range(os.cpu_count() or 1)) - {kept}
        if others:
            os.sched_setaffinity(0, others)
    except (AttributeError, OSError, ValueError):
        pass  # stay_on_cpu() was not called, or the system does not support it
