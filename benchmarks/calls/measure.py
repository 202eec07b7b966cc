"""One measurement: so many calls for so long, and what came of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import attrs

from benchmarks.calls.processes import Process, calls

WARM_UP = 4.0
"""Seconds before anything counts: buffers settle, the far side's first second is prepared."""


@attrs.frozen
class Contender:
    """Who answers the calls."""

    name: str
    module: str
    python: str = sys.executable

    def start(self) -> Process:
        return Process(self.module, self.python)


OURS = Contender("callboard", "benchmarks.calls.peer_callboard")
AIORTC = Contender("aiortc", "benchmarks.calls.peer_aiortc")


UVLOOP = Contender("callboard on uvloop", "benchmarks.calls.peer_uvloop")


EXAMPLE = Contender("examples/agents/echo.py", "benchmarks.calls.peer_example")
HOGGED = Contender("callboard, hogged", "benchmarks.calls.peer_hogged")


CAMERA = Contender("callboard, camera", "benchmarks.calls.peer_camera")


def pipecat() -> Contender:
    """Pipecat, in its own environment where CALLBOARD_BENCH_PYTHON names one's interpreter."""
    python = os.environ.get("CALLBOARD_BENCH_PYTHON", sys.executable)
    return Contender("pipecat", "benchmarks.calls.peer_pipecat", python)


@attrs.frozen
class Result:
    """`cpu`: share of a core; `memory`: bytes; `paces`: |interval - 20 ms| in s, sorted."""

    calls: int
    cpu: float
    memory: int
    paces: list[float]
    trips: list[tuple[float, float]]
    silent: int
    """Packets that came too small to hold a voice, after the first second."""
    slots: float
    """Share of the 20 ms slots in which the contender sent a packet."""

    def pace(self, share: float) -> float:
        return self.paces[min(len(self.paces) - 1, int(share * len(self.paces)))]

    @property
    def round_trip(self) -> float:
        return median(trip for _, trip in self.trips) if self.trips else float("nan")


def run(contender: Contender, count: int, seconds: float, **network: float) -> Result:
    """Hold `count` calls and measure for `seconds`."""
    process = contender.start()
    try:
        with calls(process, count, **network) as far:
            time.sleep(WARM_UP)
            since = far.ask("now")["now"]
            before, heard = process.ask("usage"), far.ask("heard")["packets"]
            began = time.monotonic()
            time.sleep(seconds)
            passed = time.monotonic() - began
            after, heard_now = process.ask("usage"), far.ask("heard")["packets"]
            report = far.ask("report", since=since)
            sent = sum(heard_now) - sum(heard)
            return Result(
                calls=count,
                cpu=(after["cpu"] - before["cpu"]) / passed,
                memory=after["memory"],
                paces=report["pace_errors"],
                trips=[(at, trip) for at, trip in report["round_trips"]],
                silent=report["silent"],
                slots=sent / (count * passed * 50),
            )
    finally:
        process.end()


def camera(seconds: float) -> tuple[float, float]:
    """The share of a core and the pictures a second of a 720p camera."""
    process = CAMERA.start()
    try:
        with calls(process, 1, video=True) as far:
            time.sleep(WARM_UP)
            before, seen = process.ask("usage")["cpu"], far.ask("pictures")["pictures"]
            began = time.monotonic()
            time.sleep(seconds)
            passed = time.monotonic() - began
            cpu = (process.ask("usage")["cpu"] - before) / passed
            return cpu, (far.ask("pictures")["pictures"] - seen) / passed
    finally:
        process.end()


def stalls(contender: Contender, times: int) -> dict[str, Any]:
    """The round trip before stalls of 1 s, 1 s after each of them, and after the last."""
    process = contender.start()
    try:
        with calls(process, 1) as far:
            time.sleep(WARM_UP)
            began = far.ask("now")["now"]
            time.sleep(4)
            ends: list[float] = []
            for _ in range(times):
                process.stop()
                time.sleep(1)
                process.go_on()
                ends.append(far.ask("now")["now"])
                time.sleep(4)
            trips: list[tuple[float, float]] = far.ask("report", since=began)["round_trips"]
    finally:
        process.end()
    before = median(trip for at, trip in trips if at < ends[0] - 1.1)
    # A chirp comes each second: the first that was sent a second after the stall, or later.
    recovered = [next((trip for at, trip in trips if at >= end + 1), 99.0) for end in ends]
    last = [trip for at, trip in trips if at >= ends[-1] + 1.0]
    return {
        "before": before,
        "recovered": recovered,
        "after": median(last) if last else float("nan"),
    }


@attrs.frozen
class Held:
    """What a contender holds: `memory` in bytes."""

    memory: int
    threads: int
    files: int


def long_call(contender: Contender, seconds: float, warm: float = 30) -> tuple[Held, Held, float]:
    """What one call holds when it is `warm` and after `seconds`; the share of slots filled."""
    process = contender.start()

    def held() -> Held:
        own = Path("/proc", str(process.number))
        counts = (len(list((own / each).iterdir())) for each in ("task", "fd"))
        return Held(process.ask("usage")["memory"], *counts)

    try:
        with calls(process, 1) as far:
            time.sleep(warm)
            young, began = held(), time.monotonic()
            heard = sum(far.ask("heard")["packets"])
            time.sleep(seconds - warm)
            heard = sum(far.ask("heard")["packets"]) - heard
            return young, held(), heard / (50 * (time.monotonic() - began))
    finally:
        process.end()
