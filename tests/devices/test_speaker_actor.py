"""The speaker of a graph: one frame a tick, of everybody or of some."""

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import Speaker
from media import AudioFrame
from runtime import Actor, Context, Graph, In, Kind, Out

TICK = 0.02


@attrs.frozen
class Room(Actor):
    """Sends a tick's voices at once, or one after the other."""

    ticks: tuple[dict[str | None, int], ...]
    apart: float = 0.0

    voices = Out[AudioFrame](kind=Kind.LIVE, capacity=25)

    async def run(self, ctx: Context) -> None:
        for number, tick in enumerate(self.ticks):
            for source, value in tick.items():
                samples = np.full((320, 1), value, np.int16)
                await self.voices.send(AudioFrame(samples, 16000, number * 320, source=source))
                if self.apart:
                    await trio.sleep(self.apart)
            await trio.sleep_until((number + 1) * TICK)


@attrs.frozen
class Ear(Actor):
    heard: list[tuple[float, AudioFrame]]

    audio = In[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        start = ctx.now()
        async for frame in self.audio:
            self.heard.append((round(ctx.now() - start, 4), frame))


def heard(speaker: Speaker, *ticks: dict[str | None, int], apart: float = 0.0):
    result: list[tuple[float, AudioFrame]] = []
    room = Room(ticks, apart)
    graph = Graph(room.voices >> speaker.voices, speaker.audio >> Ear(result).audio)
    trio.run(graph.run, clock=MockClock(autojump_threshold=0))
    return result


TICKS = ({"a": 100, "b": 20}, {"a": 100, "b": 20, "c": 3}, {"c": 3}, {None: 0})


@pytest.mark.parametrize(
    ("speaker", "levels"),
    [
        (Speaker(), [120, 123, 3, 0]),
        (Speaker(only="a"), [100, 100, 0, 0]),
        (Speaker(without="a"), [20, 23, 3, 0]),
    ],
)
def test_the_mix_one_voice_or_all_but_one(speaker: Speaker, levels: list[int]) -> None:
    frames = [frame for _, frame in heard(speaker, *TICKS)]
    assert [int(frame.samples[160, 0]) for frame in frames] == levels
    assert [frame.pts for frame in frames] == [0, 320, 640, 960]


def test_a_whole_tick_waits_for_nobody() -> None:
    times = [at for at, _ in heard(Speaker(), {"a": 1, "b": 2}, {"a": 1, "b": 2})]
    assert times == [0.0, 0.02]


def test_voices_that_come_one_by_one_are_still_one_tick() -> None:
    frames = heard(Speaker(), {"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1, "b": 2}, apart=0.002)
    levels = [int(frame.samples[160, 0]) for _, frame in frames]
    assert levels[-2:] == [3, 3]


def test_whoever_left_is_waited_for_5_ms_once() -> None:
    times = [at for at, _ in heard(Speaker(), {"a": 1, "b": 2}, {"a": 1}, {"a": 1})]
    assert times == [0.0, 0.025, 0.04]


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (24000, 2), (44100, 1), (48000, 2)])
def test_any_rate_and_channels(rate: int, channels: int) -> None:
    frames = [frame for _, frame in heard(Speaker("s", rate, channels), *[{"a": 1000}] * 10)]
    assert {(f.sample_rate, f.channels) for f in frames} == {(rate, channels)}
    assert sum(len(f) for f in frames) == rate // 5
    assert abs(int(frames[-1].samples[0, 0]) - 1000) <= 1
