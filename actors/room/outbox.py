"""Limits what may wait for one participant's socket, and how much one may send."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs
import trio

MESSAGES = 512
BYTES = 4 * 1024 * 1024


@attrs.frozen
class _Waiting:
    """One message; `counted` against the limits, unless an earlier socket left it behind."""

    text: str
    lasting: bool
    counted: bool = True


@attrs.frozen
class Farewell:
    """The last that a socket hears: an optional last message, then the close with this code."""

    code: int
    text: str | None = None


class Outbox:
    """Messages for one socket, bounded, in order; one reader.

    A socket that does not take what is meant for it is cut by `overflow`. While no socket is
    there (`attached` is False) the oldest messages make room, and only lasting ones are kept.
    """

    def __init__(self, overflow: Callable[[], None] | None = None) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._count = self._bytes = 0
        self._farewell: Farewell | None = None
        self._news = trio.Event()
        self._overflow = overflow
        self.attached = overflow is not None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, text: str, *, lasting: bool = False) -> None:
        """Queues one message; `lasting` ones are still worth reading after a resume."""
        if self._farewell is not None or not (lasting or self.attached):
            return
        self._append(_Waiting(text, lasting))
        if self._count > MESSAGES or self._bytes > BYTES:
            self._make_room()

    def end(self, farewell: Farewell) -> None:
        """Says farewell after what is queued; nothing is taken after it."""
        if self._farewell is None:
            self._farewell = farewell
            self._news.set()

    def detach(self) -> None:
        """The socket is gone: keep what is lasting for the next."""
        self.attached = False
        lasting = [_Waiting(each.text, True) for each in self._waiting if each.lasting]
        self._clear()
        for each in lasting:
            self._append(each)
        self._make_room()

    def hand_over(self, successor: Outbox) -> None:
        """Moves what is lasting to the outbox of a new socket, whose reader may take its time."""
        for each in self._waiting:
            if each.lasting:
                successor._append(attrs.evolve(each, counted=False))
        self._clear()

    async def get(self) -> str | Farewell:
        """The next message, or the farewell once all are read."""
        while not self._waiting:
            if self._farewell is not None:
                return self._farewell
            self._news = trio.Event()
            await self._news.wait()
        return self._pop()

    def _append(self, item: _Waiting) -> None:
        self._waiting.append(item)
        if item.counted:
            self._count += 1
            self._bytes += len(item.text)
        self._news.set()

    def _pop(self) -> str:
        item = self._waiting.popleft()
        if item.counted:
            self._count -= 1
            self._bytes -= len(item.text)
        return item.text

    def _clear(self) -> None:
        self._waiting.clear()
        self._count = self._bytes = 0

    def _make_room(self) -> None:
        if self.attached and self._overflow is not None:
            self._clear()
            self._farewell = Farewell(1008)
            self._overflow()
            return
        while self._count > MESSAGES or self._bytes > BYTES:
            self._pop()


class Bucket:
    """Lets `rate` units a second through, and `burst` units at once after a pause."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, units: float, now: float) -> bool:
        """Takes `units`, or takes nothing and answers False where there are not enough."""
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if units > self._level:
            return False
        self._level -= units
        return True
