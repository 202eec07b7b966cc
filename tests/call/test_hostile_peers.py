"""What a broken or hostile peer sends ends at most its own connection, and is told or counted."""

import contextlib
import random
import re

import numpy as np
import pytest
import trio
from test_port_contract import connected_pair, payloads

from actors.call.listening import Listening
from actors.call.playout import Outgoing
from actors.call.webrtc import open_media_engine
from actors.errors import MediaError


def real(body):
    async def main():
        async with open_media_engine() as engine:
            await body(engine)

    trio.run(main)


async def on_loop(port, function):
    async def call():
        return function()

    return await port._thread.run(call)


def sender_of(port):
    return port._connection.sender("microphone")


async def heard_seconds(pair, seconds=0.6):
    """What the right side's listening makes of what comes while the left side says a tone."""
    listening, heard = Listening(), []
    pair.right.received()
    for payload in payloads(round(50 * seconds)):
        passed = await pair.left_line.tick()
        pair.left_line.playout.put(Outgoing(payload, 960, 1))
        listening.add(("left", "microphone"), pair.right.received())
        listening.tick(passed, trio.current_time(), heard.append)
    (statistics,) = listening.statistics().values()
    listening.close()
    return np.concatenate([each.audio.samples for each in heard]), statistics


def is_heard(samples):
    return np.abs(samples[len(samples) // 2 :]).max() > 3000


def test_garbage_in_place_of_opus_is_counted_and_the_voice_comes_back():
    async def body(engine):
        async with connected_pair(engine) as pair:
            rng = random.Random(1)
            listening = Listening()
            for _ in range(40):
                passed = await pair.left_line.tick()
                pair.left_line.playout.put(Outgoing(rng.randbytes(rng.randrange(3, 400)), 960, 1))
                listening.add(("left", "microphone"), pair.right.received())
                listening.tick(passed, trio.current_time(), lambda heard: None)
            (statistics,) = listening.statistics().values()
            listening.close()
            assert statistics.malformed > 0
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)

    real(body)


def test_datagrams_that_are_no_srtp_are_counted_and_nothing_else_happens():
    async def body(engine):
        async with connected_pair(engine) as pair:
            rng = random.Random(2)

            def flood():
                ice = pair.left._connection._wire._ice
                way = ice._nominated[1]
                for first in range(0, 256, 2):
                    data = bytes([first]) + rng.randbytes(rng.randrange(0, 200))
                    way.protocol.transport.sendto(data, way.remote_addr)

            await on_loop(pair.left, flood)
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)
            assert pair.right.statistics().discarded > 10
            assert len(pair.right_log) == 2  # connected and a track: no end, no failure

    real(body)


def test_encrypted_rtp_and_rtcp_of_nonsense_are_counted():
    async def body(engine):
        async with connected_pair(engine) as pair:
            rng = random.Random(3)

            def flood():
                wire = pair.left._wire
                session = wire._dtls._tx_srtp
                for number in range(300):
                    header = bytes([0x80 | rng.randrange(32), rng.randrange(128)])
                    data = header + rng.randbytes(rng.randrange(10, 100))
                    with contextlib.suppress(Exception):
                        wire._transmit(session.protect(data))
                    body = rng.randbytes(4 * rng.randrange(1, 20))
                    head = bytes([0x80 | rng.randrange(32), 200 + number % 7])
                    with contextlib.suppress(Exception):
                        wire._transmit(
                            session.protect_rtcp(head + (len(body) // 4).to_bytes(2, "big") + body)
                        )

            await on_loop(pair.left, flood)
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)
            assert pair.right.statistics().discarded > 10

    real(body)


def test_ten_times_the_packets_fill_no_memory_and_the_voice_comes_back():
    async def body(engine):
        async with connected_pair(engine) as pair:
            sender = sender_of(pair.left)

            def flood():
                for _ in range(9):
                    sender.send_packet(b"\xf8\xff\xfe", 960 * 7, 0.0)

            listening, heard = Listening(), []
            for payload in payloads(60):
                passed = await pair.left_line.tick()
                pair.left_line.playout.put(Outgoing(payload, 960, 1))
                await on_loop(pair.left, flood)
                listening.add(("left", "microphone"), pair.right.received())
                listening.tick(passed, trio.current_time(), heard.append)
            (statistics,) = listening.statistics().values()
            listening.close()
            assert statistics.waiting <= 101  # two seconds
            assert pair.right.statistics().packets_received > 400
            assert len(pair.right_log) == 2
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)

    real(body)


def test_a_changed_source_goes_on_being_heard():
    async def body(engine):
        async with connected_pair(engine) as pair:
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)

            def change():
                sender = sender_of(pair.left)
                sender._ssrc ^= 0x5555
                sender._sequence, sender._origin = 7, 12345

            await on_loop(pair.left, change)
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)

    real(body)


def test_a_peer_with_ever_new_sources_is_not_remembered_for_ever():
    async def body(engine):
        async with connected_pair(engine) as pair:

            def flood():
                sender = sender_of(pair.left)
                own = sender._ssrc
                for number in range(1000):
                    sender._ssrc = number + 1
                    sender.send_packet(b"\xf8\xff\xfe", 960 * number, 0.0)
                sender._ssrc = own

            await on_loop(pair.left, flood)
            await trio.sleep(0.2)
            receivers = list(pair.right._wire.receivers)
            assert sum(len(receiver.sources) for receiver in receivers) <= 16
            assert len(pair.right._wire._routes) <= 64
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)

    real(body)


async def a_real_offer(line):
    async with line.open_port(loopback=True) as port:
        await port.start()
        return (await port.events.receive()).data["description"]["sdp"]


def only_video(sdp):
    return sdp.replace("m=audio", "m=video").replace("opus/48000/2", "VP8/90000")


def without_sections(sdp):
    return sdp[: sdp.index("m=")]


def twenty_sections(sdp):
    head, section = sdp[: sdp.index("m=")], sdp[sdp.index("m=") :]
    mids = " ".join(str(number) for number in range(20))
    head = re.sub(r"a=group:BUNDLE.*", f"a=group:BUNDLE {mids}", head)
    return head + "".join(section.replace("a=mid:0", f"a=mid:{number}") for number in range(20))


def without_fingerprint(sdp):
    return re.sub(r"a=fingerprint.*\r\n", "", sdp)


def without_credentials(sdp):
    return re.sub(r"a=ice-(ufrag|pwd).*\r\n", "", sdp)


def of_another_codec(sdp):
    return sdp.replace("opus/48000/2", "speex/16000")


BROKEN = [
    only_video,
    without_sections,
    without_fingerprint,
    without_credentials,
    of_another_codec,
    lambda sdp: sdp[: len(sdp) // 2],
    lambda sdp: sdp.replace("a=mid:0", "a=mid:" + "x" * 5000),
    lambda sdp: "\0\xff nonsense \r\n" * 100,
    lambda sdp: "",
    lambda sdp: sdp.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
]


@pytest.mark.parametrize("spoil", BROKEN, ids=lambda spoil: spoil.__name__)
def test_a_spoilt_offer_is_one_sentence_or_an_answer_and_other_calls_go_on(spoil):
    async def body(engine):
        async with connected_pair(engine) as pair, engine.open_line() as line:
            offer = spoil(await a_real_offer(line))
            async with line.open_port(loopback=True) as port:
                with trio.fail_after(10):
                    try:
                        await port.signal({"description": {"type": "offer", "sdp": offer}})
                    except MediaError as error:
                        assert 20 < len(str(error)) < 400  # noqa: PT017  (or it is answered)
            samples, _ = await heard_seconds(pair)
            assert is_heard(samples)

    real(body)


def test_an_offer_of_twenty_sections_is_answered_with_what_we_know():
    async def body(engine):
        async with engine.open_line() as line:
            offer = twenty_sections(await a_real_offer(line))
            async with line.open_port(loopback=True) as port:
                await port.signal({"description": {"type": "offer", "sdp": offer}})
                answer = (await port.events.receive()).data["description"]["sdp"]
                assert answer.count("m=audio") == 20
                assert answer.count("a=inactive") >= 18

    real(body)
