"""Writes a WebM file block by block, readable at any moment (RFC 9559, RFC 8794).

FFmpeg's own muxer does not keep it so, with `live` or without, not even with `flush_packets`,
`cluster_time_limit` and `max_interleave_delta` of 1: a process that is killed has held back two
packets of sound and the last picture, and all sound as long as no picture has come.
"""

from __future__ import annotations

import os
import struct
from typing import Final

from media.recording_file import RecordingFile

UNKNOWN: Final = b"\x01\xff\xff\xff\xff\xff\xff\xff"
"""A size that is told later or never: the element goes on to the end of its parent."""


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
    return element(identifier, words.encode())


def void(length: int) -> bytes:
    """Return an element that says nothing and takes `length` bytes, 9 or more."""
    return b"\xec" + long_size(length - 9) + bytes(length - 9)


_SEGMENT, _SEEK_HEAD, _INFO, _TRACKS = 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B
_CLUSTER, _CUES, _DURATION = 0x1F43B675, 0x1C53BB6B, 0x4489
_SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK, _DISCARD_PADDING = 0xA3, 0xA0, 0xA1, 0x75A2
_SEEK_BYTES: Final = 100
_DURATION_BYTES: Final = len(real(_DURATION, 0.0))

_LONGEST: Final = 5000
"""Milliseconds of a cluster: a player seeks to its beginning."""


def audio_track(number: int, channels: int, head: bytes, pre_skip: int) -> bytes:
    """Return the entry of an Opus track."""
    private = element(0x63A2, head)
    delay = unsigned(0x56AA, pre_skip * 1_000_000_000 // 48000)
    pre_roll = unsigned(0x56BB, 80_000_000)  # as RFC 7845 asks
    audio = element(0xE1, real(0xB5, 48000.0) + unsigned(0x9F, channels))
    return _track(number, 2, "A_OPUS", private + delay + pre_roll + audio)


def video_track(number: int, width: int, height: int) -> bytes:
    """Return the entry of a VP8 track."""
    return _track(number, 1, "V_VP8", element(0xE0, unsigned(0xB0, width) + unsigned(0xBA, height)))


def _track(number: int, kind: int, codec: str, details: bytes) -> bytes:
    names = unsigned(0xD7, number) + unsigned(0x73C5, number)
    no_lacing = unsigned(0x9C, 0)
    return element(0xAE, names + no_lacing + text(0x86, codec) + unsigned(0x83, kind) + details)


class Matroska:
    """Writes the header at once and each block as it comes; `close` adds the index.

    Until `close` the segment and the last cluster have no size, which readers take as "to the end":
    so the file is well formed after every block. Times are in milliseconds.
    """

    def __init__(self, path: str | os.PathLike[str], tracks: list[bytes]) -> None:
        self._cluster = self._cluster_time = self._end = 0
        self._cues: Final[list[bytes]] = []
        start = _header() + head(_SEGMENT) + UNKNOWN
        self._segment: Final = len(start)
        info = element(_INFO, _info(void(_DURATION_BYTES)))
        self._info: Final = _SEEK_BYTES  # places count from the segment's beginning
        self._tracks: Final = self._info + len(info)
        entries = element(_TRACKS, b"".join(tracks))
        header = start + void(_SEEK_BYTES) + info + entries
        self.file: Final = RecordingFile(path, header)

    def write(self, track: int, time: int, data: bytes, *, key: bool, opens: bool = False) -> None:
        """Add a block; `key` where decoding can begin, `opens` where a cluster should."""
        start, at = self._place(track, time, opens)
        flags = b"\x80" if key else b"\0"
        self.file.append(start + element(_SIMPLE_BLOCK, at + flags + data))

    def write_last(self, track: int, time: int, data: bytes, padding: int) -> None:
        """Add a block of whose end `padding` nanoseconds are not to be played."""
        start, at = self._place(track, time, False)
        block = element(_BLOCK, at + b"\0" + data)
        group = element(_BLOCK_GROUP, block + signed(_DISCARD_PADDING, padding))
        self.file.append(start + group)

    def _place(self, track: int, time: int, opens: bool) -> tuple[bytes, bytes]:
        """Return what opens a new cluster, where one is due, and a block's track and time."""
        self._end = max(self._end, time)
        start = b""
        since = time - self._cluster_time
        if not self._cluster or opens or not -_LONGEST <= since <= _LONGEST:
            self._finish_cluster()
            self._cluster, self._cluster_time, since = self.file.end, time, 0
            start = head(_CLUSTER) + UNKNOWN + unsigned(0xE7, time)
            place = unsigned(0xF7, track) + unsigned(0xF1, self._cluster - self._segment)
            self._cues.append(element(0xBB, unsigned(0xB3, time) + element(0xB7, place)))
        return start, size(track) + struct.pack(">h", since)

    def _finish_cluster(self) -> None:
        if self._cluster:
            self.file.mend(self._cluster + 4, long_size(self.file.end - self._cluster - 12))

    def close(self, end: int) -> None:
        """Add the index, tell all sizes and the length; harmless when repeated."""
        if self.file.closed:
            return
        try:
            self._finish_cluster()
            places = {_INFO: self._info, _TRACKS: self._tracks}
            if self._cues:
                places[_CUES] = self.file.end - self._segment
                self.file.append(element(_CUES, b"".join(self._cues)))
            seeks = element(_SEEK_HEAD, b"".join(_seek(*place) for place in places.items()))
            self.file.mend(self._segment, seeks + void(_SEEK_BYTES - len(seeks)))
            duration = real(_DURATION, float(max(end, self._end)))
            self.file.mend(self._segment + self._tracks - _DURATION_BYTES, duration)
            self.file.mend(self._segment - 8, long_size(self.file.end - self._segment))
        finally:
            self.file.close()


def _header() -> bytes:
    return element(
        0x1A45DFA3,
        unsigned(0x4286, 1)
        + unsigned(0x42F7, 1)
        + unsigned(0x42F2, 4)
        + unsigned(0x42F3, 8)
        + text(0x4282, "webm")
        + unsigned(0x4287, 4)
        + unsigned(0x4285, 2),
    )


def _info(duration: bytes) -> bytes:
    """Return what the file says of itself; a tick is a millisecond; the length stands last."""
    names = text(0x4D80, "callboard") + text(0x5741, "callboard")
    return unsigned(0x2AD7B1, 1_000_000) + names + duration


def _seek(identifier: int, place: int) -> bytes:
    what = element(0x53AB, head(identifier))
    return element(0x4DBB, what + unsigned(0x53AC, place))
