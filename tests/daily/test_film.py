"""Recordings with pictures: the grid, and a WebM file of a real call."""

import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from daily_scene import SILENT, Person
from sounds import seconds_of, tone
from test_video import HEIGHT, WIDTH, Eye, looks_right, picture, show_until

from callboard.daily import Daily
from callboard.daily.callbacks import video_frame
from callboard.daily.client.recording import FilmSettings, grid
from callboard.daily.errors import BadValueError
from media import VideoFrame
from media.color import convert
from media.files import AudioFile

pytestmark = pytest.mark.real


def plain(width: int, height: int, rgb: tuple[int, int, int]) -> VideoFrame:
    pixels = np.tile(np.array(rgb, np.uint8), width * height)
    return VideoFrame(pixels, width, height, "RGB")


def rgb_of(frame: VideoFrame) -> np.ndarray:
    flat = convert(frame.pixels, frame.width, frame.height, frame.color_format, "RGB")
    return flat.reshape(frame.height, frame.width, 3).astype(int)


RED, GREEN, BLUE = (200, 0, 0), (0, 180, 0), (0, 0, 220)


def test_nobody_is_a_black_picture() -> None:
    made = grid((), 64, 48, 7)
    assert (made.width, made.height, made.color_format, made.pts) == (64, 48, "I420", 7)
    assert rgb_of(made).max() <= 2


def test_each_picture_has_a_cell_and_keeps_its_proportions() -> None:
    wide, tall, square = plain(64, 32, RED), plain(32, 64, GREEN), plain(33, 33, BLUE)
    seen = rgb_of(grid((wide, tall, square), 128, 128, 0))

    def box(color: tuple[int, int, int]) -> tuple[int, int, int, int]:
        rows, columns = np.nonzero(np.abs(seen - color).max(2) < 40)
        return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1

    # Cells of 64x64: two above, one below.
    assert box(RED) == pytest.approx((16, 48, 0, 64), abs=2)
    assert box(GREEN) == pytest.approx((0, 64, 80, 112), abs=2)
    assert box(BLUE) == pytest.approx((64, 128, 0, 64), abs=2)
    assert seen[64:, 66:].max() <= 4  # nobody's cell is black


@pytest.mark.parametrize(
    ("video", "expected"),
    [
        ({}, FilmSettings()),
        (
            {"width": 641, "height": 360, "fps": 60, "bitrate": 300},
            FilmSettings(640, 360, 30, 300_000),
        ),
    ],
)
def test_settings(video: dict, expected: FilmSettings) -> None:
    assert FilmSettings.read({"video": video}) == expected


@pytest.mark.parametrize(
    ("video", "message"),
    [
        ({"width": 8}, "video.width is 8"),
        ({"fps": "many"}, "video.fps"),
        ({"width": 4000, "height": 3000}, "4000x3000; it has 2073600 pixels at most"),
    ],
)
def test_settings_that_cannot_be_meant(video: dict, message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        FilmSettings.read({"video": video})


@pytest.fixture
def two() -> Iterator[tuple[Person, Person]]:
    people = Person("Ada"), Person("Bob")
    yield people
    for person in people:
        person.client.release()


def test_a_recording_of_a_camera_has_its_picture_and_its_sound(two, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CALLBOARD_RECORDINGS", str(tmp_path))
    ada, bob = two
    camera = Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB")
    device = Daily.create_microphone_device("mic", non_blocking=True)
    one = ada.join()
    bob.join(inputs=SILENT)
    bob.see(one)
    eye, shown = Eye(), picture("RGB")
    bob.client.set_video_renderer(one, eye, color_format="RGB")
    show_until(eye, lambda: camera.write_frame(shown))
    settings = {"video": {"width": WIDTH, "height": HEIGHT, "fps": 10}}
    assert bob.do("start_recording", settings)[1] is None
    status = bob.notes.find("recording_started")[0]
    assert status["layout"] == {"preset": "default"}
    device.write_frames(tone(440, 2.0).tobytes())
    clock = threading.Event()
    for _ in range(25):
        camera.write_frame(shown)
        clock.wait(0.1)
    assert ada.do("update_inputs", {"camera": False}) is None
    bob.notes.find("participant_updated", lambda who: who["media"]["camera"]["state"] == "off")
    clock.wait(0.5)
    assert bob.do("stop_recording") is None
    path = Path(status["path"])
    assert path.suffix == ".webm"
    with av.open(str(path)) as container:
        pictures = list(container.decode(video=0))
    seconds = float(pictures[-1].time - pictures[0].time)
    frames = [
        video_frame(each.to_ndarray(format="rgb24").tobytes(), each.width, each.height, "RGB", 0)
        for each in pictures
    ]
    assert {(each.width, each.height) for each in frames} == {(WIDTH, HEIGHT)}
    assert (len(frames) - 1) / seconds == pytest.approx(10, rel=0.02)
    right = [looks_right(each) for each in frames]
    assert sum(right) >= 15
    assert right.index(True) < 15
    assert not right[-1]  # the camera was off at the end
    assert np.frombuffer(frames[-1].buffer, np.uint8).max() < 40
    with AudioFile(path, 16000) as file:
        samples = np.concatenate([frame.samples for frame in file])[:, 0]
    assert len(samples) / 16000 == pytest.approx(seconds + 0.1, abs=0.15)
    assert seconds_of(440, samples.tobytes()) > 1.2


def test_our_own_camera_is_recorded_and_audio_only_is_without(two, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CALLBOARD_RECORDINGS", str(tmp_path))
    ada, _ = two
    camera = Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB")
    ada.join()
    camera.write_frame(picture("RGB"))
    settings = {"video": {"width": WIDTH, "height": HEIGHT}}
    assert ada.do("start_recording", settings, stream_id="film")[1] is None
    sound = {"layout": {"preset": "audio-only"}}
    assert ada.do("start_recording", sound, stream_id="sound")[1] is None
    threading.Event().wait(0.6)
    assert ada.do("stop_recording") is None
    (film,), (ogg,) = tmp_path.glob("*.webm"), tmp_path.glob("*.ogg")
    with av.open(str(film)) as container:
        last = list(container.decode(video=0))[-1].to_ndarray(format="rgb24")
    assert looks_right(video_frame(last.tobytes(), WIDTH, HEIGHT, "RGB", 0))
    with av.open(str(ogg)) as container:
        assert not container.streams.video
