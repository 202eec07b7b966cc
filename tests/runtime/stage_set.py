"""Small actors that the tests of the runtime wire together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

import attrs
import trio
import trio.testing

from runtime import Actor, Backoff, Context, In, Out, Restart


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run in virtual time."""
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@attrs.frozen
class Speech:
    """An item with a turn."""

    number: int
    turn: int | None = None


@attrs.frozen
class Source(Actor):
    """Sends its items, `every` seconds one."""

    items: Sequence[object] = (1, 2, 3)
    every: float = 0.0
    out = Out[object]()

    async def run(self, ctx: Context) -> None:
        for item in self.items:
            if self.every:
                await trio.sleep(self.every)
            await self.out.send(item)


@attrs.frozen
class Relay(Actor):
    """Passes items on; crashes at those in `crash_at`, each time that it meets them."""

    backoff: ClassVar[Backoff] = Backoff(base=1.0, cap=60.0)

    crash_at: frozenset[object] = attrs.field(default=frozenset(), converter=frozenset)
    takes: float = 0.0
    inlet = In[object]()
    outlet = Out[object]()

    async def run(self, ctx: Context) -> None:
        async for item in self.inlet:
            if item in self.crash_at:
                raise ValueError(f"I heard the secret {item}")
            if self.takes:
                await trio.sleep(self.takes)
            await self.outlet.send(item)


@attrs.frozen
class Sink(Actor):
    """Keeps what it gets, and when."""

    got: list[object] = attrs.field(factory=list[object])
    at: list[float] = attrs.field(factory=list[float])
    takes: float = 0.0
    inlet = In[object]()

    async def run(self, ctx: Context) -> None:
        async for item in self.inlet:
            self.got.append(item)
            self.at.append(ctx.now())
            if self.takes:
                await trio.sleep(self.takes)


@attrs.frozen
class Script(Actor):
    """An actor whose life is a function that the test wrote."""

    live: Callable[["Script", Context], Awaitable[None]]
    inlet = In[object](optional=True)
    outlet = Out[object]()

    async def run(self, ctx: Context) -> None:
        await self.live(self, ctx)


class Permanent(Script):
    restart: ClassVar[Restart] = Restart.PERMANENT


class Temporary(Script):
    restart: ClassVar[Restart] = Restart.TEMPORARY
