"""Stages: actors with one inlet and one outlet, made from a function."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import Concatenate, Never, ParamSpec, TypeVar, overload

import attrs

from runtime.actor import Actor
from runtime.context import Context
from runtime.declaring import In, Out
from runtime.errors import GraphError
from runtime.ports import InPort, OutPort, Receive, Send, Through

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
T = TypeVar("T")
P = ParamSpec("P")

Live = Callable[[Receive[A], Send[B], Context], Awaitable[None]]


@attrs.frozen
class Stage(Actor, Through[A, B]):
    """An actor that is a function from `inlet` to `outlet`; `stage` makes them."""

    live: Live[A, B] = attrs.field(repr=False)
    item_types: Mapping[str, object] = attrs.field(factory=dict[str, object], repr=False)
    """What the ports carry, where the function's annotations tell."""

    inlet = In[A]()
    outlet = Out[B]()

    async def run(self, ctx: Context) -> None:
        await self.live(self.inlet, self.outlet, ctx)

    def ends(self) -> tuple[InPort[A], OutPort[B]]:
        return self.inlet, self.outlet

    def _accepts(self, item: A) -> None:
        raise NotImplementedError


@overload
def stage(
    function: Callable[Concatenate[Receive[A], Send[B], Context, P], Awaitable[None]],
) -> Callable[P, Stage[A, B]]: ...
@overload
def stage(
    function: Callable[Concatenate[Receive[A], Send[B], P], Awaitable[None]],
) -> Callable[P, Stage[A, B]]: ...
def stage(function: Callable[..., Awaitable[None]]) -> Callable[..., object]:
    """Make a factory of one-in, one-out actors from an async function.

    `@stage async def gain(inlet: Receive[A], outlet: Send[B], *, db: float = 0.0)`: then
    `gain(db=3)` is an actor with the ports `inlet` and `outlet`, named after the function. A third
    parameter `ctx: Context` receives the context; keyword-only ones are its configuration.
    """
    parameters = inspect.signature(function).parameters
    positional = [p for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
    if len(positional) not in (2, 3):
        raise GraphError(
            [
                f"{function.__name__} takes {len(positional)} parameters by position; a stage "
                "takes its inlet, its outlet and maybe the context, the rest by keyword."
            ]
        )
    wants_context = len(positional) == 3
    settings = inspect.Signature([p for p in parameters.values() if p.kind is p.KEYWORD_ONLY])

    @functools.wraps(function)
    def factory(*args: object, **kwargs: object) -> Stage[Never, object]:
        settings.bind(*args, **kwargs)

        async def live(inlet: Receive[Never], outlet: Send[object], ctx: Context) -> None:
            context = (ctx,) if wants_context else ()
            await function(inlet, outlet, *context, **kwargs)

        return Stage[Never, object](live, _item_types(function)).named(function.__name__)

    del factory.__wrapped__  # its signature is not the function's
    return factory


def _item_types(function: Callable[..., object]) -> dict[str, object]:
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # a name that exists for type checkers only
        return {}
    inlet, outlet = list(inspect.signature(function).parameters)[:2]
    items = {
        "inlet": typing.get_args(hints.get(inlet)),
        "outlet": typing.get_args(hints.get(outlet)),
    }
    return {port: found[0] for port, found in items.items() if found}
