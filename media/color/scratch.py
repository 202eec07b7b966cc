"""Scratch memory that begins on a cache line."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item", bound=np.generic)

LINE: Final = 64
"""Bytes of a cache line, and of the widest vector. NumPy's arrays begin 16 bytes behind one; each
load and store of a whole vector then touches two lines, which costs a quarter of the speed."""


def scratch(count: int, item: type[Item]) -> NDArray[Item]:
    """Return `count` items of arbitrary content."""
    size = count * np.dtype(item).itemsize
    memory = np.empty(size + LINE, np.uint8)
    first = -memory.ctypes.data % LINE
    return memory[first : first + size].view(item)
