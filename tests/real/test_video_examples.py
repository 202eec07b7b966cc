"""`camera.py` and `video_filter.py` over a real network: what a participant sees of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trio
from callboard_program import running

from callboard import VideoFrame, open_call

pytestmark = pytest.mark.real

AGENTS = Path(__file__).resolve().parents[2] / "examples" / "agents"
WIDTH, HEIGHT = 320, 240


async def watch(url: str, pictures: int, shows: np.ndarray | None = None) -> list[VideoFrame]:
    """Joins, shows a picture where there is one, and returns what the agent's camera gave."""
    seen: list[VideoFrame] = []
    enough = trio.Event()

    def keep(frame: VideoFrame) -> None:
        seen.append(frame)
        if len(seen) == pictures:
            enough.set()

    with trio.fail_after(40):
        async with open_call(url, name="Ada") as session:
            async for event in session.events():
                if getattr(event, "kind", "") == "connected" and event.participant.agent:
                    session.render_video(event.participant.id, keep, color_format="RGB")
                    break
            if shows is None:
                await enough.wait()
            else:
                camera = session.camera("mine", WIDTH, HEIGHT, color_format="RGB", frame_rate=15)
                while not enough.is_set():
                    camera.write(shows.tobytes())
                    await trio.sleep(1 / 15)
    return seen


def as_rgb(frame: VideoFrame) -> np.ndarray:
    return frame.pixels.reshape(frame.height, frame.width, 3).astype(int)


def test_the_cameras_animation_moves(tmp_path: Path) -> None:
    command = ("talk", AGENTS / "camera.py", "--port", "0", "--no-browser")
    with running(*command, log=tmp_path / "err") as talk:
        seen = trio.run(watch, talk.url, 20)
    first, last = as_rgb(seen[0]), as_rgb(seen[-1])
    assert first.shape == (360, 640, 3)
    # Rings: as bright at the same distance left and right of the middle, and moving.
    assert np.abs(last[180, :320].mean(axis=1) - last[180, :319:-1].mean(axis=1)).mean() < 12
    assert np.abs(first - last).mean() > 10


def test_an_image_is_shown_as_it_is(tmp_path: Path) -> None:
    import av

    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:, :320] = (200, 30, 30)
    picture[:, 320:] = (30, 40, 180)
    image = tmp_path / "two_halves.png"
    with av.open(str(image), "w", format="image2") as file:
        stream = file.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "rgb24"
        file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode())
    command = ("talk", AGENTS / "camera.py", "--arg", f"show={image}")
    with running(*command, "--port", "0", "--no-browser", log=tmp_path / "err") as talk:
        shown = as_rgb(trio.run(watch, talk.url, 3)[-1])
    assert np.abs(shown[:, 10:300].mean(axis=(0, 1)) - (200, 30, 30)).max() < 12
    assert np.abs(shown[:, 340:630].mean(axis=(0, 1)) - (30, 40, 180)).max() < 12


def test_the_filter_draws_the_edges_of_what_a_person_shows(tmp_path: Path) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[60:180, 80:240] = 200
    command = ("talk", AGENTS / "video_filter.py", "--port", "0", "--no-browser")
    with running(*command, log=tmp_path / "err") as talk:
        drawn = as_rgb(trio.run(watch, talk.url, 12, picture)[-1]).mean(axis=2)
    assert drawn.shape == (HEIGHT, WIDTH)
    assert drawn[100:140, 77:83].max(axis=1).min() > 120  # the left edge, in every row
    assert drawn[57:63, 120:200].max(axis=0).min() > 120  # the upper edge, in every column
    assert drawn[100:140, 120:200].mean() < 40  # nothing inside
    assert drawn[10:40, 10:60].mean() < 40  # nor outside
