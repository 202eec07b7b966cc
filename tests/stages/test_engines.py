"""The embedded engines keep the contracts, and understand and say what they should."""

import math
import subprocess
import sys

import numpy as np
import pytest
from engines import embedded_voice
from numpy.typing import NDArray

from actors.errors import EngineMissingError
from actors.stages import stock
from actors.stages.ears import moonshine
from actors.stages.ears.moonshine import MoonshineEar, loudest, quietest, read_tokens
from actors.stages.models import LoadedOnce
from actors.stages.protocols import Ear, Voice
from actors.stages.voices import hibari
from actors.stages.voices.hibari import HibariVoice
from actors.stages.voices.timing import estimate, sounding, trimmed
from callboard.testing.contracts import EarContract, VoiceContract
from media.resample import Resampler

needs_ear = pytest.mark.skipif(
    not moonshine.available(), reason="moonshine-voice 0.1.0 or onnxruntime is not installed"
)
needs_voice = pytest.mark.skipif(not hibari.available(), reason="hibari-tts is not installed")


def spoken(text: str) -> NDArray[np.int16]:
    """What the embedded voice says, 16 kHz."""
    samples = embedded_voice(text)[:, None]
    resampler = Resampler(24000, 16000)
    return np.concatenate([resampler.process(samples), resampler.flush()])[:, 0]


@needs_ear
@needs_voice
class TestMoonshine(EarContract):
    words = "What is the time in London?"

    def make(self) -> Ear:
        return MoonshineEar()

    def speech(self) -> NDArray[np.int16]:
        return spoken("What is the time in London?")

    def test_partials_come_while_the_person_speaks(self) -> None:
        heard = self.listen(self.speech())
        assert len(heard) >= 2
        assert not heard[0].final

    @pytest.mark.real
    def test_a_long_speech_is_heard_to_its_end(self) -> None:
        sentences = [
            "Once upon a time there was an actor who forgot his lines.",
            "He stood on the stage and said nothing at all.",
            "The people in the theater waited for a very long time.",
            "Then one of them began to laugh, and the others laughed too.",
        ]
        heard = self.listen(np.concatenate([spoken(sentence) for sentence in sentences]))
        text = heard[-1].text.casefold()
        assert all(word in text for word in ("upon", "nothing", "theater", "laughed"))


@needs_voice
class TestHibari(VoiceContract):
    def make(self) -> Voice:
        return HibariVoice()

    def test_the_same_text_is_the_same_audio(self) -> None:
        (_, first), (_, second) = self.say(self.clause), self.say(self.clause)
        assert np.array_equal(first[0].audio.samples, second[0].audio.samples)

    def test_nobody_waits_through_the_models_own_silence(self) -> None:
        _, (only,) = self.say("Yes.")
        first, last = sounding(only.audio.samples[:, 0])
        assert first <= 0.031 * 24000
        assert len(only.audio) - last <= 0.181 * 24000

    @needs_ear
    def test_what_it_says_is_understood(self) -> None:
        from actors.stages.ears.moonshine import transcribe

        assert "good morning" in transcribe(spoken(self.clause)).casefold()


@pytest.mark.parametrize("speed", [0.4, 2.1, math.nan])
def test_a_pace_that_no_voice_has_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match=r"give 0\.5 to 2\.0"):
        HibariVoice(speed=speed)


def test_where_nothing_is_installed_something_still_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert type(stock.stock_ear()).__name__ == "DeafEar"
    assert type(stock.stock_voice()).__name__ == "SilentVoice"
    assert len(stock.missing()) == 2
    assert all("pip install" in sentence for sentence in stock.missing())
    with pytest.raises(EngineMissingError, match="pip install"):
        moonshine.Moonshine()
    with pytest.raises(EngineMissingError, match="pip install"):
        hibari._load()


def test_tokens_are_read_by_their_lengths() -> None:
    long = b"x" * 130
    assert read_tokens(b"\x01a\x00\x82\x01" + long) == [b"a", b"", long]


def test_a_long_stretch_is_cut_where_it_is_quiet() -> None:
    samples = np.full(16000, 3000, np.int16)
    samples[9600:11200] = 0
    assert quietest(samples) == pytest.approx(10400, abs=320)
    assert quietest(samples[:1000]) == 500


def test_the_silence_around_a_clause_is_trimmed() -> None:
    samples = np.zeros(24000, np.int16)
    samples[10000:12000] = 5000
    assert sounding(samples) == (10000, 12000)
    kept = trimmed(samples, 24000)
    assert len(kept) == 2000 + 720 + 4320
    assert sounding(np.zeros(100, np.int16)) == (0, 100)


def test_words_share_the_sound_by_their_length() -> None:
    samples = np.full(24000, 5000, np.int16)
    words = estimate("a longer, word", samples, 24000)
    assert [word.text for word in words] == ["a", "longer,", "word"]
    assert words[0].start == 0.0
    assert words[-1].end == 1.0
    lengths = [word.end - word.start for word in words]
    assert lengths[1] > lengths[2] > lengths[0]
    # A comma is a rest.
    assert words[2].start - words[1].end > 0.1
    assert words[1].start == words[0].end
    assert estimate("", samples, 24000) == ()


def test_weights_are_loaded_once_and_again_after_a_failure() -> None:
    calls: list[int] = []

    def load() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk is away")
        return "weights"

    loaded = LoadedOnce(load)
    assert not loaded.ready
    with pytest.raises(OSError, match="disk"):
        loaded.get()
    assert (loaded.get(), loaded.get(), len(calls), loaded.ready) == ("weights", "weights", 2, True)


def test_how_loud_the_loudest_tenth_of_a_second_is() -> None:
    samples = np.zeros(16000, np.int16)
    samples[8000:9600] = 1000
    assert loudest(samples) == pytest.approx(1000)
    assert loudest(samples[8000:8100]) == pytest.approx(1000)
    assert loudest(samples[:0]) == 0.0


ENDS_WHILE_IT_LOADS = """
import sys
import trio
from actors.stages.ears.moonshine import MoonshineEar
from actors.stages.voices.hibari import HibariVoice
from runtime.threads import in_worker_thread

async def main():
    engine = {"ear": MoonshineEar, "voice": HibariVoice}[sys.argv[1]]()
    with trio.move_on_after(float(sys.argv[2])):
        await engine.warm(in_worker_thread)

trio.run(main)
print("over")
"""


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.2, 0.3, 0.4])
@pytest.mark.parametrize(
    "engine", [pytest.param("ear", marks=needs_ear), pytest.param("voice", marks=needs_voice)]
)
def test_a_program_that_ends_while_a_model_loads_ends_quietly(engine: str, seconds: float) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS_WHILE_IT_LOADS, engine, str(seconds)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")


def test_the_end_waits_for_what_computes_and_begins_nothing_more() -> None:
    code = """
import threading, time
from actors.errors import EngineFailedError
from actors.stages.models import finished_before_exit

begun = threading.Event()

@finished_before_exit
def compute(seconds):
    begun.set()
    time.sleep(seconds)
    print("computed", flush=True)

def work():
    compute(0.3)
    try:
        compute(0.0)
    except EngineFailedError as error:
        print(error, flush=True)

threading.Thread(target=work, daemon=True).start()
begun.wait()
print("over", flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    told = done.stdout.splitlines()
    assert (done.returncode, told[:2], done.stderr) == (0, ["over", "computed"], "")
    # Its thread may end with the process before it has said so.
    assert told[2:] in ([], ["The process ends: no model is loaded or run any more."])
