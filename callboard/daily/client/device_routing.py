"""Plugs a client's devices and custom tracks into its call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from actors.call.port import MediaKind, custom_kind
from actors.devices.patchbay import Shown
from actors.errors import CallError
from actors.protocol import Admin, Participant
from actors.session import Session
from callboard.daily.client.local_settings import CustomKind
from callboard.daily.client.state import ClientState
from callboard.daily.client.taps import Overhearing, Plugged, Watching
from callboard.daily.device_table import Shelf, SpeakerMix
from callboard.daily.shapes import object_in
from callboard.daily.writing import PcmWriter, PictureWriter

Writer = PcmWriter | PictureWriter
Key = tuple[CustomKind, str]
AnyWriter = TypeVar("AnyWriter", PcmWriter, PictureWriter)

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
        self._microphones: Plugged[PcmWriter] = Plugged()
        self._cameras: Plugged[tuple[Shown, PictureWriter]] = Plugged()
        self._speakers: Plugged[SpeakerMix] = Plugged()
        self._tracks: dict[Key, tuple[Writer, Callable[[], None]]] = {}
        self._unheard: dict[str, frozenset[MediaKind]] = {}
        self._warned: set[str] = set()
        self.overhearing = Overhearing(session, state.transcription)
        self.watching = Watching(
            session, lambda: [writer.device.shown for _, writer in self._cameras]
        )
        state.context.resources.devices.latch(state)

    def apply(self) -> None:
        """Plug in what is wanted and unplug the rest."""
        self._receive()
        self._listen()
        self._speak()
        self._show()
        self._publish(dict(self._wanted_tracks()))
        self.overhearing.apply()
        self.watching.apply()

    def unplug(self) -> None:
        """The call ends: devices go on without it."""
        self._microphones.end()
        self._cameras.end()
        self._publish({})
        self._speakers.end()
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
        self._speakers.follow(wanted, self._hear)

    def _hear(self, speaker: SpeakerMix) -> Callable[[], None]:
        device = speaker.open_device()
        self._session.attach(device)

        def end() -> None:
            self._session.detach(device)
            speaker.close_device(device)

        return end

    # What is sent

    def _speak(self) -> None:
        wanted = dict(self._wanted_audio())
        self._microphones.follow(wanted, lambda writer: self._attach(writer, wanted[writer]))

    def _wanted_audio(self) -> Iterator[tuple[PcmWriter, Shown]]:
        """Give the devices that speak: beside the camera, or as the sound of the screen."""
        context, settings = self._state.context, self._state.settings
        allowed = self._session.own.permissions
        if allowed.microphone and settings.is_sent("microphone"):
            shelf = context.resources.devices.microphones
            for writer in self._chosen("microphone", context.audio_tracks, shelf):
                if writer is not None:
                    yield writer, "camera"
        if allowed.screen and settings.is_sent("screenAudio"):
            writer = context.audio_tracks.get(settings.custom_track("screenAudio") or "")
            if writer is not None:
                yield writer, "screen"

    def _show(self) -> None:
        self._cameras.follow(
            [(shown, writer) for shown, writer in self._wanted_pictures() if writer is not None],
            lambda key: self._attach(key[1], key[0]),
        )

    def _wanted_pictures(self) -> Iterator[tuple[Shown, PictureWriter | None]]:
        context, settings = self._state.context, self._state.settings
        allowed = self._session.own.permissions
        if allowed.camera and settings.is_sent("camera"):
            shelf = context.resources.devices.cameras
            yield "camera", self._chosen("camera", context.video_tracks, shelf)[0]
        if allowed.screen and settings.is_sent("screenVideo"):
            yield "screen", context.video_tracks.get(settings.custom_track("screenVideo") or "")

    def _chosen(
        self, name: str, tracks: Mapping[str, AnyWriter], shelf: Shelf[AnyWriter]
    ) -> list[AnyWriter | None]:
        """The track or the devices that are named, else the first device that nobody uses."""
        settings = self._state.settings
        if (track := settings.custom_track(name)) is not None:
            return [tracks.get(track)]
        if devices := settings.devices(name):
            return [shelf.find(device) for device in devices]
        plugged = {*self._microphones, *(writer for at, writer in self._cameras if at == "camera")}
        free = (w for w in shelf.all if w in plugged or w.device.state == "unattached")
        return [next(free, None)]

    def _attach(self, writer: Writer, shown: Shown) -> Callable[[], None] | None:
        try:
            self._session.attach(writer.device, shown=shown)
        except CallError as error:
            self._complain(error)
            return None
        unlisten = self._overhear(writer)

        def end() -> None:
            unlisten()
            self._session.detach(writer.device)

        return end

    def _overhear(self, writer: Writer) -> Callable[[], None]:
        if isinstance(writer, PcmWriter):
            return writer.listen(self.overhearing.own)
        return lambda: None

    def _publish(self, wanted: Mapping[Key, Writer]) -> None:
        """Publish these tracks and no other; what takes another's name is no new track."""
        for key in [key for key in self._tracks if key not in wanted]:
            writer, unlisten = self._tracks.pop(key)
            unlisten()
            self._session.detach(writer.device)
        for key, writer in wanted.items():
            before, unlisten = self._tracks.get(key, (None, lambda: None))
            if before is writer:
                continue
            try:
                self._session.publish(key[1], writer.device)
            except CallError as error:
                self._complain(error)
                continue
            unlisten()
            self._tracks[key] = writer, self._overhear(writer)

    def _wanted_tracks(self) -> Iterator[tuple[Key, Writer]]:
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

    def _complain(self, error: CallError) -> None:
        """It is in use by another client: said once, tried again at every change."""
        if str(error) not in self._warned:
            self._warned.add(str(error))
            self._state.telling.tell("error", f"Error handling UpdateInputs: {error}")
