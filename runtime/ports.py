"""Ports: where an actor receives and sends.

`In[T]()` and `Out[T]()` declare a port on an actor's class. Reading it from an actor gives an
`InPort[T]` or `OutPort[T]`: on a blueprint it is what `>>` wires, inside `run` it carries items.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar, overload

import attrs
import trio

from runtime.ends import Inlet, Outlet
from runtime.errors import NotRunningError
from runtime.marks import Mark
from runtime.overflow import Overflow
from runtime.replay import Replay

if TYPE_CHECKING:
    from runtime.actor import Actor
    from runtime.link_statistics import LinkStatistics
    from runtime.wire import Wire

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)


class Accepts(Protocol[T_contra]):
    """Whatever an outlet of `T` may be wired to: an inlet of `T` or of a base of it."""

    def _accepts(self, item: T_contra) -> None: ...


class Emits(Protocol[T_co]):
    """Whatever may be wired to an inlet of `T`: an outlet of `T` or of a subclass of it."""

    def _emits(self) -> T_co: ...


@attrs.frozen
class InletOptions:
    """What a class says of an inlet; a wire may say otherwise for its link."""

    optional: bool = False
    many: bool = False
    capacity: int | None = None
    overflow: Overflow | None = None
    max_age: float | None = None
    replay: Replay | None = None
    format: object = None


@attrs.frozen
class OutletOptions:
    """What a class says of an outlet.

    `spoken`: True where speech begins, False where it ends (reports of what was played, say),
    None where it passes through.
    """

    spoken: bool | None = None
    capacity: int | None = None
    overflow: Overflow | None = None
    format: object = None


class Port:
    """What both kinds of port are: a name on an actor."""

    __slots__ = ("actor", "name")

    def __init__(self, actor: Actor, name: str) -> None:
        self.actor = actor
        self.name = name

    def __str__(self) -> str:
        return f"{self.actor.name}.{self.name}"

    def _not_running(self) -> NotRunningError:
        return NotRunningError(
            f"{self} carries items only inside the actor's own run(); "
            "wire it with >> and run the graph."
        )


class InPort(Port, Generic[T]):
    """An inlet. `async for item in port` ends with the stream; marks are passed on in order."""

    __slots__ = ("_inlet", "_outlets", "options")

    def __init__(self, actor: Actor, name: str, options: InletOptions) -> None:
        super().__init__(actor, name)
        self.options = options
        self._inlet: Inlet[T] | None = None
        self._outlets: list[Outlet[object]] = []

    def bind(self, inlet: Inlet[T], outlets: list[Outlet[object]]) -> None:
        """Connect to the links; marks that nobody asks for go on to `outlets`."""
        self._inlet = inlet
        self._outlets = outlets

    def _accepts(self, item: T) -> None:
        raise NotImplementedError

    async def receive(self) -> T:
        """Return the next item.

        Raises `trio.EndOfChannel` after the last one. Cancelled, it has received nothing.
        """
        while True:
            item = await self._bound().receive()
            if not isinstance(item, Mark):
                return item
            self._pass_on(item)

    def receive_nowait(self) -> T:
        """Return what is queued, or raise `trio.WouldBlock` or `trio.EndOfChannel`."""
        while True:
            item = self._bound().receive_nowait()
            if not isinstance(item, Mark):
                return item
            self._pass_on(item)

    async def with_marks(self) -> AsyncIterator[T | Mark]:
        """Iterate over the items and the marks; what the marks mean downstream is yours to send."""
        inlet = self._bound()
        while True:
            try:
                item = await inlet.receive()
            except trio.EndOfChannel:
                return
            yield item

    @property
    def wired(self) -> bool:
        """Whether a link leads here (in a running graph)."""
        return bool(self._bound().links)

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads here."""
        return tuple(link.statistics() for link in self._bound().links)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        try:
            return await self.receive()
        except trio.EndOfChannel:
            raise StopAsyncIteration from None

    def _bound(self) -> Inlet[T]:
        if self._inlet is None:
            raise self._not_running()
        return self._inlet

    def _pass_on(self, mark: Mark) -> None:
        for outlet in self._outlets:
            outlet.mark(mark)


class OutPort(Port, Generic[T]):
    """An outlet. Several wires from it each get every item; with none, items are discarded."""

    __slots__ = ("_outlet", "options")

    def __init__(self, actor: Actor, name: str, options: OutletOptions) -> None:
        super().__init__(actor, name)
        self.options = options
        self._outlet: Outlet[T] | None = None

    def bind(self, outlet: Outlet[T]) -> None:
        """Connect to the links."""
        self._outlet = outlet

    def _emits(self) -> T:
        raise NotImplementedError

    def __rshift__(self, other: Accepts[T]) -> Wire:
        """Wire this outlet to an inlet."""
        from runtime.wire import wire  # noqa: PLC0415 (wire.py names the ports)

        return wire(self, other)

    async def send(self, item: T) -> None:
        """Send to every link; waits for room where a link blocks. Cancelled, it may have sent
        to some links of several and not to others."""
        if self._outlet is None:
            raise self._not_running()
        await self._outlet.send(item)

    def send_nowait(self, item: T) -> None:
        """Send to every link, or to none and raise `trio.WouldBlock`."""
        if self._outlet is None:
            raise self._not_running()
        self._outlet.send_nowait(item)

    def mark(self, mark: Mark) -> None:
        """Put a mark between the items, in order."""
        if self._outlet is None:
            raise self._not_running()
        self._outlet.mark(mark)

    @property
    def wired(self) -> bool:
        """Whether a link leads from here (in a running graph)."""
        if self._outlet is None:
            raise self._not_running()
        return bool(self._outlet.links)

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads from here."""
        if self._outlet is None:
            raise self._not_running()
        return tuple(link.statistics() for link in self._outlet.links)


class In(Generic[T]):
    """Declares an inlet on an actor's class: `audio = In[AudioFrame]()`.

    `optional`: it may stay unwired. `capacity`, `overflow`, `max_age` (s): of each link that leads
    here, where the wire does not say otherwise. `replay`: what the next life gets again.
    """

    __slots__ = ("name", "options")

    def __init__(
        self,
        *,
        optional: bool = False,
        many: bool = False,
        capacity: int | None = None,
        overflow: Overflow | None = None,
        max_age: float | None = None,
        replay: Replay | None = None,
        format: object = None,  # noqa: A002 (the field's word for it)
    ) -> None:
        self.name = ""
        self.options = InletOptions(optional, many, capacity, overflow, max_age, replay, format)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Actor, owner: type) -> InPort[T]: ...
    def __get__(self, actor: Actor | None, owner: type) -> Self | InPort[T]:
        if actor is None:
            return self
        return actor.port(self.name, lambda: InPort[T](actor, self.name, self.options))


class Out(Generic[T]):
    """Declares an outlet on an actor's class: `speech = Out[AudioFrame](spoken=True)`."""

    __slots__ = ("name", "options")

    def __init__(
        self,
        *,
        spoken: bool | None = None,
        capacity: int | None = None,
        overflow: Overflow | None = None,
        format: object = None,  # noqa: A002 (the field's word for it)
    ) -> None:
        self.name = ""
        self.options = OutletOptions(spoken, capacity, overflow, format)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Actor, owner: type) -> OutPort[T]: ...
    def __get__(self, actor: Actor | None, owner: type) -> Self | OutPort[T]:
        if actor is None:
            return self
        return actor.port(self.name, lambda: OutPort[T](actor, self.name, self.options))
