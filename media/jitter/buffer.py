"""The jitter buffer: packets in as they come, 20 ms of audio out whenever asked."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.audio_frame import Samples
from media.errors import MediaError
from media.jitter.concealment import Concealment, Decoder
from media.jitter.delay import Target
from media.jitter.packets import PacketQueue, RtpPacket, Waiting
from media.jitter.reception import Reception
from media.jitter.statistics import JitterStatistics, PlayoutMetrics
from media.jitter.stretch import Stretcher
from media.opus.decoder import OpusDecoder

_CATCH_UP: Final = 0.4
"""Seconds of standing audio that are played faster after a stall; what is older is dropped."""

_CAPACITY: Final = 2.0
"""Seconds that wait at most when nobody pulls."""

_HURRY: Final = 0.050
"""Seconds of excess from which on play-out speeds up wherever it is, like or not."""

_PATIENCE: Final = 10
"""Pulls that an excess has to last before play-out speeds up."""

_LIKENESS: Final = 0.75

_REPAIR: Final = 0.080
"""Seconds by which audio that a later packet restores may come too late and is played all the same,
delaying what follows until play-out has caught up: three packets and a tick. What is later would
cost a conversation more than it is worth."""

_PERIOD: Final = 0.010
"""Seconds: one of a deep voice."""


class JitterBuffer:
    """Turns RTP packets that come late, twice, in disorder or never into steady audio.

    Sans-IO: `push(packet, now)` whenever a packet comes, `pull(now)` once every 20 ms; `now` is in
    seconds on any steady clock. `pull` always returns 20 ms, int16 `[n, channels]`, at the
    decoder's rate. Play-out waits as long as all but 2 % of the last ten seconds' packets needed,
    speeds up or slows down by whole voice periods to follow that, and fills a hole at once: from
    the next packet's redundancy, else by the codec's guess. `decoder` is any
    `media.jitter.Decoder`; by default Opus to `sample_rate` and `channels`. The buffer owns its
    decoder: `close()` closes both.
    """

    def __init__(
        self, *, sample_rate: int = 16000, channels: int = 1, decoder: Decoder | None = None
    ) -> None:
        if decoder is None:
            decoder = OpusDecoder(sample_rate, channels)
        self._decoder: Final = decoder
        self._rate: Final = decoder.sample_rate
        self._clock: Final = decoder.clock_rate
        self._tick: Final = self._rate // 50
        self._tick_ticks: Final = self._clock // 50
        self._reception: Final = Reception(self._clock)
        self._target: Final = Target(self._clock)
        self._queue: Final = PacketQueue()
        self._period: Final = int(_PERIOD * self._rate)
        self._concealment: Final = Concealment(decoder)
        self._stretcher: Final = Stretcher(self._rate)
        self._playout: Final = PlayoutMetrics(self._rate)
        self._empty: Final = np.zeros((0, decoder.channels), np.int16)
        self._pending = self._empty
        # Positions are in ticks of the RTP clock. `next` is the first tick not yet taken from a
        # packet. `debt` is what was played beyond it, not knowing yet whether the next packet is
        # lost (then it stood for that) or late (then it only delayed).
        self._next: int | None = None
        self._debt = 0
        self._owed = 0  # ticks by which restored audio came too late, and delayed what follows
        self._sender_silent = False
        self._concealing = False
        self._patience = 0
        self._played: Final = [-1] * 256  # the last sequence numbers, a restored copy's too
        self._late = self._duplicate = self._discarded = 0
        self._malformed = self._stray = self._restarts = 0
        self._copies = self._restored = 0
        self._delay = self._delay_total = 0.0
        self._packets_played = 0

    # --- packets in ---------------------------------------------------------------------------

    def push(self, packet: RtpPacket, now: float) -> None:
        """Take a packet that arrived at `now`. Whatever it holds: nothing is raised for it."""
        try:
            duration = self._decoder.duration(packet.payload)
        except MediaError:
            self._malformed += 1
            return
        reception = self._reception
        if reception.ssrc is None:
            self._start(packet)
        elif packet.ssrc != reception.ssrc or not reception.follows(packet, now, duration):
            earlier = reception.confirm(packet, now)
            if earlier is None:
                self._stray += 1
                return
            self._stray -= 1
            self._restarts += 1
            self._start(earlier.packet)
            self._admit(earlier.packet, earlier.arrival, duration)
        self._admit(packet, now, duration)
        if packet.copies:
            self._restore(packet, now)

    def _start(self, packet: RtpPacket) -> None:
        """Begin a source: nothing that was known of another holds for it."""
        self._reception.begin(packet)
        self._target.clear()
        self._decoder.reset()
        self._concealment.clear()
        self._discarded += len(self._queue)
        self._queue.clear()
        self._next = None
        self._debt = self._owed = 0
        self._sender_silent = False
        self._played[:] = [-1] * 256

    def _admit(self, packet: RtpPacket, now: float, duration: int) -> None:
        again = self._reception.has(packet)
        start = self._reception.count(packet, now)
        if again:  # when it comes says nothing: play-out waits for first copies alone
            self._duplicate += 1
            return
        self._target.observe(now, start, duration)
        loss = self._reception.loss
        if loss > 0.0 or self._target.held:
            redundant = bool(packet.copies) or self._decoder.has_fec(packet.payload)
            self._target.weigh(now, loss, redundant)
        sequence = packet.sequence & 0xFFFF
        if self._next is not None and start + duration <= self._next:
            if self._played[sequence & 255] == sequence:
                self._duplicate += 1
            else:
                self._late += 1
            return
        queue = self._queue
        if not queue.add(Waiting(start, start + duration, packet.payload, sequence, now)):
            self._duplicate += 1
        while queue.span() > _CAPACITY * self._clock:
            queue.pop()
            self._discarded += 1

    def _restore(self, packet: RtpPacket, now: float) -> None:
        """Put copies of earlier packets where those are missing and can still be played."""
        own = self._reception.place(packet.timestamp)
        for copy in packet.copies:
            self._copies += 1
            try:
                duration = self._decoder.duration(copy.payload)
            except MediaError:
                self._malformed += 1
                continue
            start = self._reception.place(copy.timestamp)
            end = start + duration
            sequence = copy.sequence & 0xFFFF
            if (
                start < own
                and self._is_wanted(start, end)
                and self._queue.add(Waiting(start, end, copy.payload, sequence, now, restored=True))
            ):
                self._restored += 1

    def _is_wanted(self, start: int, end: int) -> bool:
        if self._next is None:
            first = self._queue.first
            return first is not None and start > first.start
        return end > self._next and self._next + self._debt - start <= _REPAIR * self._clock

    # --- audio out ----------------------------------------------------------------------------

    def pull(self, now: float) -> Samples:
        """Return the next 20 ms; `now` is when they are wanted."""
        tick = self._tick
        if self._next is None and not self._begin(now):
            self._playout.silence(tick)
            return np.zeros((tick, self._decoder.channels), np.int16)
        excess, shortage = self._excess(now)
        if self._sender_silent:
            # Between utterances the delay can be set for nothing.
            self._debt += excess if excess > 0 else -min(shortage, self._debt)
            excess = shortage = 0
        saving = self._saving(excess) if excess > 0 else self._content()
        samples = self._gather(now, tick)
        if saving > 0:
            samples = self._shorten(now, samples, saving, hurry=excess > _HURRY * self._clock)
        elif shortage and not self._concealing:
            samples = self._lengthen(samples, shortage)
        self._pending = samples[tick:]
        self._playout.play(tick)
        return samples[:tick] if len(samples) > tick else samples

    def _begin(self, now: float) -> bool:
        """Start with the first packet as soon as its followers can be expected in time."""
        first = self._queue.first
        if first is None or self._target.due(now) < first.start + self._tick_ticks:
            return False
        self._next = first.start
        return True

    def _excess(self, now: float) -> tuple[int, int]:
        """Return by how many ticks play-out is later, and earlier, than the network needs."""
        target = self._target
        after = self._position() + self._tick_ticks
        due = target.due(now)
        excess = target.surplus(now) - after
        if self._owed:
            # A delay that the network does not ask for is taken back whole.
            excess = min(self._owed, due - after)
            if excess <= 0:
                self._owed = 0
        return excess, max(0, after - due)

    def _position(self) -> int:
        """Return the media time that is played next, in ticks."""
        assert self._next is not None
        return self._next + self._debt - len(self._pending) * self._clock // self._rate

    # --- faster and slower --------------------------------------------------------------------

    def _content(self) -> int:
        self._patience = 0
        return 0

    def _saving(self, excess: int) -> int:
        """Return how many samples to save in this pull, given a standing excess (ticks)."""
        assert self._next is not None
        queue = self._queue
        self._patience += 1
        if not queue or (self._patience < _PATIENCE and excess < _HURRY * self._clock):
            return 0
        available = queue.end - self._position() - self._tick_ticks
        while available > _CATCH_UP * self._clock and len(queue) > 1:
            dropped = queue.pop()
            self._discarded += 1
            available -= max(0, dropped.end - self._next - self._debt)
            self._next, self._debt = max(self._next, dropped.end), 0
        return min(excess, available) * self._rate // self._clock

    def _shorten(self, now: float, samples: Samples, saving: int, *, hurry: bool) -> Samples:
        """Play a period less, for which audio beyond this tick is decoded where it is there."""
        tick, stretcher = self._tick, self._stretcher
        wanted = tick + min(saving, stretcher.longest) + stretcher.overlap
        parts, have = [samples], len(samples)
        while have < wanted and self._contiguous():
            parts.append(self._decode(now, have))
            have += len(parts[-1])
        if len(parts) > 1:
            samples = np.concatenate(parts)
        likeness = 0.0 if hurry else max(0.3, _LIKENESS - 0.01 * self._patience)
        shorter = stretcher.shorten(samples, min(saving, have - tick), likeness)
        self._playout.removed += have - len(shorter)
        self._owed = max(0, self._owed - (have - len(shorter)) * self._clock // self._rate)
        return shorter

    def _contiguous(self) -> bool:
        assert self._next is not None
        first = self._queue.first
        return first is not None and first.start <= self._next + self._debt

    def _lengthen(self, samples: Samples, shortage: int) -> Samples:
        """Play a period twice, before what comes next is too late."""
        # A shortage less than a period still needs a whole one.
        most = max(shortage * self._rate // self._clock, self._period)
        longer = self._stretcher.lengthen(samples, most, _LIKENESS)
        self._playout.inserted += len(longer) - len(samples)
        return longer

    # --- one piece after another --------------------------------------------------------------

    def _gather(self, now: float, wanted: int) -> Samples:
        """Return what is pending and as much more as makes `wanted` samples, or a little more."""
        samples = self._pending
        if not len(samples):
            samples = self._piece(now, wanted, 0)
        if len(samples) >= wanted:
            return samples
        parts, have = [samples], len(samples)
        while have < wanted:
            parts.append(self._piece(now, wanted - have, have))
            have += len(parts[-1])
        return np.concatenate(parts)

    def _piece(self, now: float, wanted: int, offset: int) -> Samples:
        """Return the next audio: a packet's, or at most `wanted` samples in place of one."""
        assert self._next is not None
        first = self._queue.first
        if first is None:
            self._debt += wanted * self._clock // self._rate
            return self._bridge(wanted)
        gap = first.start - self._next - self._debt
        if gap <= 0:
            return self._decode(now, offset)
        if self._sender_silent:
            wanted = min(wanted, max(1, gap * self._rate // self._clock))
            self._debt += wanted * self._clock // self._rate
            return self._bridge(wanted)
        return self._hole(first, gap, wanted)

    def _bridge(self, wanted: int) -> Samples:
        """Return audio while there is no packet: comfort noise in a pause, else a guess."""
        if self._sender_silent:
            self._playout.comfort_noise += wanted
            return self._concealment.noise(wanted)
        self._concealing = True
        self._playout.conceal(wanted)
        return self._concealment.fill(wanted)

    def _hole(self, after: Waiting, gap: int, wanted: int) -> Samples:
        """Fill `gap` ticks that are missing before a packet which is here."""
        assert self._next is not None
        span = after.end - after.start
        redundant = self._decoder.has_fec(after.payload)
        if redundant and gap <= span:
            count = gap * self._rate // self._clock
            self._next, self._debt = after.start, 0
            return self._recover(after, max(1, count))
        gap -= span if redundant else 0
        count = min(wanted, max(1, gap * self._rate // self._clock))
        self._next += self._debt + count * self._clock // self._rate
        self._debt = 0
        return self._bridge(count)

    def _recover(self, after: Waiting, count: int) -> Samples:
        try:
            samples = self._decoder.recover(after.payload, count)
        except MediaError:
            return self._bridge(count)
        self._playout.recovered += len(samples)
        return self._resumed(samples)

    def _resumed(self, samples: Samples) -> Samples:
        if self._concealing:
            self._concealing = False
            samples = self._concealment.end(samples)
        return samples

    def _decode(self, now: float, offset: int) -> Samples:
        """Return the first packet's audio, which is due or overdue."""
        assert self._next is not None
        packet = self._queue.pop()
        late = min(self._debt, self._next + self._debt - packet.start)
        self._next, self._debt = packet.end, 0
        self._played[packet.sequence & 255] = packet.sequence
        try:
            samples = self._decoder.decode(packet.payload)
        except MediaError:
            self._malformed += 1
            return self._bridge((packet.end - packet.start) * self._rate // self._clock)
        self._concealment.hear(samples)
        self._playout.resume(0 if self._sender_silent else late * self._rate // self._clock)
        self._sender_silent = self._decoder.is_silence(packet.payload)
        if packet.restored:
            self._owed += late
            self._playout.recovered += len(samples)
            return self._resumed(samples)
        delay = now + offset / self._rate - packet.arrival
        self._delay += (delay - self._delay) / 50
        self._delay_total += delay
        self._packets_played += 1
        return self._resumed(samples)

    # --- what there is to know ----------------------------------------------------------------

    @property
    def delay(self) -> float:
        """Seconds between a packet's arrival and its play-out, smoothed over about a second."""
        return self._delay

    def statistics(self) -> JitterStatistics:
        reception, playout, rate = self._reception, self._playout, self._rate
        made = playout.loss + playout.adjustment + playout.comfort_noise + playout.silent
        return JitterStatistics(
            expected=reception.expected,
            received=reception.total,
            lost=reception.lost,
            duplicate=self._duplicate,
            late=self._late,
            discarded=self._discarded,
            malformed=self._malformed,
            copies=self._copies,
            restored=self._restored,
            stray=self._stray,
            restarts=self._restarts,
            jitter=reception.jitter / self._clock,
            loss=reception.loss,
            played=playout.played / rate,
            on_time=(playout.played - made - playout.recovered) / rate,
            loss_concealment=playout.loss / rate,
            adjustment_concealment=playout.adjustment / rate,
            recovered=playout.recovered / rate,
            comfort_noise=playout.comfort_noise / rate,
            silence=playout.silent / rate,
            inserted=playout.inserted / rate,
            removed=playout.removed / rate,
            interruptions=playout.interruptions,
            unimpaired_seconds=playout.unimpaired_seconds,
            concealed_seconds=playout.concealed_seconds,
            severely_concealed_seconds=playout.severely_concealed_seconds,
            delay=self._delay,
            delay_total=self._delay_total,
            packets_played=self._packets_played,
            target_delay=self._target.delay,
            waiting=len(self._queue),
        )

    def close(self) -> None:
        """Close the decoder and drop what waits; harmless when repeated."""
        self._queue.clear()
        self._decoder.close()
