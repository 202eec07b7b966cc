"""Many streams of one conversion, 20 ms at a time, in preallocated memory."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from media.resample.design import Design

Floats = NDArray[np.float32]

_SHIFT: Final = float(3 << 22)
"""Between 2^23 and 2^24 a float32 has no fraction: adding this rounds (to even, as `rint`), and
leaves the integer in the lower 16 bits. Half the time of `rint` and a cast."""

_LOW: Final = 0 if sys.byteorder == "little" else 1

_SLOTS: Final = 8
"""Chunks behind one another in the line: history is moved once in so many."""


class Chunks:
    """The input lines of `streams` streams, and the product over their newest 20 ms.

    Every chunk is the same product on the same shapes, at the same place of the stream: so the sum
    of each output is formed in the same order, and the result does not depend on how the input
    was cut, nor on the other streams.
    """

    def __init__(self, design: Design, streams: int) -> None:
        self._chunk = chunk = design.chunk
        self._lead = lead = design.lead
        self._matrix = design.matrix
        window, outputs = design.matrix.shape
        rows = streams * design.rows
        self._line = np.zeros((streams, lead + _SLOTS * chunk), np.float32)
        self._inputs = [self._line[:, lead + i * chunk :][:, :chunk] for i in range(_SLOTS)]
        self._windows = [self._window(design, i * chunk) for i in range(_SLOTS)]
        self._slot = 0
        gathered = np.empty((rows, window), np.float32)
        result = np.empty((rows, outputs), np.float32)
        parts = range(0, rows, design.product)
        self._products = [
            (gathered[i : i + design.product], result[i : i + design.product]) for i in parts
        ]
        self._gathered = gathered.reshape(streams, design.rows, window)
        self._result = result.reshape(streams, design.outputs)
        # One product in most designs: a loop over one takes 0.1 us.
        self._only = self._products[0] if len(self._products) == 1 else None
        # Arrays: NumPy takes 0.3 us longer for a number beside an array.
        self._lowest = np.full_like(self._result, -32768)
        self._highest = np.full_like(self._result, 32767)
        self._shift = np.full_like(self._result, _SHIFT)
        self._integers = self._result.view(np.int16)[:, _LOW::2]
        self.input = self._inputs[0]
        """Where the next 20 ms go, float32 `[streams, chunk]`."""

    def _window(self, design: Design, first: int) -> Floats:
        across, along = self._line.strides
        return as_strided(
            self._line[:, first:],
            (len(self._line), design.rows, len(design.matrix)),
            (across, design.step * along, along),
            writeable=False,
        )

    def convert(self) -> Floats:
        """Convert `input`; return float32 `[streams, outputs]`, valid until the next call."""
        slot = self._slot
        self._gathered[...] = self._windows[slot]
        if self._only is not None:
            windows, outputs = self._only
            windows.dot(self._matrix, outputs)
        else:
            matrix = self._matrix
            for windows, outputs in self._products:
                windows.dot(matrix, outputs)
        slot += 1
        if slot == _SLOTS:
            self._line[:, : self._lead] = self._line[:, _SLOTS * self._chunk :].copy()
            slot = 0
        self._slot = slot
        self.input = self._inputs[slot]
        return self._result

    def convert_to(self, out: NDArray[np.int16]) -> None:
        """Convert into int16 `[streams, outputs]`, rounded and saturated."""
        values = self.convert()
        np.maximum(values, self._lowest, out=values)
        np.minimum(values, self._highest, out=values)
        np.add(values, self._shift, out=values)
        out[...] = self._integers

    def clear(self) -> None:
        """Forget all input."""
        self._line[:] = 0
        self._slot = 0
        self.input = self._inputs[0]
