"""The file of a recording, written so that nothing waits in this process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from media.errors import ClosedError


class RecordingFile:
    """Grows at its end, without a buffer, and is mended in places that were written before.

    It is begun anew with a header, and closed again when that cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], header: bytes) -> None:
        self.path: Final = Path(path)
        self._file: Final = self.path.open("wb", buffering=0)
        try:
            self.append(header)
        except BaseException:
            self._file.close()
            raise

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._file.closed

    def check_open(self) -> None:
        """Raise `ClosedError` after `close`."""
        if self._file.closed:
            raise ClosedError(f"The recording {self.path.name} is closed: open a new one.")

    @property
    def end(self) -> int:
        """Where the next piece will begin, in bytes."""
        return self._file.tell()

    def append(self, data: bytes) -> None:
        """Write all of `data`, which the system may take in parts."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def mend(self, place: int, data: bytes) -> None:
        """Write over what begins at `place`."""
        self._file.seek(place)
        self.append(data)
        self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        self._file.close()
