"""Sources: a tone, and files, each frame when it is due."""

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import AudioFileSource, AudioRenderer, ToneSource, VideoFileSource
from actors.devices.sources import ReadAhead
from media import AudioFrame, VideoFrame
from media.wav import write_wav
from runtime import Actor, ActorCrashed, Context, Event, Graph, In, Kind, Out, open_graph

Came = list[tuple[float, Any]]


@attrs.frozen
class Sink(Actor):
    came: Came

    inlet = In[object](capacity=1000)

    async def run(self, ctx: Context) -> None:
        start = ctx.now()
        async for item in self.inlet:
            self.came.append((round(ctx.now() - start, 3), item))


async def at_once(function: Callable[..., Any], *args: Any) -> Awaitable[Any]:
    """No thread: virtual time must stand still while a file is read."""
    await trio.lowlevel.checkpoint()
    return function(*args)


def came_from(outlet, seconds: float) -> Came:
    came: Came = []

    async def main() -> None:
        async with open_graph(Graph(outlet >> Sink(came).inlet), in_thread=at_once):
            await trio.sleep(seconds)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    return came


def test_a_tone_has_its_pitch_level_rate_and_pace() -> None:
    came = came_from(ToneSource(1000, 48_000, 2, level=-6.02).audio, 1.01)
    assert [at for at, _ in came] == [round(0.02 * n, 3) for n in range(51)]
    samples = np.concatenate([frame.samples for _, frame in came])[:48_000]
    assert np.array_equal(samples[:, 0], samples[:, 1])
    spectrum = np.abs(np.fft.rfft(samples[:, 0].astype(float)))
    assert int(spectrum.argmax()) == 1000
    assert abs(int(samples.max()) - 16384) < 30
    assert [frame.pts for _, frame in came[:3]] == [0, 960, 1920]


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    samples = np.arange(16_000, dtype=np.int16)[:, None]
    write_wav(tmp_path / "ramp.wav", AudioFrame(samples, 16_000))
    return tmp_path / "ramp.wav"


def test_a_file_is_played_in_real_time_to_its_end(wav: Path) -> None:
    came = came_from(AudioFileSource(wav).audio, 3)
    assert [at for at, _ in came] == [round(0.02 * n, 3) for n in range(50)]
    samples = np.concatenate([frame.samples for _, frame in came])[:, 0]
    assert np.array_equal(samples, np.arange(16_000))
    assert {frame.turn for _, frame in came} == {None}


def test_a_looped_file_starts_over_without_a_seam(wav: Path) -> None:
    came = came_from(AudioFileSource(wav, loop=True).audio, 2.49)
    samples = np.concatenate([frame.samples for _, frame in came])[:, 0]
    assert len(came) == 125
    assert np.array_equal(samples, np.arange(40_000) % 16_000)


def test_a_file_that_is_none_is_told_by_the_actors_crash(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_text("this is no sound")
    reports: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, ActorCrashed):
            reports.append(event.report.text)

    async def main() -> None:
        graph = Graph(AudioFileSource(tmp_path / "no.wav").audio >> Sink([]).inlet)
        async with open_graph(graph, in_thread=at_once, observe=observe):
            await trio.sleep(0.5)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert "NotAMediaFileError" in reports[0]


def test_pictures_of_a_file_come_when_they_are_due(tmp_path: Path) -> None:
    from media.files import VideoSize, WebmWriter

    path = tmp_path / "film.webm"
    with WebmWriter(path, video=VideoSize(64, 48)) as writer:
        for number in range(20):
            pixels = np.full(64 * 48 * 3 // 2, 16 + 10 * number, np.uint8)
            pixels[64 * 48 :] = 128
            writer.write_picture(VideoFrame(pixels, 64, 48, "I420", number * 9000))
    came = came_from(VideoFileSource(path, color_format="RGB").video, 3)
    assert [at for at, _ in came] == pytest.approx([0.1 * n for n in range(20)], abs=0.002)
    assert {(f.width, f.height, f.color_format) for _, f in came} == {(64, 48, "RGB")}
    levels = [float(frame.pixels.mean()) for _, frame in came]
    assert levels == sorted(levels)
    scaled = came_from(VideoFileSource(path, 32, 24, loop=True).video, 3)
    assert {(f.width, f.height) for _, f in scaled} == {(32, 24)}
    assert len(scaled) > 28


class SlowFile:
    """Reads while somebody closes it, as an abandoned thread does."""

    def __init__(self) -> None:
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.closed_while_reading: bool | None = None
        self._inside = False

    def read(self) -> AudioFrame | None:
        self._inside = True
        self.reading.set()
        assert self.go_on.wait(5)
        self._inside = False
        return None

    def close(self) -> None:
        self.closed_while_reading = self._inside


def test_a_file_is_not_closed_under_the_thread_that_reads_it() -> None:
    file = SlowFile()
    reader = ReadAhead(file)
    thread = threading.Thread(target=reader.read)
    thread.start()
    assert file.reading.wait(5)
    reader.close()
    assert file.closed_while_reading is None
    file.go_on.set()
    thread.join(5)
    assert file.closed_while_reading is False


@attrs.frozen
class Voices(Actor):
    voices = Out[AudioFrame](kind=Kind.LIVE, capacity=25)

    async def run(self, ctx: Context) -> None:
        for tick in range(50):
            for value, source in ((7, "a"), (9, "b")):
                if source == "b" or tick < 25:
                    samples = np.full((320, 1), value, np.int16)
                    await self.voices.send(AudioFrame(samples, 16_000, tick * 320, source=source))
            await trio.sleep(0.02)


def test_an_audio_renderer_gives_one_voice_in_its_interval_and_nothing_without_it() -> None:
    called: list[AudioFrame] = []
    renderer = AudioRenderer("a", called.append, interval=0.05)
    came: Came = []

    async def main() -> None:
        graph = Graph(Voices().voices >> renderer.voices, renderer.audio >> Sink(came).inlet)
        async with open_graph(graph):
            await trio.sleep(2)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert [len(frame) for _, frame in came] == [800] * 10
    assert {int(value) for _, frame in came for value in frame.samples[:, 0]} == {7}
    assert {frame.source for frame in called} == {"a"}
    assert called == [frame for _, frame in came]
