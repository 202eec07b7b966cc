"""What happens in a call, for whoever iterates over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TypeAlias

import attrs
import trio

from actors.call.active_speaker import ActiveSpeaker
from actors.call.messages import ChatMessage
from actors.call.protocol import Admin
from actors.call.roster import ParticipantEvent


@attrs.frozen
class RoomReached:
    """The room is out of reach (`here` is False), or back; media goes on meanwhile."""

    here: bool


SessionEvent: TypeAlias = ParticipantEvent | ChatMessage | ActiveSpeaker | Admin | RoomReached

WAITING = 1024
"""Events that may wait for a reader; then the oldest are lost, and counted."""


class EventStream:
    """`async for event in stream`; it ends when the call has ended. One reader."""

    def __init__(self, begin: Iterable[SessionEvent], *, ended: bool) -> None:
        self.missed = 0
        """Events that were dropped because nobody read them."""
        self._events = deque(begin)
        self._ended = ended
        self._news = trio.lowlevel.ParkingLot()

    def put(self, event: SessionEvent) -> None:
        """Give an event to the reader. Never waits."""
        if len(self._events) >= WAITING:
            self._events.popleft()
            self.missed += 1
        self._events.append(event)
        self._news.unpark_all()

    def end(self) -> None:
        """Say that no more will come."""
        self._ended = True
        self._news.unpark_all()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> SessionEvent:
        await trio.lowlevel.checkpoint()
        while not self._events:
            if self._ended:
                raise StopAsyncIteration
            await self._news.park()
        return self._events.popleft()
