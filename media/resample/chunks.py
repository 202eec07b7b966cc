"""Many streams of one conversion, 20 ms at a time, in preallocated memory."""

from __future__ import annotations

import sys
from typing import Final, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from media.resample.design import Design

Floats = NDArray[np.float32]
Value = TypeVar("Value", bound=np.generic)

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
    was cut. Nor does it depend on the other streams, unless they are taken `together`, as many in
    one product as fit: then sums may differ in the last bit of a float.
    """

    def __init__(self, design: Design, streams: int, *, together: bool = False) -> None:
        self._chunk = chunk = design.chunk
        self._lead = lead = design.lead
        rows, width, count = streams * design.rows, design.width, len(design.parts)
        self._line = np.zeros((streams, lead + _SLOTS * chunk), np.float32)
        self._inputs = [self._line[:, lead + i * chunk :][:, :chunk] for i in range(_SLOTS)]
        self._windows = [self._window(design, i * chunk) for i in range(_SLOTS)]
        self._slot = 0
        product = design.most_rows if together else design.product
        gathered = np.empty((rows, design.window), np.float32)
        self._result = np.empty((count, rows, width), np.float32)
        self._products = [
            (
                gathered[i : i + product, part.first : part.first + len(part.matrix)],
                part.matrix,
                result[i : i + product],
            )
            for part, result in zip(design.parts, self._result, strict=True)
            for i in range(0, rows, product)
        ]
        self._gathered = gathered.reshape(streams, design.rows, design.window)
        # In order of time: parts of a row behind one another.
        self._shape = (streams, design.rows, count, width)
        self._ordered = self._in_time(self._result)
        # Arrays: NumPy takes 0.3 us longer for a number beside an array.
        self._lowest = np.full_like(self._result, -32768)
        self._highest = np.full_like(self._result, 32767)
        self._shift = np.full_like(self._result, _SHIFT)
        integers = self._in_time(self._result.view(np.int16)[..., _LOW::2])
        self._integers = integers if count > 1 else integers.reshape(streams, design.outputs)
        self._split = count > 1
        self.input = self._inputs[0]
        """Where the next 20 ms go, float32 `[streams, chunk]`."""

    def _window(self, design: Design, first: int) -> Floats:
        across, along = self._line.strides
        return as_strided(
            self._line[:, first:],
            (len(self._line), design.rows, design.window),
            (across, design.step * along, along),
            writeable=False,
        )

    def _in_time(self, values: NDArray[Value]) -> NDArray[Value]:
        """View `[parts, rows of all streams, width]` as `[streams, rows, parts, width]`."""
        streams, rows, count, width = self._shape
        return values.reshape(count, streams, rows, width).transpose(1, 2, 0, 3)

    def convert(self) -> Floats:
        """Convert `input`; return float32 `[streams, outputs]`."""
        self._multiply()
        return self._ordered.reshape(self._shape[0], -1).copy()

    def convert_to(self, out: NDArray[np.int16]) -> None:
        """Convert `input` into int16 `[streams, outputs]`, rounded and saturated."""
        self._multiply()
        values = self._result
        np.maximum(values, self._lowest, out=values)
        np.minimum(values, self._highest, out=values)
        np.add(values, self._shift, out=values)
        if self._split:
            out = out.reshape(self._shape)  # splitting an axis is always a view
        out[...] = self._integers

    def _multiply(self) -> None:
        slot = self._slot
        self._gathered[...] = self._windows[slot]
        for windows, matrix, outputs in self._products:
            windows.dot(matrix, outputs)
        slot += 1
        if slot == _SLOTS:
            self._line[:, : self._lead] = self._line[:, _SLOTS * self._chunk :].copy()
            slot = 0
        self._slot = slot
        self.input = self._inputs[slot]

    def clear(self) -> None:
        """Forget all input."""
        self._line[:] = 0
        self._slot = 0
        self.input = self._inputs[0]
