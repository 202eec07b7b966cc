"""Ports, and the wires between them, as the blueprint of an agent knows them.

Reading `In[T]()` or `Out[T]()` from a blueprint gives an `InPort[T]` or `OutPort[T]`, which `>>`
wires. Inside `run` it gives the same with links behind it (`port_state`), which carries items.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar, cast, overload

import attrs

from runtime.errors import GraphError, NotRunningError
from runtime.kinds import InletOptions, Kind, OutletOptions, Overflow
from runtime.marks import Mark

if TYPE_CHECKING:
    from runtime.link import LinkStatistics


T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


class Named(Protocol):
    """The actor of a port, as far as a port needs to know it."""

    @property
    def name(self) -> str: ...


class Port:
    """The base of both kinds of port: a name on an actor."""

    __slots__ = ("actor", "inward", "name")

    def __init__(self, actor: Named, name: str, *, inward: bool = False) -> None:
        self.actor = actor
        """The actor that has this port."""
        self.name = name
        """The port's name on that actor."""
        self.inward = inward
        """Whether this is the side of a composite's port that its own graph is wired to."""

    @property
    def wired(self) -> bool:
        """Whether a link leads here, or from here. Only inside `run`."""
        raise self._not_running()

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """Return one picture for each link that leads here, or from here. Only inside `run`."""
        raise self._not_running()

    def __str__(self) -> str:
        return f"{self.actor.name}.{self.name}"

    def _not_running(self) -> NotRunningError:
        return NotRunningError(
            f"{self} carries items only inside the actor's own run(); "
            "wire it with >> and run the graph."
        )


class InPort(Port, Generic[T]):
    """An inlet. `async for item in port` ends with the stream; marks are passed on in order."""

    __slots__ = ("options",)

    def __init__(self, actor: Named, name: str, options: InletOptions) -> None:
        super().__init__(actor, name)
        self.options = options
        """What the class declares of this inlet."""

    @property
    def inner(self) -> OutPort[T]:
        """The inner side of a composite's inlet: wire it to the actors inside."""
        return OutPort[T](self.actor, self.name, OutletOptions(), inward=True)

    async def receive(self) -> T:
        """Return the next item.

        Raises `trio.EndOfChannel` after the last one. Cancelled, it has received nothing.
        """
        raise self._not_running()

    def receive_nowait(self) -> T:
        """Return what is queued, or raise `trio.WouldBlock` or `trio.EndOfChannel`."""
        raise self._not_running()

    def with_marks(self) -> MarkedItems[T]:
        """Iterate over items and marks; what the marks mean downstream is then yours to send."""
        raise self._not_running()

    def done(self) -> None:
        """Say that the current turn's items are dealt with: a next life need not see them.

        It has a meaning only where the port says `replay=Replay.TURN`.
        """
        raise self._not_running()

    def __aiter__(self) -> AsyncIterator[T]:
        raise self._not_running()

    def _accepts(self, item: T) -> NoReturn:
        raise NotImplementedError


class ManyInPort(InPort[T], Mapping[str, InPort[T]]):
    """An inlet that keeps its sources apart: a mapping of source (`path.port`) to inlet.

    `for source, inlet in self.voices.items(): ...`; it is not received from as a whole.
    """

    __slots__ = ()

    def __getitem__(self, source: str) -> InPort[T]:
        raise self._not_running()

    def __iter__(self) -> Iterator[str]:
        raise self._not_running()

    def __len__(self) -> int:
        raise self._not_running()

    def _not_running(self) -> NotRunningError:
        return NotRunningError(
            f"{self} keeps its sources apart: inside run() receive from each of "
            f"self.{self.name}.values()."
        )

    # A mapping is compared by its items; a port is itself.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class OutPort(Port, Generic[T]):
    """An outlet. Several wires from it each get every item; with none, items are discarded."""

    __slots__ = ("options",)

    def __init__(
        self, actor: Named, name: str, options: OutletOptions, *, inward: bool = False
    ) -> None:
        super().__init__(actor, name, inward=inward)
        self.options = options
        """What the class declares of this outlet."""

    @property
    def inner(self) -> InPort[T]:
        """The inner side of a composite's outlet: wire the actors inside to it."""
        port = InPort[T](self.actor, self.name, InletOptions())
        port.inward = True
        return port

    @overload
    def __rshift__(self, other: Through[T, U]) -> Chain[U]: ...
    @overload
    def __rshift__(self, other: Accepts[T]) -> Wire: ...
    def __rshift__(self, other: Through[T, U] | Accepts[T]) -> Chain[U] | Wire:
        """Wire this outlet to an inlet, or to a stage that goes on with `>>`."""
        if isinstance(other, Through):
            inlet, outlet = other.ends()
            return Chain(outlet, (wire(self, inlet),))
        return wire(self, other)

    async def send(self, item: T) -> None:
        """Send to every link; waits for room where a link blocks.

        Cancelled, it has not sent; with several links, it may have sent to some of them.
        """
        raise self._not_running()

    def send_nowait(self, item: T) -> None:
        """Send to every link, or to none and raise `trio.WouldBlock`."""
        raise self._not_running()

    def mark(self, mark: Mark) -> None:
        """Put a mark between the items, in order."""
        raise self._not_running()

    def _emits(self) -> T:
        raise NotImplementedError


class MarkedItems(AsyncIterator[T | Mark]):
    """Items and marks, as `InPort.with_marks` gives them. `aclose` is there for `aclosing`."""

    async def aclose(self) -> None:
        """Nothing needs closing: no generator stands behind it."""


# What may be wired to what, as types: the only place where variance is decided.
#
# `InPort[T]` and `OutPort[T]` are invariant; a wire asks for less. An outlet of `Speech` may go
# into an inlet of `Audio`, its base, and not the other way round.

T_contra = TypeVar("T_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)


class Accepts(Protocol[T_contra]):
    """An inlet to which an outlet of `T` may be wired: an inlet of `T` or of a base of it."""

    def _accepts(self, item: T_contra) -> None: ...


class Emits(Protocol[T_co]):
    """An outlet that may be wired to an inlet of `T`: an outlet of `T` or of a subclass of it."""

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

    def send_nowait(self, item: T_contra) -> None:
        """Send or raise `trio.WouldBlock`."""

    def mark(self, mark: Mark) -> None:
        """Put a mark between the items."""


@attrs.frozen(eq=False)
class Wire:
    """One outlet to one inlet. None: what the ports say, else the default of the kind.

    Where both ports say something, the inlet's word counts. A link without a kind carries events.
    """

    source: OutPort[object]
    """The outlet that sends."""
    target: InPort[object]
    """The inlet that receives."""
    capacity: int | None = None
    """Items that the link holds."""
    overflow: Overflow | None = None
    """What a full link does."""
    max_age: float | None = None
    """Seconds after which an item is no longer handed over."""

    @property
    def kind(self) -> Kind:
        """The kind of items in the link."""
        return self.target.options.kind or self.source.options.kind or Kind.EVENTS

    @property
    def effective_overflow(self) -> Overflow:
        """The policy of the link when it is full."""
        return (
            self.overflow
            or self.target.options.overflow
            or self.source.options.overflow
            or self.kind.overflow
        )

    @property
    def effective_capacity(self) -> int:
        """Items that the link holds."""
        if self.effective_overflow is Overflow.LATEST:
            return 1
        return (
            self.capacity
            or self.target.options.capacity
            or self.source.options.capacity
            or self.kind.capacity
        )

    @property
    def effective_max_age(self) -> float | None:
        """Seconds after which an item is no longer handed over."""
        return self.max_age if self.max_age is not None else self.target.options.max_age

    def to(self, source: OutPort[object], target: InPort[object]) -> Wire:
        """Return the same wire between other ports."""
        return attrs.evolve(self, source=source, target=target)

    def over(self, inner: Wire) -> Wire:
        """Return one wire for this one and `inner`, which goes on from it inside a composite."""
        return Wire(
            self.source,
            inner.target,
            self.capacity or inner.capacity,
            self.overflow or inner.overflow,
            self.max_age if self.max_age is not None else inner.max_age,
        )

    def __str__(self) -> str:
        return f"{self.source} >> {self.target}"


def wire(
    source: Emits[T],
    target: Accepts[T],
    *,
    capacity: int | None = None,
    overflow: Overflow | None = None,
    max_age: float | None = None,
) -> Wire:
    """Wire an outlet to an inlet, with options; `source >> target` does it without.

    Args:
        source: the outlet.
        target: the inlet.
        capacity: items that the link holds; None: what the ports say.
        overflow: what a full link does; None: what the ports say.
        max_age: seconds after which an item is no longer handed over; None: what the inlet says.

    Raises:
        GraphError: something is no port, a capacity is below 1, or an age is not above 0.
    """
    if not isinstance(source, OutPort):
        raise GraphError([f"A wire begins at an outlet, and {_shown(source)} is none."])
    if not isinstance(target, InPort):
        raise GraphError([f"A wire leads to an inlet, and {_shown(target)} is none."])
    if capacity is not None and capacity < 1:
        raise GraphError([f"{source} >> {target} has the capacity {capacity}; give 1 or more."])
    if max_age is not None and max_age <= 0:
        raise GraphError([f"{source} >> {target} has the max_age {max_age}; give seconds above 0."])
    return Wire(
        cast("OutPort[object]", source),
        cast("InPort[object]", target),
        capacity,
        overflow,
        max_age,
    )


def _shown(port: object) -> str:
    if isinstance(port, InPort):
        return f"the inlet {port}"
    if isinstance(port, OutPort):
        return f"the outlet {port}"
    return f"{type(port).__name__} {port!r}"


class Through(Generic[T, U]):
    """The base of an actor that stands between two wires: `a >> stage >> b`."""

    def ends(self) -> tuple[InPort[T], OutPort[U]]:
        """Return where items come in, and where they go on."""
        raise NotImplementedError

    @overload
    def __rshift__(self, other: Through[U, V]) -> Chain[V]: ...
    @overload
    def __rshift__(self, other: Accepts[U]) -> Wire: ...
    def __rshift__(self, other: Through[U, V] | Accepts[U]) -> Chain[V] | Wire:
        """Wire the end on."""
        return self.ends()[1] >> other


@attrs.frozen(eq=False)
class Chain(Generic[T]):
    """Wires that end in an outlet which is still open; `Graph` takes it as it is."""

    outlet: OutPort[T]
    wires: tuple[Wire, ...]

    @overload
    def __rshift__(self, other: Through[T, U]) -> Chain[U]: ...
    @overload
    def __rshift__(self, other: Accepts[T]) -> Wires: ...
    def __rshift__(self, other: Through[T, U] | Accepts[T]) -> Chain[U] | Wires:
        """Go on to a stage, or end at an inlet."""
        if isinstance(other, Through):
            inlet, outlet = other.ends()
            return Chain(outlet, (*self.wires, wire(self.outlet, inlet)))
        return Wires((*self.wires, wire(self.outlet, other)))


@attrs.frozen(eq=False)
class Wires:
    """Several wires in one expression; `Graph` takes it as it is."""

    wires: tuple[Wire, ...]
