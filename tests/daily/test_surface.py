"""Every class, member, parameter and default is the original's, and its stub's spellings work."""

import inspect
import json
import re
import types
from pathlib import Path

import pytest

from callboard import daily

SURFACE = json.loads((Path(__file__).parent / "surface.json").read_text(encoding="utf-8"))
"""The original's classes as its runtime shows them (0.36.0)."""

MEMBERS = [
    pytest.param(cls, name, shape, id=f"{cls}.{name}")
    for cls, facts in SURFACE.items()
    for name, shape in facts["members"].items()
]

# The stub of NativeVad spells its period otherwise than the runtime; both are there.
BEYOND = {"NativeVad": {"rest_period_ms"}, "CustomAudioTrack": set(), "LogLevel": None}


def signature(function: object) -> str:
    """Parameters and defaults as the table writes them: no self, no types."""
    shown = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in shown.parameters.items()
        if name != "self"
    ]
    text = str(inspect.Signature(parameters))
    return text.replace("=Ellipsis", "=Ellipsis").replace("(*args, **kwargs)", "(*args)")


def test_the_module_exports_the_fourteen_classes_and_nothing_else() -> None:
    assert sorted(daily.__all__) == sorted(SURFACE)
    assert len(SURFACE) == 14


@pytest.mark.parametrize(("cls", "name", "shape"), MEMBERS)
def test_member(cls: str, name: str, shape: str) -> None:
    owner = getattr(daily, cls)
    member = inspect.getattr_static(owner, name)
    if shape == "property":
        assert isinstance(member, property)
        assert member.fset is None
    elif shape.startswith("enum value"):
        assert int(getattr(owner, name)) == int(shape.removeprefix("enum value"))
    else:
        assert isinstance(member, staticmethod) == (cls == "Daily")
        assert signature(getattr(owner, name)) == shape


@pytest.mark.parametrize("cls", sorted(SURFACE))
def test_there_is_no_other_member(cls: str) -> None:
    beyond = BEYOND.get(cls, set())
    if beyond is None:  # an enum has the members of its base besides
        return
    public = {name for name in dir(getattr(daily, cls)) if not name.startswith("_")}
    assert public == set(SURFACE[cls]["members"]) | beyond


@pytest.mark.parametrize("cls", [c for c in SURFACE if SURFACE[c]["constructor"]])
def test_constructor(cls: str) -> None:
    assert signature(getattr(daily, cls)) == SURFACE[cls]["constructor"]


@pytest.mark.parametrize("cls", [c for c in SURFACE if not SURFACE[c]["constructor"]])
def test_what_is_made_by_a_method_is_not_constructed(cls: str) -> None:
    if cls == "LogLevel":
        return
    with pytest.raises(TypeError, match=f"{cls} is not constructed"):
        getattr(daily, cls)()


@pytest.mark.parametrize("cls", [c for c in SURFACE if c != "EventHandler"])
def test_only_the_handler_is_extended(cls: str) -> None:
    with pytest.raises(TypeError):
        types.new_class("Mine", (getattr(daily, cls),))


def test_a_handler_takes_whatever_its_subclass_takes() -> None:
    class Mine(daily.EventHandler):
        def __init__(self, name: str, *, volume: int) -> None:
            self.name, self.volume = name, volume

    mine = Mine("bot", volume=3)
    assert (mine.name, mine.volume) == ("bot", 3)
    assert mine.on_error("nothing happens") is None


def test_every_event_does_nothing_until_it_is_overridden() -> None:
    handler = daily.EventHandler()
    for name, shape in SURFACE["EventHandler"]["members"].items():
        count = len(re.findall(r"\w+", shape))
        assert getattr(handler, name)(*[None] * count) is None


def test_both_spellings_of_the_stub_and_the_runtime() -> None:
    microphone = daily.Daily.create_microphone_device("spelled")
    speaker = daily.Daily.create_speaker_device("spelled")
    source = daily.CustomAudioSource(16000, 1)
    second = b"\x01\x00" * 160
    assert microphone.write_frames(frames=second) == microphone.write_frames(frame=second) == 160
    assert source.write_frames(frames=second) == source.write_frames(frame=second) == 160
    assert (
        len(speaker.read_frames(num_frames=160)) == len(speaker.read_frames(num_frame=160)) == 320
    )
    with pytest.raises(TypeError, match="frame and frames are the same"):
        microphone.write_frames(frames=second, frame=second)
    vad = daily.Daily.create_native_vad()
    assert vad.rest_period_ms == vad.reset_period_ms == 1000
