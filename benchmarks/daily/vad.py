"""The voice detector: time for 10 ms, beside daily-python's own."""

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.media.table import Row

MEASURE = """
import statistics, time
{prelude}
vad = Daily.create_native_vad(1000, 16000, 1)
frames = bytes(range(256)) + bytes(64)
times = []
for _ in range(20):
    began = time.perf_counter()
    for _ in range(200):
        vad.analyze_frames(frames)
    times.append((time.perf_counter() - began) / 200 * 1e6)
print(statistics.median(times))
"""


def microseconds(python: str, prelude: str) -> float:
    done = subprocess.run(
        [python, "-c", MEASURE.format(prelude=prelude)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def rows() -> Iterator[Row]:
    ours = microseconds(sys.executable, "from callboard.daily import Daily")
    other = os.environ.get("CALLBOARD_DAILY")
    if other is None:
        yield Row("voice detector, 10 ms", ours, "µs", limit=100)
        return
    theirs = microseconds(other, "from daily import Daily\nDaily.init()")
    yield Row("voice detector, 10 ms", ours, "µs", "daily-python", theirs, 2.0, ratio=True)
