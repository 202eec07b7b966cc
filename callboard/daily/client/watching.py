"""Everybody's newest picture, for recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from actors.call.session import Session
from media import VideoFrame

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
        """Look no more."""
        self._wanted -= 1
        self.apply()

    @property
    def anything(self) -> bool:
        """Whether anybody shows something, ourselves included."""
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
