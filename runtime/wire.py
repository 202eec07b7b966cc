"""A wire of the blueprint: which outlet leads to which inlet, and by what link."""

from __future__ import annotations

from typing import TypeVar, cast

import attrs

from runtime.errors import GraphError
from runtime.overflow import Overflow
from runtime.ports import Accepts, Emits, InPort, OutPort

T = TypeVar("T")

DEFAULT_CAPACITY = 16
"""Items, of a link of which nobody says anything: text and events, where the sender waits."""


@attrs.frozen(eq=False)
class Wire:
    """One outlet to one inlet. None stands for what the ports say, else the default."""

    source: OutPort[object]
    target: InPort[object]
    capacity: int | None = None
    overflow: Overflow | None = None
    max_age: float | None = None

    @property
    def effective_overflow(self) -> Overflow:
        """The policy of the link: the wire's, else the inlet's, else the outlet's, else BLOCK."""
        return (
            self.overflow
            or self.target.options.overflow
            or self.source.options.overflow
            or Overflow.BLOCK
        )

    @property
    def effective_capacity(self) -> int:
        """Items that the link holds."""
        return (
            self.capacity
            or self.target.options.capacity
            or self.source.options.capacity
            or DEFAULT_CAPACITY
        )

    @property
    def effective_max_age(self) -> float | None:
        """Seconds after which an item is no longer handed over."""
        return self.max_age if self.max_age is not None else self.target.options.max_age

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
    if not isinstance(source, OutPort) or not isinstance(target, InPort):
        raise GraphError(
            [f"A wire leads from an outlet to an inlet; {source} to {target} is something else."]
        )
    if capacity is not None and capacity < 1:
        raise GraphError([f"{source} >> {target} has the capacity {capacity}; give 1 or more."])
    return Wire(
        cast("OutPort[object]", source),
        cast("InPort[object]", target),
        capacity,
        overflow,
        max_age,
    )
