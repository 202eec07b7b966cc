"""Pacing and cost of devices, through the public API, threads and all."""

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator

from benchmarks.media.table import Row
from callboard.daily import CustomAudioSource, Daily

PACE_SECONDS = 10
READ_SECONDS = 5
IDLE_SECONDS = 5


def rows() -> Iterator[Row]:
    microphone = Daily.create_microphone_device("pace")
    ours = moments(lambda: microphone.write_frames(bytes(640)))
    began, ticks = time.monotonic(), itertools.count(1)
    theirs = moments(lambda: sleep_until(began + 0.02 * next(ticks)))
    loop = "sleep to a schedule"
    yield Row("20 ms writes, median", median(ours), "ms", loop, median(theirs), 20.5)
    yield Row("20 ms writes, p99", p99(ours), "ms", loop, p99(theirs), 23.0)
    yield Row("20 ms writes, drift in 10 s", drift(ours), "ms", loop, drift(theirs), 1.0)

    speaker = Daily.create_speaker_device("read")
    cpu, wall = time.process_time(), time.monotonic()
    heard = sum(len(speaker.read_frames(1600)) for _ in range(10 * READ_SECONDS))
    spent, passed = time.process_time() - cpu, time.monotonic() - wall
    yield Row("reader of 100 ms, bytes in 0.1 s", heard / passed / 10, "B", limit=3264)
    yield Row("reader of 100 ms, CPU", 100 * spent / passed, "%", limit=5.0)

    devices = [
        make(f"idle-{k}")
        for k in range(10)
        for make in (
            Daily.create_microphone_device,
            Daily.create_speaker_device,
            lambda name: Daily.create_camera_device(name, 640, 480),
            lambda name: CustomAudioSource(16000, 1),
            lambda name: Daily.create_microphone_device(name, 48000, 2, True),
        )
    ]
    cpu = time.process_time()
    threading.Event().wait(IDLE_SECONDS)
    share = (time.process_time() - cpu) / IDLE_SECONDS
    yield Row(f"{len(devices)} idle devices", share, "core", limit=0.05)
    ends = completions()
    worst = max(abs(end - 100 * (k + 1)) for k, end in enumerate(ends))
    yield Row("4 completions of 300 ms: off by at most", worst, "ms", limit=10.0)


def completions() -> list[float]:
    """When four writes of 100 ms are told, in ms, to callbacks that take 300 ms each."""
    microphone = Daily.create_microphone_device("completions", non_blocking=True)
    ends: list[float] = []
    done = threading.Semaphore(0)

    def told(frames: int) -> None:
        ends.append(1000 * (time.monotonic() - began))
        time.sleep(0.3)
        done.release()

    began = time.monotonic()
    for _ in range(4):
        microphone.write_frames(bytes(3200), completion=told)
    for _ in range(4):
        done.acquire()
    return ends


def moments(wait: Callable[[], object]) -> list[float]:
    found = [time.monotonic()]
    while found[-1] - found[0] < PACE_SECONDS:
        wait()
        found.append(time.monotonic())
    return found


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def gaps(at: list[float]) -> list[float]:
    return sorted(1000 * (b - a) for a, b in itertools.pairwise(at))


def median(at: list[float]) -> float:
    return statistics.median(gaps(at))


def p99(at: list[float]) -> float:
    found = gaps(at)
    return found[int(0.99 * len(found))]


def drift(at: list[float]) -> float:
    """What the fit of a line through all moments gains over 10 s: one late wake-up is no drift."""
    numbers = range(len(at))
    slope = statistics.linear_regression(numbers, at).slope
    return abs(slope - 0.02) * (PACE_SECONDS / 0.02) * 1000
