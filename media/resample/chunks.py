"""Many streams of one conversion, 20 ms at a time, in preallocated memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Final

import attrs
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from media.resample.design import Design

Floats = NDArray[np.float32]
Product = tuple[Callable[[Floats, Floats], object], Floats, Floats]
"""A multiplication that takes matrices and where the product goes, and both."""

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
    """`[chunk, streams]`."""
    rows: Floats | None
    """Windows to gather first: `[streams, rows, window]`."""
    products: list[Product]
    last: bool
    following: _Turn = attrs.field(init=False)


class Chunks:
    """The input lines of `streams` streams, and the product over their newest 20 ms.

    Every chunk is the same product on the same shapes, at the same place of the stream: so the sum
    of each output is formed in the same order, and the result does not depend on how the input
    was cut. Nor does it depend on the other streams, unless they are taken `together`, as many in
    one product as fit: then sums may differ in the last bit of a float.
    """

    def __init__(self, design: Design, streams: int, *, together: bool = False) -> None:
        self._lead = design.lead
        self._moves = _TURNS * design.chunk
        self._line = np.zeros((streams, self._lead + self._moves), np.float32)
        parts, inputs, width = design.matrices.shape
        # A matrix kernel reads windows where they lie, unless one begins before the last one ends.
        in_place = inputs <= design.step and not together
        rows = design.rows if in_place or together else design.padded
        result = np.zeros((streams, rows, parts, width), np.float32)
        if in_place:
            self._gathered = None
            turns = [self._in_place(design, result, i) for i in range(_TURNS)]
        else:
            gathered = np.zeros((streams, rows, design.window), np.float32)
            self._gathered = gathered[:, : design.rows]
            most = design.most_rows if together else design.product
            products = _gathered_products(design, gathered, result, most)
            turns = [self._gathering(design, products, i) for i in range(_TURNS)]
        for turn, following in zip(turns, turns[1:] + turns[:1], strict=True):
            turn.following = following
        self._first = self._turn = turns[0]
        self.input = self._turn.input
        """Where the next 20 ms go, float32 `[chunk, streams]`."""

        self._values = values = result.reshape(-1)
        outputs = slice(design.outputs)
        self._result = values.reshape(streams, -1)[:, outputs].T
        self._integers = values.view(np.int16)[_LOW::2].reshape(streams, -1)[:, outputs].T
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
        product = partial(np.matmul, windows), design.matrices[:, None], out
        return self._turn_at(design, place, None, [product])

    def _gathering(self, design: Design, products: list[Product], place: int) -> _Turn:
        """Gather `[streams, rows, window]` of the line, and multiply that."""
        across, along = self._line.strides
        rows = as_strided(
            self._line[:, place * design.chunk :],
            (len(self._line), design.rows, design.window),
            (across, design.step * along, along),
            writeable=False,
        )
        return self._turn_at(design, place, rows, products)

    def _turn_at(
        self, design: Design, place: int, rows: Floats | None, products: list[Product]
    ) -> _Turn:
        begins = design.lead + place * design.chunk
        chunk = self._line[:, begins : begins + design.chunk].T
        return _Turn(chunk, rows, products, place == _TURNS - 1)

    def convert(self) -> Floats:
        """Convert `input`; return float32 `[outputs, streams]`, which the next call overwrites."""
        self._multiply()
        return self._result

    def convert_to_integers(self) -> NDArray[np.int16]:
        """Do the same in int16, rounded and saturated."""
        self._multiply()
        values = self._values
        np.maximum(values, self._lowest, out=values)
        np.minimum(values, self._highest, out=values)
        np.add(values, self._shift, out=values)
        return self._integers

    def _multiply(self) -> None:
        turn = self._turn
        if self._gathered is not None:
            self._gathered[...] = turn.rows
        for multiply, matrices, out in turn.products:
            multiply(matrices, out)
        if turn.last:
            self._line[:, : self._lead] = self._line[:, self._moves :].copy()
        self._turn = turn.following
        self.input = self._turn.input

    def clear(self) -> None:
        """Forget all input."""
        self._line[:] = 0
        self._turn = self._first
        self.input = self._turn.input


def _gathered_products(
    design: Design, gathered: Floats, result: Floats, most: int
) -> list[Product]:
    """Return the products of gathered rows, `most` rows each."""
    parts, inputs, width = design.matrices.shape
    rows = gathered.reshape(-1, design.window)
    outputs = result.reshape(-1, parts, width)
    across, along = rows.strides
    products: list[Product] = []
    for i in range(0, len(rows), most):
        some, out = rows[i : i + most], outputs[i : i + most]
        if parts == 1:  # `dot` begins 0.3 us sooner than `matmul`
            products.append((some.dot, design.matrices[0], out[:, 0]))
            continue
        shape, strides = (parts, len(some), inputs), (design.advance * along, across, along)
        windows = as_strided(some, shape, strides, writeable=False)
        products.append((partial(np.matmul, windows), design.matrices, out.transpose(1, 0, 2)))
    return products
