"""Copies of earlier packets (RFC 2198): their bytes, when they are sent, how they are agreed on."""

import pytest

from actors.call.webrtc import rtp
from actors.call.webrtc.redundancy import Copy, Redundancy, Redundant, pack, unpack
from actors.call.webrtc.senders import RtpSender

OPUS, RED = 96, 63
SPEECH = bytes([0x48, 0x40])
"""20 ms of SILK with in-band redundancy (its second byte's flag), as `has_fec` reads it."""

MUSIC = bytes([0xF8, 0x00])
"""20 ms of CELT, which has none."""


# The bytes


def test_a_packet_with_two_copies_is_laid_out_as_in_rfc_2198():
    # Section 3: F, type (7 bits), offset (14), length (10) for each copy; then F = 0 and a type.
    packed = pack(
        Redundant(OPUS, b"now", [Copy(OPUS, 1920, b"older"), Copy(OPUS, 960, b"old")]),
    )
    assert packed == (
        bytes([0x80 | OPUS, 0x1E, 0x00, 0x05])  # 1920 << 10 | 5
        + bytes([0x80 | OPUS, 0x0F, 0x00, 0x03])  # 960 << 10 | 3
        + bytes([OPUS])
        + b"olderoldnow"
    )


def test_what_was_packed_is_read_back():
    redundant = Redundant(OPUS, b"now", [Copy(OPUS, 16383, b"x" * 1023), Copy(8, 1, b"")])
    assert unpack(pack(redundant)) == redundant
    assert unpack(pack(Redundant(OPUS, b"alone", []))) == Redundant(OPUS, b"alone", [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xe0",
        b"\xe0\x0f\x00",
        b"\xe0\x0f\x00\x03",  # a copy announced, and no packet of its own
        b"\xe0\x0f\x00\x03\x60no",  # shorter than it says
    ],
)
def test_what_contradicts_itself_is_nothing(data):
    assert unpack(data) is None


# When copies are sent


class _Wire:
    """Keeps what is sent."""

    def __init__(self):
        self.sent = []

    def send_rtp(self, data):
        self.sent.append(rtp.parse(data))
        return True


def sender_to(wire, *, takes_copies=True):
    sender = RtpSender("microphone", None, wire)
    sender._started = True
    sender._payload_type = OPUS
    if takes_copies:
        sender.redundancy = Redundancy(RED, OPUS)
    return sender


def say(sender, first, count, payload=SPEECH):
    for number in range(first, first + count):
        sender.send_packet(payload + bytes([number]), 960 * number, 0.02 * number)


def distances(packet):
    """How many packets back the copies of this one are; () for none."""
    if packet.payload_type == OPUS:
        return ()
    assert packet.payload_type == RED
    return tuple(copy.offset // 960 for copy in unpack(packet.payload).copies)


def test_while_nothing_is_lost_packets_are_what_they_always_were():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.0, 1.0)
    say(sender, 0, 10)
    assert [packet.payload_type for packet in wire.sent] == [OPUS] * 10
    assert [packet.payload for packet in wire.sent] == [SPEECH + bytes([n]) for n in range(10)]


def test_with_losses_each_packet_brings_the_second_and_fourth_before_it():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.05, 1.0)
    say(sender, 0, 6)
    assert [distances(packet) for packet in wire.sent] == [(), (), (2,), (2,), (4, 2), (4, 2)]
    last = unpack(wire.sent[-1].payload)
    assert last.payload == SPEECH + b"\5"
    assert [copy.payload for copy in last.copies] == [SPEECH + b"\1", SPEECH + b"\3"]
    assert {copy.payload_type for copy in last.copies} == {last.payload_type} == {OPUS}
    assert sender.octets == sum(len(packet.payload) for packet in wire.sent)


def test_with_few_losses_one_copy_is_enough():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.02, 1.0)
    say(sender, 0, 6)
    assert distances(wire.sent[-1]) == (2,)


def test_payloads_without_redundancy_of_their_own_bring_their_predecessor():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.05, 1.0)
    say(sender, 0, 6, MUSIC)
    assert distances(wire.sent[-1]) == (3, 1)


def test_copies_end_when_losses_have_been_gone_for_a_while():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.05, 0.0)
    seconds = 0
    while sender.redundancy.active:
        seconds += 1
        sender.reported(0.0, float(seconds))
    assert 8 <= seconds <= 15
    say(sender, 0, 5)
    assert {packet.payload_type for packet in wire.sent} == {OPUS}
    # What was said before is nothing to copy when they begin again.
    sender.reported(0.2, seconds + 1.0)
    say(sender, 100, 3)
    assert [distances(packet) for packet in wire.sent[-3:]] == [(), (), (2,)]


def test_a_burst_after_a_good_minute_is_enough():
    wire = _Wire()
    sender = sender_to(wire)
    for second in range(60):
        sender.reported(0.0, float(second))
    sender.reported(0.06, 60.0)
    say(sender, 0, 6)
    assert distances(wire.sent[-1]) == (4, 2)


def test_a_packet_lost_every_half_minute_is_not_worth_copies():
    sender = sender_to(_Wire())
    for second in range(120):
        sender.reported(0.02 if second % 30 == 15 else 0.0, float(second))
        assert not sender.redundancy.active


def test_whoever_knows_no_copies_gets_none():
    wire = _Wire()
    sender = sender_to(wire, takes_copies=False)
    sender.reported(0.2, 1.0)
    say(sender, 0, 5)
    assert {packet.payload_type for packet in wire.sent} == {OPUS}


def test_after_a_pause_nothing_is_copied_that_lies_too_far_back():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.05, 1.0)
    say(sender, 0, 5)
    say(sender, 40, 3)  # 700 ms later: more than an offset of 14 bits tells
    assert [distances(packet) for packet in wire.sent[-3:]] == [(), (), (2,)]


def test_what_is_too_large_for_a_datagram_is_not_copied():
    wire = _Wire()
    sender = sender_to(wire)
    sender.reported(0.05, 1.0)
    say(sender, 0, 6, SPEECH + bytes(600))
    assert {packet.payload_type for packet in wire.sent} == {OPUS}
    say(sender, 6, 6, SPEECH + bytes(400))
    assert distances(wire.sent[-1]) == (2,)
