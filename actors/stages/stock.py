"""The engines that serve when nobody chooses: embedded where installed, else what needs nothing."""

from __future__ import annotations

from actors.stages.ears import moonshine_model
from actors.stages.ears.deaf import DeafEar
from actors.stages.ears.moonshine import MoonshineEar
from actors.stages.protocols import Ear, Voice
from actors.stages.voices import hibari
from actors.stages.voices.hibari import HibariVoice
from actors.stages.voices.silent import SilentVoice


def stock_ear() -> Ear:
    """Return Moonshine, or an ear that understands nothing: then people type."""
    return MoonshineEar() if moonshine_model.available() else DeafEar()


def stock_voice() -> Voice:
    """Return hibari, or a voice without a sound: then people read the captions."""
    return HibariVoice() if hibari.available() else SilentVoice()


def missing() -> list[str]:
    """Return a sentence for each engine that is not installed: what serves instead, what to do."""
    sentences: list[str] = []
    if not moonshine_model.available():
        sentences.append(
            "Speech recognition is not installed, so the agent reads what people type instead: "
            "pip install 'callboard[voice]' (there are wheels for Linux with glibc 2.34, 64-bit "
            "Windows and macOS 15 on arm64)."
        )
    if not hibari.available():
        sentences.append(
            "No voice is installed, so the agent's replies are shown as captions only: "
            "pip install 'callboard[voice]'."
        )
    return sentences
