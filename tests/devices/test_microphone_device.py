"""A microphone that is written to directly, in virtual time."""

from collections.abc import Awaitable, Callable

import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import MicrophoneDevice, open_devices
from actors.errors import (
    CallEnded,
    DeviceClosedError,
    DeviceFormatError,
    DuplicateNameError,
    FrameSizeError,
)
from media import AudioFormat

RATE = 16_000
WIRE = AudioFormat(RATE)


def run(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=MockClock(autojump_threshold=0))


def pcm(seconds: float, rate: int = RATE, channels: int = 1) -> bytes:
    return np.arange(round(seconds * rate) * channels, dtype=np.int16).tobytes()


def at() -> float:
    return round(trio.current_time(), 4)


async def played_by(microphone: MicrophoneDevice, heard: list[np.ndarray], **options: bool):
    """What a call does: 20 ms at a time."""
    microphone.attach()
    while True:
        frame = microphone.pull(WIRE, heard=options.get("heard", True))
        if frame is not None:
            heard.append(frame.samples[:, 0])
        await trio.sleep(0.02)


def test_a_write_waits_so_that_200_ms_are_queued_and_takes_everything() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        assert await microphone.write(pcm(0.2)) == 3200
        assert at() == 0.0
        assert await microphone.write(pcm(10)) == 160_000
        assert at() == 10.0
        assert microphone.statistics().depth == 3200
        assert await microphone.flush() == 3200
        assert at() == 10.2

    run(main)


def test_writes_of_20_ms_return_every_20_ms_without_drift() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        await microphone.write(pcm(0.2))
        times: list[float] = []
        for _ in range(500):
            await microphone.write(pcm(0.02))
            times.append(at())
        assert times == [round((k + 1) * 0.02, 4) for k in range(500)]

    run(main)


@pytest.mark.parametrize("frames", [1, 7, 160, 331, 5000])
def test_portions_of_any_length_take_their_own_duration(frames: int) -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        total = 0
        while total < RATE // 2:
            total += await microphone.write(np.zeros(frames, np.int16))
        await microphone.flush()
        assert trio.current_time() == pytest.approx(total / RATE, abs=1e-6)

    run(main)


def test_four_writes_of_100_ms_are_played_at_100_200_300_and_400_ms() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        await trio.sleep(1.013)
        times: list[float] = []

        async def completed(position: int) -> None:
            await microphone.wait_played(position)
            times.append(round(trio.current_time() - 1.013, 4))

        heard: list[np.ndarray] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(played_by, microphone, heard)
            for _ in range(4):
                await microphone.write(pcm(0.1))
                nursery.start_soon(completed, microphone.written)
            await trio.sleep(0.5)
            nursery.cancel_scope.cancel()
        assert times == [0.1, 0.2, 0.3, 0.4]
        assert sum(map(len, heard)) == 6400

    run(main)


def test_what_is_written_is_what_the_call_gets() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        heard: list[np.ndarray] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(played_by, microphone, heard)
            data = np.arange(16_000, dtype=np.int16)
            for start in range(0, 16_000, 333):
                await microphone.write(data[start : start + 333])
            await microphone.flush()
            nursery.cancel_scope.cancel()
        joined = np.concatenate(heard)
        assert np.array_equal(joined[:16_000], data)
        statistics = microphone.statistics()
        assert (statistics.played, statistics.unheard, statistics.dropped) == (16_000, 0, 0)
        assert statistics.underruns == statistics.padding == 0

    run(main)


def test_the_last_of_a_write_is_filled_up_and_counted() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        heard: list[np.ndarray] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(played_by, microphone, heard)
            await microphone.write(np.full(400, 9, np.int16))
            await microphone.flush()
            await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
        assert [len(part) for part in heard] == [320, 320]
        assert microphone.statistics().padding == 240
        assert np.concatenate(heard).tolist() == [9] * 400 + [0] * 240

    run(main)


def test_who_writes_too_late_is_an_underrun_and_who_pauses_is_not() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        await microphone.write(pcm(0.02))
        await trio.sleep(0.05)
        await microphone.write(pcm(0.02))
        assert microphone.statistics().underruns == 1
        await trio.sleep(2)
        await microphone.write(pcm(0.02))
        assert microphone.statistics().underruns == 1

    run(main)


def test_without_a_call_what_is_played_is_counted_as_unheard() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        await microphone.write(pcm(0.1))
        await trio.sleep(0.06)
        statistics = microphone.statistics()
        assert (statistics.played, statistics.unheard, statistics.depth) == (960, 960, 640)
        assert microphone.state == "unattached"
        microphone.attach()
        assert microphone.state == "running"
        frame = microphone.pull(WIRE, heard=True)
        assert frame is not None
        assert frame.samples[0, 0] == 960  # it goes on where it is
        assert microphone.pull(WIRE, heard=False) is not None
        assert microphone.statistics().unheard == 960 + 320

    run(main)


def test_nowait_takes_what_there_is_room_for() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        assert microphone.write_nowait(pcm(1)) == 3200
        assert microphone.write_nowait(pcm(1)) == 0
        await trio.sleep(0.05)
        assert microphone.write_nowait(pcm(1)) == 800

    run(main)


def test_nowait_does_not_cut_into_a_portion_that_is_being_written() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(microphone.write, pcm(0.5))
            await trio.sleep(0.11)  # there is room for 10 ms now
            assert microphone.write_nowait(pcm(0.005)) == 0
            await trio.sleep(0.3)
            assert microphone.write_nowait(pcm(0.005)) == 80

    run(main)


def test_clear_tells_what_will_never_be_played_and_flush_what_was() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        await microphone.write(pcm(0.2))
        flushed: list[int] = []

        async def flush() -> None:
            flushed.append(await microphone.flush())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(flush)
            await trio.sleep(0.05)
            assert microphone.clear() == 2400
        assert flushed == [800]
        assert at() == 0.05
        statistics = microphone.statistics()
        assert (statistics.played, statistics.dropped, statistics.depth) == (800, 2400, 0)

    run(main)


def test_an_interrupted_turn_is_taken_back_and_its_rest_is_not_played() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        await microphone.write(pcm(0.1), turn=1)
        await microphone.write(pcm(0.05), turn=2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: microphone.write(pcm(1), turn=1))
            await trio.sleep(0.03)
            dropped = microphone.interrupt(1)
        assert at() == 0.03
        assert dropped == 1120 + 800 + 320  # the rest, the room there was, and 20 ms more
        statistics = microphone.statistics()
        assert statistics.depth == 800
        assert statistics.written == statistics.played + statistics.dropped + statistics.depth
        assert await microphone.flush() == 800
        assert at() == 0.08

    run(main)


def test_eight_tasks_lose_nothing_and_each_portion_is_whole() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        heard: list[np.ndarray] = []

        async def write(value: int) -> None:
            for _ in range(10):
                assert await microphone.write(np.full(777, value, np.int16)) == 777

        async with trio.open_nursery() as nursery:
            nursery.start_soon(played_by, microphone, heard)
            async with trio.open_nursery() as writers:
                for value in range(1, 9):
                    writers.start_soon(write, value)
            await microphone.flush()
            nursery.cancel_scope.cancel()
        joined = np.concatenate(heard)[: 80 * 777].reshape(80, 777)
        assert (joined == joined[:, :1]).all()
        assert sorted(joined[:, 0].tolist()) == sorted(list(range(1, 9)) * 10)

    run(main)


def test_a_cancelled_write_plays_what_it_had_taken() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        with trio.move_on_after(0.31):
            await microphone.write(pcm(2))
        assert microphone.statistics().written == 0.5 * RATE
        assert await microphone.write(pcm(0.1)) == 1600

    run(main)


def test_a_call_that_falls_behind_moves_the_schedule_and_loses_nothing() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        microphone.attach()
        heard: list[np.ndarray] = []

        async def call() -> None:
            for k in range(100):
                frame = microphone.pull(WIRE, heard=True)
                if frame is not None:
                    heard.append(frame.samples[:, 0])
                await trio.sleep(0.3 if k == 10 else 0.02)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            data = np.arange(16_000, dtype=np.int16)
            await microphone.write(data)
            await microphone.flush()
            assert trio.current_time() == pytest.approx(1.28, abs=0.021)
        assert np.array_equal(np.concatenate(heard)[:16_000], data)
        assert microphone.statistics().slipped == pytest.approx(0.28, abs=0.021)

    run(main)


@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (22050, 1), (8000, 2)])
def test_other_formats_are_converted_to_what_the_call_wants(rate: int, channels: int) -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m", rate, channels)
        microphone.attach()
        target = AudioFormat(48_000, 1)
        await microphone.write(np.full(rate // 5 * channels, 1000, np.int16))
        frames = [microphone.pull(target, heard=True) for _ in range(11)]
        assert [len(frame) for frame in frames if frame] == [960] * 11
        assert abs(int(frames[5].samples[0, 0]) - 1000) <= 1
        assert microphone.pull(target, heard=True) is None  # what the filter held back came last

    run(main)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (b"abc", FrameSizeError),
        (np.zeros(3, np.int16), FrameSizeError),
        (np.zeros((4, 1), np.int16), FrameSizeError),
        (np.zeros(4, np.float32), DeviceFormatError),
        ("text", DeviceFormatError),
        (17, DeviceFormatError),
        (memoryview(bytes(16))[::2], FrameSizeError),
    ],
)
def test_bad_pcm_is_refused_in_one_sentence_that_names_the_device(wrong, error) -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("left-right", channels=2)
        with pytest.raises(error, match="left-right"):
            await microphone.write(wrong)
        with pytest.raises(error, match="left-right"):
            microphone.write_nowait(wrong)
        assert microphone.statistics().written == 0

    run(main)


@pytest.mark.parametrize(
    "good", [bytes(8), bytearray(8), memoryview(bytes(8)), np.zeros((2, 2), np.int16)]
)
def test_any_bytes_like_object_or_array_is_taken(good) -> None:
    async def main() -> None:
        assert await MicrophoneDevice("m", channels=2).write(good) == 2

    run(main)


def test_the_memory_is_the_callers_again() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        microphone.attach()
        buffer = np.full(320, 5, np.int16)
        await microphone.write(buffer)
        buffer[:] = 0
        frame = microphone.pull(WIRE, heard=True)
        assert frame is not None
        assert (frame.samples == 5).all()

    run(main)


@pytest.mark.parametrize(("rate", "channels"), [(11_025, 1), (16_000, 0), (16_000, 9), (-1, 1)])
def test_a_format_that_there_is_not_is_refused_at_creation(rate: int, channels: int) -> None:
    async def main() -> None:
        async with open_devices() as devices:
            with pytest.raises(DeviceFormatError, match="m"):
                devices.microphone("m", rate, channels)

    run(main)


def test_closed_means_closed_for_those_who_wait_too() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            microphone = MicrophoneDevice("m")

            async def refused() -> None:
                with pytest.raises(DeviceClosedError, match="'m' is closed"):
                    await microphone.write(pcm(5))

            nursery.start_soon(refused)
            await trio.sleep(0.11)
            with microphone:
                pass
            assert microphone.state == "closed"
            with pytest.raises(DeviceClosedError):
                await microphone.flush()
        assert at() == 0.11
        assert microphone.statistics().dropped == 3040

    run(main)


def test_a_call_that_is_over_raises_at_the_next_write() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        microphone.end(CallEnded("You were asked to leave this room."))
        with pytest.raises(CallEnded, match="asked to leave"):
            await microphone.write(pcm(0.1))

    run(main)


def test_names_are_used_once_until_closed_and_a_scope_closes_all() -> None:
    async def main() -> None:
        async with open_devices() as devices:
            first = devices.microphone("m")
            devices.speaker("m")  # another kind
            with pytest.raises(DuplicateNameError, match="'m'"):
                devices.microphone("m")
            first.close()
            second = devices.microphone("m")
        assert second.state == "closed"

    run(main)
