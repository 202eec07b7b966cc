"""Camera, microphone, speaker, renderers."""

from actors.devices.camera_device import CameraDevice as CameraDevice
from actors.devices.microphone import Microphone as Microphone
from actors.devices.microphone_device import MicrophoneDevice as MicrophoneDevice
from actors.devices.scope import Device as Device
from actors.devices.scope import Devices as Devices
from actors.devices.scope import open_devices as open_devices
from actors.devices.speaker import Speaker as Speaker
from actors.devices.speaker_device import SpeakerDevice as SpeakerDevice
from actors.devices.statistics import CameraStatistics as CameraStatistics
from actors.devices.statistics import DeviceState as DeviceState
from actors.devices.statistics import MicrophoneStatistics as MicrophoneStatistics
from actors.devices.statistics import SpeakerStatistics as SpeakerStatistics
