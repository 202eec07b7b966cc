"""Ports of different formats meet: what stands between them is inserted when a graph is made."""

import attrs
import numpy as np
import pytest
import trio
import trio.testing

from actors.devices import Camera, ColorBarsSource, Microphone, Speaker
from callboard import Actor, Context, Graph, In, Out, SpeechRole, open_graph
from media import AudioFormat, AudioFrame, FormatError, VideoFormat, VideoFrame
from runtime import Chain, GraphError, TurnEnded, TurnStarted


@attrs.frozen
class Says(Actor):
    """Says so many samples of a tone at 16 kHz, one turn."""

    samples: int = 800
    audio = Out[AudioFrame](format=AudioFormat(16_000), speech=SpeechRole.BEGINS)

    async def run(self, ctx: Context) -> None:
        wave = np.full((self.samples, 1), 1000, np.int16)
        self.audio.mark(TurnStarted(1))
        await self.audio.send(AudioFrame(wave, 16_000, 0, 1))
        self.audio.mark(TurnEnded(1))


@attrs.frozen
class Hears(Actor):
    heard: list[object] = attrs.field(factory=list)
    audio = In[AudioFrame](format=AudioFormat(24_000, 2))

    async def run(self, ctx: Context) -> None:
        async for item in self.audio.with_marks():
            self.heard.append(item)


@attrs.frozen
class Keeps(Actor):
    pictures: list[VideoFrame] = attrs.field(factory=list)
    video = In[VideoFrame](format=VideoFormat(160, 120, "I420"))

    async def run(self, ctx: Context) -> None:
        async for frame in self.video:
            self.pictures.append(frame)


def run(graph: Graph, seconds: float = 1.0) -> None:
    async def main() -> None:
        async with open_graph(graph):
            await trio.sleep(seconds)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_audio_of_another_format_is_converted_turn_by_turn() -> None:
    says, hears = Says(), Hears()
    graph = Graph(says.audio >> hears.audio)
    assert "audio_converter" in graph.paths.values()
    run(graph)
    frames = [item for item in hears.heard if isinstance(item, AudioFrame)]
    assert {(f.sample_rate, f.channels, len(f.samples), f.turn) for f in frames} == {
        (24_000, 2, 480, 1)
    }
    assert len(frames) == 3  # 50 ms and the filter's delay, filled up to 60
    assert [type(hears.heard[0]), type(hears.heard[-1])] == [TurnStarted, TurnEnded]


def test_equal_formats_have_nothing_between_them() -> None:
    source, camera = ColorBarsSource(640, 480), Camera()
    assert set(Graph(source.video >> camera.video).paths.values()) == {
        "color_bars_source",
        "camera",
    }


def test_a_speaker_is_wired_to_a_microphone_of_another_rate() -> None:
    chain = Speaker() >> Microphone("loud", 24_000)
    assert isinstance(chain, Chain)
    assert set(Graph(chain).paths.values()) == {"speaker", "loud"}  # it converts by itself


def test_pictures_are_made_smaller_and_of_another_colour_format() -> None:
    bars, keeps = ColorBarsSource(640, 480, frame_rate=10), Keeps()
    run(Graph(bars.video >> keeps.video))
    assert {(p.width, p.height, p.color_format) for p in keeps.pictures} == {(160, 120, "I420")}
    assert len(keeps.pictures) == 11  # at 0, 0.1, ... 1.0


def test_pictures_are_not_made_larger() -> None:
    bars, camera = ColorBarsSource(320, 240), Camera()
    with pytest.raises(GraphError, match=r"offers 320x240 RGBA, .* accepts 640x480 RGBA"):
        Graph(bars.video >> camera.video).check()


def test_a_video_format_is_one_that_pictures_can_have() -> None:
    with pytest.raises(FormatError, match="0x480 has no pixels"):
        VideoFormat(0, 480)
