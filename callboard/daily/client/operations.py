"""A queue of requests, done one after the other."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog
import trio

from actors.errors import CallError
from callboard.daily.errors import DailyError
from media import MediaError
from runtime.errors import lone

T = TypeVar("T")

log = structlog.get_logger("callboard.daily")

GIVEN_UP = "the client left before it had joined."
RELEASED = "the client was released before it came to this"


class Operation(Generic[T]):
    """One request.

    Args:
        name: as in "Error handling NAME: ...".
        work: does it, in Trio, async or not; what it raises of ours becomes the error's text.
        completion: called in Trio with the result and the error, one of them None.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[T] | T],
        completion: Callable[[T | None, str | None], object] | None,
    ) -> None:
        self.name = name
        self.work = work
        self.scope = trio.CancelScope()
        self._completion = completion

    def complete(self, value: T | None, error: str | None) -> None:
        """Call the completion, unless it has been called."""
        completion, self._completion = self._completion, None
        if completion is not None:
            completion(value, error)


class Operations:
    """The queue of a client's requests, or of a speaker's reads. In Trio, but for `__init__`."""

    def __init__(self, failed: Callable[[str], object]) -> None:
        self._failed = failed
        self._queue: deque[Operation[object]] = deque()
        self._changed = trio.lowlevel.ParkingLot()
        self._closing = False
        self._current: Operation[object] | None = None

    def put(self, operation: Operation[T]) -> None:
        if self._closing:
            operation.complete(None, RELEASED)
            return
        self._queue.append(operation)  # pyright: ignore[reportArgumentType]  (taken out by run alone)
        self._changed.unpark_all()

    def give_up(self, name: str) -> None:
        """Cancel the requests of a name, those that wait and the one that is under way."""
        for operation in (self._current, *self._queue):
            if operation is not None and operation.name == name:
                operation.scope.cancel()

    def close_when_done(self) -> None:
        """Take no more; `run` returns when what was taken is done."""
        self._closing = True
        self._changed.unpark_all()

    async def close(self) -> None:
        """Take no more, and wait until what was taken is done."""
        self.close_when_done()
        while self._current or self._queue:
            await self._changed.park()

    async def run(self) -> None:
        """Do what is asked until closed. Cancelled, it tells the rest that nobody will do it."""
        try:
            while True:
                while not self._queue:
                    if self._closing:
                        return
                    await self._changed.park()
                operation = self._current = self._queue.popleft()
                try:
                    await self._do(operation)
                finally:
                    operation.complete(None, RELEASED)
                    self._current = None
                    # It holds its client, which must not live on for having asked something.
                    del operation
                    self._changed.unpark_all()
        finally:
            self._closing = True
            while self._queue:
                self._queue.popleft().complete(None, RELEASED)
            self._changed.unpark_all()

    async def _do(self, operation: Operation[object]) -> None:
        try:
            with operation.scope:
                await trio.lowlevel.checkpoint()
                value = operation.work()
                if inspect.isawaitable(value):
                    value = await value
                operation.complete(value, None)
        except* (CallError, DailyError, MediaError) as errors:
            self._fail(operation, sentence(errors))
        except* Exception as errors:
            # Ours to repair; the client goes on, and whoever asked is told.
            log.error("operation_crashed", operation=operation.name, exc_info=errors)
            self._fail(operation, sentence(errors))
        if operation.scope.cancelled_caught:
            self._fail(operation, GIVEN_UP)

    def _fail(self, operation: Operation[object], error: str) -> None:
        operation.complete(None, error)
        self._failed(f"Error handling {operation.name}: {error}")


def sentence(error: BaseException) -> str:
    """The first leaf of a group, as a sentence."""
    leaf = lone(error)
    return str(leaf) or type(leaf).__name__
