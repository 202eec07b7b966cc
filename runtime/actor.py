"""What an actor is."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar, cast

from runtime.policy import Backoff, Restart

if TYPE_CHECKING:
    from runtime.context import Context
    from runtime.ports import InPort, OutPort

P = TypeVar("P")


class Actor:
    """Base of all actors: a frozen attrs class whose fields are its configuration.

    The instance that a graph is wired from is a blueprint: it never runs itself, and it may run
    many times at once. Each life is a copy of it, bound to the graph's links, that runs `run`
    once; all state lives in there. Actors are compared by identity.
    """

    __slots__ = ("__weakref__", "_kept", "_name", "_ports")

    restart: ClassVar[Restart] = Restart.TRANSIENT
    """Which ends of a life are followed by another."""
    max_restarts: ClassVar[int] = 5
    within: ClassVar[float] = 10.0
    """The budget: more restarts than `max_restarts` in `within` seconds are too many."""
    backoff: ClassVar[Backoff] = Backoff()
    essential: ClassVar[bool] = False
    """Whether the whole graph ends when this actor has used up its budget."""
    ready_within: ClassVar[float | None] = None
    """Seconds in which `ctx.ready()` must be called; None: ready as soon as it runs."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        # attrs gives a class its comparison by fields; two blueprints alike are still two.
        cls.__eq__ = object.__eq__
        cls.__hash__ = object.__hash__

    async def run(self, ctx: Context) -> None:
        """Live once: receive from the inlets, send to the outlets, return when all is done."""
        raise NotImplementedError(f"{type(self).__name__} has no run()")

    @property
    def name(self) -> str:
        """The name given by `named`, else the class's in snake case."""
        given = cast("str | None", getattr(self, "_name", None))
        return given or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()

    def named(self, name: str) -> Self:
        """Return a copy with this name, as paths, reports and drawings show it."""
        twin = copy.copy(self)
        object.__setattr__(twin, "_name", name)
        object.__setattr__(twin, "_ports", {})
        return twin

    def port(self, name: str, make: Callable[[], P]) -> P:
        """Return this actor's port of that name, made at its first use."""
        ports = cast("dict[str, P] | None", getattr(self, "_ports", None))
        if ports is None:
            ports = {}
            object.__setattr__(self, "_ports", ports)
        port = ports.get(name)
        if port is None:
            port = ports[name] = make()
        return port

    def inlets(self) -> dict[str, InPort[object]]:
        """Return all inlets by name, in the order of their declaration, bases first."""
        from runtime.ports import In  # noqa: PLC0415 (ports.py names the actor)

        return cast("dict[str, InPort[object]]", self._declared(In))

    def outlets(self) -> dict[str, OutPort[object]]:
        """Return all outlets by name, in the order of their declaration, bases first."""
        from runtime.ports import Out  # noqa: PLC0415 (ports.py names the actor)

        return cast("dict[str, OutPort[object]]", self._declared(Out))

    def _declared(self, kind: type) -> dict[str, object]:
        names = [
            name
            for base in reversed(type(self).__mro__)
            for name, value in vars(base).items()
            if isinstance(value, kind)
        ]
        return {name: getattr(self, name) for name in dict.fromkeys(names)}
