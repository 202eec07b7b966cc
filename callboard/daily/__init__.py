"""Daily's Python API on Callboard: what was written for `daily` runs here, unchanged.

`callboard daily script.py` runs a script with this in the place of `daily`; `install()` does the
same inside somebody's own process. docs/coming-from-daily.md says what is the same, what is
kinder, and what is not there.
"""

from callboard.daily.call_client import CallClient
from callboard.daily.callbacks import AudioData, VideoFrame
from callboard.daily.custom_sources import (
    CustomAudioSource,
    CustomAudioTrack,
    CustomVideoSource,
    CustomVideoTrack,
)
from callboard.daily.daily import Daily
from callboard.daily.daily import install as install
from callboard.daily.event_handler import EventHandler
from callboard.daily.native_vad import NativeVad
from callboard.daily.options import LogLevel
from callboard.daily.virtual_devices import (
    VirtualCameraDevice,
    VirtualMicrophoneDevice,
    VirtualSpeakerDevice,
)

__all__ = (
    "AudioData",
    "CallClient",
    "CustomAudioSource",
    "CustomAudioTrack",
    "CustomVideoSource",
    "CustomVideoTrack",
    "Daily",
    "EventHandler",
    "LogLevel",
    "NativeVad",
    "VideoFrame",
    "VirtualCameraDevice",
    "VirtualMicrophoneDevice",
    "VirtualSpeakerDevice",
)
