"""What a call says: from frames to packets in the play-out."""

import trio
import trio.testing

from actors.call.microphone import MicrophoneFeed
from actors.call.playout import SPEECH_FRAMES, Playout
from media import AudioFrame


def frame(turn, milliseconds=20):
    return AudioFrame.silence(16 * milliseconds, 16000, turn=turn)


def run(body):
    async def main():
        playout = Playout()
        feed = MicrophoneFeed(playout, "l16", trio.current_time)
        await body(playout, feed)
        feed.close()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_speech_waits_while_200_ms_are_queued_and_goes_on_when_one_is_sent():
    async def body(playout, feed):
        async with trio.open_nursery() as nursery:
            for _ in range(SPEECH_FRAMES):
                await feed.put(frame(1))
            nursery.start_soon(feed.put, frame(1))
            await trio.testing.wait_all_tasks_blocked()
            assert playout.statistics().depth == SPEECH_FRAMES
            playout.take(0.0)
            feed.tick()
            await trio.testing.wait_all_tasks_blocked()
            assert playout.statistics().depth == SPEECH_FRAMES

    run(body)


def test_live_audio_never_waits():
    async def body(playout, feed):
        for _ in range(100):
            await feed.put(frame(None))
        assert playout.statistics().depth == 1  # of a burst the newest

    run(body)


def test_an_interruption_frees_who_waits_and_nothing_of_that_turn_is_sent():
    async def body(playout, feed):
        async with trio.open_nursery() as nursery:
            for _ in range(SPEECH_FRAMES):
                await feed.put(frame(1))
            nursery.start_soon(feed.put, frame(1))
            await trio.testing.wait_all_tasks_blocked()
            feed.interrupt(1)
        assert playout.take(0.0) is None
        assert playout.statistics().flushed == SPEECH_FRAMES + 1

    run(body)


def test_a_turns_last_20_ms_are_filled_up_and_its_report_is_final():
    async def body(playout, feed):
        await feed.put(frame(1, milliseconds=30))
        feed.end(1)
        assert playout.take(0.0) is not None
        assert playout.take(0.02) is not None
        assert playout.take(0.04) is None
        (report,) = playout.progress()
        assert (report.samples, report.final) == (1920, True)

    run(body)


def test_a_pause_holds_and_releases():
    async def body(playout, feed):
        await feed.put(frame(1))
        feed.pause(1, True)
        assert playout.take(0.0) is None
        feed.pause(1, False)
        assert playout.take(0.02) is not None

    run(body)


def test_a_whole_second_at_once_goes_out_packet_by_packet():
    async def body(playout, feed):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.put, frame(1, milliseconds=1000))
            sent = 0
            for tick in range(60):
                await trio.sleep(0.02)
                assert playout.statistics().depth <= SPEECH_FRAMES
                sent += playout.take(0.02 * tick) is not None
                feed.tick()
            assert sent == 50

    run(body)
