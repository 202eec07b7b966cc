"""The module `daily` as Callboard serves it. Printed by `python -m callboard.daily.stubs`."""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import EllipsisType
from typing import Self, TypeAlias

from typing_extensions import Buffer

Json: TypeAlias = bool | int | float | str | list[Json] | dict[str, Json] | None
Object: TypeAlias = dict[str, Json]
Given: TypeAlias = Mapping[str, object]
Done: TypeAlias = Callable[[str | None], object]
DoneWithId: TypeAlias = Callable[[str | None, str | None], object]
Joined: TypeAlias = Callable[[Object | None, str | None], object]
AudioCallback: TypeAlias = Callable[[str, AudioData, str], object]
VideoCallback: TypeAlias = Callable[[str, VideoFrame, str], object]

class AudioData:
    """A stretch of one participant's audio: interleaved 16-bit little-endian PCM."""
    @property
    def audio_frames(self) -> bytes:
        """The samples."""
        ...
    @property
    def bits_per_sample(self) -> int:
        """16."""
        ...
    @property
    def num_audio_frames(self) -> int:
        """Samples of each channel."""
        ...
    @property
    def num_channels(self) -> int:
        """1 or 2."""
        ...
    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...

class CallClient:
    """One participant. Any number of them live in a process.

    Every method may be called from any thread, a handler or a completion. What changes something
    returns at once and is done in order; `completion` is called once, on another thread, with the
    error as a text or None. What only asks answers from what is known now. After `release` every
    method raises `RuntimeError`."""
    def __init__(self, event_handler: EventHandler | None = None) -> None: ...
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
        `inputs` and `publishing`."""
        ...
    def leave(self, completion: Done | None = None) -> None:
        """Leave the meeting, or give up joining it."""
        ...
    def release(self) -> None:
        """Leave, finish what was asked for, and free everything; it waits for that.

        Raises `RuntimeError` the second time."""
        ...
    def active_speaker(self) -> Object | None:
        """The participant who spoke last, or None."""
        ...
    def participant_counts(self) -> Object:
        """`{"hidden": n, "present": n}`, ourselves included."""
        ...
    def participants(self) -> Object:
        """`{"local": Participant, ID: Participant, ...}`."""
        ...
    def get_network_stats(self) -> Object:
        """`{"quality", "stats": {"latest": ...}, "threshold"}`."""
        ...
    def set_user_name(self, user_name: str) -> None:
        """Be shown under this name."""
        ...
    def send_app_message(
        self, message: Json, participant_id: str | None = None, completion: Done | None = None
    ) -> None:
        """Send any JSON to one participant or to everybody."""
        ...
    def send_prebuilt_chat_message(
        self, message: str, user_name: str | None = None, completion: Done | None = None
    ) -> None:
        """Send a line of chat, shown by the page."""
        ...
    def inputs(self) -> Object:
        """Camera, microphone, screen and custom tracks, as they are set."""
        ...
    def publishing(self) -> Object:
        """What is published and how."""
        ...
    def update_inputs(self, input_settings: Given | str, completion: Done | None = None) -> None:
        """Choose devices and switch them on or off."""
        ...
    def update_publishing(self, publishing_settings: Given, completion: Done | None = None) -> None:
        """Choose what is published, and its quality."""
        ...
    def add_custom_audio_track(
        self,
        track_name: str,
        audio_track: CustomAudioTrack,
        ignore_audio_level: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Publish a track under a name that is not in use yet."""
        ...
    def add_custom_video_track(
        self, track_name: str, video_track: CustomVideoTrack, completion: Done | None = None
    ) -> None:
        """Publish a track under a name that is not in use yet."""
        ...
    def update_custom_audio_track(
        self,
        track_name: str,
        audio_track: CustomAudioTrack,
        ignore_audio_level: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Publish another track under a name."""
        ...
    def update_custom_video_track(
        self, track_name: str, video_track: CustomVideoTrack, completion: Done | None = None
    ) -> None:
        """Publish another track under a name."""
        ...
    def remove_custom_audio_track(self, track_name: str, completion: Done | None = None) -> None:
        """Publish it no more; a name that is not in use is no error."""
        ...
    def remove_custom_video_track(self, track_name: str, completion: Done | None = None) -> None:
        """Publish it no more; a name that is not in use is no error."""
        ...
    def subscriptions(self) -> Object:
        """Whose media are received how, by participant."""
        ...
    def subscription_profiles(self) -> Object:
        """The named choices; `base` holds for everybody who has no other."""
        ...
    def update_subscriptions(
        self,
        participant_settings: Given | None = None,
        profile_settings: Given | None = None,
        completion: Done | None = None,
    ) -> None:
        """Choose for single participants, and change profiles."""
        ...
    def update_subscription_profiles(
        self, profile_settings: Given, completion: Done | None = None
    ) -> None:
        """Change profiles."""
        ...
    def set_audio_renderer(
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
        callback ends that. Raises `ValueError` for a rate or an interval that cannot be."""
        ...
    def set_video_renderer(
        self,
        participant_id: str,
        callback: VideoCallback | None,
        video_source: str = "camera",
        color_format: str = "RGBA",
        logging_interval_ms: int = 10000,
    ) -> None:
        """Have `callback(id, VideoFrame, source)` called with one participant's pictures.

        None instead of a callback ends that. Raises `ValueError` for an unknown colour format."""
        ...
    def eject_remote_participants(self, ids: Sequence[str], completion: Done | None = None) -> None:
        """Send participants away."""
        ...
    def update_remote_participants(
        self, remote_participants: Given, completion: Done | None = None
    ) -> None:
        """Give or take permissions, and switch others' inputs off."""
        ...
    def update_permissions(self, permissions: Given, completion: Done | None = None) -> None:
        """Change one's own permissions."""
        ...
    def set_ice_config(
        self, ice_config: Given | None = None, completion: Done | None = None
    ) -> None:
        """Use other STUN and TURN servers, from the next join on; None: the room's."""
        ...
    def set_proxy_url(self, proxy_url: str | None = None, completion: Done | None = None) -> None:
        """None is taken; a proxy is not supported and raises `NotSupportedError`."""
        ...
    def start_recording(
        self,
        streaming_settings: Given | None = None,
        stream_id: str | None = None,
        force_new: bool | None = None,
        completion: DoneWithId | None = None,
    ) -> None:
        """Record the call to a file; `completion(stream_id, error)`."""
        ...
    def stop_recording(self, stream_id: str | None = None, completion: Done | None = None) -> None:
        """End a recording, or all; its file is complete then."""
        ...
    def update_recording(
        self, update_settings: Given, stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """A recording keeps what was set at its start: raises `NotSupportedError`."""
        ...
    def start_live_stream_with_endpoints(
        self,
        endpoints: Sequence[str],
        streaming_settings: Given | None = None,
        stream_id: str | None = None,
        force_new: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Endpoints are kept by Daily's own service: raises `NotSupportedError`; give RTMP URLs."""
        ...
    def start_live_stream_with_rtmp_urls(
        self,
        rtmp_urls: Sequence[str],
        streaming_settings: Given | None = None,
        stream_id: str | None = None,
        force_new: bool | None = None,
        completion: Done | None = None,
    ) -> None:
        """Send the call to RTMP servers."""
        ...
    def add_live_streaming_endpoints(
        self, endpoints: Sequence[str], stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """Endpoints are kept by Daily's own service: raises `NotSupportedError`."""
        ...
    def remove_live_streaming_endpoints(
        self, endpoints: Sequence[str], stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """Endpoints are kept by Daily's own service: raises `NotSupportedError`."""
        ...
    def stop_live_stream(
        self, stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """End a live stream, or all."""
        ...
    def update_live_stream(
        self, update_settings: Given, stream_id: str | None = None, completion: Done | None = None
    ) -> None:
        """A live stream keeps what was set at its start: raises `NotSupportedError`."""
        ...
    def start_transcription(
        self, settings: Given | None = None, completion: Done | None = None
    ) -> None:
        """Have what is said told as text, by `on_transcription_message`."""
        ...
    def stop_transcription(self, completion: Done | None = None) -> None:
        """End the transcription."""
        ...
    def update_transcription(
        self,
        participants: Sequence[str] | None = None,
        instance_id: str | None = None,
        completion: Done | None = None,
    ) -> None:
        """Choose whose words are told; None: everybody's."""
        ...
    def start_dialout(self, settings: Given, completion: DoneWithId | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        ...
    def stop_dialout(self, participant_id: str, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        ...
    def send_dtmf(self, settings: Given, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        ...
    def sip_call_transfer(self, settings: Given, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        ...
    def sip_refer(self, settings: Given, completion: Done | None = None) -> None:
        """Raises `NotSupportedError`: there is no phone network here."""
        ...

class CustomAudioSource:
    """What a custom audio track plays. It plays in real time, published or not.

    `auto_silence` is taken for the sake of scripts: silence always fills the time when nothing is
    written."""
    def __init__(self, sample_rate: int, channels: int, auto_silence: bool = True) -> None: ...
    @property
    def channels(self) -> int:
        """1 or 2."""
        ...
    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...
    def write_frames(
        self, frames: Buffer, completion: Callable[[int], object] | None = None
    ) -> int:
        """Play 16-bit PCM of any length.

        Without `completion` it waits until that was played, and returns how many frames that were.
        With it, it returns 0 at once, and `completion` is called once, on another thread, with how
        many frames were played. Raises `ValueError` for an odd number of bytes."""
        ...

class CustomAudioTrack:
    """A track of a source; one source may have several."""
    def __init__(self, audio_source: CustomAudioSource) -> None: ...
    @property
    def id(self) -> str:
        """For `customTrack` in a client's inputs."""
        ...

class CustomVideoSource:
    """What a custom video track shows."""
    def __init__(self, width: int, height: int, color_format: str = "RGBA") -> None: ...
    @property
    def color_format(self) -> str:
        """Of the pictures that are written."""
        ...
    @property
    def height(self) -> int:
        """Pixels."""
        ...
    @property
    def width(self) -> int:
        """Pixels."""
        ...
    def write_frame(self, frame: Buffer) -> None:
        """Show a picture, now, until the next one. Raises `ValueError` for another size."""
        ...

class CustomVideoTrack:
    """A track of a source; one source may have several."""
    def __init__(self, video_source: CustomVideoSource) -> None: ...
    @property
    def id(self) -> str:
        """For `customTrack` in a client's inputs."""
        ...

class Daily:
    """Makes devices. Everything here may be called from any thread."""
    @staticmethod
    def create_camera_device(
        device_name: str, width: int, height: int, color_format: str = "RGBA"
    ) -> VirtualCameraDevice:
        """A new camera for RGBA, BGRA, ARGB, ABGR, RGB or I420 pictures of one size.

        Raises `ValueError` for a size or a colour format that cannot be."""
        ...
    @staticmethod
    def create_microphone_device(
        device_name: str, sample_rate: int = 16000, channels: int = 1, non_blocking: bool = False
    ) -> VirtualMicrophoneDevice:
        """A new microphone for 16-bit PCM, any number of them in a process.

        Raises `ValueError` for a rate (8 to 48 kHz) or a number of channels (1, 2) that cannot be."""
        ...
    @staticmethod
    def create_native_vad(
        reset_period_ms: int = 1000, sample_rate: int = 16000, channels: int = 1
    ) -> NativeVad:
        """A new voice detector. It needs no call and no `init`."""
        ...
    @staticmethod
    def create_speaker_device(
        device_name: str, sample_rate: int = 16000, channels: int = 1, non_blocking: bool = False
    ) -> VirtualSpeakerDevice:
        """A new speaker for 16-bit PCM, any number of them in a process.

        Until one is selected, each hears every call. Raises `ValueError` as for microphones."""
        ...
    @staticmethod
    def deinit() -> None:
        """End all calls and devices and the thread behind them; `init` may follow."""
        ...
    @staticmethod
    def init(worker_threads: int = 2, log_level: LogLevel | EllipsisType = ...) -> None:
        """Begin. Optional, and harmless when repeated. `worker_threads` has no meaning here."""
        ...
    @staticmethod
    def select_speaker_device(device_name: str) -> None:
        """Choose the speaker that all calls play to. Raises `RuntimeError` for an unknown name."""
        ...
    @staticmethod
    def set_log_level(log_level: LogLevel) -> None:
        """Log what is at least so grave, to standard error."""
        ...

class EventHandler:
    """Override the methods of the events that matter.

    They are called one after the other, in the order of what happened, on a thread of their own:
    any method of a client or device may be called from within. One that blocks keeps later events
    of that client waiting, nothing else."""
    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Take whatever a subclass takes; it need not call `super().__init__()`."""
        ...
    def on_active_speaker_changed(self, participant: Mapping[str, Json]) -> None:
        """Somebody else speaks now (the loudest)."""
        ...
    def on_app_message(self, message: Json, sender: str) -> None:
        """A message came: any JSON, and its sender's id."""
        ...
    def on_available_devices_updated(self, available_devices: Mapping[str, Json]) -> None:
        """A device was made: what there is, by kind."""
        ...
    def on_call_state_updated(self, state: str) -> None:
        """ "initialized", "joining", "joined", "leaving" or "left"."""
        ...
    def on_dialin_connected(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialin_error(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialin_ready(self, sip_endpoint: str) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialin_stopped(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialin_warning(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialout_answered(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialout_connected(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialout_error(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialout_stopped(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dialout_warning(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_dtmf_event(self, data: Mapping[str, Json]) -> None:
        """Phone events do not occur: there is no phone network here."""
        ...
    def on_error(self, message: str) -> None:
        """A request failed, or the call did; a sentence."""
        ...
    def on_inputs_updated(self, input_settings: Mapping[str, Json]) -> None:
        """Camera or microphone were chosen or switched."""
        ...
    def on_live_stream_error(self, stream_id: str, message: str) -> None:
        """A live stream failed."""
        ...
    def on_live_stream_started(self, status: Mapping[str, Json]) -> None:
        """A live stream runs: layout, who started it, its id."""
        ...
    def on_live_stream_stopped(self, stream_id: str) -> None:
        """A live stream has ended."""
        ...
    def on_live_stream_updated(self, update: Mapping[str, Json]) -> None:
        """A live stream's state has changed."""
        ...
    def on_live_stream_warning(self, stream_id: str, message: str) -> None:
        """A live stream has difficulties."""
        ...
    def on_network_connection_status_updated(self, status: Mapping[str, Json]) -> None:
        """The way to the room or its media broke, or is back."""
        ...
    def on_network_stats_updated(self, stats: Mapping[str, Json]) -> None:
        """How well the network does, every few seconds."""
        ...
    def on_participant_counts_updated(self, counts: Mapping[str, Json]) -> None:
        """How many are present, and how many hidden."""
        ...
    def on_participant_joined(self, participant: Mapping[str, Json]) -> None:
        """Somebody came, or was there already when we did."""
        ...
    def on_participant_left(self, participant: Mapping[str, Json], reason: str) -> None:
        """Somebody went: "leftCall", or "hidden" when they only became invisible."""
        ...
    def on_participant_updated(self, participant: Mapping[str, Json]) -> None:
        """Something about somebody has changed, ourselves included."""
        ...
    def on_publishing_updated(self, publishing_settings: Mapping[str, Json]) -> None:
        """What is published, and how, has changed."""
        ...
    def on_recording_error(self, stream_id: str, message: str) -> None:
        """A recording failed."""
        ...
    def on_recording_started(self, status: Mapping[str, Json]) -> None:
        """A recording runs: layout, its ids, who started it."""
        ...
    def on_recording_stopped(self, stream_id: str) -> None:
        """A recording has ended and its file is complete."""
        ...
    def on_subscription_profiles_updated(self, subscription_profiles: Mapping[str, Json]) -> None:
        """A named choice of what to receive has changed."""
        ...
    def on_subscriptions_updated(self, subscriptions: Mapping[str, Json]) -> None:
        """What is received of whom has changed."""
        ...
    def on_transcription_error(self, message: str) -> None:
        """The transcription failed."""
        ...
    def on_transcription_message(self, message: Json) -> None:
        """Somebody said something: who, the text, when."""
        ...
    def on_transcription_started(self, status: Mapping[str, Json]) -> None:
        """A transcription runs: its language, model and ids."""
        ...
    def on_transcription_stopped(self, stopped_by: str | None, stopped_by_error: bool) -> None:
        """The transcription has ended; by whom, and whether by an error."""
        ...
    def on_transcription_updated(self, update: Mapping[str, Json]) -> None:
        """Whose words are transcribed has changed."""
        ...

class LogLevel(IntEnum):
    """Levels of `Daily.init` and `Daily.set_log_level`."""

    Off = 0
    Error = 1
    Warn = 2
    Info = 3
    Debug = 4
    Trace = 5

class NativeVad:
    """Tells speech from everything else in one stream of audio, given in order."""
    @property
    def channels(self) -> int:
        """As given at creation."""
        ...
    @property
    def reset_period_ms(self) -> int:
        """After so much audio without speech the detector begins anew."""
        ...
    @property
    def rest_period_ms(self) -> int:
        """The same, as the original's stub spells it."""
        ...
    @property
    def sample_rate(self) -> int:
        """As given at creation."""
        ...
    def analyze_frames(self, frames: Buffer) -> float:
        """The confidence, 0 to 1, that somebody speaks in this audio.

        `frames` is 16-bit PCM of any multiple of 10 ms. Raises `ValueError` for another length."""
        ...

class VideoFrame:
    """One picture of one participant."""
    @property
    def buffer(self) -> bytes:
        """The pixels in `color_format`, rows without padding."""
        ...
    @property
    def color_format(self) -> str:
        """As the renderer was asked for."""
        ...
    @property
    def height(self) -> int:
        """Pixels."""
        ...
    @property
    def timestamp_us(self) -> int:
        """When it was received, in microseconds of a clock that only moves forward."""
        ...
    @property
    def width(self) -> int:
        """Pixels."""
        ...

class VirtualCameraDevice:
    """A camera that shows what a program draws."""
    @property
    def color_format(self) -> str:
        """Of the pictures that are written."""
        ...
    @property
    def height(self) -> int:
        """Pixels."""
        ...
    @property
    def name(self) -> str:
        """As given at creation; `deviceId` in a client's inputs."""
        ...
    @property
    def width(self) -> int:
        """Pixels."""
        ...
    def write_frame(self, frame: Buffer) -> None:
        """Show a picture, now, until the next one; in a call at most 30 a second go out.

        `frame` holds exactly the bytes of a picture in `color_format`; otherwise `ValueError`."""
        ...

class VirtualMicrophoneDevice:
    """A microphone that a program speaks into. It plays in real time, in a call or not."""
    @property
    def channels(self) -> int:
        """1 or 2."""
        ...
    @property
    def name(self) -> str:
        """As given at creation; `deviceId` in a client's inputs."""
        ...
    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...
    def write_frames(
        self, frames: Buffer, completion: Callable[[int], object] | None = None
    ) -> int:
        """Play 16-bit PCM of any length.

        A blocking device waits until it was played and returns how many frames that were. A
        non-blocking one returns 0 at once. Either way `completion` is called once, on another
        thread, with how many frames were played. Raises `ValueError` for an odd number of bytes."""
        ...

class VirtualSpeakerDevice:
    """A speaker that a program listens to: everybody else in the call, mixed, in real time."""
    @property
    def channels(self) -> int:
        """1 or 2."""
        ...
    @property
    def name(self) -> str:
        """As given at creation, for `Daily.select_speaker_device`."""
        ...
    def read_frames(
        self, num_frames: int, completion: Callable[[bytes], object] | None = None
    ) -> bytes:
        """Hear so many frames of 16-bit PCM; silence where nobody speaks, in a call or not.

        A blocking device waits and returns them. A non-blocking one returns b"" at once. Either
        way `completion` is called once, on another thread, with them. Raises `ValueError` for a
        negative number or more than ten minutes."""
        ...
    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...
