"""Pacing on the real clock: what virtual time hides. Counts and ratios only, wide enough for any
machine; the figures are rows of benchmarks/devices."""

import statistics

import numpy as np
import pytest
import trio

from actors.devices import MicrophoneDevice, open_devices

pytestmark = pytest.mark.real


def test_writers_and_readers_take_their_time_and_lateness_does_not_add_up() -> None:
    async def main() -> None:
        async with open_devices() as devices:
            microphone, speaker = devices.microphone("m"), devices.speaker("s")
            await microphone.write(bytes(6400))
            began = trio.current_time()
            times = [began]
            read: list[float] = []

            async def reads() -> None:
                for _ in range(10):
                    await speaker.read(1600)
                    read.append(trio.current_time())

            async with trio.open_nursery() as nursery:
                nursery.start_soon(reads)
                for _ in range(50):
                    # Some lateness of our own, as a busy script has: 5 ms in every fifth portion.
                    if len(times) % 5 == 0:
                        end = trio.current_time() + 0.005
                        while trio.current_time() < end:
                            pass
                    await microphone.write(bytes(640))
                    times.append(trio.current_time())
        intervals = np.diff(times)
        assert statistics.median(intervals) > 0.5 * 0.02
        total = times[-1] - began
        assert 0.95 <= total / 1.0 <= 1.1
        assert 0.9 <= (read[-1] - read[0]) / 0.9 <= 1.1

    trio.run(main)


def test_threads_that_write_at_once_lose_nothing_and_keep_their_portions_whole() -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m")
        microphone.attach()
        heard: list[np.ndarray] = []

        async def call() -> None:
            while True:
                frame = microphone.pull(microphone.format, heard=True)
                if frame is not None:
                    heard.append(frame.samples[:, 0])
                await trio.sleep(0.002)  # ten times as fast as it should: the schedule holds

        def write(value: int) -> None:
            for _ in range(5):
                portion = np.full(333, value, np.int16)
                assert trio.from_thread.run(microphone.write, portion) == 333

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            async with trio.open_nursery() as writers:
                for value in range(1, 9):
                    writers.start_soon(trio.to_thread.run_sync, write, value)
            await microphone.flush()
            nursery.cancel_scope.cancel()
        samples = np.concatenate(heard)[: 40 * 333].reshape(40, 333)
        assert (samples == samples[:, :1]).all()
        assert sorted(samples[:, 0].tolist()) == sorted(list(range(1, 9)) * 5)

    trio.run(main)
