"""A speaker that is read directly, in virtual time."""

from collections.abc import Awaitable, Callable

import numpy as np
import pytest
import trio
from trio.testing import MockClock

from actors.devices import SpeakerDevice, open_devices
from actors.errors import CallEnded, DeviceClosedError, DeviceFormatError, FrameSizeError
from media import AudioFrame

TICK = 0.02


def run(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=MockClock(autojump_threshold=0))


def tick(**voices: int) -> list[AudioFrame]:
    return [
        AudioFrame(np.full((320, 1), value, np.int16), 16_000, source=who)
        for who, value in voices.items()
    ]


async def call(speaker: SpeakerDevice, ticks: int = 10_000) -> None:
    """What a call gives: 20 ms of counting samples at a time."""
    for number in range(ticks):
        samples = np.arange(number * 320, number * 320 + 320).astype(np.int16)[:, None]
        speaker.hear([AudioFrame(samples, 16_000, source="a")])
        await trio.sleep_until((number + 1) * TICK)


def values(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, np.int16)


def at() -> float:
    return round(trio.current_time(), 4)


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (8_000, 2), (44_100, 1)])
def test_without_a_call_a_read_is_silence_in_real_time_from_creation(rate, channels) -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s", rate, channels)
        for k in range(1, 11):
            pcm = await speaker.read(rate // 10)
            assert len(pcm) == rate // 10 * channels * 2
            assert not any(pcm)
            assert trio.current_time() == pytest.approx(k / 10, abs=1e-4)

    run(main)


def test_what_the_call_gives_is_read_in_any_portions() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker)
            parts = [await speaker.read(n) for n in (1, 7, 320, 1600, 333, 20_000, 160)]
            nursery.cancel_scope.cancel()
        assert [len(part) // 2 for part in parts] == [1, 7, 320, 1600, 333, 20_000, 160]
        joined = values(b"".join(parts))
        assert np.array_equal(joined, np.arange(len(joined)).astype(np.int16))
        statistics = speaker.statistics()
        assert (statistics.played, statistics.dropped, statistics.padding) == (22_421, 0, 0)

    run(main)


def test_3200_bytes_come_10_times_a_second() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        times: list[float] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker)
            for _ in range(20):
                assert len(await speaker.read(1600)) == 3200
                times.append(at())
            nursery.cancel_scope.cancel()
        assert times == [round(0.08 + 0.1 * k, 4) for k in range(20)]

    run(main)


@pytest.mark.parametrize(
    ("options", "level"), [({}, 123), ({"only": "b"}, 20), ({"without": "b"}, 103)]
)
def test_the_mix_one_or_all_but_one(options: dict[str, str], level: int) -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s", **options)
        speaker.attach()
        speaker.hear(tick(a=100, b=20, c=3))
        assert set(values(await speaker.read(320)).tolist()) == {level}
        speaker.hear(tick(d=0))
        assert not any(await speaker.read(320))

    run(main)


def test_rates_and_channels_are_converted() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s", 48_000, 2)
        speaker.attach()
        for _ in range(5):
            speaker.hear(tick(a=1000))
        pcm = values(await speaker.read(4800)).reshape(-1, 2)
        assert np.array_equal(pcm[:, 0], pcm[:, 1])
        assert abs(int(pcm[-1, 0]) - 1000) <= 1

    run(main)


def test_a_call_that_gives_nothing_is_silence_after_60_ms_and_counted() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker, 25)
            pcm = await speaker.read(16_000)
        assert at() == 1.06
        assert np.array_equal(values(pcm)[:8000], np.arange(8000))
        assert not values(pcm)[8000:].any()
        statistics = speaker.statistics()
        assert statistics.padding == 8000
        assert statistics.underruns >= 1

    run(main)


def test_what_a_stall_leaves_behind_does_not_stand_for_ever() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker)
            await trio.sleep(0.505)  # the reader stalls, and then goes by its own clock
            start = trio.current_time()
            for k in range(40):
                await trio.sleep_until(start + 0.1 * k)
                await speaker.read(1600)
            depth = speaker.statistics().depth
            nursery.cancel_scope.cancel()
        assert depth <= 0.12 * 16_000
        assert 0.3 * 16_000 <= speaker.statistics().standing <= 0.5 * 16_000
        assert speaker.statistics().dropped == 0

    run(main)


def test_at_most_a_second_waits() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker)
            await trio.sleep(0.99)
            assert speaker.statistics().depth == 16_000
            await trio.sleep(5)
            statistics = speaker.statistics()
            assert statistics.depth <= 16_000
            nursery.cancel_scope.cancel()
        given = statistics.depth + statistics.dropped + statistics.standing
        assert given == 300 * 320

    run(main)


def test_a_cancelled_read_loses_nothing() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker)
            with trio.move_on_after(0.51):
                await speaker.read(16_000)
            pcm = await speaker.read(16_000)
            nursery.cancel_scope.cancel()
        assert np.array_equal(values(pcm), np.arange(16_000))

    run(main)


def test_several_readers_get_each_sample_once() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        speaker.attach()
        parts: list[bytes] = []

        async def read() -> None:
            parts.append(await speaker.read(777))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, speaker)
            async with trio.open_nursery() as readers:
                for _ in range(8):
                    readers.start_soon(read)
            nursery.cancel_scope.cancel()
        joined = np.sort(np.concatenate([values(part) for part in parts]))
        assert np.array_equal(joined, np.arange(8 * 777))

    run(main)


def test_nowait_gives_what_is_there_and_clear_drops_it() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")
        assert speaker.read_nowait(100) == b""
        await trio.sleep(0.1)
        assert len(speaker.read_nowait(1000)) == 2000
        assert speaker.clear() == 600
        assert speaker.read_nowait(1000) == b""
        assert speaker.statistics().dropped == 600

    run(main)


@pytest.mark.parametrize("frames", [0, -1, 10**9, 1.5, "many", True, None])
def test_absurd_reads_are_refused_in_one_sentence(frames) -> None:
    async def main() -> None:
        with pytest.raises(FrameSizeError, match="'ear' was asked for"):
            await SpeakerDevice("ear").read(frames)

    run(main)


@pytest.mark.parametrize(("rate", "channels"), [(11_025, 1), (16_000, 0), (16_000, 9)])
def test_a_format_that_there_is_not_is_refused_at_creation(rate: int, channels: int) -> None:
    async def main() -> None:
        async with open_devices() as devices:
            with pytest.raises(DeviceFormatError, match="'s'"):
                devices.speaker("s", rate, channels)

    run(main)


def test_closed_means_closed_for_who_waits_too_and_an_ended_call_says_so() -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s")

        async def refused() -> None:
            with pytest.raises(DeviceClosedError, match="'s' is closed"):
                await speaker.read(16_000)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(refused)
            await trio.sleep(0.1)
            speaker.close()
        assert at() == 0.1
        assert speaker.state == "closed"
        other = SpeakerDevice("o")
        other.end(CallEnded("ejected"))
        with pytest.raises(CallEnded, match="ejected"):
            await other.read(1)

    run(main)
