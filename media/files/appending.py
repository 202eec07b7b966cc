"""Writing so that nothing waits in this process."""

from __future__ import annotations

from io import FileIO


def append(file: FileIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file, which may take it in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
