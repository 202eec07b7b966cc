"""Publishes what is no microphone, camera or screen: custom tracks, a screen's sound."""

from collections.abc import Callable, Mapping

import trio

from actors import protocol
from actors.call.microphone import MicrophoneFeed
from actors.call.port import MediaKind, MediaLine, Medium, custom_kind
from actors.call.settings import AudioSettings
from actors.errors import CallError
from media import VideoFrame

SCREEN_AUDIO: MediaKind = "screen_audio"


class Published:
    """Named tracks of our own, each with its queue or its latest picture.

    Args:
        changed: called when a track is published or not any more.
    """

    def __init__(
        self, line: MediaLine, audio_settings: AudioSettings | None, changed: Callable[[], None]
    ) -> None:
        self._line = line
        self._audio_settings = audio_settings
        self._changed = changed
        self._tracks: dict[MediaKind, protocol.Track] = {}
        self._feeds: dict[MediaKind, MicrophoneFeed] = {}

    @property
    def tracks(self) -> Mapping[MediaKind, protocol.Track]:
        """What is published, by kind: what the room tells the others."""
        return dict(self._tracks)

    def add(self, medium: Medium, name: str) -> None:
        """Publish a track: everybody is told, and their connections get it.

        Raises:
            CallError: one of that name is published already, or there are too many.
        """
        kind = custom_kind(medium, name)
        if kind in self._tracks:
            raise CallError(f"a custom {medium} track {name!r} is published already")
        if len(self._tracks) >= protocol.limits.TRACKS:
            raise CallError(f"a call publishes {protocol.limits.TRACKS} custom tracks at most")
        self._tracks[kind] = protocol.Track(medium, name)
        if medium == "audio":
            self._feeds[kind] = self._made_feed(kind)
        self._changed()

    def remove(self, medium: Medium, name: str) -> None:
        """Publish it no more; harmless when there is none. Its section stays, empty."""
        kind = custom_kind(medium, name)
        if self._tracks.pop(kind, None) is not None:
            if (feed := self._feeds.pop(kind, None)) is not None:
                feed.close()
                self._line.untrack(kind)
            self._changed()

    def share_sound(self, shared: bool) -> None:
        """Have a feed for the sound of the shared screen, or none: its section is always there."""
        if shared and SCREEN_AUDIO not in self._feeds:
            self._feeds[SCREEN_AUDIO] = self._made_feed(SCREEN_AUDIO)
        elif not shared and (feed := self._feeds.pop(SCREEN_AUDIO, None)) is not None:
            feed.close()
            self._line.untrack(SCREEN_AUDIO)

    def feed_of(self, kind: MediaKind) -> MicrophoneFeed | None:
        """Where frames of this kind go: `audio:NAME`, or `screen_audio`."""
        return self._feeds.get(kind)

    def feed(self, name: str) -> MicrophoneFeed:
        """Where an audio track's frames go. Raises `CallError` where there is none."""
        feed = self._feeds.get(custom_kind("audio", name))
        if feed is None:
            raise CallError(f"there is no custom audio track {name!r}: publish it first")
        return feed

    def show(self, name: str, frame: VideoFrame) -> None:
        """Show a picture on a video track. Raises `CallError` where there is none."""
        kind = custom_kind("video", name)
        if kind not in self._tracks:
            raise CallError(f"there is no custom video track {name!r}: publish it first")
        self._line.show(kind, frame)

    @property
    def waiting(self) -> int:
        """Packets of all tracks that were not sent yet."""
        return sum(feed.waiting for feed in self._feeds.values())

    def _made_feed(self, kind: MediaKind) -> MicrophoneFeed:
        return MicrophoneFeed(
            self._line.track(kind), self._line.codec, trio.current_time, self._audio_settings
        )

    def interrupt(self, turn: int) -> None:
        """Drop what is queued of this turn and older ones."""
        for feed in self._feeds.values():
            feed.interrupt(turn)

    def tick(self) -> None:
        """A packet of each was sent: there may be room."""
        for feed in self._feeds.values():
            feed.tick()

    def close(self) -> None:
        for feed in self._feeds.values():
            feed.close()
