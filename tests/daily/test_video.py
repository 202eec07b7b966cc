"""Pictures of a camera, a screen and custom tracks are seen by the others in their colours."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from daily_scene import SILENT, Person

from callboard.daily import CustomVideoSource, CustomVideoTrack, Daily, VideoFrame
from callboard.daily.checks import COLORS
from media.color import convert

pytestmark = pytest.mark.real

WIDTH, HEIGHT = 320, 240
QUADRANTS = {
    (0, 0): (230, 20, 20),
    (0, 1): (20, 200, 20),
    (1, 0): (20, 20, 230),
    (1, 1): (250,) * 3,
}
NEAR = 30
"""How far a colour may be off after VP8 at a low bit rate."""


def picture(color_format: str) -> bytes:
    """Red, green; blue, white."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for (row, column), color in QUADRANTS.items():
        top, left = row * HEIGHT // 2, column * WIDTH // 2
        rgb[top : top + HEIGHT // 2, left : left + WIDTH // 2] = color
    return convert(rgb.reshape(-1), WIDTH, HEIGHT, "RGB", color_format).tobytes()


def looks_right(frame: VideoFrame) -> bool:
    """The middle of each quadrant has its colour."""
    pixels = np.frombuffer(frame.buffer, np.uint8)
    rgb = convert(pixels, frame.width, frame.height, frame.color_format, "RGB")
    rows = rgb.reshape(frame.height, frame.width, 3).astype(int)
    for (row, column), color in QUADRANTS.items():
        y, x = (2 * row + 1) * frame.height // 4, (2 * column + 1) * frame.width // 4
        if abs(rows[y - 4 : y + 4, x - 4 : x + 4].mean((0, 1)) - color).max() > NEAR:
            return False
    return True


@pytest.fixture
def two() -> Iterator[tuple[Person, Person]]:
    people = Person("Ada"), Person("Bob")
    yield people
    for person in people:
        person.client.release()


class Eye:
    """Waits for a picture that looks right."""

    def __init__(self) -> None:
        self.seen = threading.Event()
        self.frame: VideoFrame | None = None
        self.source = ""

    def __call__(self, participant: str, frame: VideoFrame, source: str) -> None:
        if not self.seen.is_set() and looks_right(frame):
            self.frame, self.source = frame, source
            self.seen.set()


def show_until(eye: Eye, write) -> None:
    """Show a picture ten times a second until it is seen."""
    for _ in range(200):
        write()
        if eye.seen.wait(0.1):
            return
    raise AssertionError("the picture was never seen")


def test_a_camera_is_seen_in_its_colours_in_all_formats(two) -> None:
    ada, bob = two
    cameras = {color: Daily.create_camera_device(color, WIDTH, HEIGHT, color) for color in COLORS}
    one = ada.join(inputs=SILENT)
    bob.join(inputs=SILENT)
    for color, camera in cameras.items():
        chosen = {"camera": {"isEnabled": True, "settings": {"deviceId": color}}}
        assert ada.do("update_inputs", chosen) is None
        eye = Eye()
        bob.client.set_video_renderer(one, eye, color_format=color)
        shown = picture(color)
        show_until(eye, lambda camera=camera, shown=shown: camera.write_frame(shown))
        frame = eye.frame
        assert (frame.width, frame.height, frame.color_format) == (WIDTH, HEIGHT, color)
        assert len(frame.buffer) == len(shown)
        assert frame.timestamp_us > 0
        assert eye.source == "camera"
    assert bob.client.participants()[one]["media"]["camera"]["state"] == "playable"


@pytest.mark.parametrize("how", ["screenVideo", "a custom track", "a custom camera"])
def test_a_screen_and_custom_tracks_are_seen(two, how: str) -> None:
    ada, bob = two
    source = CustomVideoSource(WIDTH, HEIGHT, "RGB")
    track = CustomVideoTrack(source)
    chosen = {"isEnabled": True, "settings": {"customTrack": {"id": track.id}}}
    one = ada.join(inputs=SILENT)
    bob.join(inputs=SILENT)
    if how == "screenVideo":
        assert ada.do("update_inputs", {"screenVideo": chosen}) is None
    elif how == "a custom camera":
        assert ada.do("update_inputs", {"camera": chosen}) is None
    else:
        assert ada.do("add_custom_video_track", "slides", track) is None
        assert "TrackNameAlreadyInUse" in ada.do("add_custom_video_track", "slides", track)
        assert ada.client.inputs()["customVideo"]["slides"]["settings"] == chosen["settings"]
    seen_as = {"screenVideo": "screenVideo", "a custom track": "slides"}.get(how, "camera")
    eye = Eye()
    bob.client.set_video_renderer(one, eye, video_source=seen_as, color_format="RGB")
    shown = picture("RGB")
    show_until(eye, lambda: source.write_frame(shown))
    assert eye.source == seen_as
    if how == "a custom track":
        assert ada.do("remove_custom_video_track", "slides") is None
        assert ada.do("remove_custom_video_track", "never there") is None
        bob.notes.find_last("participant_updated", lambda who: who["media"]["customVideo"] == {})


def test_video_that_is_not_subscribed_to_is_not_seen(two) -> None:
    ada, bob = two
    camera = Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB")
    nothing = {"base": {"camera": "unsubscribed", "screenVideo": "unsubscribed"}}
    assert bob.do("update_subscription_profiles", nothing) is None
    one = ada.join(inputs={"microphone": False})
    bob.join(inputs=SILENT)
    bob.notes.find("participant_joined", lambda who: who["id"] == one)
    assert bob.client.participants()[one]["media"]["camera"]["state"] == "receivable"
    eye = Eye()
    bob.client.set_video_renderer(one, eye, color_format="RGB")
    shown = picture("RGB")
    for _ in range(20):
        camera.write_frame(shown)
        assert not eye.seen.wait(0.05)
    chosen = {one: {"media": {"camera": "subscribed"}}}
    assert bob.do("update_subscriptions", participant_settings=chosen) is None
    show_until(eye, lambda: camera.write_frame(shown))


def test_the_frame_rate_that_is_published_is_what_is_seen(two) -> None:
    ada, bob = two
    camera = Daily.create_camera_device("camera", WIDTH, HEIGHT, "RGB")
    settings = {"encodings": {"high": {"maxBitrate": 400_000, "maxFramerate": 5}}}
    publishing = {"camera": {"sendSettings": settings}}
    one = ada.join(inputs={"microphone": False}, publishing=publishing)
    bob.join(inputs=SILENT)
    eye = Eye()
    bob.client.set_video_renderer(one, eye, color_format="RGB")
    shown = picture("RGB")
    show_until(eye, lambda: camera.write_frame(shown))
    seen: list[VideoFrame] = []
    bob.client.set_video_renderer(one, lambda who, frame, source: seen.append(frame))
    clock = threading.Event()
    for _ in range(60):  # two seconds and more at 30 a second: about ten are sent
        camera.write_frame(shown)
        clock.wait(1 / 30)
    seconds = (seen[-1].timestamp_us - seen[0].timestamp_us) / 1_000_000
    assert 3 < (len(seen) - 1) / seconds < 7
