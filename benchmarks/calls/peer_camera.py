"""Callboard shows a camera: 1280x720 at 30 pictures a second, 1.5 Mbit/s, VP8."""

from __future__ import annotations

import attrs
import numpy as np
import trio

from actors.call.call import Call
from actors.call.settings import VideoSettings
from benchmarks.calls.peer_callboard import main
from media import VideoFrame
from runtime import Actor, Context, Graph, Out

WIDTH, HEIGHT, RATE = 1280, 720, 30


def pictures(count: int = 30) -> list[VideoFrame]:
    """A textured ground that pans, with noise in its upper half: not easy, not static."""
    rng = np.random.default_rng(1)
    tiles = rng.integers(16, 235, (HEIGHT // 8 + 16, WIDTH // 8 + 16)).astype(np.uint8)
    ground = np.kron(tiles, np.ones((8, 8), np.uint8))
    made: list[VideoFrame] = []
    for number in range(count):
        luma = ground[2 * number : 2 * number + HEIGHT, 3 * number : 3 * number + WIDTH].copy()
        luma[: HEIGHT // 2] += rng.integers(0, 8, (HEIGHT // 2, WIDTH)).astype(np.uint8)
        chroma = np.full(WIDTH * HEIGHT // 2, 128, np.uint8)
        made.append(VideoFrame(np.concatenate([luma.ravel(), chroma]), WIDTH, HEIGHT, "I420"))
    return made


@attrs.frozen(eq=False)
class Projector(Actor):
    """Shows the pictures forwards and backwards, 30 a second."""

    shown = Out[VideoFrame]()

    async def run(self, ctx: Context) -> None:
        there = pictures()
        round_trip, due = [*there, *reversed(there)], trio.current_time()
        while True:
            for picture in round_trip:
                await self.shown.send(picture)
                due += 1 / RATE
                await trio.sleep_until(due)


def projecting(call: Call) -> Graph:
    # A track begins at a third of its limit, and this far side reports nothing.
    return Graph(
        Projector().shown
        >> attrs.evolve(call, video_settings=VideoSettings(bitrate=4_500_000)).camera
    )


if __name__ == "__main__":
    trio.run(main, projecting)
