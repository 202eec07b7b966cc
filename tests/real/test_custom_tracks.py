"""A call's custom tracks reach a browser by name, whichever of the two came first."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager

import attrs
import numpy as np
import pytest
import trio
from chromium.ears import RATE, record
from scene import open_scene, remote_track

from actors.call.call import Call
from actors.call.meeting import CallLife
from media import AudioFrame, VideoFrame
from runtime import Actor, Context, Graph, In, open_graph

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("chromium")]

HERTZ = 600.0


@attrs.frozen
class Listens(Actor):
    """Takes what comes."""

    heard = In[AudioFrame]()

    async def run(self, ctx: Context) -> None:
        async for _ in self.heard:
            pass


async def entertain(meeting: CallLife) -> None:
    """Publish music and slides, and play them until cancelled."""
    meeting.published.add("audio", "music")
    meeting.published.add("video", "slides")
    pixels = np.full(320 * 240 * 3 // 2, 128, np.uint8)
    number = 0
    while True:
        times = (np.arange(320) + 320 * number) / 16_000
        samples = (8000 * np.sin(2 * math.pi * HERTZ * times)).astype(np.int16)[:, None]
        await meeting.published.feed("music").put(AudioFrame(samples, 16_000, turn=1))
        if number % 5 == 0:
            meeting.published.show("slides", VideoFrame(pixels.copy(), 320, 240, "I420"))
        number += 1


@pytest.mark.parametrize("browser_first", [True, False])
def test_a_browser_hears_music_and_sees_slides(browser_first: bool) -> None:
    async def main() -> None:
        met: list[CallLife] = []

        @contextmanager
        def observer(meeting: CallLife) -> Generator[None]:
            met.append(meeting)
            yield

        async with open_scene() as scene, trio.open_nursery() as nursery:
            if browser_first:
                alice = await scene.joined("Alice")
            call, listens = Call(scene.url, "Agent", agent=True, observer=observer), Listens()
            async with open_graph(Graph(call.audio >> listens.heard)) as running:
                await running.wait_ready()
                if not browser_first:
                    alice = await scene.joined("Alice")
                await alice.wait_for(f"{remote_track()}?.muted === false")
                nursery.start_soon(entertain, met[0])
                await alice.wait_for(f"{remote_track('music')}?.muted === false")
                await alice.wait_for(f"{remote_track('slides')}?.muted === false")
                heard = (await record(alice, remote_track("music"), 2))[RATE // 2 :]
                spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
                assert spectrum.argmax() * RATE / len(heard) == pytest.approx(HERTZ, abs=5)
                assert alice.complaints == []
                nursery.cancel_scope.cancel()

    trio.run(main)
