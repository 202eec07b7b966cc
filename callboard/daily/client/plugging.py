"""What of a client's devices and tracks is plugged into its call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import structlog

from actors.call.protocol import Admin
from actors.call.session import Session
from actors.devices import CameraDevice, SpeakerDevice
from actors.devices.patchbay import Shown
from actors.errors import CallError
from callboard.daily.client.overhearing import Overhearing
from callboard.daily.pcm_writer import PcmWriter
from callboard.daily.picture_writer import PictureWriter
from callboard.daily.shapes import object_in
from callboard.daily.speaker_mix import SpeakerMix

if TYPE_CHECKING:
    from callboard.daily.client.actor import ClientActor

log = structlog.get_logger("callboard.daily")

SWITCHES: Final = {
    "microphone": ("microphone",),
    "camera": ("camera",),
    "screen": ("screenVideo", "screenAudio"),
}


class Plugging:
    """Makes the call follow the settings: `apply` after whatever has changed. In Trio."""

    def __init__(self, actor: ClientActor, session: Session) -> None:
        self._actor = actor
        self._session = session
        self._microphones: dict[PcmWriter, Callable[[], None]] = {}
        self._cameras: dict[Shown, CameraDevice] = {}
        self._subscribed: dict[str, tuple[bool, bool]] = {}
        self._speakers: dict[SpeakerMix, SpeakerDevice] = {}
        self._warned: set[str] = set()
        self.overhearing = Overhearing(session, actor.transcription)
        actor.context.resources.devices.latch(actor)

    def apply(self) -> None:
        """Plug in what is wanted and unplug the rest."""
        self._receive()
        self._listen()
        self._speak()
        self._show()
        self.overhearing.apply()

    def unplug(self) -> None:
        """The call ends: devices go on without it."""
        for writer in tuple(self._microphones):
            self._silence(writer)
        for shown in tuple(self._cameras):
            self._switch(shown, None)
        for speaker in tuple(self._speakers):
            self._deafen(speaker)
        self.overhearing.end()

    def obey(self, order: Admin) -> bool:
        """Switch off what an owner has switched off; whether that changed anything."""
        changed = False
        for kind, on in order.media.items():
            for name in SWITCHES.get(kind, ()):
                entry = object_in(self._actor.settings.inputs, name)
                if entry.get("isEnabled") and not on:
                    entry["isEnabled"] = False
                    changed = True
        return changed

    # What is received

    def _receive(self) -> None:
        settings = self._actor.settings
        present = self._session.participants
        for gone in [who for who in self._subscribed if who not in present]:
            del self._subscribed[gone]
        for who in present:
            audio = settings.is_received(who, "microphone")
            video = settings.is_received(who, "camera") or settings.is_received(who, "screenVideo")
            if self._subscribed.get(who, (True, True)) != (audio, video):
                self._session.subscribe(who, audio=audio, video=video)
            self._subscribed[who] = (audio, video)

    def _listen(self) -> None:
        wanted = self._actor.context.resources.devices.speakers_of(self._actor)
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
        wanted = list(self._wanted_audio())
        for writer in tuple(self._microphones):
            if writer not in wanted:
                self._silence(writer)
        for writer in wanted:
            if writer not in self._microphones and self._attach(writer):
                self._microphones[writer] = writer.listen(self.overhearing.own)

    def _silence(self, writer: PcmWriter) -> None:
        self._microphones.pop(writer)()
        self._session.detach(writer.device)

    def _wanted_audio(self) -> Iterator[PcmWriter]:
        settings, tracks = self._actor.settings, self._actor.context.audio_tracks
        if not self._session.own.permissions.microphone:
            return
        if settings.is_sent("microphone"):
            yield from self._wanted_microphones()
        wanted = [settings.custom_track("screenAudio")] if settings.is_sent("screenAudio") else []
        wanted += [
            settings.track("customAudio", name)
            for name in settings.custom("customAudio")
            if settings.is_track_sent("customAudio", name)
        ]
        for track in wanted:
            writer = tracks.get(track or "")
            if writer is not None:
                yield writer

    def _wanted_microphones(self) -> Iterator[PcmWriter]:
        """The track or the devices that are named, else the first device that nobody uses."""
        context, settings = self._actor.context, self._actor.settings
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
        context, settings = self._actor.context, self._actor.settings
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
        """What is shared as a screen: the screen's own track, else the first custom one."""
        context, settings = self._actor.context, self._actor.settings
        if not self._session.own.permissions.screen:
            return None
        wanted = [settings.custom_track("screenVideo")]
        if not settings.is_sent("screenVideo"):
            wanted = [
                settings.track("customVideo", name)
                for name in settings.custom("customVideo")
                if settings.is_track_sent("customVideo", name)
            ]
        found = (context.video_tracks.get(track) for track in wanted if track is not None)
        return next((each for each in found if each is not None), None)

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
            # It is in use by another client: said once, tried again at every change.
            if str(error) not in self._warned:
                self._warned.add(str(error))
                self._actor.telling.tell("error", f"Error handling UpdateInputs: {error}")
            return False
        return True
