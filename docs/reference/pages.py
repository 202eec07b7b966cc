"""The pages of the reference: which public name stands on which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page: its file, its title, an introduction, and its names in the order of reading."""

    file: str
    title: str
    intro: str
    names: tuple[str, ...]
    package: str = "callboard"


PAGES = (
    Page(
        "graph.md",
        "Actors and graphs",
        "An agent is a graph of supervised actors. See also [Runtime](../runtime.md) and"
        " [Supervision](../supervision.md).",
        (
            *("Actor", "In", "Out", "Kept", "Context", "Composite", "stage"),
            *("Graph", "open_graph", "RunningGraph", "Group", "wire", "Wire"),
            *("InPort", "OutPort", "Receive", "SpeechRole", "Send", "Accepts", "Emits"),
            *("Kind", "Overflow", "Replay", "Restart", "Strategy", "Backoff"),
            *("Work", "InThread", "Pacer"),
        ),
    ),
    Page(
        "calls.md",
        "Calls and sessions",
        "`Call` is the actor that an agent is wired to; `open_call` joins a call without a graph."
        " See also [Calls](../calls.md).",
        (
            *("Call", "open_call", "Session", "AudioSettings", "VideoSettings", "Quality"),
            "open_media_engine",
        ),
    ),
    Page(
        "devices.md",
        "Devices",
        "Virtual devices, each as an actor of a graph and as an object that is written to or read"
        " from directly. See also [Devices](../devices.md).",
        (
            *("Microphone", "Speaker", "Camera", "open_devices", "Devices"),
            *("MicrophoneDevice", "SpeakerDevice", "CameraDevice", "DeviceState"),
            *("MicrophoneStatistics", "SpeakerStatistics", "CameraStatistics"),
            *("AudioRenderer", "VideoRenderer"),
            *("AudioFileSource", "VideoFileSource", "ToneSource", "ColorBarsSource"),
        ),
    ),
    Page(
        "stages.md",
        "Stages and engines",
        "The stages of a conversation, the engines that they use, and the messages between them."
        " See also [Stages](../stages.md).",
        (
            *("Vad", "Turns", "TurnRules", "Hearing", "Conversation", "Thinking", "Speaking"),
            *("Recorder", "CaptionFile", "HoldMusic"),
            *("Ear", "Mind", "Voice", "Utterance", "Heard", "Spoken"),
            *("MoonshineEar", "DeepgramEar", "RuleMind", "HibariVoice", "CartesiaVoice"),
            *("OpenAIServer", "OpenAIEar", "OpenAIMind", "OpenAIVoice"),
            *("Tool", "tool", "open_mcp_tools"),
            *("VoicedFrame", "Transcript", "TurnOver", "Text", "Word", "Planned"),
            *("Item", "Snapshot"),
        ),
    ),
    Page(
        "dialogue.md",
        "Dialogue",
        "A whole spoken conversation in one line. See also"
        " [Writing an agent](../writing-an-agent.md).",
        ("dialogue", "Dialogue"),
    ),
    Page(
        "media.md",
        "Media",
        "Frames, formats, conversion, sample rates and files. See also [Media](../media.md).",
        (
            *(
                "AudioFrame",
                "AudioFormat",
                "VideoFrame",
                "ColorFormat",
                "VideoFormat",
                "VIDEO_CLOCK_RATE",
            ),
            *("Picture", "convert", "Resampler", "mix", "read_wav", "write_wav", "WavWriter"),
        ),
    ),
    Page(
        "rooms.md",
        "Rooms",
        "The room server in a process of one's own. See also [Deploying](../deploying.md).",
        ("open_room", "RoomServer"),
    ),
    Page(
        "events.md",
        "Events and messages",
        "All that happens in a call and in a running graph, the messages between an agent and its"
        " call, and the marks between the items of a link.",
        (
            *("Participant", "ParticipantEvent", "ActiveSpeaker", "RoomReached"),
            *("ChatMessage", "ChatLine", "Caption", "State", "GraphReport", "Recording", "Played"),
            *("Event", "CrashReport", "Mark", "TurnStarted", "TurnEnded", "Gap"),
        ),
    ),
    Page(
        "errors.md",
        "Errors",
        "",
        (
            *(
                "CallError",
                "BadAddressError",
                "UnreachableError",
                "Refused",
                "RefusedError",
                "CallEnded",
            ),
            *("RoomError", "EngineError", "MediaError", "EngineMissingError"),
            *("EngineFailedError", "DeviceError", "DeviceFormatError", "FrameSizeError"),
            *("DuplicateNameError", "DeviceClosedError", "DeviceBusyError"),
            *("RuntimeFault", "GraphError", "RestartsExhausted", "FormatError"),
        ),
    ),
    Page(
        "testing.md",
        "callboard.testing",
        "Tests of agents in virtual time. See also [Testing](../testing.md).",
        (
            *("MakeLab", "CallLab", "Person", "Timeline", "Snapshot"),
            *("MakeHarness", "Harness", "Probe", "Seen"),
            *("EarContract", "MindContract", "VoiceContract", "Kill", "Interrupt"),
            *("RunOnNetwork", "run_on_network", "VirtualEngine", "Network", "MemoryRoom"),
            *("LabError", "NotScriptedError", "AgentFailedError", "LabWarning"),
        ),
        "callboard.testing",
    ),
)

NOT_MADE_BY_HAND = frozenset(
    {
        *("Actor", "Composite", "Context", "InPort", "OutPort", "Wire", "RunningGraph"),
        *("Session", "RoomServer", "CrashReport", "Event", "Mark", "VirtualEngine"),
        *("MicrophoneDevice", "SpeakerDevice", "CameraDevice", "Devices", "Person", "Timeline"),
    }
)
"""Bases, and classes whose instances come from a function or method: no constructor is shown."""


def homes() -> dict[str, Page]:
    """Return the page of every public name; callboard's own before those of its testing."""
    return {name: page for page in reversed(PAGES) for name in page.names}
