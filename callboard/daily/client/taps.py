"""Taps a call's sound and pictures, for transcription and recordings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, Generic, TypeVar

import numpy as np

from actors.devices.rendering import AudioRendering
from actors.session import Session
from actors.stages.recorder import AgentSide
from callboard.daily.client.transcription import Transcription
from media import AudioFrame, Samples, VideoFrame
from media.mix import mix

K = TypeVar("K")


class Plugged(Generic[K]):
    """Things that are plugged in, each with the function that unplugs it."""

    def __init__(self) -> None:
        self._ends: dict[K, Callable[[], object]] = {}

    def __iter__(self) -> Iterator[K]:
        return iter(tuple(self._ends))

    def follow(
        self, wanted: Collection[K], plug: Callable[[K], Callable[[], object] | None]
    ) -> None:
        """Unplug what is not wanted, and plug in what is; `plug` gives None where it cannot."""
        for gone in self:
            if gone not in wanted:
                self._ends.pop(gone)()
        for key in wanted:
            if key not in self._ends and (end := plug(key)) is not None:
                self._ends[key] = end

    def end(self) -> None:
        for key in self:
            self._ends.pop(key)()


class Tap:
    """Takes what one's own devices play, and gives it in one format, in real time.

    A device is given its audio up to 0.2 s ahead, so this holds about as much.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sources: defaultdict[int, AgentSide] = defaultdict(
            lambda: AgentSide(sample_rate, reported=False)
        )

    def put(self, source: int, frame: AudioFrame) -> None:
        self._sources[source].said(frame)

    def take(self, frames: int) -> Samples:
        """Return the next samples of all devices, mixed; silence where they play nothing."""
        silence = np.zeros((frames, 1), np.int16)
        return mix([silence, *(each.take(frames) for each in self._sources.values())])


class Overhearing:
    """Listens only while somebody wants it. In Trio."""

    def __init__(self, session: Session, transcription: Transcription) -> None:
        self._session = session
        self._transcription = transcription
        self._others: Plugged[str] = Plugged()
        self._own: dict[int, AudioRendering] = {}
        self.taps: set[Tap] = set()

    def apply(self) -> None:
        """Hear those who are there, while a transcription runs."""
        present = tuple(self._session.participants) if self._transcription.running else ()
        self._others.follow(
            present, lambda who: self._session.render_audio(who, self._listener(who))
        )

    def end(self) -> None:
        self._others.end()

    def own(self, source: int, frame: AudioFrame) -> None:
        """Take what one of our own devices plays."""
        for tap in self.taps:
            tap.put(source, frame)
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
        self._watched: Plugged[Key] = Plugged()
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
        self._watched.follow(self._shown() if self._wanted else (), self._watch)
        self.gather()

    def gather(self) -> None:
        """Have `pictures` hold what there is now."""
        if not self._wanted:
            self.pictures = ()
            return
        order = [key for kind in SHOWN for key in self._watched if key[1] == kind]
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

    def _watch(self, key: Key) -> Callable[[], None]:
        def take(frame: VideoFrame) -> None:
            self._latest[key] = frame

        end = self._session.render_video(key[0], take, color_format="I420", kind=key[1])

        def stop() -> None:
            end()
            self._latest.pop(key, None)

        return stop
