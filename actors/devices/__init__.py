"""Camera, microphone, speaker, renderers."""

from actors.devices.camera import Camera as Camera
from actors.devices.camera import CameraDevice as CameraDevice
from actors.devices.microphone import Microphone as Microphone
from actors.devices.microphone import MicrophoneDevice as MicrophoneDevice
from actors.devices.patchbay import Device as Device
from actors.devices.patchbay import Devices as Devices
from actors.devices.patchbay import open_devices as open_devices
from actors.devices.renderers import AudioRenderer as AudioRenderer
from actors.devices.renderers import VideoRenderer as VideoRenderer
from actors.devices.sources import AudioFileSource as AudioFileSource
from actors.devices.sources import ColorBarsSource as ColorBarsSource
from actors.devices.sources import ToneSource as ToneSource
from actors.devices.sources import VideoFileSource as VideoFileSource
from actors.devices.speaker import Speaker as Speaker
from actors.devices.speaker import SpeakerDevice as SpeakerDevice
from actors.devices.statistics import CameraStatistics as CameraStatistics
from actors.devices.statistics import DeviceState as DeviceState
from actors.devices.statistics import MicrophoneStatistics as MicrophoneStatistics
from actors.devices.statistics import SpeakerStatistics as SpeakerStatistics
