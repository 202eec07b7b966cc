"""What flows between devices and a call every 20 ms."""

from collections.abc import Awaitable, Callable

import numpy as np
import trio
from trio.testing import MockClock

from actors.devices import MicrophoneDevice, SpeakerDevice
from actors.devices.patchbay import Patchbay
from media import AudioFrame


def run(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=MockClock(autojump_threshold=0))


def patchbay() -> Patchbay:
    def send(shown, frame) -> None:
        raise AssertionError("no picture was shown")

    def failed(error: Exception) -> None:
        raise error

    return Patchbay(send, failed)


def test_one_microphone_is_sent_in_its_own_format_and_two_of_different_ones_at_48_khz() -> None:
    async def main() -> None:
        bay = patchbay()
        first = MicrophoneDevice("first", 16_000)
        bay.attach(first)
        await first.write(np.full(3200, 1000, np.int16))
        frame = bay.say(heard=True)
        assert frame is not None
        assert (frame.sample_rate, frame.channels, len(frame)) == (16_000, 1, 320)
        assert (frame.samples == 1000).all()
        second = MicrophoneDevice("second", 44_100, 2)
        bay.attach(second)
        await second.write(np.full(8820 * 2, 500, np.int16))
        await trio.sleep(0.02)
        for _ in range(3):
            await trio.sleep(0.02)
            frame = bay.say(heard=True)
        assert (frame.sample_rate, frame.channels, len(frame)) == (48_000, 2, 960)
        assert np.abs(frame.samples.astype(int) - 1500).max() <= 2
        bay.detach(second)
        await trio.sleep(0.02)
        frame = bay.say(heard=True)
        assert (frame.sample_rate, frame.channels) == (16_000, 1)

    run(main)


def test_the_sum_of_loud_microphones_is_saturated() -> None:
    async def main() -> None:
        bay = patchbay()
        for name in "ab":
            microphone = MicrophoneDevice(name)
            bay.attach(microphone)
            await microphone.write(np.full(3200, 30_000, np.int16))
        frame = bay.say(heard=True)
        assert (frame.samples == 32_767).all()

    run(main)


def test_of_late_ticks_that_come_at_once_two_take_audio_and_the_rest_is_not_lost() -> None:
    async def main() -> None:
        bay = patchbay()
        microphone = MicrophoneDevice("m")
        bay.attach(microphone)
        await microphone.write(np.arange(3200, dtype=np.int16))
        said: list[AudioFrame | None] = [bay.say(heard=True)]
        await trio.sleep(0.1)
        said += [bay.say(heard=True) for _ in range(5)]
        assert [frame is not None for frame in said] == [True, True, True, False, False, False]
        for _ in range(20):
            await trio.sleep(0.02)
            said.append(bay.say(heard=True))
        joined = np.concatenate([frame.samples[:, 0] for frame in said if frame is not None])
        assert np.array_equal(joined, np.arange(3200))

    run(main)


def test_where_no_microphone_plays_nothing_is_said() -> None:
    async def main() -> None:
        bay = patchbay()
        assert bay.say(heard=True) is None
        microphone = MicrophoneDevice("m")
        bay.attach(microphone)
        assert bay.say(heard=True) is None

    run(main)


def test_a_closed_device_is_taken_out_and_that_is_told_once() -> None:
    async def main() -> None:
        bay = patchbay()
        with SpeakerDevice("s") as speaker:
            bay.attach(speaker)
            assert not bay.tick()
        assert bay.tick()
        assert not bay.tick()
        bay.detach(speaker)

    run(main)


def test_the_whole_mix_goes_to_those_who_hear_all_with_what_is_no_voice() -> None:
    async def main() -> None:
        bay = patchbay()
        every, one = SpeakerDevice("every"), SpeakerDevice("one", only="a")
        bay.attach(every)
        bay.attach(one)
        voice = AudioFrame(np.full((320, 1), 100, np.int16), 16_000, source="a")
        whole = AudioFrame(np.full((320, 1), 150, np.int16), 16_000)  # a film is shown too
        bay.hear([voice], whole)
        assert set(np.frombuffer(await every.read(320), np.int16).tolist()) == {150}
        assert set(np.frombuffer(await one.read(320), np.int16).tolist()) == {100}

    run(main)
