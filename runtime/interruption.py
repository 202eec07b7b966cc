"""Turns: who may still speak, and the act of ending a turn."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TypeVarTuple, Unpack

import trio

from runtime.events import Event, SpeechPaused, TurnBegan, TurnInterrupted
from runtime.link import Link

Args = TypeVarTuple("Args")
Interrupted = Callable[[int], None]
Paused = Callable[[int, bool], None]
Fail = Callable[[Exception], None]
"""Crashes the life that a listener belongs to."""


class Interruption:
    """The turn floor of one running graph and whatever hangs on it.

    All of it is plain synchronous code: between two checkpoints of any task a turn has ended
    everywhere, or not at all.
    """

    def __init__(self, spoken: Sequence[Link[object]], emit: Callable[[Event], None]) -> None:
        self.floor = 0
        """Turns below this one are over."""
        self.paused: int | None = None
        self.last = 0
        """The turn that was given out last."""
        self._spoken = spoken
        self._emit = emit
        self._scopes: dict[trio.CancelScope, int] = {}
        self._on_interrupt: dict[object, tuple[Interrupted, Fail]] = {}
        self._on_pause: dict[object, tuple[Paused, Fail]] = {}

    def new_turn(self, path: str) -> int:
        """Give out the next turn: 1, 2, ..."""
        self.last = max(self.last, self.floor - 1) + 1
        self._emit(TurnBegan(trio.current_time(), path, self.last))
        return self.last

    def interrupt(self, turn: int, path: str) -> None:
        """End `turn` and all older ones. Ending them again does nothing."""
        if turn < self.floor:
            return
        self.floor = turn + 1
        self.paused = None
        dropped = sum(link.raise_floor(turn + 1) for link in self._spoken)
        for scope, its_turn in list(self._scopes.items()):
            if its_turn <= turn:
                scope.cancel(reason=f"turn {turn} was interrupted")
        for interrupted, fail in list(self._on_interrupt.values()):
            _call(fail, interrupted, turn)
        self._emit(TurnInterrupted(trio.current_time(), path, turn, dropped))

    def pause(self, turn: int, paused: bool, path: str) -> None:
        """Hold the play-out of `turn`, or let it go on at the same sample."""
        if turn < self.floor or (self.paused == turn) == paused:
            return
        self.paused = turn if paused else None
        for listener, fail in list(self._on_pause.values()):
            _call(fail, listener, turn, paused)
        self._emit(SpeechPaused(trio.current_time(), path, turn, paused))

    @contextmanager
    def scope(self, turn: int) -> Generator[trio.CancelScope]:
        """A cancel scope that ends with the turn; cancelled from the start when it has ended."""
        with trio.CancelScope() as scope:
            if turn < self.floor:
                scope.cancel(reason=f"turn {turn} was over")
            self._scopes[scope] = turn
            try:
                yield scope
            finally:
                del self._scopes[scope]

    def listen(self, key: object, interrupted: Interrupted, fail: Fail) -> None:
        """Call `interrupted(turn)` at every interruption until `forget`; its errors to `fail`."""
        self._on_interrupt[key] = interrupted, fail

    def listen_to_pauses(self, key: object, paused: Paused, fail: Fail) -> None:
        """Call `paused(turn, now_paused)` at every change until `forget`; its errors to `fail`."""
        self._on_pause[key] = paused, fail

    def forget(self, keys: Sequence[object]) -> None:
        for key in keys:
            self._on_interrupt.pop(key, None)
            self._on_pause.pop(key, None)


def _call(fail: Fail, listener: Callable[[Unpack[Args]], None], *args: *Args) -> None:
    """A listener that raises crashes its own actor, not the one that interrupts."""
    try:
        listener(*args)
    except Exception as error:
        fail(error)
