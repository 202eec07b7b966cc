"""What a call hears: a buffer a voice, pulled once a tick, lateness made up for and counted."""

import numpy as np
import pytest

from actors.call.listening import CATCH_UP, LAST_TICKS, SAMPLES, Listening, decoder_for
from actors.call.port import MediaPacket
from actors.errors import CallError
from media.jitter import RtpPacket
from media.opus import OpusEncoder

ALICE, BOB = ("alice", "microphone"), ("bob", "microphone")


def packets(count, level=8000, first=0):
    with OpusEncoder(16000) as encoder:
        rng = np.random.default_rng(1)
        for number in range(first, first + count):
            samples = rng.integers(-level, level + 1, (320, 1)).astype(np.int16)
            packet = RtpPacket(number, 960 * number, encoder.encode(samples), 7)
            yield MediaPacket("microphone", "opus", 48_000, packet, 0.02 * number)


def listened(voices, ticks):
    """Feed one packet a voice and tick; what was heard, and the listening."""
    listening, heard = Listening(), []
    streams = {voice: list(packets(ticks)) for voice in voices}
    for number in range(ticks):
        for voice, stream in streams.items():
            listening.add(voice, (stream[number],))
        listening.tick(1, 0.02 * number + 0.001, heard.append)
    return heard, listening


def test_nobody_is_a_silent_frame_without_a_source():
    heard, listening = listened((), 3)
    assert [len(each.voices) for each in heard] == [1, 1, 1]
    assert not any(each.audio.samples.any() for each in heard)
    assert {each.audio.source for each in heard} == {None}
    listening.close()


def test_each_voice_has_its_source_and_all_frames_of_a_tick_one_time():
    heard, listening = listened((ALICE, BOB), 10)
    for number, each in enumerate(heard):
        assert {voice.source for voice in each.voices} == {"alice", "bob"}
        assert {voice.pts for voice in each.voices} == {number * SAMPLES} == {each.audio.pts}
    listening.close()


def test_the_mix_is_the_sum():
    heard, listening = listened((ALICE, BOB), 30)
    one, other = (voice.samples.astype(int) for voice in heard[-1].voices)
    expected = np.clip(one + other, -32768, 32767)
    assert np.abs(heard[-1].audio.samples - expected).max() <= 1
    listening.close()


def test_a_late_loop_makes_up_for_five_ticks_and_counts_the_others():
    heard, listening = [], Listening()
    listening.tick(1, 0.0, heard.append)
    listening.tick(CATCH_UP + 7, 0.3, heard.append)
    assert len(heard) == 1 + CATCH_UP
    assert listening.skipped == 7
    # The time of what was skipped has passed all the same.
    assert heard[-1].audio.pts == (CATCH_UP + 7) * SAMPLES
    listening.close()


def test_who_has_left_is_heard_to_the_end_of_what_had_come():
    heard, listening = listened((ALICE, BOB), 5)
    waiting = listening.statistics()[ALICE].waiting
    assert waiting > 0
    listening.end("alice")
    for number in range(5, 5 + waiting + 1):
        listening.tick(1, 0.02 * number + 0.001, heard.append)
    with_alice = [any(voice.source == "alice" for voice in each.voices) for each in heard[5:]]
    assert with_alice == [True] * waiting + [False]
    assert set(listening.statistics()) == {BOB}
    (gone,) = listening.ended()
    assert (gone.packets_played, gone.waiting) == (5, 0)
    listening.close()


def test_what_somebody_who_has_left_has_sent_for_later_is_not_waited_for():
    heard, listening = listened((ALICE,), 5)
    listening.add(ALICE, packets(1, first=5 + 2 * LAST_TICKS))
    listening.end("alice")
    for number in range(LAST_TICKS + 1):
        listening.tick(1, 0.1 + 0.02 * number, heard.append)
    sources = [voice.source for each in heard[5:] for voice in each.voices]
    assert sources == ["alice"] * LAST_TICKS + [None]
    listening.close()


def test_an_unknown_codec_is_refused_by_name():
    with pytest.raises(CallError, match="'speex'"):
        decoder_for("speex")
