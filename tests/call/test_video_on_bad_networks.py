"""Pictures over a bad network: the real engine in virtual time, so every figure is exact."""

import itertools
from contextlib import AsyncExitStack

import numpy as np
import pytest
import trio
from test_port_contract import WATCHED, carry, connected_pair, picture

from callboard.testing.network import Network
from callboard.testing.virtual_engine import run_on_network

RATE = 15


async def watched(pair, seconds, *, size=(320, 240), before=lambda: None):
    """Show a picture that grows brighter, 15 a second; when each was seen, and its brightness."""
    began, number, seen = trio.current_time(), 0, []
    while (now := trio.current_time() - began) < seconds:
        before()
        if number <= now * RATE:
            pair.left_line.show("camera", picture(40 + number % 160, *size))
            number += 1
        await pair.left_line.tick()
        seen += [(trio.current_time() - began, each) for each in pair.right.pictures()]
    return seen


def brightness(seen):
    pixels = seen.width * seen.height
    return float(np.asarray(seen.pixels[:pixels]).mean())


def longest_gap(times, since=0.0):
    return max(b - a for a, b in itertools.pairwise(times) if b > since)


def on(network, body, seed=1):
    return run_on_network(body, network, seed=seed)


def test_without_loss_every_picture_is_seen_within_two_ticks():
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            seen = await watched(pair, 5.0)
            assert len(seen) >= 5 * RATE - 3
            assert longest_gap([at for at, _ in seen], 0.5) <= 0.1

    on(Network(), body)


def test_packets_lost_in_bursts_are_asked_for_and_the_picture_goes_on():
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            seen = await watched(pair, 20.0)
            receiver = pair.right._video_receivers()[0]
            sender = pair.left.video_sender("camera")
            assert receiver.asked_again > 0
            assert sender.resent > 0
            assert len(seen) >= 0.85 * 20 * RATE
            assert longest_gap([at for at, _ in seen], 1.0) <= 0.7

    on(Network(loss=0.05, burst=3, delay=0.04, jitter=0.01), body)


def test_after_an_outage_the_picture_goes_on():
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            seen = await watched(pair, 10.0)
            times = [at for at, _ in seen]
            assert times[-1] > 9.5
            assert 2.0 <= longest_gap(times, 1.0) <= 2.6

    on(Network(delay=0.02, outages=((4.0, 6.0),)), body)


def test_the_same_seed_sees_the_same_pictures_at_the_same_times():
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            return [round(at, 6) for at, _ in await watched(pair, 4.0)]

    network = Network(loss=0.1, burst=2, delay=0.02, jitter=0.02)
    assert on(network, body, seed=7) == on(network, body, seed=7)


def test_a_steady_loss_makes_the_sender_send_less():
    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            sender = pair.left.video_sender
            await watched(pair, 20.0)
            return sender("camera").rate.target(trio.current_time())

    clean, lossy = on(Network(delay=0.02), body), on(Network(loss=0.3, delay=0.02), body)
    assert clean > 600_000
    assert lossy < 0.5 * clean


def test_a_still_picture_reaches_who_comes_later():
    """It is shown once; a newcomer's request for a key picture is answered all the same."""

    async def body(engine):
        async with connected_pair(engine, WATCHED) as pair:
            pair.right.watch(frozenset())
            pair.left_line.show("camera", picture(150))
            await trio.sleep(1.0)
            assert list(pair.right.pictures()) == []
            pair.right.watch(frozenset(("camera",)))
            # The receiver knows of the track by its next packets: a participant that is asked.
            pair.left_line.show("camera", picture(150))
            with trio.fail_after(3):
                while not (pictures := pair.right.pictures()):
                    await pair.right_line.tick()
            assert abs(brightness(pictures[0]) - 150) < 4

    on(Network(delay=0.02), body)


def only_h264(sdp):
    """An offer without VP8: its lines and its number are taken out of every video section."""
    kept = [line for line in sdp.split("\r\n") if not line.startswith(VP8)]
    return "\r\n".join(line.replace(" 97 98 ", " ") for line in kept)


VP8 = tuple(f"a={what}:{number}" for what in ("rtpmap", "fmtp", "rtcp-fb") for number in (97, 98))


def test_h264_carries_pictures_where_that_is_what_both_have():
    async def body(engine):
        def spoil(data):
            description = data.get("description")
            if description is None or description["type"] != "offer":
                return data
            return {"description": {**description, "sdp": only_h264(description["sdp"])}}

        async with connected_pair(engine, WATCHED, spoil) as pair:
            seen = await watched(pair, 3.0)
            assert pair.left.video_sender("camera").codec == "h264"
            assert len(seen) >= 3 * RATE - 5
            assert abs(brightness(seen[-1][1]) - (40 + 3 * RATE)) < 10

    on(Network(delay=0.01), body)


@pytest.mark.parametrize("receivers", [1, 4])
def test_one_encoder_serves_everybody_and_many_get_smaller_pictures(receivers):
    async def body(engine):
        async with AsyncExitStack() as stack:
            line = await stack.enter_async_context(engine.open_line())
            nursery = await stack.enter_async_context(trio.open_nursery())
            pairs = []
            for _ in range(receivers):
                far_line = await stack.enter_async_context(engine.open_line())
                near = await stack.enter_async_context(
                    line.open_port(loopback=True, sends=WATCHED, receives=WATCHED)
                )
                far = await stack.enter_async_context(
                    far_line.open_port(loopback=True, sends=WATCHED, receives=WATCHED)
                )
                nursery.start_soon(carry, near, far, [])
                nursery.start_soon(carry, far, near, [])
                await near.start()
                pairs.append(far)
            await trio.sleep(2)
            sizes = [set() for _ in pairs]
            for number in range(40):
                line.show("camera", picture(100 + number, 640, 480))
                await trio.sleep(1 / RATE)
                for far, kept in zip(pairs, sizes, strict=True):
                    kept.update((each.width, each.height) for each in far.pictures())
            expected = (640, 480) if receivers == 1 else (320, 240)
            assert all(expected in kept for kept in sizes)
            assert line._line._tracks["camera"].sent <= 41
            nursery.cancel_scope.cancel()

    on(Network(), body)
