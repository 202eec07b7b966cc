"""Callboard: a Trio-native runtime for voice and video agents.

Everything that a user needs is here, and loads when it is first used: importing this package
loads neither aiortc nor PyAV, neither Hypercorn nor onnxruntime.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.call.call import Call as Call
    from actors.call.receiving import Quality as Quality
    from actors.call.roster import ActiveSpeaker as ActiveSpeaker
    from actors.call.roster import Participant as Participant
    from actors.call.settings import AudioSettings as AudioSettings
    from actors.call.settings import VideoSettings as VideoSettings
    from actors.call.webrtc import open_media_engine as open_media_engine
    from actors.devices.camera import Camera as Camera
    from actors.devices.camera import CameraDevice as CameraDevice
    from actors.devices.microphone import Microphone as Microphone
    from actors.devices.microphone import MicrophoneDevice as MicrophoneDevice
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
    from actors.dialogue import Dialogue as Dialogue
    from actors.dialogue import dialogue as dialogue
    from actors.errors import BadAddressError as BadAddressError
    from actors.errors import CallEnded as CallEnded
    from actors.errors import CallError as CallError
    from actors.errors import DeviceBusyError as DeviceBusyError
    from actors.errors import DeviceClosedError as DeviceClosedError
    from actors.errors import DeviceError as DeviceError
    from actors.errors import DeviceFormatError as DeviceFormatError
    from actors.errors import DuplicateNameError as DuplicateNameError
    from actors.errors import EngineError as EngineError
    from actors.errors import EngineFailedError as EngineFailedError
    from actors.errors import EngineMissingError as EngineMissingError
    from actors.errors import FrameSizeError as FrameSizeError
    from actors.errors import MediaError as MediaError
    from actors.errors import Refused as Refused
    from actors.errors import RefusedError as RefusedError
    from actors.errors import RoomError as RoomError
    from actors.errors import UnreachableError as UnreachableError
    from actors.messages import Caption as Caption
    from actors.messages import ChatLine as ChatLine
    from actors.messages import ChatMessage as ChatMessage
    from actors.messages import GraphReport as GraphReport
    from actors.messages import ParticipantEvent as ParticipantEvent
    from actors.messages import Picture as Picture
    from actors.messages import Played as Played
    from actors.messages import Recording as Recording
    from actors.messages import State as State
    from actors.room import RoomServer as RoomServer
    from actors.room import open_room as open_room
    from actors.session import Session as Session
    from actors.session import open_call as open_call
    from actors.session_life import RoomReached as RoomReached
    from actors.stages.caption_file import CaptionFile as CaptionFile
    from actors.stages.conversation import Conversation as Conversation
    from actors.stages.ears.deepgram import DeepgramEar as DeepgramEar
    from actors.stages.ears.moonshine import MoonshineEar as MoonshineEar
    from actors.stages.hearing import Hearing as Hearing
    from actors.stages.hold_music import HoldMusic as HoldMusic
    from actors.stages.messages import Item as Item
    from actors.stages.messages import Planned as Planned
    from actors.stages.messages import Snapshot as Snapshot
    from actors.stages.messages import Text as Text
    from actors.stages.messages import Transcript as Transcript
    from actors.stages.messages import TurnOver as TurnOver
    from actors.stages.messages import VoicedFrame as VoicedFrame
    from actors.stages.messages import Word as Word
    from actors.stages.minds.rule_mind import RuleMind as RuleMind
    from actors.stages.openai import OpenAIEar as OpenAIEar
    from actors.stages.openai import OpenAIMind as OpenAIMind
    from actors.stages.openai import OpenAIServer as OpenAIServer
    from actors.stages.openai import OpenAIVoice as OpenAIVoice
    from actors.stages.openai import Tool as Tool
    from actors.stages.openai import open_mcp_tools as open_mcp_tools
    from actors.stages.openai import tool as tool
    from actors.stages.protocols import Ear as Ear
    from actors.stages.protocols import Heard as Heard
    from actors.stages.protocols import InThread as InThread
    from actors.stages.protocols import Mind as Mind
    from actors.stages.protocols import Spoken as Spoken
    from actors.stages.protocols import Utterance as Utterance
    from actors.stages.protocols import Voice as Voice
    from actors.stages.recorder import Recorder as Recorder
    from actors.stages.speaking import Speaking as Speaking
    from actors.stages.thinking import Thinking as Thinking
    from actors.stages.turns import Turns as Turns
    from actors.stages.turntaking.rules import TurnRules as TurnRules
    from actors.stages.vad import Vad as Vad
    from actors.stages.voices.cartesia import CartesiaVoice as CartesiaVoice
    from actors.stages.voices.hibari import HibariVoice as HibariVoice
    from media.audio_frame import AudioFrame as AudioFrame
    from media.color import convert as convert
    from media.errors import FormatError as FormatError
    from media.formats import VIDEO_CLOCK_RATE as VIDEO_CLOCK_RATE
    from media.formats import AudioFormat as AudioFormat
    from media.formats import ColorFormat as ColorFormat
    from media.formats import VideoFormat as VideoFormat
    from media.mix import mix as mix
    from media.resample import Resampler as Resampler
    from media.video_frame import VideoFrame as VideoFrame
    from media.wav import WavWriter as WavWriter
    from media.wav import read_wav as read_wav
    from media.wav import write_wav as write_wav
    from runtime import Accepts as Accepts
    from runtime import Actor as Actor
    from runtime import Backoff as Backoff
    from runtime import Composite as Composite
    from runtime import Context as Context
    from runtime import CrashReport as CrashReport
    from runtime import Emits as Emits
    from runtime import Event as Event
    from runtime import Gap as Gap
    from runtime import Graph as Graph
    from runtime import GraphError as GraphError
    from runtime import Group as Group
    from runtime import In as In
    from runtime import InPort as InPort
    from runtime import Kept as Kept
    from runtime import Kind as Kind
    from runtime import Mark as Mark
    from runtime import Out as Out
    from runtime import OutPort as OutPort
    from runtime import Overflow as Overflow
    from runtime import Pacer as Pacer
    from runtime import Receive as Receive
    from runtime import Replay as Replay
    from runtime import Restart as Restart
    from runtime import RestartsExhausted as RestartsExhausted
    from runtime import RunningGraph as RunningGraph
    from runtime import RuntimeFault as RuntimeFault
    from runtime import Send as Send
    from runtime import SpeechRole as SpeechRole
    from runtime import Strategy as Strategy
    from runtime import TurnEnded as TurnEnded
    from runtime import TurnStarted as TurnStarted
    from runtime import Wire as Wire
    from runtime import Work as Work
    from runtime import open_graph as open_graph
    from runtime import stage as stage
    from runtime import wire as wire

_NAMES_OF = {
    "actors.call.call": ("Call",),
    "actors.call.receiving": ("Quality",),
    "actors.call.roster": ("ActiveSpeaker", "Participant"),
    "actors.call.settings": ("AudioSettings", "VideoSettings"),
    "actors.call.webrtc": ("open_media_engine",),
    "actors.devices.camera": ("Camera", "CameraDevice"),
    "actors.devices.microphone": ("Microphone", "MicrophoneDevice"),
    "actors.devices.patchbay": ("Devices", "open_devices"),
    "actors.devices.renderers": ("AudioRenderer", "VideoRenderer"),
    "actors.devices.sources": (
        *("AudioFileSource", "ColorBarsSource", "ToneSource", "VideoFileSource"),
    ),
    "actors.devices.speaker": ("Speaker", "SpeakerDevice"),
    "actors.devices.statistics": (
        *("CameraStatistics", "DeviceState", "MicrophoneStatistics", "SpeakerStatistics"),
    ),
    "actors.dialogue": ("Dialogue", "dialogue"),
    "actors.errors": (
        *("BadAddressError", "CallEnded", "CallError", "DeviceBusyError", "DeviceClosedError"),
        *("DeviceError", "DeviceFormatError", "DuplicateNameError", "EngineError"),
        *("EngineFailedError", "EngineMissingError", "FrameSizeError", "MediaError", "Refused"),
        *("RefusedError", "RoomError", "UnreachableError"),
    ),
    "actors.messages": (
        *("Caption", "ChatLine", "ChatMessage", "GraphReport", "ParticipantEvent", "Picture"),
        *("Played", "Recording", "State"),
    ),
    "actors.room": ("RoomServer", "open_room"),
    "actors.session": ("Session", "open_call"),
    "actors.session_life": ("RoomReached",),
    "actors.stages.caption_file": ("CaptionFile",),
    "actors.stages.conversation": ("Conversation",),
    "actors.stages.ears.deepgram": ("DeepgramEar",),
    "actors.stages.ears.moonshine": ("MoonshineEar",),
    "actors.stages.hearing": ("Hearing",),
    "actors.stages.hold_music": ("HoldMusic",),
    "actors.stages.messages": (
        *("Item", "Planned", "Snapshot", "Text", "Transcript", "TurnOver", "VoicedFrame"),
        *("Word",),
    ),
    "actors.stages.minds.rule_mind": ("RuleMind",),
    "actors.stages.openai": (
        *("OpenAIEar", "OpenAIMind", "OpenAIServer", "OpenAIVoice", "Tool", "open_mcp_tools"),
        *("tool",),
    ),
    "actors.stages.protocols": ("Ear", "Heard", "InThread", "Mind", "Spoken", "Utterance", "Voice"),
    "actors.stages.recorder": ("Recorder",),
    "actors.stages.speaking": ("Speaking",),
    "actors.stages.thinking": ("Thinking",),
    "actors.stages.turns": ("Turns",),
    "actors.stages.turntaking.rules": ("TurnRules",),
    "actors.stages.vad": ("Vad",),
    "actors.stages.voices.cartesia": ("CartesiaVoice",),
    "actors.stages.voices.hibari": ("HibariVoice",),
    "media.audio_frame": ("AudioFrame",),
    "media.color": ("convert",),
    "media.errors": ("FormatError",),
    "media.formats": ("AudioFormat", "ColorFormat", "VIDEO_CLOCK_RATE", "VideoFormat"),
    "media.mix": ("mix",),
    "media.resample": ("Resampler",),
    "media.video_frame": ("VideoFrame",),
    "media.wav": ("WavWriter", "read_wav", "write_wav"),
    "runtime": (
        *("Accepts", "Actor", "Backoff", "Composite", "Context", "CrashReport", "Emits"),
        *("Event", "Gap", "Graph", "GraphError", "Group", "In", "InPort", "Kept", "Kind"),
        *("Mark", "Out", "OutPort", "Overflow", "Pacer", "Receive", "Replay", "Restart"),
        *("RestartsExhausted", "RunningGraph", "RuntimeFault", "Send", "SpeechRole"),
        *("Strategy", "TurnEnded", "TurnStarted", "Wire", "Work", "open_graph", "stage"),
        *("wire",),
    ),
}
"""Which module holds which public name. The same list stands above for type checkers."""

_HOME_OF = {name: module for module, names in _NAMES_OF.items() for name in names}

# The table is the list: written a third time it could only be wrong.
__all__ = [*_HOME_OF]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'callboard' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
