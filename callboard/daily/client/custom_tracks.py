"""What a client publishes under names of its own, beside microphone, camera and screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from actors.call.session import Session
from actors.errors import CallError
from callboard.daily.client.local_settings import CustomKind
from callboard.daily.client.overhearing import Overhearing
from callboard.daily.pcm_writer import PcmWriter
from callboard.daily.picture_writer import PictureWriter

if TYPE_CHECKING:
    from callboard.daily.client.actor import ClientActor

Writer = PcmWriter | PictureWriter
Key = tuple[CustomKind, str]


@attrs.frozen
class _Published:
    """What is published under a name, and what ends our own listening to it."""

    writer: Writer
    unlisten: Callable[[], None]


class CustomTracks:
    """Makes the call's named tracks follow the settings. In Trio.

    Args:
        complain: told what cannot be published.
    """

    def __init__(
        self,
        actor: ClientActor,
        session: Session,
        overhearing: Overhearing,
        complain: Callable[[CallError], None],
    ) -> None:
        self._actor = actor
        self._session = session
        self._overhearing = overhearing
        self._complain = complain
        self._tracks: dict[Key, _Published] = {}

    def apply(self) -> None:
        """Publish what is wanted and nothing else; what takes another's name is no new track."""
        wanted = dict(self._wanted())
        for key in tuple(self._tracks):
            if key not in wanted:
                self._withdraw(key)
        for key, writer in wanted.items():
            before = self._tracks.get(key)
            if before is None or before.writer is not writer:
                self._publish(key, writer)

    def end(self) -> None:
        """Publish nothing any more: sources go on without a call."""
        for key in tuple(self._tracks):
            self._withdraw(key)

    def _publish(self, key: Key, writer: Writer) -> None:
        try:
            self._session.publish(key[1], writer.device)
        except CallError as error:
            self._complain(error)
            return
        if key in self._tracks:
            self._tracks[key].unlisten()
        own = self._overhearing.own
        unlisten = writer.listen(own) if isinstance(writer, PcmWriter) else _nothing
        self._tracks[key] = _Published(writer, unlisten)

    def _withdraw(self, key: Key) -> None:
        published = self._tracks.pop(key)
        published.unlisten()
        self._session.detach(published.writer.device)

    def _wanted(self) -> Iterator[tuple[Key, Writer]]:
        context, settings = self._actor.context, self._actor.settings
        permissions = self._session.own.permissions
        sources: tuple[tuple[CustomKind, bool, Mapping[str, Writer]], ...] = (
            ("customAudio", permissions.microphone, context.audio_tracks),
            ("customVideo", permissions.camera, context.video_tracks),
        )
        for kind, allowed, tracks in sources:
            for name in settings.custom(kind) if allowed else ():
                writer = tracks.get(settings.track(kind, name) or "")
                if writer is not None and settings.is_track_sent(kind, name):
                    yield (kind, name), writer


def _nothing() -> None:
    """Nobody listens to pictures."""
