"""What may be wired to what, as types: the only place where variance is decided.

`InPort[T]` and `OutPort[T]` are invariant; a wire asks for less. An outlet of `Speech` may go into
an inlet of `Audio`, its base, and not the other way round.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

from runtime.marks import Mark

T_contra = TypeVar("T_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)


class Accepts(Protocol[T_contra]):
    """Whatever an outlet of `T` may be wired to: an inlet of `T` or of a base of it."""

    def _accepts(self, item: T_contra) -> None: ...


class Emits(Protocol[T_co]):
    """Whatever may be wired to an inlet of `T`: an outlet of `T` or of a subclass of it."""

    def _emits(self) -> T_co: ...


class Receive(Protocol[T_co]):
    """The inlet that a `@stage` function gets."""

    def __aiter__(self) -> AsyncIterator[T_co]: ...

    async def receive(self) -> T_co:
        """Return the next item; raises `trio.EndOfChannel` after the last."""
        ...

    def receive_nowait(self) -> T_co:
        """Return what is queued, or raise `trio.WouldBlock` or `trio.EndOfChannel`."""
        ...

    def with_marks(self) -> AsyncIterator[T_co | Mark]:
        """Iterate over items and marks."""
        ...


class Send(Protocol[T_contra]):
    """The outlet that a `@stage` function gets."""

    async def send(self, item: T_contra) -> None:
        """Send, waiting for room where the link blocks."""
        ...

    def send_nowait(self, item: T_contra) -> None:
        """Send or raise `trio.WouldBlock`."""
        ...

    def mark(self, mark: Mark) -> None:
        """Put a mark between the items."""
        ...
