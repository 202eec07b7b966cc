"""Writing so that nothing waits in this process."""

from __future__ import annotations

from io import FileIO
from pathlib import Path


def begun(path: Path, header: bytes) -> FileIO:
    """Open a file anew, without a buffer, and write its header; closed again when that fails."""
    file = path.open("wb", buffering=0)
    try:
        append(file, header)
    except BaseException:
        file.close()
        raise
    return file


def append(file: FileIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file, which may take it in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
