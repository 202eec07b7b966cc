"""Two calls over the real engine and a bad network, in virtual time: 5 % of packets lost in bursts
of 3, 40 ms each way, up to 10 ms more."""

import contextlib
import itertools
import statistics

import attrs
import numpy as np
import pytest
import trio
from call_stage import RATE, Notes, Says, on_network, playing, tone

from callboard.testing.network import Network
from media import AudioFrame

BAD = Network(loss=0.05, burst=3, delay=0.04, jitter=0.01)
FRAME = 320
BEEP = tone(440, 0.02)
QUIET = np.zeros_like(BEEP)


async def beep_every_second(actor, _ctx):
    """200 ms of a tone at each full second, live."""
    for tick in itertools.count():
        await trio.sleep_until(1 + tick * 0.02)
        samples = BEEP if tick % 50 < 10 else QUIET
        await actor.audio.send(AudioFrame(samples, RATE))


@attrs.define
class Side:
    """What one of the two heard."""

    meeting: object = None
    reception: object = None
    notes: list = attrs.field(factory=list)
    """All audio, with its times."""

    @property
    def frames(self):
        """With their times, from the other's first on."""
        return [(at, frame) for at, frame in self.notes if frame.source is not None]

    def beeps(self):
        """When each was heard, as seconds after it was sent."""
        loud = [at for at, frame in self.frames if np.abs(frame.samples).max() > 2000]
        onsets = [b for a, b in itertools.pairwise([-1.0, *loud]) if b - a > 0.4]
        return [(at, at % 1) for at in onsets]


def both_sides_of_a_call(network, seconds, seed=0):
    """Two calls that beep at each other for so long."""
    sides = Side(), Side()

    async def body(stage):
        async with contextlib.AsyncExitStack() as graphs:
            for name, side in zip(("Alice", "Bob"), sides, strict=True):
                call = stage.call(name, observer=watched_by(side))
                wires = (
                    Says(beep_every_second).audio >> call.microphone,
                    call.voices >> Notes(side.notes).inlet,
                )
                await graphs.enter_async_context(playing(*wires))
            await trio.sleep_until(seconds + 0.01)  # between two ticks
            for side in sides:
                side.reception, side.notes = side.meeting.receiving.reception()[-1], [*side.notes]

    on_network(body, network, seed)
    return sides


def watched_by(side):
    @contextlib.contextmanager
    def observe(meeting):
        side.meeting = meeting
        yield

    return observe


@pytest.fixture(scope="module")
def sides():
    return both_sides_of_a_call(BAD, seconds=120)


def test_every_slot_of_20_ms_is_filled_at_both_ends(sides):
    for side in sides:
        times = [frame.pts for _, frame in side.frames]
        assert {b - a for a, b in itertools.pairwise(times)} == {FRAME}
        got = side.reception
        assert 0.02 <= got.lost / got.expected <= 0.08
        # Nothing that came was lost to the buffer itself, and nothing was left empty.
        assert (got.late, got.discarded, got.malformed) == (0, 0, 0)
        assert got.silence <= 0.02
        filled = got.on_time + got.loss_concealment + got.adjustment_concealment + got.recovered
        assert filled + got.silence == pytest.approx(got.played, abs=0.001)
        assert got.played == pytest.approx(FRAME / RATE * len(side.frames))


def test_no_delay_lasts(sides):
    for side in sides:
        delays = [delay for _, delay in side.beeps()]
        assert len(delays) >= 110  # a few begin in a hole
        early, late = statistics.median(delays[:10]), statistics.median(delays[-10:])
        assert late - early <= 0.02
        # 40 ms of way, up to 10 of jitter, a tick, Opus, and what the buffer needs for them.
        assert late <= 0.15


def test_after_an_outage_of_a_second_the_delay_is_what_it_was():
    outage = Network(delay=0.04, jitter=0.01, outages=((10.0, 11.0),))
    for side in both_sides_of_a_call(outage, seconds=20):
        delays = dict(side.beeps())
        before = [delay for at, delay in delays.items() if at < 10]
        after = [delay for at, delay in delays.items() if at > 12]
        assert len(after) == 8
        assert max(after) <= max(before) + 0.02


def test_a_longer_outage_begins_a_new_connection_under_the_same_participants():
    gone = Network(delay=0.04, outages=((10.0, 20.0),))
    for side in both_sides_of_a_call(gone, seconds=40):
        assert len({frame.source for _, frame in side.frames}) == 1
        assert len([at for at, _ in side.beeps() if at > 25]) >= 14
