"""A wire of the blueprint: which outlet leads to which inlet, and by what link."""

from __future__ import annotations

from typing import TypeVar, cast

import attrs

from runtime.errors import GraphError
from runtime.kinds import Kind
from runtime.overflow import Overflow
from runtime.ports import InPort, OutPort
from runtime.variance import Accepts, Emits

T = TypeVar("T")


@attrs.frozen(eq=False)
class Wire:
    """One outlet to one inlet. None stands for what the ports say, else the default of the kind.

    Of the two ports the inlet has the say; links of which nobody says anything carry events.
    """

    source: OutPort[object]
    target: InPort[object]
    capacity: int | None = None
    overflow: Overflow | None = None
    max_age: float | None = None

    @property
    def kind(self) -> Kind:
        """What flows here."""
        return self.target.options.kind or self.source.options.kind or Kind.EVENTS

    @property
    def effective_overflow(self) -> Overflow:
        """What the link does when it is full."""
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
        """Return one wire for this one and the one that it goes on in inside a composite."""
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
    """Wire an outlet to an inlet, with options; `source >> target` is the same without.

    Raises `GraphError` for something that is no port, and for a capacity below 1.
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
