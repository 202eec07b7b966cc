"""Computes `media/resample/prototypes.py`: `python -m benchmarks.media.design_filters` (SciPy)."""

# SciPy's types are open.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false

from __future__ import annotations

import sys
import textwrap

import numpy as np
from numpy.typing import NDArray
from scipy.signal import remez

from media.resample.filters import interpolated

PASS_RIPPLE, STOP_RIPPLE = 5.2e-4, 1.5e-6
DECIBELS, RIPPLE = -114.0, 0.0095
EDGES = {"fast": (0.902, 1.1), "hq": (0.902, 1.0)}
SERVES = {2: (2,), 3: (3,), 4: (4, 6, 147, 160)}

HEAD = '''"""Low-pass filters with the fewest taps for their ripple, by Parks and McClellan.

The second half of each, middle first, in units of 1e-9 (finer is lost in a float32), at 2, 3 and 4
times the lower rate; `python -m benchmarks.media.design_filters` prints this file. Ripple 0.0095 dB
up to 0.9 of the lower Nyquist frequency, 114 dB down from its edge on (`fast`: 1.1, `hq`: 1.0).
Kaiser's window, whose two ripples are equal, takes 1.33 times as many.
"""

from __future__ import annotations

from typing import Final, Literal

PROTOTYPES: Final[dict[tuple[Literal["fast", "hq"], int], str]] = {'''


def holds(taps: NDArray[np.float64], over: int, stops: float) -> bool:
    for rate in SERVES[over]:
        filter_ = interpolated(taps[len(taps) // 2 :], over, rate)[0]
        level = np.abs(np.fft.rfft(filter_ / filter_.sum(), 1 << 19))
        frequency = np.arange(len(level)) / (1 << 18) * rate
        decibels = 20 * np.log10(level + 1e-12)
        if np.abs(decibels[frequency <= 0.9]).max() > RIPPLE:
            return False
        if decibels[frequency >= stops].max() > DECIBELS:
            return False
    return True


def shortest(over: int, passes: float, stops: float) -> NDArray[np.float64]:
    for taps in range(25 * over | 1, 130 * over, 2):
        try:
            designed = remez(
                taps,
                [0, passes, stops, over],
                [1, 0],
                weight=[1, PASS_RIPPLE / STOP_RIPPLE],
                grid_density=24,
                maxiter=100,
                fs=2 * over,
            )
        except ValueError:  # too few taps to converge
            continue
        if holds(designed, over, stops):
            return designed
    raise SystemExit("no filter within the limits: raise them")


def main() -> None:
    print(HEAD)
    for quality, (passes, stops) in EDGES.items():
        for over in SERVES:
            taps = shortest(over, passes, stops)
            print(f"{quality}, {over} times: {len(taps)} taps", file=sys.stderr)
            numbers = " ".join(str(round(tap * 1e9)) for tap in taps[len(taps) // 2 :])
            lines = "\n".join(textwrap.wrap(numbers, 96))
            print(f'    ("{quality}", {over}): """\n{lines}\n""",')
    print("}")


if __name__ == "__main__":
    main()
