"""Ports: where an actor receives and sends.

Reading `In[T]()` or `Out[T]()` from a blueprint gives an `InPort[T]` or `OutPort[T]`, which `>>`
wires. Inside `run` it gives the same with links behind it (runtime/ends.py), which carries items.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar, cast, overload

from runtime.errors import NotRunningError
from runtime.marks import Mark
from runtime.options import InletOptions, OutletOptions

if TYPE_CHECKING:
    from runtime.actor import Actor
    from runtime.link_statistics import LinkStatistics
    from runtime.stage import Chain, Stage
    from runtime.variance import Accepts
    from runtime.wire import Wire

T = TypeVar("T")
U = TypeVar("U")


class Port:
    """What both kinds of port are: a name on an actor."""

    __slots__ = ("actor", "inward", "name")

    def __init__(self, actor: Actor, name: str, *, inward: bool = False) -> None:
        self.actor = actor
        self.name = name
        self.inward = inward
        """Whether this is the side of a composite's port that its own graph is wired to."""

    @property
    def wired(self) -> bool:
        """Whether a link leads here, or from here. Only inside `run`."""
        raise self._not_running()

    def statistics(self) -> tuple[LinkStatistics, ...]:
        """One picture for each link that leads here, or from here. Only inside `run`."""
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

    def __init__(self, actor: Actor, name: str, options: InletOptions) -> None:
        super().__init__(actor, name)
        self.options = options

    @property
    def inner(self) -> OutPort[T]:
        """Inside a composite: where what comes in here comes from."""
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
        self, actor: Actor, name: str, options: OutletOptions, *, inward: bool = False
    ) -> None:
        super().__init__(actor, name, inward=inward)
        self.options = options

    @property
    def inner(self) -> InPort[T]:
        """Inside a composite: where what goes out here is wired to."""
        port = InPort[T](self.actor, self.name, InletOptions())
        port.inward = True
        return port

    @overload
    def __rshift__(self, other: Stage[T, U]) -> Chain[U]: ...
    @overload
    def __rshift__(self, other: Accepts[T]) -> Wire: ...
    def __rshift__(self, other: Stage[T, U] | Accepts[T]) -> Chain[U] | Wire:
        """Wire this outlet to an inlet, or to a stage that goes on with `>>`."""
        from runtime.stage import Chain, Stage  # noqa: PLC0415 (stage.py names the ports)
        from runtime.wire import wire  # noqa: PLC0415 (wire.py names the ports)

        if isinstance(other, Stage):
            following = cast("Stage[T, U]", other)
            return Chain(following.outlet, (wire(self, following.inlet),))
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
