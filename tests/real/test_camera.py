"""A browser's camera through a numpy effect and back: what it sees is what the effect made."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
import trio
from chromium import Page
from real_parts import Photograph
from scene import Scene, open_scene, remote_track

from actors.call.call import Call
from actors.messages import Picture
from media import VideoFrame
from runtime import Actor, Context, Graph, In, Out, open_graph

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]

WIDTH, HEIGHT, RATE = 640, 480, 15

CORNERS = {"top left": (200, 30, 30), "top right": (30, 160, 40), "bottom left": (40, 60, 200)}
"""What the pattern shows in each quarter; the last is grey."""

PICTURES = 15
"""Pictures that are shown before one is looked at: the first is coarse, by what an encoder may
spend on it, and a busy machine may show it for a second."""


async def look(page: Page, track: str) -> Any:
    """Size and quarters of a late enough picture of a track, as the page shows it."""
    with trio.fail_after(20):
        return await page.evaluate(
            f"""new Promise((resolve) => {{
                const video = document.createElement('video');
                video.muted = true;
                video.srcObject = new MediaStream([{track}]);
                video.play();
                let left = {PICTURES};
                const look = () => {{
                    if (left-- > 0) return video.requestVideoFrameCallback(look);
                    const canvas = document.createElement('canvas');
                    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
                    const context = canvas.getContext('2d', {{willReadFrequently: true}});
                    context.drawImage(video, 0, 0);
                    const at = (x, y) => [...context.getImageData(
                        canvas.width * x, canvas.height * y, 1, 1).data].slice(0, 3);
                    resolve({{size: [canvas.width, canvas.height],
                        pixels: [at(.25, .25), at(.75, .25), at(.25, .75), at(.75, .75)]}});
                }};
                look();
            }})"""
        )


def pattern() -> VideoFrame:
    """Red, green, blue and grey quarters."""
    pixels = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    pixels[: HEIGHT // 2, : WIDTH // 2] = CORNERS["top left"]
    pixels[: HEIGHT // 2, WIDTH // 2 :] = CORNERS["top right"]
    pixels[HEIGHT // 2 :, : WIDTH // 2] = CORNERS["bottom left"]
    return VideoFrame(pixels.reshape(-1), WIDTH, HEIGHT, "RGB")


@attrs.frozen
class Projector(Actor):
    """Shows the pattern 15 times a second."""

    shown = Out[VideoFrame]()

    async def run(self, ctx: Context) -> None:
        while True:
            await self.shown.send(pattern())
            await trio.sleep(1 / RATE)


@attrs.frozen(eq=False)
class Negative(Actor):
    """Turns light into dark: 255 - luma, within the limited range."""

    seen: list[Picture]
    pictures = In[Picture]()
    shown = Out[VideoFrame]()

    async def run(self, ctx: Context) -> None:
        async for picture in self.pictures:
            self.seen.append(picture)
            turned = picture.pixels.copy()
            luma = turned[: picture.width * picture.height]
            np.subtract(251, luma, out=luma)
            frame = VideoFrame(turned, picture.width, picture.height, "I420", picture.pts)
            await self.shown.send(frame)


def test_chromium_sees_what_the_call_shows(photograph: Photograph) -> None:
    async def main() -> None:
        async with open_scene() as scene:
            call, projector = Call(scene.url, "Projector", agent=True), Projector()
            async with open_graph(Graph(projector.shown >> call.camera)) as running:
                await running.wait_ready()
                alice = await scene.joined("Alice")
                await alice.wait_for(f"{remote_track('camera')}?.muted === false")
                seen = await look(alice, remote_track("camera"))
                assert seen["size"] == [WIDTH, HEIGHT]
                expected = [*CORNERS.values(), (120, 120, 120)]
                for pixel, wanted in zip(seen["pixels"], expected, strict=True):
                    assert pixel == pytest.approx(wanted, abs=12)
                await photograph(alice, "camera-of-an-agent")
                assert alice.complaints == []

    trio.run(main)


def test_chromiums_camera_comes_back_as_its_negative() -> None:
    async def main() -> None:
        async with open_scene() as scene:
            alice = await scene.joined("Alice")
            await alice.press("v")
            seen: list[Picture] = []
            call, negative = Call(scene.url, "Filter", agent=True), Negative(seen)
            graph = Graph(call.video >> negative.pictures, negative.shown >> call.camera)
            async with open_graph(graph) as running:
                await running.wait_ready()
                await compare(scene, alice, seen)

    async def compare(scene: Scene, alice: Page, seen: list[Picture]) -> None:
        await alice.wait_for(f"{remote_track('camera')}?.muted === false")
        own = await look(alice, "callboard.localTrack('camera')")
        back = await look(alice, remote_track("camera"))
        assert len(seen) >= 10
        assert {picture.kind for picture in seen} == {"camera"}
        assert {picture.source for picture in seen} == {await alice.evaluate("callboard.id")}
        for mine, returned in zip(own["pixels"], back["pixels"], strict=True):
            luma, negative = (np.dot((0.299, 0.587, 0.114), each) for each in (mine, returned))
            assert luma + negative == pytest.approx(255, abs=30)
        assert alice.complaints == []

    trio.run(main)
