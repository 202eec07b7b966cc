"""Whatever is done with a device in whatever order: nothing is lost uncounted, nothing is late."""

from typing import Any

import numpy as np
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from actors.devices import MicrophoneDevice, SpeakerDevice
from media import AudioFormat, AudioFrame

RATE = 8_000
FRAMES = st.integers(1, 4_000)
TURNS = st.sampled_from([None, 1, 2, 3])

MICROPHONE = st.lists(
    st.one_of(
        st.tuples(st.just("write"), FRAMES, TURNS),
        st.tuples(st.just("nowait"), FRAMES, TURNS),
        st.tuples(st.just("wait"), st.floats(0, 0.4)),
        st.tuples(st.just("cancelled"), FRAMES, st.floats(0, 0.3)),
        st.tuples(st.sampled_from(["clear", "attach", "detach", "flush", "stall"])),
        st.tuples(st.just("interrupt"), st.integers(1, 3)),
    ),
    max_size=25,
)

SPEAKER = st.lists(
    st.one_of(
        st.tuples(st.just("read"), FRAMES),
        st.tuples(st.just("cancelled"), FRAMES, st.floats(0, 0.3)),
        st.tuples(st.just("nowait"), FRAMES),
        st.tuples(st.just("wait"), st.floats(0, 1.5)),
        st.tuples(st.sampled_from(["clear", "attach", "detach", "stall"])),
    ),
    max_size=25,
)


class Call:
    """Pulls and gives 20 ms at a time while it is attached, unless it stalls."""

    def __init__(self, device: Any, step: Any) -> None:
        self.device, self.step = device, step
        self.stalled_until = 0.0

    async def run(self) -> None:
        while True:
            if self.device.state == "running" and trio.current_time() >= self.stalled_until:
                self.step()
            await trio.sleep(0.02)

    def stall(self) -> None:
        self.stalled_until = trio.current_time() + 0.25


class Writer:
    """Does with a microphone what a script says; every portion is of one value, one higher."""

    def __init__(self, microphone: MicrophoneDevice, call: Call) -> None:
        self.microphone, self.call = microphone, call
        self.portions = 0

    def portion(self, frames: int) -> np.ndarray:
        self.portions += 1
        return np.full(frames, self.portions, np.int16)

    async def perform(self, action: tuple[Any, ...]) -> None:
        microphone = self.microphone
        match action:
            case "write", frames, turn:
                assert await microphone.write(self.portion(frames), turn=turn) == frames
            case "nowait", frames, turn:
                assert 0 <= microphone.write_nowait(self.portion(frames), turn=turn) <= frames
            case "cancelled", frames, seconds:
                with trio.move_on_after(seconds):
                    await microphone.write(self.portion(frames))
            case "wait", seconds:
                await trio.sleep(seconds)
            case ("flush",):
                await microphone.flush()
            case ("stall",):
                self.call.stall()
            case "interrupt", turn:
                microphone.interrupt(turn)
            case (name,):
                getattr(microphone, name)()


@settings(max_examples=150, deadline=None)
@given(MICROPHONE)
def test_a_microphone_counts_every_frame_and_never_holds_more_than_200_ms(script) -> None:
    async def main() -> None:
        microphone = MicrophoneDevice("m", RATE)
        heard: list[int] = []

        def pull() -> None:
            frame = microphone.pull(AudioFormat(RATE), heard=True)
            if frame is not None:
                heard.extend(frame.samples[:, 0].tolist())

        call = Call(microphone, pull)
        writer = Writer(microphone, call)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call.run)
            for action in script:
                with trio.fail_after(2):
                    await writer.perform(action)
                statistics = microphone.statistics()
                counted = statistics.played + statistics.dropped + statistics.depth
                assert statistics.written == counted == microphone.written
                assert statistics.depth <= 0.2 * RATE + 1
                assert statistics.unheard <= statistics.played
            call.stalled_until = 0.0
            with trio.fail_after(0.5):
                await microphone.flush()
            assert microphone.statistics().depth == 0
            nursery.cancel_scope.cancel()
        sounded = [value for value in heard if value]
        assert sounded == sorted(sounded)  # in order, nothing twice

    trio.run(main, clock=MockClock(autojump_threshold=0))


@settings(max_examples=150, deadline=None)
@given(SPEAKER)
def test_a_speaker_gives_each_sample_once_in_order_and_in_real_time(script) -> None:
    async def main() -> None:
        speaker = SpeakerDevice("s", RATE)
        given_so_far = 0

        def hear() -> None:
            nonlocal given_so_far
            samples = np.arange(given_so_far + 1, given_so_far + 161).astype(np.int16)
            given_so_far += 160
            speaker.hear([AudioFrame(samples[:, None], RATE, source="a")])

        call = Call(speaker, hear)
        heard: list[int] = []

        def number(pcm: bytes) -> list[int]:
            """Which samples these are: 16 bits hold the end of a number, and all are recent."""
            ends = np.frombuffer(pcm, np.int16).tolist()
            return [given_so_far - (given_so_far - end) % 2**16 if end else 0 for end in ends]

        async def perform(action: tuple[Any, ...]) -> None:
            match action:
                case "read", frames:
                    pcm = await speaker.read(frames)
                    assert len(pcm) == 2 * frames
                    heard.extend(number(pcm))
                case "cancelled", frames, seconds:
                    with trio.move_on_after(seconds):
                        heard.extend(number(await speaker.read(frames)))
                case "nowait", frames:
                    heard.extend(number(speaker.read_nowait(frames)))
                case "wait", seconds:
                    await trio.sleep(seconds)
                case ("clear",):
                    speaker.clear()
                case ("attach",):
                    speaker.attach()
                case ("detach",):
                    speaker.detach()
                case ("stall",):
                    call.stall()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call.run)
            for action in script:
                frames = action[1] if action[0] == "read" else 0
                with trio.fail_after(frames / RATE + 2):
                    await perform(action)
                statistics = speaker.statistics()
                assert statistics.played == len(heard)
                assert statistics.depth <= RATE
                total = (
                    statistics.played + statistics.dropped + statistics.standing + statistics.depth
                )
                assert total == given_so_far + statistics.padding
                # as much as there was time for, but for what a call may be late or early
                assert abs(total - trio.current_time() * RATE) <= 0.1 * RATE
            nursery.cancel_scope.cancel()
        sounded = [value for value in heard if value]
        assert sounded == sorted(set(sounded))

    trio.run(main, clock=MockClock(autojump_threshold=0))
