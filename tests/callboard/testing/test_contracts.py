"""The stock engines and the scripted ones keep the same contracts."""

import pytest

from actors.stages.protocols import Ear, Mind, Voice
from actors.stages.stock import DeafEar, SilentVoice
from callboard.testing.contracts import EarContract, MindContract, VoiceContract
from callboard.testing.scripted import Script, ScriptedEar, ScriptedMind, ScriptedVoice


class TestScriptedEar(EarContract):
    words = "hello there"

    def make(self) -> Ear:
        return ScriptedEar(delay=0.2)

    def test_partials_come_while_the_person_speaks(self) -> None:
        heard = self.listen(self.speech())
        assert [item.text for item in heard if not item.final] == ["he", "hello", "hello th"]


class TestScriptedMind(MindContract):
    def make(self) -> Mind:
        return ScriptedMind(Script(thinking={"hello": ("Hi there.", 0.3)}))


class TestScriptedVoice(VoiceContract):
    def make(self) -> Voice:
        return ScriptedVoice(delay=0.05)


class TestDeafEar(EarContract):
    def make(self) -> Ear:
        return DeafEar()


class TestSilentVoice(VoiceContract):
    def make(self) -> Voice:
        return SilentVoice()


def test_a_contract_without_an_engine_says_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match=r"make\(\)"):
        EarContract().make()
