"""The camera of a graph: paced, sized, and the newest picture wins."""

from collections.abc import Callable

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import Camera, ColorBarsSource, VideoRenderer
from actors.errors import DeviceFormatError
from media import ColorFormat, VideoFrame, picture_bytes
from runtime import Actor, Context, Graph, In, Kind, Out, RunningGraph, open_graph

Shown = list[tuple[float, VideoFrame]]


def frame(number: int, width: int = 4, height: int = 2, color_format: ColorFormat = "RGBA"):
    pixels = np.full(picture_bytes(width, height, color_format), number, np.uint8)
    return VideoFrame(pixels, width, height, color_format, source="a" if number % 2 else "b")


@attrs.frozen
class Pictures(Actor):
    pictures: tuple[VideoFrame, ...]
    period: float

    video = Out[VideoFrame](kind=Kind.PICTURES)

    async def run(self, ctx: Context) -> None:
        start = ctx.now()
        for number, picture in enumerate(self.pictures):
            await trio.sleep_until(start + number * self.period)
            await self.video.send(picture)
        await trio.sleep(1)


@attrs.frozen
class Screen(Actor):
    shown: Shown
    keep: Callable[[VideoFrame], object] = lambda frame: frame

    video = In[VideoFrame](capacity=100)

    async def run(self, ctx: Context) -> None:
        start = ctx.now()
        async for picture in self.video:
            self.shown.append((round(ctx.now() - start, 3), picture))


def run(graph: Graph, seconds: float, after: Callable[[RunningGraph], None] = lambda _: None):
    async def main() -> None:
        async with open_graph(graph) as running:
            await trio.sleep(seconds)
            after(running)

    trio.run(main, clock=MockClock(autojump_threshold=0))


def numbers(shown: Shown) -> list[int]:
    return [int(picture.pixels[0]) for _, picture in shown]


def test_at_its_own_rate_nothing_is_lost_and_nothing_waits() -> None:
    shown: Shown = []
    camera = Camera("c", 4, 2, frame_rate=25)
    source = Pictures(tuple(frame(n) for n in range(25)), 0.04)
    run(Graph(source.video >> camera.video, camera.wire >> Screen(shown).video), 1.5)
    assert numbers(shown) == list(range(25))
    assert [at for at, _ in shown] == [round(0.04 * n, 3) for n in range(25)]


def test_of_what_comes_faster_the_newest_goes_on_and_the_link_counts_the_rest() -> None:
    shown: Shown = []
    camera = Camera("c", 4, 2, frame_rate=10)
    source = Pictures(tuple(frame(n) for n in range(100)), 0.01)
    dropped: list[int] = []

    def after(running: RunningGraph) -> None:
        link = next(li for li in running.statistics().links if li.target == "c.video")
        dropped.append(link.dropped["latest"])

    run(Graph(source.video >> camera.video, camera.wire >> Screen(shown).video), 1.5, after)
    assert 10 <= len(shown) <= 11
    assert numbers(shown) == sorted(numbers(shown))
    assert numbers(shown)[-1] == 99  # the newest is not forgotten
    assert dropped == [100 - len(shown)]
    gaps = np.diff([at for at, _ in shown])
    assert gaps.min() >= 0.0999


def test_a_picture_of_another_size_or_format_crashes_the_camera_and_it_goes_on() -> None:
    shown: Shown = []
    pictures = (frame(0), frame(1, width=2), frame(2), frame(3, color_format="I420"), frame(4))
    camera = Camera("c", 4, 2, frame_rate=50)
    source = Pictures(pictures, 0.5)
    run(Graph(source.video >> camera.video, camera.wire >> Screen(shown).video), 3)
    assert numbers(shown) == [0, 2, 4]


@pytest.mark.parametrize(
    "settings", [{"width": 0}, {"height": -2}, {"color_format": "CMYK"}, {"frame_rate": 0}]
)
def test_what_there_is_not_is_refused_at_once(settings) -> None:
    with pytest.raises(DeviceFormatError):
        Camera("c", **settings)


def test_color_bars_move_and_keep_their_rate_in_every_format() -> None:
    shown: Shown = []
    bars = ColorBarsSource(70, 60, color_format="RGB", frame_rate=10)
    run(Graph(bars.video >> Screen(shown).video), 1.05)
    assert [at for at, _ in shown] == [round(0.1 * n, 3) for n in range(11)]
    first = shown[0][1].pixels.reshape(60, 70, 3)
    assert first[0, ::10].tolist() == [
        [191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0],
        [191, 0, 191], [191, 0, 0], [0, 0, 191],
    ]  # fmt: skip
    assert (first[30, :10] == 255).all()
    assert not np.array_equal(shown[0][1].pixels, shown[-1][1].pixels)
    assert shown[-1][1].pts == 90_000


def test_a_video_renderer_gives_one_participants_pictures_converted() -> None:
    called: list[VideoFrame] = []
    shown: Shown = []
    renderer = VideoRenderer("a", called.append, color_format="RGB")
    source = Pictures(tuple(frame(n, color_format="I420") for n in range(4)), 0.1)
    run(Graph(source.video >> renderer.pictures, renderer.video >> Screen(shown).video), 1)
    assert [picture.source for _, picture in shown] == ["a", "a"]
    assert {(p.color_format, p.width, p.height) for p in called} == {("RGB", 4, 2)}
    assert called == [picture for _, picture in shown]
