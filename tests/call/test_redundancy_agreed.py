"""Copies of earlier packets are agreed on by descriptions, and used by two real ends."""

import pytest
import trio
from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription
from test_hostile_peers import real, sender_of
from test_port_contract import connected_pair, payloads

from actors.call.listening import Listening
from actors.call.playout import Outgoing
from actors.call.webrtc.descriptions import agreed_redundancy, with_audio_parameters
from callboard.testing.network import Network
from callboard.testing.virtual_engine import run_on_network

HEAD = "v=0\r\no=- 1 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
PLAIN = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=rtpmap:96 opus/48000/2\r\n"
)
BROWSER = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\n"
    "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\n"
)
BROWSERS_OWN = BROWSER.replace("111 63 9", "111").replace("a=rtpmap:63 red/48000/2\r\n", "")
BROWSERS_OWN = BROWSERS_OWN.replace("a=fmtp:63 111/111\r\n", "").replace(
    "a=rtpmap:9 G722/8000\r\n", ""
)
NO_COPIES = PLAIN.replace("96", "111")


def offer(section):
    return RTCSessionDescription(sdp=HEAD + section, type="offer")


def answer(section):
    return RTCSessionDescription(sdp=HEAD + section, type="answer")


def audio_lines(description):
    lines = description.sdp.split("\r\n")
    return [line for line in lines if line.startswith(("m=", "a=rtpmap", "a=fmtp"))]


def test_our_offer_has_them_after_opus_itself():
    assert audio_lines(with_audio_parameters(offer(PLAIN))) == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 96 63",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 minptime=10;useinbandfec=1",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 96/96",
    ]


def test_our_answer_to_a_browser_has_them_under_its_numbers():
    assert audio_lines(with_audio_parameters(answer(NO_COPIES), offer(BROWSER))) == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111",
    ]


def test_our_answer_to_who_did_not_offer_them_has_none():
    answered = with_audio_parameters(answer(NO_COPIES), offer(BROWSERS_OWN))
    assert audio_lines(answered) == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
    ]


def test_they_are_agreed_on_where_both_have_them_under_the_same_numbers():
    ours = with_audio_parameters(offer(PLAIN))
    assert agreed_redundancy(ours, with_audio_parameters(answer(PLAIN), ours)) == {"0": (96, 63)}
    assert agreed_redundancy(ours, answer(PLAIN)) == {}
    assert agreed_redundancy(ours, answer(BROWSER)) == {}
    assert agreed_redundancy(ours, None) == {}


def test_a_section_of_pictures_has_none():
    video = PLAIN.replace("audio", "video").replace("opus/48000/2", "VP8/90000")
    parsed = SessionDescription.parse(with_audio_parameters(offer(PLAIN + video)).sdp)
    assert [media.fmt for media in parsed.media] == [[96, 63], [96]]


# Two real ends

BAD = Network(loss=0.05, burst=3, delay=0.04, jitter=0.01)


def without_copies(data):
    """What a far side that knows nothing of them would have offered."""
    sdp = data["description"]["sdp"].replace(" 96 63\r\n", " 96\r\n")
    lines = [line for line in sdp.split("\r\n") if ":63 " not in line]
    return {"description": {**data["description"], "sdp": "\r\n".join(lines)}}


def received_over(network, seconds, change=lambda data: data):
    """What the right side's jitter buffer counts of a tone that the left side says."""
    found = []

    async def body(engine):
        async with connected_pair(engine, change=change) as pair:
            listening = Listening()
            for payload in payloads(round(50 * seconds)):
                passed = await pair.left_line.tick()
                pair.left_line.playout.put(Outgoing(payload, 960, None))
                listening.add(("left", "microphone"), pair.right.received())
                listening.tick(passed, trio.current_time(), lambda heard: None)
            found.extend(listening.statistics().values())
            found.append(pair.right.statistics())
            listening.close()

    run_on_network(body, network, seed=1)
    return found


def test_of_what_bursts_lose_more_than_half_is_played_after_all():
    got, port = received_over(BAD, 120)
    assert 0.03 < got.lost / got.expected < 0.08
    assert got.restored > got.lost / 2
    assert got.loss_concealment < 0.45 * 0.02 * got.lost
    assert (got.duplicate, got.late, got.malformed, port.discarded) == (0, 0, 0, 0)


def test_on_a_good_network_nothing_is_sent_twice():
    got, _ = received_over(Network(delay=0.04, jitter=0.01), 20)
    assert (got.lost, got.copies, got.restored) == (0, 0, 0)


def test_a_far_side_that_knows_nothing_of_them_gets_none_and_is_heard():
    got, port = received_over(BAD, 20, change=without_copies)
    assert (got.copies, got.restored, port.discarded) == (0, 0, 0)
    assert got.lost > 0
    assert got.on_time > 15


@pytest.mark.parametrize(
    "payload",
    [b"\xe0\x0f\x00\x03\x60no", b"\x08what", b"\x3f"],
    ids=["shorter than it says", "of a codec not agreed on", "copies within copies"],
)
def test_copies_that_contradict_themselves_are_counted_and_nothing_else(payload):
    async def body(engine):
        async with connected_pair(engine) as pair:
            sender = sender_of(pair.left)

            async def send():
                sender._payload_type, own = sender.redundancy.payload_type, sender._payload_type
                sender.send_packet(payload, 0, 0.0)
                sender._payload_type = own

            before = pair.right.statistics().discarded
            await pair.left._thread.run(send)
            with trio.fail_after(5):
                while pair.right.statistics().discarded == before:
                    await pair.left_line.tick()
            assert pair.right.statistics().discarded == before + 1
            with trio.fail_after(5):
                while not pair.right.received():
                    await pair.left_line.tick()

    real(body)
