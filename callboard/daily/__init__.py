"""Daily's Python API on Callboard: what was written for `daily` runs here, unchanged.

`callboard daily script.py` runs a script with this in the place of `daily`; `install()` does the
same inside somebody's own process. docs/coming-from-daily.md says what is the same, what is
kinder, and what is not there.
"""

from callboard.daily.call_client import CallClient as CallClient
from callboard.daily.callbacks import AudioData as AudioData
from callboard.daily.callbacks import VideoFrame as VideoFrame
from callboard.daily.custom_sources import CustomAudioSource as CustomAudioSource
from callboard.daily.custom_sources import CustomAudioTrack as CustomAudioTrack
from callboard.daily.custom_sources import CustomVideoSource as CustomVideoSource
from callboard.daily.custom_sources import CustomVideoTrack as CustomVideoTrack
from callboard.daily.daily import Daily as Daily
from callboard.daily.daily import install as install
from callboard.daily.event_handler import EventHandler as EventHandler
from callboard.daily.native_vad import NativeVad as NativeVad
from callboard.daily.options import LogLevel as LogLevel
from callboard.daily.virtual_devices import VirtualCameraDevice as VirtualCameraDevice
from callboard.daily.virtual_devices import VirtualMicrophoneDevice as VirtualMicrophoneDevice
from callboard.daily.virtual_devices import VirtualSpeakerDevice as VirtualSpeakerDevice

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
