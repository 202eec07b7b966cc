"""The microphone of a graph: frames of 20 ms, turn by turn, in a format that the call takes."""

from collections.abc import Callable

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import Microphone
from media import AudioFrame, FormatError
from runtime import (
    Actor,
    Context,
    Graph,
    In,
    Mark,
    Out,
    SpeechRole,
    TurnEnded,
    TurnStarted,
    open_graph,
)

Said = list[AudioFrame | Mark]


@attrs.frozen
class Voice(Actor):
    script: tuple[AudioFrame | Mark, ...]

    audio = Out[AudioFrame](speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        for item in self.script:
            if isinstance(item, Mark):
                self.audio.mark(item)
            else:
                await self.audio.send(item)


@attrs.frozen
class Wire(Actor):
    heard: Said
    first: Callable[[Context], None] = lambda ctx: None

    wire = In[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        async for item in self.wire.with_marks():
            self.heard.append(item)
            if len(self.heard) == 1:
                self.first(ctx)
            await trio.sleep(0.02)


def ramp(start: int, n: int, rate: int = 16000, turn: int | None = None, channels: int = 1):
    samples = np.arange(start, start + n, dtype=np.int16)
    return AudioFrame(np.repeat(samples[:, None], channels, axis=1), rate, turn=turn)


def spoken(microphone: Microphone, *script: AudioFrame | Mark, first=lambda ctx: None) -> Said:
    heard: Said = []
    wire = Wire(heard, first)
    graph = Graph(
        Voice(script).audio >> microphone.audio,
        microphone.wire >> wire.wire,
    )
    trio.run(graph.run, clock=MockClock(autojump_threshold=0))
    return heard


def test_any_length_becomes_frames_of_20_ms_and_nothing_is_lost() -> None:
    heard = spoken(Microphone(), ramp(0, 100), ramp(100, 700), ramp(800, 160))
    assert [len(frame) for frame in heard] == [320, 320, 320]
    joined = np.concatenate([frame.samples for frame in heard])
    assert np.array_equal(joined[:, 0], np.arange(960))
    assert [frame.pts for frame in heard] == [0, 320, 640]


def test_marks_pass_in_order_and_a_turn_ends_with_its_rest_filled_up() -> None:
    heard = spoken(
        Microphone(),
        TurnStarted(1), ramp(1, 400, turn=1), TurnEnded(1),
        TurnStarted(2), ramp(1, 320, turn=2), TurnEnded(2),
    )  # fmt: skip
    kinds = [(type(i).__name__, i.turn) for i in heard]
    assert kinds == [
        ("TurnStarted", 1), ("AudioFrame", 1), ("AudioFrame", 1), ("TurnEnded", 1),
        ("TurnStarted", 2), ("AudioFrame", 2), ("TurnEnded", 2),
    ]  # fmt: skip
    last = heard[2].samples[:, 0]
    assert np.array_equal(last[:80], np.arange(321, 401))
    assert not last[80:].any()


def test_without_marks_a_new_turn_ends_the_one_before() -> None:
    heard = spoken(Microphone(), ramp(1, 100, turn=1), ramp(1, 320, turn=2))
    assert [(frame.turn, len(frame)) for frame in heard] == [(1, 320), (2, 320)]


@pytest.mark.parametrize(
    ("rate", "channels", "wire_rate"),
    [(8000, 1, 8000), (24000, 2, 24000), (44100, 1, 48000), (32000, 2, 48000), (22050, 1, 48000)],
)
def test_the_wire_has_a_format_that_the_call_takes(rate: int, channels: int, wire_rate: int):
    microphone = Microphone("m", rate, channels)
    heard = spoken(microphone, ramp(0, rate // 10, rate, channels=channels))
    assert {(f.sample_rate, f.channels, len(f)) for f in heard} == {
        (wire_rate, channels, wire_rate // 50)
    }
    assert 5 <= len(heard) <= 6


def test_a_frame_in_another_format_is_converted() -> None:
    heard = spoken(Microphone(sample_rate=24000), ramp(0, 1600, 16000, channels=2))
    assert {(f.sample_rate, f.channels) for f in heard} == {(24000, 1)}


def test_an_interrupted_turn_leaves_nothing_behind() -> None:
    heard = spoken(
        Microphone(),
        *(ramp(1, 330, turn=1) for _ in range(50)),
        ramp(5000, 320, turn=2),
        first=lambda ctx: ctx.interrupt(1),
    )
    assert [frame.turn for frame in heard] == [1, 2]
    assert np.array_equal(heard[1].samples[:, 0], np.arange(5000, 5320))


def test_a_crash_of_the_microphone_is_survived() -> None:
    heard: Said = []
    microphone = Microphone("mic")
    graph = Graph(
        Voice(tuple(ramp(0, 320) for _ in range(50))).audio >> microphone.audio,
        microphone.wire >> Wire(heard).wire,
    )

    async def main() -> None:
        async with open_graph(graph) as running:
            await trio.sleep(0.3)
            running.kill("mic")
            await running.wait()

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert sum(isinstance(item, AudioFrame) for item in heard) >= 48


@pytest.mark.parametrize(("rate", "channels"), [(11025, 1), (0, 1), (16000, 0), (16000, 3)])
def test_a_format_that_there_is_not_is_refused_at_once(rate: int, channels: int) -> None:
    with pytest.raises(FormatError):
        Microphone("m", rate, channels)
