"""CPU time of alternatives, interleaved, on the calling thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def interleaved(
    alternatives: Sequence[Callable[[], object]], *, calls: int, rounds: int = 25
) -> list[float]:
    """Return microseconds a call: the least over rounds in which each has its turn.

    The least, as `timeit` advises: what is above it is the other users of the machine's caches.
    """
    taken: list[list[float]] = [[] for _ in alternatives]
    for work in alternatives:
        work()
    for _ in range(rounds):
        for work, times in zip(alternatives, taken, strict=True):
            begin = time.thread_time_ns()
            for _ in range(calls):
                work()
            times.append((time.thread_time_ns() - begin) / calls / 1000)
    return [min(times) for times in taken]
