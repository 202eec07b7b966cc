"""Camera, microphone, speaker, renderers."""

from actors.devices.camera import Camera as Camera
from actors.devices.camera_device import CameraDevice as CameraDevice
from actors.devices.file_sources import AudioFileSource as AudioFileSource
from actors.devices.file_sources import VideoFileSource as VideoFileSource
from actors.devices.microphone import Microphone as Microphone
from actors.devices.microphone_device import MicrophoneDevice as MicrophoneDevice
from actors.devices.renderers import AudioRenderer as AudioRenderer
from actors.devices.renderers import VideoRenderer as VideoRenderer
from actors.devices.scope import Device as Device
from actors.devices.scope import Devices as Devices
from actors.devices.scope import open_devices as open_devices
from actors.devices.speaker import Speaker as Speaker
from actors.devices.speaker_device import SpeakerDevice as SpeakerDevice
from actors.devices.statistics import CameraStatistics as CameraStatistics
from actors.devices.statistics import DeviceState as DeviceState
from actors.devices.statistics import MicrophoneStatistics as MicrophoneStatistics
from actors.devices.statistics import SpeakerStatistics as SpeakerStatistics
from actors.devices.synthetic_sources import ColorBarsSource as ColorBarsSource
from actors.devices.synthetic_sources import ToneSource as ToneSource
