"""The play-out: order, limits, flush, hold, gate, standing delay, and what it reports."""

import pytest

from actors.call.playout import LIVE_FRAMES, SPEECH_FRAMES, WINDOW, Outgoing, Playout, StandingDepth
from actors.messages import Played


def live(name):
    return Outgoing(name, 960, None)


def speech(name, turn=1):
    return Outgoing(name, 960, turn)


def filled(*packets):
    playout = Playout()
    for packet in packets:
        playout.put(packet)
    return playout


def taken(playout, count, start=0.0):
    return [playout.take(start + 0.02 * k) for k in range(count)]


def test_what_was_put_is_taken_in_order_and_silence_after_it():
    playout = filled(speech(b"a"), speech(b"b"))
    assert taken(playout, 3) == [b"a", b"b", None]


def test_live_audio_keeps_its_newest_packets_and_counts_the_others():
    playout = filled(live(b"0"), live(b"1"))
    assert playout.statistics().depth == LIVE_FRAMES
    playout.take(0.0)
    playout.put(live(b"2"))
    playout.put(live(b"3"))
    assert playout.statistics().dropped == 1
    assert taken(playout, 3) == [b"2", b"3", None]


@pytest.mark.parametrize("burst", [3, 4, 5, 9])
def test_what_makes_up_for_a_stall_leaves_no_delay(burst):
    playout = filled(*(live(b"%d" % k) for k in range(burst)))
    assert taken(playout, 2) == [b"%d" % (burst - 1), None]
    assert playout.statistics().dropped == burst - 1


def test_live_audio_in_long_frames_is_whole():
    playout = Playout()
    playout.expect(5)
    sent = []
    for second in range(3):
        for part in range(5):
            playout.put(live(b"%d.%d" % (second, part)))
        sent += taken(playout, 5)
    assert None not in sent
    assert playout.statistics().dropped == 0


def test_live_audio_never_pushes_speech_out():
    playout = filled(speech(b"a"), live(b"1"), speech(b"b"), live(b"2"), live(b"3"))
    assert taken(playout, 4) == [b"a", b"b", b"3", None]


def test_speech_has_room_for_200_ms_and_live_audio_always():
    playout = Playout()
    for _ in range(SPEECH_FRAMES):
        assert playout.room(1)
        playout.put(speech(b"x"))
    assert not playout.room(1)
    assert playout.room(None)


def test_a_flush_returns_the_samples_that_will_never_be_sent():
    playout = filled(speech(b"a"), speech(b"b"), speech(b"c"), live(b"l"))
    playout.take(0.0)
    assert playout.flush(1, 0.02) == 2 * 960
    assert playout.statistics().flushed == 2
    assert taken(playout, 2) == [b"l", None]


def test_after_a_flush_that_turn_and_older_ones_are_refused_and_counted_newer_ones_are_not():
    playout = Playout()
    playout.flush(3, 0.0)
    for turn in (2, 3, 4):
        playout.put(speech(b"%d" % turn, turn))
    assert taken(playout, 2) == [b"4", None]
    assert playout.statistics().flushed == 2
    assert playout.room(3)  # what is refused need not wait


def test_a_flush_ends_the_report_of_what_was_being_said():
    playout = filled(speech(b"a"), speech(b"b"))
    playout.take(1.0)
    playout.flush(1, 1.01)
    assert playout.progress() == [Played(1, 960, playing=False, at=1.01, final=True)]
    assert playout.progress() == []


def test_held_speech_stays_silence_goes_out_and_it_goes_on_at_the_same_packet():
    playout = filled(speech(b"a"), speech(b"b"))
    assert playout.take(0.0) == b"a"
    playout.hold(1)
    assert taken(playout, 2) == [None, None]
    assert playout.statistics().held
    playout.release()
    assert playout.take(0.06) == b"b"


def test_a_newer_turn_is_not_held_with_an_older_one():
    playout = filled(speech(b"b", 2))
    playout.hold(1)
    assert playout.take(0.0) == b"b"


def test_a_flush_of_the_held_turn_ends_the_hold():
    playout = filled(speech(b"a"))
    playout.hold(1)
    playout.flush(1, 0.0)
    assert not playout.statistics().held


def test_the_gate_keeps_every_turn_back_but_no_live_audio():
    playout = filled(live(b"l"), speech(b"a", 7))
    playout.close_gate()
    assert taken(playout, 2) == [b"l", None]
    playout.open_gate()
    assert playout.take(0.04) == b"a"


def test_reports_count_the_samples_of_a_turn_and_end_with_it():
    playout = filled(speech(b"a"), speech(b"b"))
    playout.end(1, 0.0)
    playout.take(1.0)
    assert playout.progress() == [Played(1, 960, playing=True, at=1.0)]
    playout.take(1.02)
    assert playout.progress() == [Played(1, 1920, playing=False, at=1.02, final=True)]


def test_of_several_reports_of_a_turn_the_latest_stays():
    playout = filled(speech(b"a"), speech(b"b"))
    taken(playout, 2)
    assert playout.progress() == [Played(1, 1920, playing=True, at=0.02)]


def test_a_queue_that_ran_dry_is_told_once_and_its_slots_are_counted():
    playout = filled(speech(b"a"))
    playout.take(0.0)
    playout.progress()
    taken(playout, 3, 0.02)
    assert playout.progress() == [Played(1, 960, playing=False, at=0.02)]
    assert playout.statistics().empty == 3


def test_held_and_gated_slots_are_not_counted_as_empty():
    playout = filled(speech(b"a"), speech(b"b"))
    playout.take(0.0)
    playout.hold(1)
    playout.take(0.02)
    playout.release()
    playout.close_gate()
    playout.take(0.04)
    assert playout.statistics().empty == 0


def test_ending_a_turn_of_which_nothing_was_said_reports_no_samples():
    playout = Playout()
    playout.end(5, 2.0)
    assert playout.progress() == [Played(5, 0, playing=False, at=2.0, final=True)]


def test_the_next_turn_ends_the_one_before():
    playout = filled(speech(b"a", 1), speech(b"b", 2))
    taken(playout, 2)
    assert playout.progress() == [
        Played(1, 960, playing=False, at=0.02, final=True),
        Played(2, 960, playing=True, at=0.02),
    ]


def test_packets_taken_while_nobody_is_connected_count_as_unheard():
    playout = filled(speech(b"a"))
    assert playout.take(0.0, heard=False) == b"a"
    assert playout.statistics().unheard == 1


def test_a_stalls_delay_does_not_stay_in_live_audio():
    playout = filled(live(b"old"))
    depths = []
    for number in range(2 * WINDOW):
        playout.put(live(b"%d" % number))
        playout.take(0.02 * number)
        depths.append(playout.statistics().depth)
    assert depths[0] == 1
    assert depths[-1] == 1  # one packet covers the next late one


@pytest.mark.parametrize(
    ("depths", "excess"),
    [
        ([3] * WINDOW, 2),
        ([3] * (WINDOW - 1) + [0], 0),
        ([1] * WINDOW, 0),
        ([5] * (WINDOW - 1), 0),
    ],
)
def test_what_was_never_needed_in_half_a_second_but_one_packet_is_excess(depths, excess):
    standing = StandingDepth()
    assert [standing.excess(depth) for depth in depths][-1] == excess
