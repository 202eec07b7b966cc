"""Converts the rate of audio streams, 20 ms at a time, in preallocated memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Final

import attrs
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from media.audio_frame import Samples
from media.errors import FormatError
from media.formats import check_channels
from media.resample.filters import Design, Quality, design

Floats = NDArray[np.float32]
Step = tuple[Callable[[Floats, Floats], object], Floats, Floats]
"""What is done, to what, and where the outcome goes."""

_SHIFT: Final = float(3 << 22)
"""Between 2^23 and 2^24 a float32 has no fraction: adding this rounds (to even, as `rint`), and
leaves the integer in the lower 16 bits. Half the time of `rint` and a cast."""

_LOW: Final = 0 if sys.byteorder == "little" else 1

_TURNS: Final = 8
"""Chunks behind one another in the line: history is moved once in so many."""


@attrs.define(eq=False)
class _Turn:
    """A chunk's place in the line, and what is done with it."""

    input: Floats
    """`[chunk, streams]`, a view of the line."""
    rows: Floats | None
    """Windows to gather first: `[streams, rows, window]`."""
    steps: list[Step]


class Chunks:
    """The input lines of `streams` streams, and the product over their newest 20 ms.

    Every chunk is the same product on the same shapes, at the same place of the stream: so the sum
    of each output is formed in the same order, and the result does not depend on how the input
    was cut. Nor does it depend on the other streams.
    """

    def __init__(self, design: Design, streams: int) -> None:
        moves = _TURNS * design.chunk
        self._line = np.zeros((streams, design.lead + moves), np.float32)
        parts, inputs, width = design.matrices.shape
        # A matrix kernel reads windows where they lie, unless one begins before the last one ends.
        in_place = inputs <= design.step
        rows = design.rows if in_place else design.padded
        result = np.zeros((streams, rows, parts, width), np.float32)
        if in_place:
            self._gathered = None
            turns = [self._in_place(design, result, i) for i in range(_TURNS)]
        else:
            gathered = np.zeros((streams, rows, design.window), np.float32)
            self._gathered = gathered[:, : design.rows]
            steps = _products_of_gathered(design, gathered, result)
            turns = [self._gathering(design, steps, i) for i in range(_TURNS)]
        turns[-1].steps.append((_move, self._line[:, moves:], self._line[:, : design.lead]))
        self._turns = turns
        self._ahead = cycle(turns)
        self.turn = next(self._ahead)
        """Where the next 20 ms go."""

        self._result = result.reshape(-1)
        self._values = values = np.empty_like(self._result)
        outputs = slice(design.outputs)
        self.floats = self._result.reshape(streams, -1)[:, outputs].T
        """What the last 20 ms became, `[outputs, streams]`: tests measure it."""
        self.integers = values.view(np.int16)[_LOW::2].reshape(streams, -1)[:, outputs].T
        """The same rounded and saturated."""

        # Arrays: NumPy takes 0.3 us longer for a number beside an array.
        self._lowest = np.full_like(values, -32768)
        self._highest = np.full_like(values, 32767)
        self._shift = np.full_like(values, _SHIFT)

    def _in_place(self, design: Design, result: Floats, place: int) -> _Turn:
        """Multiply `[parts, streams, rows, inputs]` of the line."""
        parts, inputs, _ = design.matrices.shape
        across, along = self._line.strides
        windows = as_strided(
            self._line[:, place * design.chunk :],
            (parts, len(self._line), design.rows, inputs),
            (design.advance * along, across, design.step * along, along),
            writeable=False,
        )
        out = result.transpose(2, 0, 1, 3)
        step = partial(np.matmul, windows), design.matrices[:, None], out
        return _Turn(self._input(design, place), None, [step])

    def _gathering(self, design: Design, steps: list[Step], place: int) -> _Turn:
        """Gather `[streams, rows, window]` of the line, and multiply that."""
        across, along = self._line.strides
        rows = as_strided(
            self._line[:, place * design.chunk :],
            (len(self._line), design.rows, design.window),
            (across, design.step * along, along),
            writeable=False,
        )
        return _Turn(self._input(design, place), rows, steps.copy())

    def _input(self, design: Design, place: int) -> Floats:
        first = design.lead + place * design.chunk
        return self._line[:, first : first + design.chunk].T

    def convert(self) -> None:
        """Convert the turn's input: the outcome stays in `floats` and `integers` until the next."""
        turn = self.turn
        if self._gathered is not None:
            self._gathered[...] = turn.rows
        for do, what, out in turn.steps:
            do(what, out)
        self.turn = next(self._ahead)
        values = self._values
        np.maximum(self._result, self._lowest, out=values)
        np.minimum(values, self._highest, out=values)
        np.add(values, self._shift, values)

    def clear(self) -> None:
        self._line[:] = 0
        self._ahead = cycle(self._turns)
        self.turn = next(self._ahead)


def _move(history: Floats, out: Floats) -> None:
    out[...] = history.copy()  # they may overlap


def _products_of_gathered(design: Design, gathered: Floats, result: Floats) -> list[Step]:
    """Return the products of gathered rows, as many at a time as one product takes."""
    most = design.product
    parts, inputs, width = design.matrices.shape
    rows = gathered.reshape(-1, design.window)
    outputs = result.reshape(-1, parts, width)
    across, along = rows.strides
    steps: list[Step] = []
    for i in range(0, len(rows), most):
        some, out = rows[i : i + most], outputs[i : i + most]
        if parts == 1:  # `dot` begins 0.3 us sooner than `matmul`
            steps.append((some.dot, design.matrices[0], out[:, 0]))
            continue
        shape, strides = (parts, len(some), inputs), (design.advance * along, across, along)
        windows = as_strided(some, shape, strides, writeable=False)
        steps.append((partial(np.matmul, windows), design.matrices, out.transpose(1, 0, 2)))
    return steps


_INT16: Final = np.dtype(np.int16)


class Resampler:
    """Converts int16 `[n, channels]` as it comes, in pieces of any length.

    Each whole 20 ms of input, counted from the start, give exactly 20 ms of output; what is no
    whole 20 ms yet waits for the next call. So the output is the same however the input is cut,
    and its delay constant: see `delay`. Raises `FormatError` for rates, channels and qualities
    that there are not. One thread at a time.
    """

    def __init__(
        self, source_rate: int, target_rate: int, channels: int = 1, quality: Quality = "hq"
    ) -> None:
        self.source_rate = source_rate
        """Hz of the input."""
        self.target_rate = target_rate
        """Hz of the output."""
        self.channels = check_channels(channels)
        """1 or 2."""
        self._design = design(source_rate, target_rate, quality)
        self._same = source_rate == target_rate
        self._chunk, self._outputs = self._design.chunk, self._design.outputs
        self._chunks = Chunks(self._design, channels)
        self._filled = 0
        self._usual = (0, 0) if self._same else (self._chunk, channels)

    @property
    def delay(self) -> float:
        """Seconds by which the output lags the input, constant; the wait for 20 ms is apart."""
        return 0.0 if self._same else self._design.delay

    def process(self, samples: Samples) -> Samples:
        """Take int16 `[n, channels]`; return what is complete, int16 `[m, channels]`."""
        chunks = self._chunks
        # The usual 20 ms, after as many whole ones.
        if samples.shape == self._usual and samples.dtype is _INT16 and not self._filled:
            chunks.turn.input[...] = samples
            chunks.convert()
            return chunks.integers.copy()
        self._check(samples)
        if self._same:
            return samples
        whole = (self._filled + len(samples)) // self._chunk
        out = np.empty((whole * self._outputs, self.channels), np.int16)
        at = first = 0
        while at < len(samples):
            taken = min(self._chunk - self._filled, len(samples) - at)
            place = chunks.turn.input[self._filled : self._filled + taken]
            np.copyto(place, samples[at : at + taken])
            at += taken
            self._filled += taken
            if self._filled == self._chunk:
                self._filled = 0
                chunks.convert()
                out[first : first + self._outputs] = chunks.integers
                first += self._outputs
        return out

    def flush(self) -> Samples:
        """Return the rest, and start anew.

        All output together then lasts as long as the input and the delay, rounded up to a sample.
        """
        if self._same:
            return np.zeros((0, self.channels), np.int16)
        lag = round(self._design.delay * self.source_rate)
        left = -(-(self._filled + lag) * self.target_rate // self.source_rate)
        silence = -(-(self._filled + lag) // self._chunk) * self._chunk - self._filled
        rest = self.process(np.zeros((silence, self.channels), np.int16))[:left]
        self._chunks.clear()
        return rest

    def _check(self, samples: Samples) -> None:
        if samples.dtype != _INT16:
            raise FormatError(f"Samples are {samples.dtype}; here they must be {_INT16}.")
        if samples.ndim != 2 or samples.shape[1] != self.channels:
            raise FormatError(
                f"Samples have the shape {samples.shape}; this resampler takes "
                f"[n, {self.channels}]."
            )
