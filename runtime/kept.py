"""What outlives a life."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Self, TypeVar, cast, overload

from runtime.errors import NotRunningError

if TYPE_CHECKING:
    from runtime.actor import Actor

T = TypeVar("T")


class Kept(Generic[T]):
    """A field made once for each run of the graph and handed to every life of its actor.

    `history = Kept[list[Item]](list)` on the class; `self.history` in `run` is that list.
    """

    __slots__ = ("factory", "name")

    def __init__(self, factory: Callable[[], T]) -> None:
        self.factory = factory
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, actor: None, owner: type) -> Self: ...
    @overload
    def __get__(self, actor: Actor, owner: type) -> T: ...
    def __get__(self, actor: Actor | None, owner: type) -> Self | T:
        if actor is None:
            return self
        kept = cast("dict[str, object] | None", getattr(actor, "_kept", None))
        if kept is None:
            raise NotRunningError(
                f"{actor.name}.{self.name} is kept for a run of the graph; it exists only inside "
                "the actor's own run()."
            )
        if self.name not in kept:
            kept[self.name] = self.factory()
        return cast("T", kept[self.name])
