"""Music while the agent takes its time."""

from pathlib import Path

import numpy as np
import pytest
from talking import assistant_wires

from actors.messages import State
from actors.stages.hold_music import HoldMusic
from callboard import Call, Graph
from callboard.testing import MakeHarness, MakeLab
from media import AudioFrame
from media.wav import write_wav


@pytest.fixture
def music(tmp_path: Path) -> Path:
    path = tmp_path / "music.wav"
    samples = (np.arange(4800) % 480 * 40 + 1000).astype(np.int16)
    write_wav(path, AudioFrame(samples[:, None], 48000))
    return path


def test_it_plays_while_thinking_lasts_and_not_before(harness: MakeHarness, music: Path) -> None:
    hold = HoldMusic(music, after=1.0, gain=0.0)
    bench = harness(hold)
    bench.feed(hold.state, State("thinking"), at=1.0)
    bench.feed(hold.state, State("speaking"), at=2.5)
    bench.feed(hold.state, State("thinking"), at=4.0)
    bench.feed(hold.state, State("speaking"), at=4.5)
    bench.run(6)
    seen = bench.seen(hold.audio)
    assert (seen[0].at, seen[-1].at) == (2.0, 2.5)
    assert len(seen) == 26
    frames = bench.items(hold.audio)
    assert {frame.turn for frame in frames} == {None}
    # It fades in and out, and loops through 0.1 s of music without a gap.
    assert frames[0].samples[0, 0] == frames[-1].samples[-1, 0] == 0
    middle = np.concatenate([frame.samples[:, 0] for frame in frames[1:-1]])
    whole = np.tile((np.arange(4800) % 480 * 40 + 1000).astype(np.int16), 6)
    assert np.array_equal(middle, whole[960 : 960 + len(middle)])


def test_a_person_who_waits_hears_it_until_the_agent_speaks(call_lab: MakeLab, music: Path) -> None:
    def agent(call: Call) -> Graph:
        stages, hold = assistant_wires(call), HoldMusic(music, after=1.0)
        return Graph(*stages.wires, stages.turns.state >> hold.state, hold.audio >> call.microphone)

    lab = call_lab(agent)
    lab.join("Alice").says("hello there", at=1.0)
    lab.script(hearing=0.2, thinking={"*": ("Here I am.", 3.0)}, speaking=0.05)
    timeline = lab.run(8)
    [first, *_] = timeline.heard("Alice")
    assert first.at == pytest.approx(3.3, abs=0.1)  # a second after the end of the turn
    assert "Here I am." in "".join(entry.text for entry in timeline.heard("Alice"))


def test_a_file_that_is_no_wav_is_told(harness: MakeHarness, tmp_path: Path) -> None:
    (tmp_path / "music.wav").write_bytes(b"nothing")
    hold = HoldMusic(tmp_path / "music.wav")
    bench = harness(hold)
    bench.run(0.1)
    assert {crash.report.error.split(",")[0] for crash in bench.crashes} == {"NotAWavError"}
