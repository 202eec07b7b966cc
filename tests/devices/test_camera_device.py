"""A camera that is written to directly, in virtual time."""

from collections.abc import Awaitable, Callable

import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import CameraDevice, open_devices
from actors.errors import CallEnded, DeviceClosedError, DeviceFormatError, FrameSizeError
from media import COLOR_FORMATS, VideoFrame, picture_bytes


def run(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=MockClock(autojump_threshold=0))


async def ticking(camera: CameraDevice) -> None:
    while True:
        camera.tick()
        await trio.sleep(0.02)


def picture(number: int) -> bytes:
    return bytes([number % 256]) * (4 * 2 * 4)


def test_pictures_go_out_at_once_in_their_own_format() -> None:
    async def main() -> None:
        shown: list[tuple[float, VideoFrame]] = []
        camera = CameraDevice("c", 4, 2)
        camera.attach(lambda frame: shown.append((round(trio.current_time(), 3), frame)))
        for number in range(5):
            camera.write(picture(number))
            await trio.sleep(1 / 30)
        assert [at for at, _ in shown] == [0.0, 0.033, 0.067, 0.1, 0.133]
        assert [int(frame.pixels[0]) for _, frame in shown] == [0, 1, 2, 3, 4]
        assert {frame.color_format for _, frame in shown} == {"RGBA"}
        assert [frame.pts for _, frame in shown] == [0, 3000, 6000, 9000, 12000]

    run(main)


def test_of_what_comes_too_fast_the_newest_wins_and_the_rest_is_counted() -> None:
    async def main() -> None:
        shown: list[int] = []
        camera = CameraDevice("c", 4, 2, frame_rate=10)
        camera.attach(lambda frame: shown.append(int(frame.pixels[0])))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ticking, camera)
            for number in range(100):
                camera.write(picture(number))
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
        statistics = camera.statistics()
        assert 10 <= len(shown) <= 11
        assert statistics.played == len(shown)
        assert (
            statistics.written == 100 == (statistics.played + statistics.dropped + statistics.depth)
        )
        assert shown == sorted(shown)

    run(main)


def test_a_slightly_uneven_writer_loses_nothing() -> None:
    async def main() -> None:
        shown: list[int] = []
        camera = CameraDevice("c", 4, 2, frame_rate=25)
        camera.attach(lambda frame: shown.append(int(frame.pixels[0])))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ticking, camera)
            for number in range(100):
                await trio.sleep_until(number * 0.04 + (0.006 if number % 2 else 0.0))
                camera.write(picture(number))
            await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
        assert shown == list(range(100))

    run(main)


def test_a_picture_that_is_a_little_early_does_not_wait_for_a_tick() -> None:
    async def main() -> None:
        shown: list[float] = []
        camera = CameraDevice("c", 4, 2, frame_rate=25)
        camera.attach(lambda frame: shown.append(round(trio.current_time(), 3)))
        for at in (0.0, 0.032, 0.08, 0.1):
            await trio.sleep_until(at)
            camera.write(picture(0))
        assert shown == [0.0, 0.032, 0.08]  # the last is half a period early
        camera.tick()
        assert camera.statistics().depth == 1
        await trio.sleep(0.02)
        camera.tick()
        assert shown[-1] == 0.12

    run(main)


def test_without_a_call_pictures_are_unsent_and_the_last_is_shown_when_one_comes() -> None:
    async def main() -> None:
        camera = CameraDevice("c", 4, 2)
        camera.write(picture(1))
        camera.write(picture(2))
        assert camera.state == "unattached"
        assert camera.statistics().unsent == 2
        shown: list[int] = []
        camera.attach(lambda frame: shown.append(int(frame.pixels[0])))
        assert camera.state == "running"
        assert shown == [2]

    run(main)


def test_pictures_in_an_empty_call_are_counted_as_unsent() -> None:
    async def main() -> None:
        camera = CameraDevice("c", 4, 2)
        camera.attach(lambda frame: None)
        for seen in (False, False, True):
            camera.tick(seen=seen)
            camera.write(picture(0))
            await trio.sleep(0.1)
        statistics = camera.statistics()
        assert (statistics.played, statistics.unsent) == (3, 2)

    run(main)


@pytest.mark.parametrize("color_format", COLOR_FORMATS)
def test_each_format_has_its_size_and_another_is_refused(color_format) -> None:
    async def main() -> None:
        camera = CameraDevice("front", 6, 4, color_format=color_format)
        size = picture_bytes(6, 4, color_format)
        for good in (bytes(size), bytearray(size), np.zeros(size, np.uint8)):
            camera.write(good)
        for wrong in (b"", bytes(size - 1), bytes(size + 1)):
            with pytest.raises(FrameSizeError, match=f"'front'.*is {size} bytes"):
                camera.write(wrong)
        assert camera.statistics().written == 3

    run(main)


def test_an_array_of_any_shape_is_taken_and_copied() -> None:
    async def main() -> None:
        shown: list[VideoFrame] = []
        camera = CameraDevice("c", 4, 2, color_format="RGB")
        camera.attach(shown.append)
        pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
        camera.write(pixels)
        pixels[:] = 0
        assert shown[0].pixels.tolist() == list(range(24))
        with pytest.raises(FrameSizeError):
            camera.write(np.zeros(6, np.float32))
        with pytest.raises(DeviceFormatError):
            camera.write(17)

    run(main)


@pytest.mark.parametrize(
    ("width", "height", "options"),
    [
        (0, 2, {}),
        (4, -1, {}),
        (100_000, 2, {}),
        (4, 2, {"color_format": "rgba"}),
        (4, 2, {"frame_rate": 0}),
        (4, 2, {"frame_rate": 1000}),
    ],
)
def test_what_there_is_not_is_refused_at_creation(width, height, options) -> None:
    async def main() -> None:
        async with open_devices() as devices:
            with pytest.raises(DeviceFormatError, match="'c'"):
                devices.camera("c", width, height, **options)
            devices.camera("c", 4, 2)  # the name was not taken

    run(main)


def test_closed_means_closed_and_a_call_that_is_over_says_so() -> None:
    async def main() -> None:
        with CameraDevice("c", 4, 2) as camera:
            pass
        assert camera.state == "closed"
        with pytest.raises(DeviceClosedError):
            camera.write(picture(0))
        other = CameraDevice("c", 4, 2)
        other.end(CallEnded("the room is gone"))
        with pytest.raises(CallEnded, match="room is gone"):
            other.write(picture(0))

    run(main)
