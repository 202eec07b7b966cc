"""Plugs a client's devices and custom tracks into its call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs
import structlog

from actors.call.port import MediaKind, custom_kind
from actors.devices import CameraDevice, SpeakerDevice
from actors.devices.patchbay import Shown
from actors.errors import CallError
from actors.protocol import Admin, Participant
from actors.session import Session
from callboard.daily.client.local_settings import CustomKind
from callboard.daily.client.state import ClientState
from callboard.daily.client.taps import Overhearing, Watching
from callboard.daily.device_table import SpeakerMix
from callboard.daily.shapes import object_in
from callboard.daily.writing import PcmWriter, PictureWriter

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
        state: ClientState,
        session: Session,
        overhearing: Overhearing,
        complain: Callable[[CallError], None],
    ) -> None:
        self._state = state
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
        context, settings = self._state.context, self._state.settings
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


def _nothing() -> None: ...


log = structlog.get_logger("callboard.daily")

SWITCHES: Final = {
    "microphone": ("microphone",),
    "camera": ("camera",),
    "screen": ("screenVideo", "screenAudio"),
}


RECEIVED: Final[dict[str, MediaKind]] = {
    "microphone": "microphone",
    "screenAudio": "screen_audio",
    "camera": "camera",
    "screenVideo": "screen",
}


class DeviceRouting:
    """Makes the call follow the settings: `apply` after whatever has changed. In Trio."""

    def __init__(self, state: ClientState, session: Session) -> None:
        self._state = state
        self._session = session
        self._microphones: dict[PcmWriter, Callable[[], None]] = {}
        self._cameras: dict[Shown, CameraDevice] = {}
        self._unheard: dict[str, frozenset[MediaKind]] = {}
        self._speakers: dict[SpeakerMix, SpeakerDevice] = {}
        self._warned: set[str] = set()
        self.overhearing = Overhearing(session, state.transcription)
        self.watching = Watching(
            session, lambda: [each.shown for each in tuple(self._cameras.values())]
        )
        self._tracks = CustomTracks(state, session, self.overhearing, self._complain)
        state.context.resources.devices.latch(state)

    def apply(self) -> None:
        """Plug in what is wanted and unplug the rest."""
        self._receive()
        self._listen()
        self._speak()
        self._show()
        self._tracks.apply()
        self.overhearing.apply()
        self.watching.apply()

    def unplug(self) -> None:
        """The call ends: devices go on without it."""
        for writer in tuple(self._microphones):
            self._silence(writer)
        for shown in tuple(self._cameras):
            self._switch(shown, None)
        self._tracks.end()
        for speaker in tuple(self._speakers):
            self._deafen(speaker)
        self.overhearing.end()

    def obey(self, order: Admin) -> bool:
        """Switch off what an owner has switched off; whether that changed anything."""
        changed = False
        for kind, on in order.media.items():
            for name in SWITCHES.get(kind, ()):
                entry = object_in(self._state.settings.inputs, name)
                if entry.get("isEnabled") and not on:
                    entry["isEnabled"] = False
                    changed = True
        return changed

    # What is received

    def _receive(self) -> None:
        present = self._session.participants
        for gone in [who for who in self._unheard if who not in present]:
            del self._unheard[gone]
        for who, participant in present.items():
            wanted = self._wanted_of(participant)
            unheard = frozenset(kind for kind, on in wanted.items() if not on)
            before = self._unheard.get(who, frozenset())
            if before != unheard:
                # A track that is gone may come back.
                self._session.subscribe(who, tracks=dict.fromkeys(before, True) | wanted)
            self._unheard[who] = unheard

    def _wanted_of(self, who: Participant) -> dict[MediaKind, bool]:
        settings = self._state.settings
        wanted = {kind: settings.is_received(who.id, name) for name, kind in RECEIVED.items()}
        for track in who.tracks.values():
            name: CustomKind = "customAudio" if track.kind == "audio" else "customVideo"
            wanted[custom_kind(track.kind, track.name)] = settings.is_received(
                who.id, name, track.name
            )
        return wanted

    def _listen(self) -> None:
        wanted = self._state.context.resources.devices.speakers_of(
            self._state, self._state.settings.devices("speaker")
        )
        for speaker in tuple(self._speakers):
            if speaker not in wanted:
                self._deafen(speaker)
        for speaker in wanted:
            if speaker not in self._speakers:
                device = speaker.open_device()
                self._session.attach(device)
                self._speakers[speaker] = device

    def _deafen(self, speaker: SpeakerMix) -> None:
        device = self._speakers.pop(speaker)
        self._session.detach(device)
        speaker.close_device(device)

    # What is sent

    def _speak(self) -> None:
        wanted = dict(self._wanted_audio())
        for writer in tuple(self._microphones):
            if writer not in wanted:
                self._silence(writer)
        for writer, shown in wanted.items():
            if writer not in self._microphones and self._attach(writer, shown):
                self._microphones[writer] = writer.listen(self.overhearing.own)

    def _silence(self, writer: PcmWriter) -> None:
        self._microphones.pop(writer)()
        self._session.detach(writer.device)

    def _wanted_audio(self) -> Iterator[tuple[PcmWriter, Shown]]:
        """What speaks, as a voice (beside the camera) or as the sound of the screen."""
        settings, tracks = self._state.settings, self._state.context.audio_tracks
        allowed = self._session.own.permissions
        if allowed.microphone and settings.is_sent("microphone"):
            for writer in self._wanted_microphones():
                yield writer, "camera"
        if allowed.screen and settings.is_sent("screenAudio"):
            writer = tracks.get(settings.custom_track("screenAudio") or "")
            if writer is not None:
                yield writer, "screen"

    def _wanted_microphones(self) -> Iterator[PcmWriter]:
        """The track or the devices that are named, else the first device that nobody uses."""
        context, settings = self._state.context, self._state.settings
        track, devices = settings.custom_track("microphone"), settings.devices("microphone")
        shelf = context.resources.devices.microphones
        if track is not None:
            found = [context.audio_tracks.get(track)]
        elif devices:
            found = [shelf.find(name) for name in devices]
        else:
            found = [
                next((each for each in shelf.all if self._is_free(each)), None),
            ]
        yield from (writer for writer in found if writer is not None)

    def _is_free(self, writer: PcmWriter) -> bool:
        return writer in self._microphones or writer.device.state == "unattached"

    def _show(self) -> None:
        self._switch("camera", self._wanted_camera())
        self._switch("screen", self._wanted_screen())

    def _wanted_camera(self) -> PictureWriter | None:
        context, settings = self._state.context, self._state.settings
        if not self._session.own.permissions.camera or not settings.is_sent("camera"):
            return None
        track = settings.custom_track("camera")
        if track is not None:
            return context.video_tracks.get(track)
        shelf = context.resources.devices.cameras
        for device in settings.devices("camera"):
            return shelf.find(device)
        own = self._cameras.get("camera")
        free = (w for w in shelf.all if w.device is own or w.device.state == "unattached")
        return next(free, None)

    def _wanted_screen(self) -> PictureWriter | None:
        context, settings = self._state.context, self._state.settings
        if not self._session.own.permissions.screen or not settings.is_sent("screenVideo"):
            return None
        return context.video_tracks.get(settings.custom_track("screenVideo") or "")

    def _switch(self, shown: Shown, writer: PictureWriter | None) -> None:
        device = None if writer is None else writer.device
        before = self._cameras.get(shown)
        if device is before:
            return
        if before is not None:
            self._session.detach(self._cameras.pop(shown))
        if writer is not None and self._attach(writer, shown):
            self._cameras[shown] = writer.device

    def _attach(self, writer: PcmWriter | PictureWriter, shown: Shown = "camera") -> bool:
        try:
            self._session.attach(writer.device, shown=shown)
        except CallError as error:
            self._complain(error)
            return False
        return True

    def _complain(self, error: CallError) -> None:
        """It is in use by another client: said once, tried again at every change."""
        if str(error) not in self._warned:
            self._warned.add(str(error))
            self._state.telling.tell("error", f"Error handling UpdateInputs: {error}")
