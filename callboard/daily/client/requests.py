"""From any thread to a client's actor: requests, questions, and the end."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, TypeVar

from callboard.daily.client.actor import ClientActor
from callboard.daily.client.operations import Operation
from callboard.daily.completions import Done, checked
from callboard.daily.context import Context
from callboard.daily.errors import NotSupportedError, ReleasedError

T = TypeVar("T")

RELEASED: Final = "this object has already been released"


class Requests:
    """What a `CallClient` asks of its actor. Raises `ReleasedError` after `release`."""

    def __init__(self, context: Context, actor: ClientActor) -> None:
        self._context = context
        self._actor = actor
        self._released = False

    def submit(self, name: str, work: Callable[[], Awaitable[object]], done: Done | None) -> None:
        """Have something done in order; `done(error)` is called once."""
        tell = checked(done)
        self._put(Operation(name, work, None if tell is None else lambda _, error: tell(error)))

    def submit_for_value(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        done: Callable[[T | None, str | None], object] | None,
    ) -> None:
        """Have something done in order; `done(value, error)` is called once."""
        self._put(Operation(name, work, checked(done)))

    def ask(self, question: Callable[[], T]) -> T:
        """What the actor knows now, as a copy that the caller may change."""
        self._check()
        return self._context.background.call(lambda: copy.deepcopy(question()))

    def post(self, order: Callable[[], object]) -> None:
        """Have something done before what waits."""
        self._check()
        self._context.background.post(order)

    def release(self) -> None:
        """Finish what was asked for and end; it waits for that."""
        self._check()
        self._released = True
        self._context.background.run(self._actor.close)

    def refuse(self, why: str, done: Done | None) -> NoReturn:
        """Raise `NotSupportedError`; whoever waits for the completion is told too."""
        tell = checked(done)
        self.refuse_value(why, None if tell is None else lambda _, error: tell(error))

    def refuse_value(self, why: str, done: Callable[[None, str | None], object] | None) -> NoReturn:
        """The same, where the completion takes a value too."""
        self._check()
        tell = checked(done)
        if tell is not None:
            self._context.callbacks.call(lambda: tell(None, why))
        raise NotSupportedError(why)

    def _put(self, operation: Operation[T]) -> None:
        self._check()
        self._context.background.post(lambda: self._actor.operations.put(operation))

    def _check(self) -> None:
        if self._released:
            raise ReleasedError(RELEASED)
        self._context.check()
