"""When writes end: by their own duration, exactly, whoever is slow meanwhile. In virtual time."""

import pytest
import trio
import trio.testing

from actors.devices import MicrophoneDevice
from callboard.daily.errors import QueueFullError
from callboard.daily.writing import Playing, Write

RATE = 16000


class Writer:
    """A device in virtual time, and when each of its writes ended."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.device = MicrophoneDevice("microphone", RATE, 1)
        self.playing = Playing(self.device, RATE, 1)
        self.ends: list[tuple[float, int]] = []
        self.began = trio.current_time()
        nursery.start_soon(self.playing.run)

    def put(self, seconds: float) -> Write:
        frames = round(seconds * RATE)
        write = Write(bytes(2 * frames), frames, self._ended)
        self.playing.admit(frames)
        self.playing.put(write)
        return write

    def _ended(self, frames: int) -> None:
        self.ends.append((round(trio.current_time() - self.began, 6), frames))


def in_virtual_time(test):
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await test(Writer(nursery))
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_four_writes_of_100_ms_end_at_100_200_300_400() -> None:
    async def test(writer: Writer) -> None:
        for _ in range(4):
            writer.put(0.1)
        await trio.sleep(1)
        assert writer.ends == [(0.1, 1600), (0.2, 1600), (0.3, 1600), (0.4, 1600)]

    in_virtual_time(test)


def test_a_writer_that_is_a_little_late_each_time_does_not_drift() -> None:
    async def test(writer: Writer) -> None:
        for k in range(500):
            writer.put(0.02)
            await trio.sleep_until(writer.began + 0.02 * (k + 1) + 0.003 * (k % 3))
        assert [end for end, _ in writer.ends] == [round(0.02 * (k + 1), 6) for k in range(500)]

    in_virtual_time(test)


def test_after_a_pause_time_begins_anew() -> None:
    async def test(writer: Writer) -> None:
        writer.put(0.1)
        await trio.sleep(5)
        writer.put(0.1)
        await trio.sleep(5)
        assert writer.ends == [(0.1, 1600), (5.1, 1600)]

    in_virtual_time(test)


def test_the_device_never_holds_more_than_its_200_ms() -> None:
    async def test(writer: Writer) -> None:
        writer.put(10)
        depths = []
        for _ in range(90):
            await trio.sleep(0.1)
            depths.append(writer.device.statistics().depth)
        assert max(depths) <= 0.2 * RATE
        await trio.sleep(2)
        assert writer.ends == [(10.0, 160000)]
        played = writer.device.statistics()
        assert (played.dropped, played.underruns) == (0, 0)

    in_virtual_time(test)


def test_a_cancelled_write_ends_at_once_and_the_next_one_moves_up() -> None:
    async def test(writer: Writer) -> None:
        long = writer.put(10)
        writer.put(0.1)
        await trio.sleep(1)
        writer.playing.cancel(long)
        await trio.sleep(1)
        (first, played), (second, rest) = writer.ends
        assert first == 1.0
        assert 16000 <= played <= 1.2 * 16000
        assert (second, rest) == (1.1, 1600)

    in_virtual_time(test)


def test_who_is_cancelled_tells_every_write_once() -> None:
    ends: list[int] = []

    async def main() -> None:
        playing = Playing(MicrophoneDevice("microphone", RATE, 1), RATE, 1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(playing.run)
            for _ in range(3):
                playing.admit(16000)
                playing.put(Write(bytes(32000), 16000, ends.append))
            await trio.sleep(0.5)
            nursery.cancel_scope.cancel()
        playing.admit(160)
        playing.put(Write(bytes(320), 160, ends.append))

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert len(ends) == 4
    assert ends[1:] == [0, 0, 0]


def test_no_more_than_ten_minutes_wait() -> None:
    async def test(writer: Writer) -> None:
        writer.put(599)
        with pytest.raises(QueueFullError, match="599 s of audio wait"):
            writer.put(2)

    in_virtual_time(test)
