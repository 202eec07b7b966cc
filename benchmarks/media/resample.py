"""Resampling of 20 ms beside soxr HQ, int16; one thread."""

# soxr has no types.
# pyright: reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr

from benchmarks.media.table import Row
from benchmarks.media.timing import interleaved
from media.resample import Resampler

PAIRS = (
    (48000, 16000),
    (16000, 48000),
    (48000, 24000),
    (24000, 48000),
    (48000, 8000),
    (8000, 48000),
    (44100, 48000),
    (48000, 44100),
    (22050, 48000),
    (16000, 24000),
)


def rows() -> Iterator[Row]:
    noise = np.random.default_rng(0)
    for source, target in PAIRS:
        frame = noise.integers(-9999, 9999, (source // 50, 1)).astype(np.int16)
        peer = soxr.ResampleStream(source, target, 1, dtype="int16", quality="HQ")
        fast, hq, vhq = (Resampler(source, target, 1, q) for q in ("fast", "hq", "vhq"))
        times = interleaved(
            [
                lambda peer=peer, frame=frame: peer.resample_chunk(frame),
                lambda fast=fast, frame=frame: fast.process(frame),
                lambda hq=hq, frame=frame: hq.process(frame),
                lambda vhq=vhq, frame=frame: vhq.process(frame),
            ],
            calls=40,
        )
        theirs, *mine = times
        kinds = ("fast", "hq", "vhq")
        for kind, taken, limit in zip(kinds, mine, (1.2, 1.6, None), strict=True):
            what = f"{source} to {target} Hz, {kind}"
            yield Row(what, taken, "us", "soxr HQ", theirs, limit, ratio=True)
