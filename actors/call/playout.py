"""The play-out: what a call sends next, read by the network's own ticker.

A short queue of encoded packets between two threads. The call's side puts and flushes, the
ticker's side takes one packet every 20 ms; a lock guards both, held for microseconds. So a
stalled actor does not stop what is queued, and flushing waits for nobody.
"""

import threading
from collections import deque

import attrs

from actors.messages import Played

TICK = 0.020
"""Seconds of a packet."""

WINDOW = 25
"""Ticks over which the smallest depth is watched: 500 ms."""


class StandingDepth:
    """Watches the smallest depth of a queue over 500 ms.

    When producer and consumer run at the same rate, what a stall left in a queue stays in it for
    good (measured: 13 ms before a stall of one second, 113 ms ever after). What was never needed
    in half a second is that, but for one packet: it covers the next late one.
    """

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._seen = 0
        self._smallest = 0

    def excess(self, depth: int) -> int:
        """Note the depth after a packet was taken; say how many packets may go now."""
        self._smallest = depth if self._seen == 0 else min(self._smallest, depth)
        self._seen += 1
        if self._seen < self._window:
            return 0
        self._seen = 0
        return max(0, self._smallest - 1)


LIVE_FRAMES = 2
"""Packets of live audio (turn None) that may wait, where they come one by one."""

SPEECH_FRAMES = 10
"""Packets of speech that may wait: 200 ms. Flushing makes the longer queue free."""


@attrs.define(slots=True, eq=False)
class Outgoing:
    """One encoded packet of audio: 20 ms, `samples` at 48 kHz, of `turn`."""

    payload: bytes
    samples: int
    turn: int | None


@attrs.frozen
class PlayoutStatistics:
    """Counters of a play-out, in packets of 20 ms.

    Attributes:
        sent: packets of live audio and speech that were taken.
        empty: slots without a packet although something was being said: a turn had begun and
            neither ended nor was it held or flushed.
        dropped: live packets dropped because the queue, or a source's before it, was full.
        standing: live packets dropped because they only added delay.
        flushed: packets that a flush took back.
        unheard: packets taken while nobody was connected.
    """

    depth: int
    sent: int
    empty: int
    dropped: int
    standing: int
    flushed: int
    unheard: int
    held: bool


class Playout:
    """The queue of one call's outgoing audio.

    `put`, `end`, `flush`, `hold`, `release` and `progress` are for the call's side, `take` is
    for the ticker. Every method may be called from any thread and never blocks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Outgoing] = deque()
        self._live = 0
        self._group = 1
        self._put_since = 0  # live packets since the last take
        self._held: int | None = None
        self._gated = False
        self._closed_before = 0  # speech of turns below this is refused
        self._reports: dict[int, Played] = {}
        self._speaking: Played | None = None
        self._ended: set[int] = set()
        self._standing = StandingDepth()
        self._sent = self._empty = self._dropped = self._flushed = self._unheard = 0
        self._shed = 0

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def room(self, turn: int | None) -> bool:
        """Whether a packet of this turn could be put without losing one.

        Live audio always can: it pushes out the oldest.
        """
        return turn is None or turn < self._closed_before or len(self._queue) < SPEECH_FRAMES

    def put(self, packet: Outgoing) -> None:
        """Queue a packet. A packet of an interrupted turn is dropped and counted as flushed."""
        with self._lock:
            if packet.turn is None:
                self._make_room()
                self._live += 1
            elif packet.turn < self._closed_before:
                self._flushed += 1
                return
            self._queue.append(packet)

    def expect(self, group: int) -> None:
        """Say how many packets of live audio come at once: the frames' length in packets."""
        with self._lock:
            self._group = group

    def lose(self) -> None:
        """Count a live packet that was dropped before it got here."""
        with self._lock:
            self._dropped += 1

    def end(self, turn: int, at: float) -> None:
        """Say that no more packets of this turn will be put: its last report is then final."""
        with self._lock:
            if any(packet.turn == turn for packet in self._queue):
                self._ended.add(turn)
            else:
                self._finish(turn, at)

    def flush(self, turn: int, at: float) -> int:
        """Drop all speech of this turn and of older ones, now and in future.

        Returns:
            The samples (at 48 kHz) that were queued and will never be sent.
        """
        with self._lock:
            self._closed_before = max(self._closed_before, turn + 1)
            kept = deque(p for p in self._queue if p.turn is None or p.turn > turn)
            lost = sum(p.samples for p in self._queue) - sum(p.samples for p in kept)
            self._flushed += len(self._queue) - len(kept)
            self._queue = kept
            if self._held is not None and self._held <= turn:
                self._held = None
            if self._speaking is not None and self._speaking.turn <= turn:
                self._finish(self._speaking.turn, at)
            self._ended = {ended for ended in self._ended if ended > turn}
            return lost

    def hold(self, turn: int) -> None:
        """Keep speech of this turn and older ones back; silence goes out instead."""
        with self._lock:
            self._held = turn

    def release(self) -> None:
        """Go on with the very packet that was held back."""
        with self._lock:
            self._held = None

    def close_gate(self) -> None:
        """Keep all speech back, whatever its turn, until `open_gate`: nobody listens yet."""
        with self._lock:
            self._gated = True

    def open_gate(self) -> None:
        with self._lock:
            self._gated = False

    def take(self, at: float, *, heard: bool = True) -> bytes | None:
        """The payload of the next 20 ms, or None for silence. For the ticker, once a tick.

        Args:
            at: when the packet is sent, in seconds of Trio's clock.
            heard: whether anybody is connected; otherwise the packet is counted as unheard.
        """
        with self._lock:
            self._put_since = 0
            if not self._queue or self._is_held(self._queue[0]):
                self._pause(at)
                return None
            packet = self._queue.popleft()
            if packet.turn is None:
                self._live -= 1
                for _ in range(self._standing.excess(self._live)):
                    self._drop_live()
                    self._shed += 1
            else:
                self._report(packet.turn, packet.samples, at)
            self._sent += 1
            if not heard:
                self._unheard += 1
            return packet.payload

    def progress(self) -> list[Played]:
        """What was sent since the last call: the latest report of each turn, oldest first."""
        if not self._reports:
            return []
        with self._lock:
            reports = list(self._reports.values())
            self._reports.clear()
            return reports

    def statistics(self) -> PlayoutStatistics:
        with self._lock:
            return PlayoutStatistics(
                depth=len(self._queue),
                sent=self._sent,
                empty=self._empty,
                dropped=self._dropped,
                standing=self._shed,
                flushed=self._flushed,
                unheard=self._unheard,
                held=self._held is not None,
            )

    def _is_held(self, packet: Outgoing) -> bool:
        if packet.turn is None:
            return False
        return self._gated or (self._held is not None and packet.turn <= self._held)

    def _make_room(self) -> None:
        """Drop live packets that are too many, before one is put."""
        self._put_since += 1
        most = self._group + LIVE_FRAMES - 2
        # More in one slot than the queue holds: somebody makes up for a stall. What went before
        # is late for good, so only the newest stays, and the delay is what it was.
        if self._put_since > self._group + LIVE_FRAMES - 1:
            most = self._group - 1
        while self._live > most:
            self._drop_live()
            self._dropped += 1

    def _drop_live(self) -> None:
        for position, packet in enumerate(self._queue):
            if packet.turn is None:
                del self._queue[position]
                self._live -= 1
                return

    def _report(self, turn: int, samples: int, at: float) -> None:
        before = self._speaking
        if before is not None and before.turn != turn:
            self._finish(before.turn, at)
            before = None
        total = samples if before is None else before.samples + samples
        last = turn in self._ended and not any(p.turn == turn for p in self._queue)
        self._speaking = Played(turn=turn, samples=total, playing=not last, at=at, final=last)
        self._reports[turn] = self._speaking
        if last:
            self._speaking = None
            self._ended.discard(turn)

    def _pause(self, at: float) -> None:
        speaking = self._speaking
        if speaking is None:
            return
        if self._held is None and not self._gated:
            self._empty += 1
        if speaking.playing:
            self._speaking = attrs.evolve(speaking, playing=False, at=at)
            self._reports[speaking.turn] = self._speaking

    def _finish(self, turn: int, at: float) -> None:
        speaking = self._speaking
        samples = 0
        if speaking is not None and speaking.turn == turn:
            samples = speaking.samples
            self._speaking = None
        elif turn in self._reports:
            samples = self._reports[turn].samples
        self._ended.discard(turn)
        self._reports[turn] = Played(turn=turn, samples=samples, playing=False, at=at, final=True)
