"""Which rooms have an agent: one call in each room that has people."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import attrs
import trio

from actors.errors import Refused
from actors.protocol import Participant
from actors.room import ParticipantEntered, ParticipantExited
from runtime import Backoff

LINGER = 10.0
"""Seconds for which an agent stays after the last person has left: they may come back."""

RETRY = Backoff(1.0, 30.0, immediate_first=False)
"""Seconds until a call that failed is tried again while people are still there."""


@attrs.define(eq=False)
class HostedCall:
    """A call that runs now; its scope has a deadline while nobody is there."""

    came: ParticipantEntered
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    too_late: ParticipantEntered | None = None
    """Somebody who came while it was ending: another call is for them."""


class Hosting:
    """Starts an agent's call in each room when its first person comes, and ends it in time.

    Args:
        failed: told of a call that failed.
        refused: told of a room that the agent refused; it is asked again when somebody else comes.
        max_calls: more are refused; None: as many as come.
    """

    def __init__(
        self,
        failed: Callable[[str, Exception], None],
        *,
        refused: Callable[[str, Refused], None] = lambda room, refusal: None,
        max_calls: int | None = None,
    ) -> None:
        self._failed = failed
        self._refused = refused
        self._max_calls = max_calls
        self._people: dict[str, set[str]] = {}
        self._calls: dict[str, HostedCall] = {}
        self._early: list[ParticipantEntered] = []
        self._nursery: trio.Nursery | None = None
        self._serve: Callable[[ParticipantEntered], Awaitable[None]] | None = None

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms that have a call now."""
        return tuple(self._calls)

    def admit(self, room: str, present: tuple[Participant, ...]) -> str | None:
        """A sentence for a person who is one too many, else None."""
        if self._max_calls is None or self._people.get(room):
            return None
        if len(self._people) < self._max_calls:
            return None
        calls = "one call" if self._max_calls == 1 else f"{self._max_calls} calls"
        return f"This server has {calls} at most, and they go on. Try again later."

    def observe(self, event: ParticipantEntered | ParticipantExited) -> None:
        """Note who comes and goes. Agents do not count."""
        if event.participant.agent:
            return
        room, who = event.room, event.participant.id
        call = self._calls.get(room)
        if isinstance(event, ParticipantEntered):
            self._people.setdefault(room, set()).add(who)
            if call is not None and call.scope.cancel_called:
                call.too_late = event
            elif call is not None:
                call.scope.deadline = math.inf
            self._start(event)
        elif room in self._people:
            self._people[room].discard(who)
            if not self._people[room]:
                del self._people[room]
                if call is not None:
                    call.scope.deadline = trio.current_time() + LINGER

    async def run(self, serve: Callable[[ParticipantEntered], Awaitable[None]]) -> None:
        """Host calls until cancelled, those too whose people came before; then end all of them.

        `serve` runs one call until it has ended; what it raises concerns this call alone.
        """
        self._serve = serve
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                early, self._early = self._early, []
                for came in early:
                    self._start(came)
                await trio.sleep_forever()
        finally:
            self._nursery = None

    def _start(self, came: ParticipantEntered) -> None:
        if self._nursery is None:
            self._early.append(came)
        elif came.room in self._people and came.room not in self._calls:
            self._make_place()
            call = self._calls[came.room] = HostedCall(came)
            self._nursery.start_soon(self._host, call, name=f"call in {came.room}")

    def _make_place(self) -> None:
        """End what only lingers when there are as many calls as there may be."""
        if self._max_calls is not None and len(self._calls) >= self._max_calls:
            for room, call in self._calls.items():
                if room not in self._people:
                    call.scope.cancel(reason="its place is needed")

    async def _host(self, call: HostedCall) -> None:
        try:
            with call.scope:
                await self._keep_serving(call.came)
        finally:
            del self._calls[call.came.room]
            if call.too_late is not None:
                self._start(call.too_late)

    async def _keep_serving(self, came: ParticipantEntered) -> None:
        assert self._serve is not None
        failures = 0
        while True:
            try:
                await self._serve(came)
            except Refused as refusal:
                self._refused(came.room, refusal)
                return
            except Exception as error:  # one call's death never touches another
                self._failed(came.room, error)
            else:
                return
            await trio.sleep(RETRY.delay(failures))
            failures += 1
