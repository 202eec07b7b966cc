"""The base of all actors."""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self, cast

from runtime.context import Context
from runtime.declaring import In, Out
from runtime.policy import Backoff, Restart
from runtime.ports import InPort, OutPort, Port


class Actor:
    """Base of all actors: a frozen attrs class whose fields are its configuration.

    The instance that a graph is wired from is a blueprint: it never runs itself, and it may run
    many times at once. Each life is a copy of it, bound to the graph's links, that runs `run`
    once; all state lives in there. Actors are compared by identity.
    """

    # The dictionary holds ports: one that was used once is found there without a call.
    __slots__ = ("__dict__", "__weakref__", "_kept", "_name")

    restart: ClassVar[Restart] = Restart.TRANSIENT
    """Which ends of a life are followed by another."""
    max_restarts: ClassVar[int] = 5
    """Restarts that are not yet too many; see `within`."""
    within: ClassVar[float] = 10.0
    """The budget: more restarts than `max_restarts` in `within` seconds are too many."""
    backoff: ClassVar[Backoff] = Backoff()
    """How long each restart waits."""
    essential: ClassVar[bool] = False
    """Whether the whole graph ends when this actor has used up its budget."""
    ready_within: ClassVar[float | None] = None
    """Seconds in which `ctx.ready()` must be called; None: ready as soon as it runs."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """Former names of ports: they still lead to the port, with a `DeprecationWarning`."""

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
        twin = self.unbound()
        object.__setattr__(twin, "_name", name)
        return twin

    def unbound(self) -> Self:
        """Return a copy with this one's configuration and name, and ports of its own."""
        twin = copy.copy(self)
        held = vars(twin)
        for name in [name for name, value in held.items() if isinstance(value, Port)]:
            del held[name]
        object.__setattr__(twin, "_name", self.name)
        return twin

    def inlets(self) -> dict[str, InPort[object]]:
        """Return all inlets by name, in the order of their declaration, bases first."""
        return cast("dict[str, InPort[object]]", self._declared(In))

    def outlets(self) -> dict[str, OutPort[object]]:
        """Return all outlets by name, in the order of their declaration, bases first."""
        return cast("dict[str, OutPort[object]]", self._declared(Out))

    def _declared(self, kind: type) -> dict[str, object]:
        names = [
            name
            for base in reversed(type(self).__mro__)
            for name, value in vars(base).items()
            if isinstance(value, kind)
        ]
        return {name: getattr(self, name) for name in dict.fromkeys(names)}

    if not TYPE_CHECKING:  # a checker that saw this would believe in every name

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            if (now := self.renamed.get(name)) is not None:
                said = f"{type(self).__name__}.{name} is now called {now}"
                warnings.warn(said, DeprecationWarning, stacklevel=2)
                return getattr(self, now)
            inlets = ", ".join(self.inlets()) or "none"
            outlets = ", ".join(self.outlets()) or "none"
            raise AttributeError(
                f"{type(self).__name__} has no port or field {name!r}; its inlets: {inlets}; "
                f"its outlets: {outlets}."
            )


def actor_of(port: Port) -> Actor:
    """Return the actor of a port; the port itself knows only its name."""
    return cast("Actor", port.actor)
