"""Taps a call's sound and pictures, for transcription and recordings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from actors.devices.rendering import AudioRendering
from actors.session import Session
from callboard.daily.client.transcription import Transcription
from media import AudioFrame, Samples, VideoFrame
from media.mix import with_channels
from media.resample import Resampler


class Tap:
    """Takes what one's own devices play, and gives it in one format, in real time.

    A device is given its audio up to 0.2 s ahead, so this holds about as much.
    """

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._sources: dict[object, tuple[Resampler, deque[Samples]]] = {}

    def put(self, source: object, samples: Samples, sample_rate: int) -> None:
        """Take what a device plays next, int16 `[n, channels]`."""
        entry = self._sources.get(source)
        if entry is None or entry[0].source_rate != sample_rate:
            entry = (Resampler(sample_rate, self.sample_rate), deque[Samples]())
            self._sources[source] = entry
        entry[1].append(entry[0].process(with_channels(samples, 1)))

    def take(self, frames: int) -> Samples:
        """The next samples of all devices, mixed; silence where they play nothing."""
        total = np.zeros((frames, 1), np.int32)
        for _, pieces in self._sources.values():
            at = 0
            while pieces and at < frames:
                piece = pieces.popleft()
                if len(piece) > frames - at:
                    pieces.appendleft(piece[frames - at :])
                    piece = piece[: frames - at]
                total[at : at + len(piece)] += piece
                at += len(piece)
        return np.clip(total, -32768, 32767).astype(np.int16)


class Overhearing:
    """Listens only while somebody wants it. In Trio."""

    def __init__(self, session: Session, transcription: Transcription) -> None:
        self._session = session
        self._transcription = transcription
        self._others: dict[str, Callable[[], None]] = {}
        self._own: dict[int, AudioRendering] = {}
        self.taps: set[Tap] = set()

    def apply(self) -> None:
        """Hear those who are there, while a transcription runs."""
        present = tuple(self._session.participants) if self._transcription.running else ()
        for gone in [who for who in self._others if who not in present]:
            self._others.pop(gone)()
        for who in present:
            if who not in self._others:
                self._others[who] = self._session.render_audio(who, self._listener(who))

    def end(self) -> None:
        for end in self._others.values():
            end()
        self._others.clear()

    def own(self, source: int, frame: AudioFrame) -> None:
        """Take what one of our own devices plays."""
        for tap in self.taps:
            tap.put(source, frame.samples, frame.sample_rate)
        if not self._transcription.running:
            return
        local = self._session.id
        if source not in self._own:
            self._own[source] = AudioRendering(local, self._listener(local))
        self._own[source].hear((frame.evolve(source=local),))

    def _listener(self, who: str) -> Callable[[AudioFrame], None]:
        return lambda frame: self._transcription.hear(who, frame)


SHOWN: Final = ("screen", "camera")

Key = tuple[str, str]
"""A participant's id, and camera or screen."""


class Watching:
    """Looks only while somebody wants it. In Trio, but for `pictures`.

    Args:
        own: what we show ourselves.
    """

    def __init__(self, session: Session, own: Callable[[], Iterable[VideoFrame | None]]) -> None:
        self._session = session
        self._own = own
        self._wanted = 0
        self._ends: dict[Key, Callable[[], None]] = {}
        self._latest: dict[Key, VideoFrame] = {}
        self.pictures: tuple[VideoFrame, ...] = ()
        """The others' pictures, then our own; it is replaced as a whole and read in any thread."""

    def begin(self) -> None:
        """Look from now on, until `end` was called as often."""
        self._wanted += 1
        self.apply()

    def end(self) -> None:
        self._wanted -= 1
        self.apply()

    @property
    def anything(self) -> bool:
        return bool(self._shown()) or any(each is not None for each in self._own())

    def apply(self) -> None:
        """Look at those who show something now."""
        shown = self._shown() if self._wanted else []
        for key in [key for key in self._ends if key not in shown]:
            self._ends.pop(key)()
            self._latest.pop(key, None)
        for key in shown:
            if key not in self._ends:
                self._ends[key] = self._session.render_video(
                    key[0], self._taker(key), color_format="I420", kind=key[1]
                )
        self.gather()

    def gather(self) -> None:
        """Have `pictures` hold what there is now."""
        if not self._wanted:
            self.pictures = ()
            return
        order = [key for kind in SHOWN for key in self._ends if key[1] == kind]
        others = [self._latest[key] for key in order if key in self._latest]
        own = [each for each in self._own() if each is not None]
        self.pictures = (*others, *own)

    def _shown(self) -> list[Key]:
        return [
            (who.id, kind)
            for who in self._session.participants.values()
            for kind in SHOWN
            if getattr(who.media, kind)
        ]

    def _taker(self, key: Key) -> Callable[[VideoFrame], None]:
        def take(frame: VideoFrame) -> None:
            self._latest[key] = frame

        return take
