"""How red, green and blue make up brightness: ITU-R BT.601 and BT.709."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from media.errors import FormatError

MatrixName = Literal["bt601", "bt709"]

LUMA_BLACK: Final = 16
LUMA_SPAN: Final = 219
"""Limited range: Y goes from 16 to 235 (BT.601-7 section 2.5.3, BT.709-6 section 4.6)."""
CHROMA_ZERO: Final = 128
CHROMA_SPAN: Final = 224
"""Limited range: U and V go from 16 to 240, without colour at 128."""


@attrs.frozen
class Matrix:
    """The weights of red and blue in luma; green has the rest."""

    red: float
    blue: float

    @property
    def green(self) -> float:
        return 1 - self.red - self.blue


MATRICES: Final[dict[MatrixName, Matrix]] = {
    "bt601": Matrix(red=0.299, blue=0.114),  # BT.601-7, section 2.5.1
    "bt709": Matrix(red=0.2126, blue=0.0722),  # BT.709-6, section 3.2
}


def matrix_named(name: MatrixName) -> Matrix:
    """Return the matrix, or raise `FormatError` that names those there are."""
    if name not in MATRICES:
        raise FormatError(f"The matrix {name!r} is unknown: use one of {', '.join(MATRICES)}.")
    return MATRICES[name]
