"""Camera, microphone, speaker, renderers."""

from actors.devices.microphone import Microphone as Microphone
from actors.devices.speaker import Speaker as Speaker
