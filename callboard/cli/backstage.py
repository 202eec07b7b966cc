"""Tells the page what runs behind an agent: its graph, its crashes, the time of each reply."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import Final

import attrs
import trio

from actors.call.call import Call, Observer
from actors.call.meeting import CallLife
from actors.errors import CallError
from actors.messages import GraphReport, Played
from actors.protocol import Json, limits
from actors.protocol.fields import dump
from actors.stages.messages import Snapshot, Text, Transcript, VoicedFrame
from media import AudioFrame, VideoFrame
from runtime import RunningGraph
from runtime.events import ActorCrashed, Event
from runtime.link import Link, LinkStatistics
from runtime.running import GraphStatistics

STATES: Final = {"waiting": "starting"}
"""The protocol's word for a state of the runtime, where the two differ."""


def picture(statistics: GraphStatistics) -> dict[str, Json]:
    """The `statistics` event of docs/protocol.md.

    A graph too large for one event is told without its quietest links; `left_out` counts them.
    """
    links = [_link(each) for each in statistics.links]
    found: dict[str, Json] = {
        "kind": "statistics",
        "at": round(statistics.at, 3),
        "actors": [
            {"path": each.path, "state": STATES.get(each.state, each.state), "life": each.life}
            for each in statistics.actors
        ],
        "links": [*links],
    }
    busiest = sorted(range(len(links)), key=lambda n: -statistics.links[n].sent)
    while busiest and len(dump(found).encode()) > limits.GRAPH_BYTES:
        del busiest[-max(1, len(busiest) // 8) :]
        found["links"] = [links[n] for n in sorted(busiest)]
        found["left_out"] = len(links) - len(busiest)
    return found


def _link(link: LinkStatistics) -> dict[str, Json]:
    return {
        "source": link.source,
        "target": link.target,
        "capacity": link.capacity,
        "depth": link.depth,
        "sent": link.sent,
        "received": link.received,
        "dropped": {cause: count for cause, count in link.dropped.items() if count},
        "oldest_age": round(link.oldest_age, 3),
    }


REMEMBERED: Final = 8
"""Turns at once; an answer comes within a few turns or not at all."""


@attrs.define
class Moments:
    """Moments of one turn, in seconds of one clock."""

    silent: float | None = None
    """The person's last sound that was heard."""
    understood: float | None = None
    answered: float | None = None


@attrs.frozen
class ReplyTimes:
    """A reply's first sound was sent just now. Seconds that each stage took."""

    turn: int
    hearing: float
    thinking: float
    speaking: float


class ReplyTiming:
    """Follows turns by their messages; all else is ignored.

    Hearing lasts from a person's last voiced frame to the final words, thinking to the first piece
    of an answer, speaking to the first sound that is sent. A typed line has no hearing.
    """

    def __init__(self) -> None:
        self._turns: dict[int, Moments] = {}
        self._voiced: tuple[str | None, float] | None = None

    def see(self, item: object, now: float) -> ReplyTimes | None:
        """Take an item that passes now; a reply when it begins to sound with it."""
        match item:
            case VoicedFrame(source=source, speech=True):
                self._voiced = source, now
            case Transcript(turn=turn, final=True, source=source):
                moments = self._moments(turn)
                who, last = self._voiced or (None, now)
                moments.silent, moments.understood = last if who == source else now, now
            case Snapshot(turn=turn):
                moments = self._moments(turn)
                if moments.understood is None:
                    moments.silent = moments.understood = now
            case Text(turn=turn):
                moments = self._moments(turn)
                if moments.answered is None:
                    moments.answered = now
            case Played(turn=turn, playing=True, at=at) if turn in self._turns:
                return _reply(turn, self._turns.pop(turn), at)
            case _:
                pass
        return None

    def _moments(self, turn: int) -> Moments:
        moments = self._turns.setdefault(turn, Moments())
        for oldest in list(self._turns)[:-REMEMBERED]:
            del self._turns[oldest]
        return moments


def _reply(turn: int, moments: Moments, at: float) -> ReplyTimes | None:
    silent, understood, answered = moments.silent, moments.understood, moments.answered
    if silent is None or understood is None or answered is None:
        return None  # nobody asked: a greeting
    return ReplyTimes(
        turn,
        hearing=max(0.0, understood - silent),
        thinking=max(0.0, answered - understood),
        speaking=max(0.0, at - answered),
    )


EVERY: Final = 0.5
"""Seconds between two pictures of the graph."""


class Backstage:
    """Sends the `graph` events of docs/protocol.md from a running graph, through its own call.

    Everything is told while the call stands, and to nobody before and after: the figures are of
    the moment, and a crash is in the log anyway.
    """

    def __init__(self) -> None:
        self._meeting: CallLife | None = None
        self._timing = ReplyTiming()

    def around(self, call: Call) -> Call:
        """Return a copy of the call that carries these events once it has joined."""
        return attrs.evolve(call, observer=self._with(call.observer))

    def _with(self, other: Observer | None) -> Observer:
        @contextmanager
        def observe(meeting: CallLife) -> Generator[None]:
            self._meeting = meeting
            try:
                with other(meeting) if other else nullcontext():
                    yield
            finally:
                self._meeting = None

        return observe

    def observe(self, event: Event) -> None:
        """Tell of a crash at once."""
        if isinstance(event, ActorCrashed):
            self._tell(
                {
                    "kind": "crash",
                    "path": event.path,
                    "life": event.life,
                    "report": event.report.text,
                }
            )

    async def run(self, running: RunningGraph) -> None:
        """Tell of the graph twice a second, and of each reply when its first sound is sent."""
        removes = [self._follow(link) for link in running.links.values()]
        try:
            while True:
                if self._meeting is not None:
                    self._tell(picture(running.statistics()))
                await trio.sleep(EVERY)
        finally:
            for remove in removes:
                remove()

    def _follow(self, link: Link[object]) -> Callable[[], None]:
        def see(item: object, _turn: int | None) -> None:
            if isinstance(item, AudioFrame | VideoFrame):
                remove()  # plain frames tell nothing, and they are many
                return
            reply = self._timing.see(item, trio.current_time())
            if reply is not None:
                stages = {
                    "hearing": round(reply.hearing, 3),
                    "thinking": round(reply.thinking, 3),
                    "speaking": round(reply.speaking, 3),
                }
                self._tell({"kind": "turn", "turn": reply.turn, "stages": stages})

        remove = link.probe(see)
        return remove

    def _tell(self, data: Mapping[str, Json]) -> None:
        if self._meeting is not None:
            # A room that does not answer has more urgent things to be told when it is back.
            with suppress(CallError):
                self._meeting.tell(GraphReport(data))
