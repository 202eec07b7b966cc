"""The client: joins a call, sends and receives, administers, records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from callboard.daily.callbacks import (
    AudioCallback,
    Done,
    DoneWithId,
    Joined,
    VideoCallback,
    checked,
)
from callboard.daily.checks import also_spelled, check_color, check_name, check_sample_rate
from callboard.daily.client.actor import ClientActor, Requests
from callboard.daily.client.renderers import AudioRendererSettings, VideoRendererSettings
from callboard.daily.context import process
from callboard.daily.custom_sources import CustomAudioTrack, CustomVideoTrack
from callboard.daily.errors import ENDPOINTS, LAYOUT, PHONE, PROXY, BadValueError
from callboard.daily.event_handler import EventHandler
from callboard.daily.shapes import Given, Json, Object, fields_of, final, plain


@final
class CallClient:
    """One participant. Any number of them live in a process.

    Every method may be called from any thread, a handler or a completion. What changes something
    returns at once and is done in order; `completion` is called once, on another thread, with the
    error as a text or None. What only asks answers from what is known now. After `release` every
    method raises `RuntimeError`.
    """

    def __init__(self, event_handler: EventHandler | None = None) -> None:
        if event_handler is not None and not isinstance(event_handler, EventHandler):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"event_handler is an EventHandler, not {type(event_handler).__name__}."
            )
        context = process.current()
        self._actor = context.background.call(lambda: ClientActor(context, event_handler))
        self._requests = Requests(context, self._actor)
        context.background.spawn(self._actor.run)
        context.background.close_with(self, self._actor.abandon)

    # The call

    def join(
        self,
        meeting_url: str,
        meeting_token: str | None = None,
        client_settings: Given | None = None,
        completion: Joined | None = None,
    ) -> None:
        """Join a meeting; `completion(data, error)`.

        `meeting_url` is `http(s)://HOST[:PORT]/ROOM`; a `https://NAME.daily.co/ROOM` is answered by
        a room of this process, or by the server that was chosen. `client_settings` may hold
        `inputs` and `publishing`.
        """
        url = check_name(meeting_url)
        settings = (
            None if client_settings is None else fields_of(client_settings, "client_settings")
        )
        self._requests.put_for_value(completion, self._actor.join, url, meeting_token, settings)

    def leave(self, completion: Done | None = None) -> None:
        """Leave the meeting, or give up joining it."""
        self._requests.post(self._actor.give_up_joining)
        self._requests.put(completion, self._actor.leave)

    def release(self) -> None:
        """Leave, finish what was asked for, and free everything; it waits for that.

        Raises `RuntimeError` the second time.
        """
        self._requests.release()

    # Who is there

    def active_speaker(self) -> Object | None:
        """The participant who spoke last, or None."""
        return self._requests.ask(self._actor.active_speaker)

    def participant_counts(self) -> Object:
        """`{"hidden": n, "present": n}`, ourselves included."""
        return self._requests.ask(self._actor.participant_counts)

    def participants(self) -> Object:
        """`{"local": Participant, ID: Participant, ...}`."""
        return self._requests.ask(self._actor.participants)

    def get_network_stats(self) -> Object:
        """`{"quality", "stats": {"latest": ...}, "threshold"}`."""
        return self._requests.ask(self._actor.network_stats)

    def set_user_name(self, user_name: str) -> None:
        """Be shown under this name."""
        name = check_name(user_name)
        self._requests.put(None, self._actor.set_user_name, name)

    # Messages

    @also_spelled(serialize_none=None)
    def send_app_message(
        self, message: Json, participant_id: str | None = None, completion: Done | None = None
    ) -> None:
        """Send any JSON to one participant or to everybody."""
        if message is None:
            raise BadValueError("message is None; it must be JSON.")
        data = plain(message, "message")
        self._requests.put(completion, self._actor.send_app_message, data, participant_id)

    def send_prebuilt_chat_message(
        self, message: str, user_name: str | None = None, completion: Done | None = None
    ) -> None:
        """Send a line of chat, shown by the page."""
        chat = self._actor.send_prebuilt_chat_message
        self._requests.put(completion, chat, str(message), user_name)

    # What is sent

    def inputs(self) -> Object:
        """Camera, microphone, screen and custom tracks, as they are set."""
        return self._requests.ask(lambda: self._actor.settings.inputs)

    def publishing(self) -> Object:
        """What is published and how."""
        return self._requests.ask(lambda: self._actor.settings.publishing)

    def update_inputs(self, input_settings: Given | str, completion: Done | None = None) -> None:
        """Choose devices and switch them on or off."""
        self._requests.put(completion, self._actor.update_inputs, input_settings)

    def update_publishing(self, publishing_settings: Given, completion: Done | None = None) -> None:
        """Choose what is published, and its quality."""
        self._requests.put(completion, self._actor.update_publishing, publishing_settings)

    def add_custom_audio_track(
        self,
        track_name: str,
        audio_track: CustomAudioTrack,
        ignore_audio_level: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Publish a track under a name that is not in use yet."""
        self._track("AddCustomAudioTrack", track_name, audio_track, completion)

    def add_custom_video_track(
        self, track_name: str, video_track: CustomVideoTrack, completion: Done | None = None
    ) -> None:
        """Publish a track under a name that is not in use yet."""
        self._track("AddCustomVideoTrack", track_name, video_track, completion)

    def update_custom_audio_track(
        self,
        track_name: str,
        audio_track: CustomAudioTrack,
        ignore_audio_level: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Publish another track under a name."""
        self._track("UpdateCustomAudioTrack", track_name, audio_track, completion)

    def update_custom_video_track(
        self, track_name: str, video_track: CustomVideoTrack, completion: Done | None = None
    ) -> None:
        """Publish another track under a name."""
        self._track("UpdateCustomVideoTrack", track_name, video_track, completion)

    def remove_custom_audio_track(self, track_name: str, completion: Done | None = None) -> None:
        """Publish it no more; a name that is not in use is no error."""
        remove = partial(self._actor.remove_track, "customAudio", track_name)
        self._requests.put(completion, remove, name="RemoveCustomAudioTrack")

    def remove_custom_video_track(self, track_name: str, completion: Done | None = None) -> None:
        """Publish it no more; a name that is not in use is no error."""
        remove = partial(self._actor.remove_track, "customVideo", track_name)
        self._requests.put(completion, remove, name="RemoveCustomVideoTrack")

    # What is received

    def subscriptions(self) -> Object:
        """Whose media are received how, by participant."""
        return self._requests.ask(lambda: self._actor.settings.subscriptions)

    def subscription_profiles(self) -> Object:
        """The named choices; `base` holds for everybody who has no other."""
        return self._requests.ask(lambda: self._actor.settings.profiles)

    def update_subscriptions(
        self,
        participant_settings: Given | None = None,
        profile_settings: Given | None = None,
        completion: Done | None = None,
    ) -> None:
        """Choose for single participants, and change profiles."""
        self._requests.put(
            completion, self._actor.update_subscriptions, participant_settings, profile_settings
        )

    def update_subscription_profiles(
        self, profile_settings: Given, completion: Done | None = None
    ) -> None:
        """Change profiles."""
        update = partial(self._actor.update_subscriptions, None, profile_settings)
        self._requests.put(completion, update, name="UpdateSubscriptionProfiles")

    def set_audio_renderer(  # noqa: PLR0917  (the original's parameters)
        self,
        participant_id: str,
        callback: AudioCallback | None,
        audio_source: str = "microphone",
        sample_rate: int = 16000,
        callback_interval_ms: int = 20,
        logging_interval_ms: int = 10000,
    ) -> None:
        """Have `callback(id, AudioData, source)` called with one participant's audio.

        Each call brings `callback_interval_ms` of it, any number from 1. None instead of a
        callback ends that. Raises `ValueError` for a rate or an interval that cannot be.
        """
        rendering = AudioRendererSettings(
            checked(callback), check_sample_rate(sample_rate), callback_interval_ms
        )
        begin = partial(self._actor.renderers.set, participant_id, audio_source, rendering)
        self._requests.put(None, begin, name="SetAudioRenderer")

    def set_video_renderer(
        self,
        participant_id: str,
        callback: VideoCallback | None,
        video_source: str = "camera",
        color_format: str = "RGBA",
        logging_interval_ms: int = 10000,
    ) -> None:
        """Have `callback(id, VideoFrame, source)` called with one participant's pictures.

        None instead of a callback ends that. Raises `ValueError` for an unknown colour format.
        """
        rendering = VideoRendererSettings(checked(callback), check_color(color_format))
        begin = partial(self._actor.renderers.set, participant_id, video_source, rendering)
        self._requests.put(None, begin, name="SetVideoRenderer")

    # Administration, for owners

    def eject_remote_participants(self, ids: Sequence[str], completion: Done | None = None) -> None:
        """Send participants away."""
        self._requests.put(completion, self._actor.eject_remote_participants, ids)

    def update_remote_participants(
        self, remote_participants: Given, completion: Done | None = None
    ) -> None:
        """Give or take permissions, and switch others' inputs off."""
        self._requests.put(completion, self._actor.update_remote_participants, remote_participants)

    def update_permissions(self, permissions: Given, completion: Done | None = None) -> None:
        """Change one's own permissions."""
        self._requests.put(completion, self._actor.update_permissions, permissions)

    # The network

    def set_ice_config(
        self, ice_config: Given | None = None, completion: Done | None = None
    ) -> None:
        """Use other STUN and TURN servers, from the next join on; None: the room's."""
        self._requests.put(completion, self._actor.set_ice_config, ice_config)

    def set_proxy_url(self, proxy_url: str | None = None, completion: Done | None = None) -> None:
        """None is taken; a proxy is not supported and raises `NotSupportedError`."""
        if proxy_url is not None:
            self._requests.refuse(PROXY, completion)
        self._requests.put(completion, lambda: None, name="SetProxyUrl")

    # Recording, streaming, transcription

    def start_recording(
        self,
        streaming_settings: Given | None = None,
        stream_id: str | None = None,
        force_new: bool | None = None,
        completion: DoneWithId | None = None,
    ) -> None:
        """Record the call to a file; `completion(stream_id, error)`."""
        start = self._actor.streams.start_recording
        self._requests.put_for_value(completion, start, streaming_settings, stream_id, force_new)

    def stop_recording(self, stream_id: str | None = None, completion: Done | None = None) -> None:
        """End a recording, or all; its file is complete then."""
        self._requests.put(completion, self._actor.streams.stop_recording, stream_id)

    def update_recording(
        self, update_settings: Given, stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """A recording keeps what was set at its start: raises `NotSupportedError`."""
        self._requests.refuse(LAYOUT, completion)

    def start_live_stream_with_endpoints(
        self,
        endpoints: Sequence[str],
        streaming_settings: Given | None = None,
        stream_id: str | None = None,
        force_new: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Endpoints are kept by Daily's own service: raises `NotSupportedError`; give RTMP URLs."""
        self._requests.refuse(ENDPOINTS, completion)

    def start_live_stream_with_rtmp_urls(
        self,
        rtmp_urls: Sequence[str],
        streaming_settings: Given | None = None,
        stream_id: str | None = None,
        force_new: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Send the call to RTMP servers."""
        start = self._actor.streams.start_live_stream
        self._requests.put(completion, start, rtmp_urls, streaming_settings, stream_id)

    @also_spelled(endpoings="endpoints")
    def add_live_streaming_endpoints(
        self,
        endpoints: Sequence[str],
        stream_id: str | None = None,
        completion: Done | None = None,
    ) -> None:
        """Endpoints are kept by Daily's own service: raises `NotSupportedError`."""
        self._requests.refuse(ENDPOINTS, completion)

    @also_spelled(endpoings="endpoints")
    def remove_live_streaming_endpoints(
        self,
        endpoints: Sequence[str],
        stream_id: str | None = None,
        completion: Done | None = None,
    ) -> None:
        """Endpoints are kept by Daily's own service: raises `NotSupportedError`."""
        self._requests.refuse(ENDPOINTS, completion)

    def stop_live_stream(
        self, stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """End a live stream, or all."""
        self._requests.put(completion, self._actor.streams.stop_live_stream, stream_id)

    def update_live_stream(
        self, update_settings: Given, stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """A live stream keeps what was set at its start: raises `NotSupportedError`."""
        self._requests.refuse(LAYOUT, completion)

    def start_transcription(
        self, settings: Given | None = None, completion: Done | None = None
    ) -> None:
        """Have what is said told as text, by `on_transcription_message`."""
        self._requests.put(completion, self._actor.start_transcription, settings)

    def stop_transcription(self, completion: Done | None = None) -> None:
        """End the transcription."""
        self._requests.put(completion, self._actor.stop_transcription)

    def update_transcription(
        self,
        participants: Sequence[str] | None = None,
        instance_id: str | None = None,
        completion: Done | None = None,
    ) -> None:
        """Choose whose words are told; None: everybody's."""
        self._requests.put(completion, self._actor.transcription.update_transcription, participants)

    # The phone

    def start_dialout(self, settings: Given, completion: DoneWithId | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        self._requests.refuse_value(PHONE, completion)

    def stop_dialout(self, participant_id: str, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        self._requests.refuse(PHONE, completion)

    def send_dtmf(self, settings: Given, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        self._requests.refuse(PHONE, completion)

    def sip_call_transfer(self, settings: Given, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        self._requests.refuse(PHONE, completion)

    def sip_refer(self, settings: Given, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        self._requests.refuse(PHONE, completion)

    # Inside

    def _track(
        self,
        what: str,
        name: str,
        track: CustomAudioTrack | CustomVideoTrack,
        completion: Done | None,
    ) -> None:
        audio = "Audio" in what
        kind = "customAudio" if audio else "customVideo"
        if isinstance(track, CustomAudioTrack) != audio:
            raise TypeError(f"{type(track).__name__} is no track of {kind}.")
        check_name(name)
        publish = partial(self._actor.set_track, kind, name, track, new=what.startswith("Add"))
        self._requests.put(completion, publish, name=what)
