"""The few kinds of EBML elements (RFC 8794) of which a WebM file is made."""

from __future__ import annotations

import struct
from typing import Final

UNKNOWN: Final = b"\x01\xff\xff\xff\xff\xff\xff\xff"
"""A size that is told later or never: the element goes on to the end of its parent."""

VOID: Final = 0xEC


def element(identifier: int, data: bytes) -> bytes:
    """Return an element with its size in front."""
    return head(identifier) + size(len(data)) + data


def head(identifier: int) -> bytes:
    """Return an element's identifier, which tells its own length."""
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")


def size(number: int) -> bytes:
    """Return a size in the fewest bytes."""
    length = 1
    while number >= (1 << 7 * length) - 1:
        length += 1
    return (number | 1 << 7 * length).to_bytes(length, "big")


def long_size(number: int) -> bytes:
    """Return a size in eight bytes, as long as `UNKNOWN`, whose place it takes."""
    return (number | 1 << 56).to_bytes(8, "big")


def unsigned(identifier: int, number: int) -> bytes:
    """Return an element of an unsigned number."""
    return element(identifier, number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def signed(identifier: int, number: int) -> bytes:
    """Return an element of a signed number."""
    return element(identifier, number.to_bytes(8, "big", signed=True))


def real(identifier: int, number: float) -> bytes:
    """Return an element of a number with a fraction."""
    return element(identifier, struct.pack(">d", number))


def text(identifier: int, words: str) -> bytes:
    """Return an element of text."""
    return element(identifier, words.encode())


def void(length: int) -> bytes:
    """Return an element that says nothing and takes `length` bytes, 9 or more."""
    return head(VOID) + long_size(length - 9) + bytes(length - 9)
