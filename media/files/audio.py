"""The sound of any file that FFmpeg reads, in frames of one length."""

from __future__ import annotations

import os
from collections import deque
from typing import Final

import av
import numpy as np

from media.audio_frame import AudioFrame, Samples
from media.errors import NotAMediaFileError
from media.files.reading import FileSource
from media.formats import check_channels, check_sample_rate
from media.pyav import resampled

_RUN_UP: Final = 0.25
"""Seconds decoded and dropped before the wanted place: codecs remember what came before."""


class AudioFile(FileSource[AudioFrame, av.AudioFrame]):
    """Reads WAV, MP3, Ogg, FLAC, MP4, WebM ... at the wanted rate and channels.

    `read()` gives 20 ms a call (`frame` seconds), the last one what is left, then None; with
    `loop` it starts over without a seam. A frame's `pts` counts the samples given so far; `Paced`
    gives each one when it is due. It blocks: call it from a worker thread. Raises
    `NotAMediaFileError`, `FormatError`, and `OSError` where there is no file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        sample_rate: int = 16000,
        channels: int = 1,
        *,
        loop: bool = False,
        frame: float = 0.020,
    ) -> None:
        self.sample_rate: Final = check_sample_rate(sample_rate)
        self.channels: Final = check_channels(channels)
        self._length: Final = max(1, round(frame * sample_rate))
        super().__init__(path, "audio", loop=loop)
        self._given = 0
        self._begin(0.0)

    @property
    def position(self) -> float:
        """Where in the file the next frame begins, in seconds."""
        return max(0, self._position) / self.sample_rate

    def read(self) -> AudioFrame | None:
        """Return the next frame, or None at the end."""
        parts: list[Samples] = []
        missing = self._length
        while missing:
            if not self._waiting and not self._more():
                break
            part = self._waiting.popleft()
            if len(part) > missing:
                self._waiting.appendleft(part[missing:])
                part = part[:missing]
            parts.append(part)
            missing -= len(part)
            self._position += len(part)
        if not parts:
            return None
        samples = parts[0] if len(parts) == 1 else np.concatenate(parts)
        frame = AudioFrame(samples, self.sample_rate, self._given)
        self._given += len(samples)
        return frame

    def seek(self, seconds: float) -> None:
        """Go on at this place of the file, as exactly as the file tells its times."""
        self._begin(max(0.0, seconds))

    def _begin(self, seconds: float) -> None:
        if seconds:
            self._reading.seek(max(0.0, seconds - _RUN_UP))
        else:
            self._reading.rewind()
        self._resampler: av.AudioResampler | None = None
        self._ended = False
        self._frames = self._reading.frames()
        self._waiting: deque[Samples] = deque()
        self._wanted = seconds
        self._drop: int | None = None
        self._position = round(seconds * self.sample_rate)
        self._found = False

    def _more(self) -> bool:
        """Decode until there is something to give; False at the end."""
        while not self._waiting:
            if self._ended:
                return False
            frame = next(self._frames, None)
            if frame is None:
                self._finish()
            else:
                self._take(frame)
        return True

    def _take(self, frame: av.AudioFrame) -> None:
        if self._drop is None:
            # Where decoding really began, against where it should.
            time = self._reading.time(frame)
            early = 0.0 if time is None else self._wanted - time
            self._drop = max(0, round(early * self.sample_rate))
        if self._resampler is None:
            # One channel for two would come out 3 dB softer: it is doubled here instead.
            mono = self.channels == 1 or frame.layout.nb_channels == 1
            layout = "mono" if mono else "stereo"
            self._resampler = av.AudioResampler("s16", layout, self.sample_rate)
        self._keep(resampled(frame, self._resampler))

    def _keep(self, pieces: list[Samples]) -> None:
        for samples in pieces:
            self._found = True
            drop = self._drop or 0
            kept = samples[drop:]
            self._drop = drop - len(samples) + len(kept)
            if len(kept):
                doubled = kept.shape[1] < self.channels
                self._waiting.append(np.repeat(kept, 2, axis=1) if doubled else kept)

    def _finish(self) -> None:
        """Give what the resampler holds back, then start over or end."""
        if self._resampler is not None:
            self._keep(resampled(None, self._resampler))
        self._ended = True
        if not self.loop:
            return
        if not self._found and not self._wanted:
            raise NotAMediaFileError(f"{self._reading.path} holds no audio that can be decoded.")
        held = self._waiting
        self._begin(0.0)
        self._waiting = held
        self._position = -sum(map(len, held))
