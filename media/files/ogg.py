"""Recording speech as Ogg/Opus (RFC 3533, RFC 7845): a tenth of a WAV file's size.

FFmpeg's own muxer holds back a page until the next is full: even with a page a packet
(`page_duration`) and `flush_packets`, a process that is killed loses a packet more than here.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Final

from media.audio_frame import Samples
from media.closing import Closing
from media.files.tracks import PACKET, OpusTrack
from media.recording_file import RecordingFile

_PACKETS_A_PAGE: Final = 40
"""0.8 s: what is rewritten with each piece stays small, and even the largest packets fit (255
segments of 255 bytes)."""

_FIRST, _LAST = 2, 4
_SERIAL: Final = 1
_VENDOR: Final = b"callboard"
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class OggOpusWriter(Closing):
    """Writes int16 samples to an Ogg/Opus file; a crash loses at most the last 20 ms.

    Any rate and channels that frames have; `bitrate` in bit/s. The page that is not full yet is
    written again, longer, with each piece, so that the file is whole after every `write`. It blocks
    a little (0.3 ms of work each 20 ms): write from a worker thread. Raises `FormatError` for
    samples of another shape, `OSError` from the disk.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        sample_rate: int,
        channels: int = 1,
        *,
        bitrate: int = 32000,
    ) -> None:
        self.path: Final = Path(path)
        self._track: Final = OpusTrack(sample_rate, channels, bitrate)
        self._pages = self._packets = 0
        self._page: list[bytes] = []
        tags = struct.pack("<8sI", b"OpusTags", len(_VENDOR)) + _VENDOR + bytes(4)
        header = self._made([self._track.head], 0, _FIRST) + self._made([tags], 0)
        self._file: Final = RecordingFile(self.path, header)
        self._start = self._file.end

    def write(self, samples: Samples) -> None:
        """Append int16 `[n, channels]` (or `[n]` where mono)."""
        self._file.check_open()
        self._add(self._track.encode(samples))

    def _add(self, packets: list[bytes]) -> None:
        while packets:
            room = _PACKETS_A_PAGE - len(self._page)
            self._page += packets[:room]
            self._packets += len(packets[:room])
            del packets[:room]
            self._write_page(self._packets * PACKET)
            if len(self._page) == _PACKETS_A_PAGE:
                self._page = []
                self._start = self._file.end
            else:
                self._pages -= 1  # the same page is written again

    def _write_page(self, granule: int, flags: int = 0) -> None:
        """Write the page in hand where it begins, in one piece."""
        self._file.mend(self._start, self._made(self._page, granule, flags))

    def _made(self, packets: list[bytes], granule: int, flags: int = 0) -> bytes:
        lacing = b"".join(
            b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets
        )
        head = struct.pack(
            "<4sBBqIIIB", b"OggS", 0, flags, granule, _SERIAL, self._pages, 0, len(lacing)
        )
        self._pages += 1
        page = b"".join((head, lacing, *packets))
        return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]

    @property
    def duration(self) -> float:
        """Seconds written so far."""
        return self._track.duration

    def close(self) -> None:
        """Write what the encoder holds and close the file; harmless when repeated."""
        if self._file.closed:
            return
        try:
            packets, excess = self._track.finish()
            self._add(packets[:-1])
            self._page.append(packets[-1])
            self._packets += 1
            self._write_page(self._packets * PACKET - excess, _LAST)
        finally:
            self._track.close()
            self._file.close()


def _checksum(page: bytes) -> int:
    """Return Ogg's CRC: zlib's polynomial, but bits from the other end and no complements."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)
