"""CPU time of alternatives, interleaved, on the calling thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median


def interleaved(
    alternatives: Sequence[Callable[[], object]], *, calls: int, rounds: int = 15
) -> list[float]:
    """Return microseconds a call: the median over rounds in which each has its turn."""
    taken: list[list[float]] = [[] for _ in alternatives]
    for work in alternatives:
        work()
    for _ in range(rounds):
        for work, times in zip(alternatives, taken, strict=True):
            begin = time.thread_time_ns()
            for _ in range(calls):
                work()
            times.append((time.thread_time_ns() - begin) / calls / 1000)
    return [median(times) for times in taken]
