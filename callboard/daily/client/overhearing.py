"""Everybody's audio and our own, for a transcription and for recordings."""

from __future__ import annotations

from collections.abc import Callable

from actors.call.session import Session
from actors.devices.rendering import AudioRendering
from callboard.daily.client.tap import Tap
from callboard.daily.client.transcription import Transcription
from media import AudioFrame


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
        """Hear nobody any more."""
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
