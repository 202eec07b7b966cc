"""What runs behind an agent, told to the page: its graph, its crashes, a reply's time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import Final

import attrs
import trio

from actors.call.call import Call, Observer
from actors.call.events import GraphReport
from actors.call.meeting import Meeting
from actors.call.protocol import Json
from actors.errors import CallError
from callboard.cli.graph_picture import picture
from callboard.cli.reply_timing import ReplyTiming
from media import AudioFrame, VideoFrame
from runtime import RunningGraph
from runtime.events import ActorCrashed, Event
from runtime.link import Link

EVERY: Final = 0.5
"""Seconds between two pictures of the graph."""


class Backstage:
    """Sends the `graph` events of docs/protocol.md from a running graph, through its own call.

    Everything is told while the call stands, and to nobody before and after: the figures are of
    the moment, and a crash is in the log anyway.
    """

    def __init__(self) -> None:
        self._meeting: Meeting | None = None
        self._timing = ReplyTiming()

    def around(self, call: Call) -> Call:
        """The same call, which from its joining on carries what is told here."""
        return attrs.evolve(call, observer=self._with(call.observer))

    def _with(self, other: Observer | None) -> Observer:
        @contextmanager
        def observe(meeting: Meeting) -> Generator[None]:
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
